#!/bin/bash
# As resume.sh, twenty times.
. "$GNN_SOURCE_DIR/tests/cli/interrupt.bash"

for model in gcn gat; do
    train=("$GNN" train node --data toy --model "$model" --epochs 600 --patience 0
        --save-every .02 --quiet)
    rm -rf whole
    start=$(date +%s%N)
    run 0 "${train[@]}" --out whole
    seconds=$((($(date +%s%N) - start) / 1000000))e-3
    for signal in INT KILL; do
        for _ in 1 2 3 4 5 6 7 8 9 10; do interrupted $signal 2; done
    done
done
