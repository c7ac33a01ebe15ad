#!/bin/bash
# --runs: several seeds, their mean and deviation, the best of them saved.
. "$GNN_SOURCE_DIR/tests/cli/helpers.bash"

make_data toy 240
train=("$GNN" train node --data toy --model gcn --epochs 30)
run 0 "${train[@]}" --split random:.5,.25,.25 --runs 4 --seed 5 --json --out four
check 'len(r["runs"]) == 4 and [x["seed"] for x in r["runs"]] == [5, 6, 7, 8]' \
    'all(x["train"]["nodes"] == 120 for x in r["runs"])' \
    'abs(r["mean"]["test"]["accuracy"] - sum(x["test"]["accuracy"] for x in r["runs"]) / 4) < 1e-12' \
    'abs(r["sd"]["test"]["loss"] - math.sqrt(sum((x["test"]["loss"] - r["mean"]["test"]["loss"]) ** 2
    for x in r["runs"]) / 3)) < 1e-12' \
    'len({x["test"]["loss"] for x in r["runs"]}) == 4' \
    'r["valid"]["loss"] == min(x["valid"]["loss"] for x in r["runs"])'
grep -q 'accuracy' out && grep -q '±' out || fail "no table"
json 'r["seed"]' >seed
json 'r["test"]["accuracy"]' >accuracy
[ "$(ls -A | grep four)" = four ] || fail "left behind: $(ls -A)"

# The saved run is that seed's, also alone; and eval draws the same split.
run 0 "$GNN" eval four --json
check "r['seed'] == $(cat seed) and r['test']['accuracy'] == $(cat accuracy)"
run 0 "${train[@]}" --split random:.5,.25,.25 --seed "$(cat seed)" --out one --quiet
cmp one/model.safetensors four/model.safetensors || fail "alone the seed gives other bytes"

# Interrupted and resumed: the same results.
run 0 "${train[@]}" --runs 3 --epochs 200 --json --quiet --out whole
json '[x["test"]["loss"] for x in r["runs"]]' >losses
env --default-signal=INT "${train[@]}" --runs 3 --epochs 200 --json --quiet --out part \
    >out 2>err &
job=$!
while kill -0 $job 2>/dev/null && [ ! -e part.runs/0 ]; do sleep .002; done
kill -INT $job 2>/dev/null || true
code=0
wait $job || code=$?
[ $code -eq 4 ] || [ $code -eq 0 ] || fail "interrupted: $code $(cat err)"
[ $code -eq 0 ] || [ ! -e part ] || fail "part is there though it is not finished"
if [ $code -eq 4 ]; then
    refuse 3 "part: interrupted or still going on; \`gnn train node --resume --out part\` finishes it" "$GNN" info part
    # --out alone says which runs they are.
    run 0 "$GNN" train node --runs 3 --json --quiet --out part --resume
else
    run 0 "${train[@]}" --runs 3 --epochs 200 --json --quiet --out part --resume
fi
[ "$(json '[x["test"]["loss"] for x in r["runs"]]')" = "$(cat losses)" ] || fail "resumed seeds"
cmp part/model.safetensors whole/model.safetensors || fail "resumed seeds: other bytes"
[ ! -e part.runs ] || fail "part.runs was left"
