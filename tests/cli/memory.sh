#!/bin/bash
# Triples that memory does not hold: one line that names file and line, and nothing written.
. "$GNN_SOURCE_DIR/tests/cli/helpers.bash"

[ "$GNN_PLAIN" = ON ] || exit 77 # sanitizers reserve address space themselves
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 # stacks and buffers of threads take some, too

# 400,000 triples of 400,000 names: what they need grows with the file.
awk 'BEGIN { for (i = 0; i < 400000; i++)
    printf "an-entity-with-a-name-of-some-length-%d\trelation-%d\tanother-entity-%d\n",
        i, i % 7, (i * 7919) % 400000 }' >large.tsv

# The least address space in which the program starts. (With less its libraries may wait
# for ever.)
least=0
for ((limit = 80000; limit <= 4000000 && least == 0; limit += 20000)); do
    (ulimit -v $limit; timeout 1 "$GNN" list scorers) >/dev/null 2>&1 && least=$limit
done
[ $least -gt 0 ] || fail "it does not start in 4 GB"

embed=("$GNN" embed --triples large.tsv --dim 8 --epochs 1 --loss logistic --threads 1 --out run)
ulimit -S -v $least
refuse 3 "large.tsv:" "${embed[@]}"
grep -Eq '^gnn: large.tsv:[0-9]+: from here on, out of memory' err || fail "said $(cat err)"
ulimit -S -v unlimited
[ "$(ls | tr '\n' ' ')" = "err large.tsv out " ] || fail "left behind: $(ls)"
