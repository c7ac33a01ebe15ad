#!/bin/bash
# The same seed on 1, 2 and 4 threads: the same bytes.
. "$GNN_SOURCE_DIR/tests/cli/helpers.bash"

make_data toy 900
for options in "--model gcn" "--model gat" "--model sage --aggregator max" "--model gin" \
    "--model appnp" "--model mlp" "--model labelprop" "--model sage --batch 64 --fanout 4,3"; do
    for threads in 1 2 4; do
        # shellcheck disable=SC2086
        run 0 "$GNN" train node --data toy $options --epochs 8 --threads $threads --quiet \
            --out run$threads
    done
    for threads in 2 4; do
        cmp run1/model.safetensors run$threads/model.safetensors ||
            fail "$options: 1 and $threads threads differ"
    done
    for threads in 1 4; do
        run 0 "$GNN" predict run1 --threads $threads --out predicted$threads.npy
    done
    cmp predicted1.npy predicted4.npy || fail "$options: predictions differ"
done

# By default as many as there are processors, whether or not OpenMP ties threads to them.
for bind in false true; do
    OMP_PROC_BIND=$bind run 0 "$GNN" train node --data toy --model mlp --epochs 1 --quiet \
        --out bound_$bind
    grep -o '"threads": *[0-9]*' bound_$bind/config.json >threads_$bind
done
cmp threads_false threads_true || fail "with OMP_PROC_BIND: $(cat threads_true)"
[ -s threads_true ] || fail "config.json names no number of threads"
