#!/bin/bash
# Ctrl-C, kill -9 and --resume: the same bytes as without.
. "$GNN_SOURCE_DIR/tests/cli/interrupt.bash"

train=("$GNN" train node --data toy --model gcn --epochs 600 --dropout .5 --patience 0
    --save-every .02 --quiet)
start=$(date +%s%N)
run 0 "${train[@]}" --out whole
seconds=$((($(date +%s%N) - start) / 1000000))e-3

# What was interrupted is not finished, and says how it will be.
env --default-signal=INT "${train[@]}" --out part >out 2>err </dev/null &
job=$!
while kill -0 $job 2>/dev/null && [ ! -s part.partial/state.safetensors ]; do sleep .002; done
kill -INT $job 2>/dev/null || true
code=0
wait $job || code=$?
if [ $code -eq 4 ]; then
    for command in info predict eval; do
        refuse 3 "part: interrupted or still going on; \`gnn train node --resume --out part\` finishes it" \
            "$GNN" $command part
    done
    run 0 "$GNN" train node --data toy --model gcn --epochs 2 --out part
    grep -q 'part: the interrupted run that was there is given up' err || fail "$(cat err)"
fi

interrupted INT 3
interrupted KILL 3
interrupted TERM 1

# Going on with more epochs is the same as having trained them at once.
run 0 "${train[@]}" --out longer --epochs 100
run 0 "${train[@]}" --out longer --resume
cmp longer/model.safetensors whole/model.safetensors || fail "100 + 500 epochs"
# --out alone says which run it is.
run 0 "${train[@]}" --out alone --epochs 100
run 0 "$GNN" train node --out alone --resume --epochs 600 --quiet
cmp alone/model.safetensors whole/model.safetensors || fail "--resume --out alone"

# With other settings or other data it is not the same run.
refuse 2 "hidden" "${train[@]}" --out longer --resume --hidden 3
refuse 2 "seed" "${train[@]}" --out longer --resume --seed 5
cp -r toy other && echo 'n0	n5' >>other/edges.tsv
refuse 3 "data" "${train[@]}" --data other --out longer --resume
cmp longer/model.safetensors whole/model.safetensors || fail "a refused --resume changed the run"
[ ! -e longer.partial ] || fail "a refused --resume left longer.partial"

# Sampled batches, and a model with running statistics.
train=("$GNN" train node --data toy --model sage --epochs 30 --batch 50 --fanout 3,3 --norm batch
    --dropout .3 --save-every .01 --quiet)
start=$(date +%s%N)
rm -r whole
run 0 "${train[@]}" --out whole
seconds=$((($(date +%s%N) - start) / 1000000))e-3
interrupted INT 2

# Vectors of triples: softmax on all entities, and negatives that are drawn.
awk 'BEGIN {
    for (i = 0; i < 300; i++) for (k = 1; k <= 3; k++)
        print "n" i "\tplus" k "\tn" (i + k) % 300 >((7 * i + k) % 9 ? "train.txt" : "valid.txt")
}'
for loss in softmax "sampled-softmax --negatives 32"; do
    # shellcheck disable=SC2086 # options are words
    train=("$GNN" embed --triples train.txt --valid valid.txt --dim 32 --batch 50 --epochs 60
        --evaluate-every 5 --entity-dropout .1 --save-every .01 --quiet --loss $loss)
    start=$(date +%s%N)
    rm -r whole
    run 0 "${train[@]}" --out whole
    seconds=$((($(date +%s%N) - start) / 1000000))e-3
    interrupted INT 2
done
