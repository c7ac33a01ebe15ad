#!/bin/sh
# valgrind_run.sh PROGRAM: a training run, a prediction and an export under memcheck, on a
# small graph made here. (valgrind hides AVX-512; the sanitizers' build covers those kernels.)
set -eu
gnn=$(realpath "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/ring"
awk -v folder="$scratch/ring" 'BEGIN {
    for (v = 0; v < 300; v++) {
        print v "\t" (v + 1) % 300 >folder "/edges.tsv"
        print v "\t" (v * 7 + 3) % 300 >folder "/edges.tsv"
        print v "\t" int(v / 100) >folder "/labels.tsv"
        print v "\t" v % 17 ":1 " 17 + int(v / 100) * 4 + v % 5 ":0.5" >folder "/features.tsv"
        print v "\t" (v % 5 < 3 ? "train" : v % 5 == 3 ? "val" : "test") >folder "/split.tsv"
    }
}'
cd "$scratch"
memcheck() {
    echo "gnn $*"
    valgrind --quiet --error-exitcode=99 --leak-check=full \
        --errors-for-leak-kinds=definite --show-leak-kinds=definite "$gnn" "$@" >said 2>&1 || {
        cat said
        exit 1
    }
}
for model in gcn gat sage; do
    memcheck train node --data ring --model $model --epochs 4 --threads 2 --out run-$model
done
memcheck predict run-gcn --data ring --out predictions.tsv
memcheck export run-gcn --data ring --format npy --out hidden.npy
memcheck info ring
