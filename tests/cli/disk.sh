#!/bin/bash
# A disk that is full, a place that cannot be written: the run that is there stays.
. "$GNN_SOURCE_DIR/tests/cli/helpers.bash"

make_data toy 300
train=("$GNN" train node --data toy --model gcn --hidden 64 --epochs 3 --quiet)
run 0 "${train[@]}" --out kept
cp -r kept before

# Files of at most so many blocks of 1024 bytes: each limit stops it at another file.
for blocks in 0 1 2 4 8 16; do
    got=0
    (ulimit -f $blocks && "${train[@]}" --out kept --seed 1 >/dev/null 2>&1) || got=$?
    [ $got -eq 1 ] || fail "ulimit -f $blocks: ended with $got"
    diff -r before kept || fail "ulimit -f $blocks: the run that was there has changed"
    run 0 "$GNN" eval kept --quiet
    (ulimit -f $blocks && "${train[@]}" --out fresh >/dev/null 2>&1) || true
    [ ! -e fresh ] || fail "ulimit -f $blocks: half a run"
done
rm -rf fresh.partial kept.partial
got=0
(ulimit -f 1 && exec "$GNN" train node --data toy --model gcn --hidden 64 --epochs 3 --quiet \
    --out kept) >out 2>err || got=$?
[ $got -eq 1 ] && [ "$(grep -c . err)" -eq 1 ] || fail "ended with $got: $(cat err)"
grep -q '^gnn: .*kept' err || fail "the message names no file: $(cat err)"

# Predictions and exports: the file before stays.
run 0 "$GNN" predict kept --out predictions.tsv
cp predictions.tsv copy
(ulimit -f 1 && "$GNN" predict kept --out predictions.tsv) >/dev/null 2>&1 && fail "full disk: 0"
cmp copy predictions.tsv || fail "predictions.tsv was damaged"
[ "$(ls -A | tr '\n' ' ')" = "before copy err kept out predictions.tsv toy " ] ||
    fail "left behind: $(ls -A)"
