#!/bin/bash
# info, split and generate.
. "$GNN_SOURCE_DIR/tests/cli/helpers.bash"

make_data toy 90
run 0 "$GNN" info toy --json
check 'r["nodes"] == 90 and r["classes"] == {"class0": 30, "class1": 30, "class2": 30}' \
    'r["features"] <= 24 and 0 < r["homophily"] < 1 and sum(r["split"].values()) == 90' \
    'not r["directed"] and r["arcs"] % 2 == 0'
run 0 "$GNN" info toy --directed --json
check 'r["directed"]'
# An arc has two ends: a node that only points to others is not without arcs.
printf '0\t1\n2\t1\n' >arcs.tsv
printf '4\tx\n' >labels.tsv
run 0 "$GNN" info arcs.tsv --directed
grep -q 'mean .*, 0 nodes without arcs' out || fail "info: $(cat out)"
run 0 "$GNN" info arcs.tsv --labels <(printf '3\tx\n') --directed
grep -q ' 1 node without arcs' out || fail "one node: $(cat out)"
run 0 "$GNN" info arcs.tsv --labels labels.tsv --directed --json
check 'r["nodes"] == 5 and r["isolated"] == 2'
run 0 "$GNN" info toy --model gcn --hidden 64 --json
check '1e4 < r["training_bytes"] < 1e9 and 0 < r["inference_bytes"] < 1e9'
json 'r["training_bytes"]' >small
run 0 "$GNN" info toy --model gcn --hidden 2048 --json
check "r['training_bytes'] > $(cat small)"
run 0 "$GNN" train node --data toy --model gcn --epochs 2 --quiet --out run
run 0 "$GNN" info run --json
check 'r["model"] == "gcn" and r["data"] == "toy" and len(r["parameters"]) >= 4' \
    'r["report"]["epochs"] == 2'
run 0 "$GNN" train node --data toy --model gcn --epochs 2 --group-decay 'first:0.001;rest:0' \
    --directed --quiet --out run
run 0 "$GNN" info run
options=$(sed -n 's/^\(read\|trained\) by *//p' out | tr '\n' ' ')
run 0 bash -c "'$GNN' train node --model gcn $options --quiet --out pasted"
cmp run/model.safetensors pasted/model.safetensors || fail "the lines of info: $options"
run 0 "$GNN" train node --data toy --model majority --quiet --out run
run 0 "$GNN" info run
! grep -q '^trained by' out || fail "trained by: a majority is not trained"

# Splits: a line a node, the same by the same seed, used by train.
run 0 "$GNN" split toy --split random:.5,.2,.3 --seed 4 --out split.tsv
[ "$(cut -f2 split.tsv | sort | uniq -c | awk '{ print $2, $1 }' | tr '\n' ' ')" = \
    "test 27 train 45 val 18 " ] || fail "split: $(cut -f2 split.tsv | sort | uniq -c)"
run 0 "$GNN" split toy --split random:.5,.2,.3 --seed 4 --out - --quiet
cmp out split.tsv || fail "the same seed draws another split"
run 0 "$GNN" split toy --split random:.5,.2,.3 --seed 5 --out - --quiet
! cmp -s out split.tsv || fail "another seed draws the same split"
run 0 "$GNN" split toy --split per-class:5,10 --out toy --quiet
[ "$(grep -c train toy/split.tsv)" -eq 15 ] || fail "per-class, into the folder"
run 0 "$GNN" train node --data toy --model gcn --epochs 2 --split split.tsv --json --quiet --out run
check 'r["train"]["nodes"] == 45 and r["valid"]["nodes"] == 18'

# Generated graphs are data that train reads, where igraph is there.
if "$GNN" generate grid --out grid 2>err; then
    run 0 "$GNN" info grid --json
    check 'r["nodes"] > 1 and r["arcs"] > 0'
    run 0 "$GNN" generate sbm sizes=30+30 --seed 2 --features onehot --out blocks
    run 0 "$GNN" generate sbm sizes=30+30 --seed 2 --features onehot --out again
    diff -r blocks again || fail "the same seed makes another graph"
    run 0 "$GNN" generate grid --out a/b/c
    [ -s a/b/c/edges.tsv ] || fail "generate into a folder of folders"
    run 0 "$GNN" info blocks --json
    check 'r["features"] == 60'
    run 0 "$GNN" generate sbm sizes=30+30 --features degree --out degrees
    [ -s degrees/features.npy ] || fail "generate --features degree writes none"
    run 0 "$GNN" train node --data blocks --model gcn --epochs 20 --json --quiet
    refuse 2 "unknown" "$GNN" generate gird --out x
    refuse 2 "'30'" "$GNN" generate grid 30 --out x
else
    grep -q igraph err || fail "generate: $(cat err)"
fi
