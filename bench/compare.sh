#!/bin/sh
# compare.sh QUESTION [ARGUMENT ...]: our training step and the PyTorch script's, in turns, five
# times.
#
#   gcn FOLDER   two-layer GCN on a data directory (Cora, say)
#   gat FOLDER   GAT of 8 heads x 8 on a data directory
#   gcn-large    three-layer GCN, 256 wide: 170,000 nodes, 1.2 M arcs
#   gat-large    three-layer GAT, 4 heads x 64, on the same graph
#   complex BATCH [fp32|bf16]   vectors of 200 floats against all 14,541 entities
#
# Prints what each run said, then the least, the median of medians, the peak of memory and the
# ratios. Environment: BUILD (build/release), THREADS (2), ROUNDS (5), PYTHON (/usr/bin/python3).
set -eu
here=$(dirname "$0")
build=${BUILD:-build/release} threads=${THREADS:-2} rounds=${ROUNDS:-5}
python=${PYTHON:-/usr/bin/python3}
question=${1-} folder=${2-} program=train_step

case "$question" in
gcn | gat)
    [ -d "$folder" ] || { echo "$question wants a data directory" >&2; exit 2; }
    ours="data $folder $question" theirs=$folder
    ;;
gcn-large) ours="large gcn layers=3,hidden=256" theirs=large ;;
gat-large) ours="large gat layers=3,hidden=64,heads=4" theirs=large ;;
complex)
    [ -n "${2-}" ] || { echo "complex wants a batch size" >&2; exit 2; }
    program=embed_step ours="full complex 200 $2 precision=${3:-fp32}" theirs=$2
    ;;
*)
    sed -n '2,13s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac

# Some machines set variables that halve OpenBLAS's speed; torch runs at its best with memory
# that glibc does not give back (page faults of temporaries cost it up to eight times).
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
export OMP_NUM_THREADS="$threads"
run_ours() {
    # shellcheck disable=SC2086
    GNN_BENCH_THREADS=$threads "$build/bench/$program" $ours
}
run_theirs() {
    MALLOC_MMAP_THRESHOLD_=8000000000 MALLOC_TRIM_THRESHOLD_=16000000000 \
        MALLOC_TOP_PAD_=268435456 "$python" "$here/peers/torch_${question%-large}.py" "$theirs"
}

said=$(mktemp)
trap 'rm -f "$said"' EXIT
echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) processors," \
    "$threads threads, load $(cut -d' ' -f1 /proc/loadavg)"
round=1
while [ "$round" -le "$rounds" ]; do
    run_ours | sed 's/^/gnn   /' | tee -a "$said"
    run_theirs | sed 's/^/torch /' | tee -a "$said"
    round=$((round + 1))
done
awk '
    match($0, /median [0-9.]+ ms, least [0-9.]+ ms/) {
        split(substr($0, RSTART, RLENGTH), word, " ")
        n[$1]++
        median[$1, n[$1]] = word[2] + 0
        if (!($1 in least) || word[5] + 0 < least[$1]) least[$1] = word[5] + 0
        if (match($0, /peak [0-9.]+ MB/)) peak[$1] = substr($0, RSTART + 5, RLENGTH - 8) + 0
    }
    function middle(who, i, j, t) {
        for (i = 1; i <= n[who]; i++)
            for (j = i + 1; j <= n[who]; j++)
                if (median[who, j] < median[who, i]) {
                    t = median[who, i]; median[who, i] = median[who, j]; median[who, j] = t
                }
        return median[who, int((n[who] + 1) / 2)]
    }
    END {
        if (!n["gnn"] || !n["torch"]) { print "no figures"; exit 1 }
        a = middle("gnn"); b = middle("torch")
        printf "\n%-8s %12s %12s %10s\n", "", "least ms", "median ms", "peak MB"
        printf "%-8s %12.3f %12.3f %10.0f\n", "gnn", least["gnn"], a, peak["gnn"]
        printf "%-8s %12.3f %12.3f %10.0f\n", "torch", least["torch"], b, peak["torch"]
        printf "%-8s %12.1f %12.1f %10.2f\n", "ratio", least["torch"] / least["gnn"], b / a,
            peak["torch"] / (peak["gnn"] > 0 ? peak["gnn"] : 1)
    }' "$said"
