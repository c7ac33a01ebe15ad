#!/bin/bash
# What a run of gnn embed is used for: ranks of a sample, how they came about, vectors in
# every format.
. "$GNN_SOURCE_DIR/tests/cli/helpers.bash"

# A ring of n0 … n59 with plus1 … plus3; two test triples have an entity that training
# lacks.
python - <<'END'
import os
os.makedirs("ring")
sets = {"train": [], "valid": [], "test": ["n0\tplus1\tstranger\n", "n1\tplus1\tstranger\n"]}
for i in range(60):
    for k in (1, 2, 3):
        name = "test" if (7 * i + k) % 19 == 0 else "valid" if (5 * i + k) % 7 == 0 else "train"
        sets[name].append(f"n{i}\tplus{k}\tn{(i + k) % 60}\n")
for name, lines in sets.items():
    open(f"ring/{name}.txt", "w").write("".join(lines))
open("ring/entity_names.tsv", "w").write("n0\tzero\tthe beginning\nn1\tone\n")
END
run 0 "$GNN" embed --triples ring --dim 64 --batch 64 --lr .3 --regularizer n3 --weight .01 \
    --init-scale .1 --epochs 40 --out run --json
check 'r["test"]["unseen_entities"] == 1 and r["test"]["unseen_triples"] == 2' \
    'r["valid"]["unseen_entities"] == 0' 'r["test"]["protocol"]["entities"] == 61' \
    'r["test"]["protocol"]["candidates"] == "all"' \
    'set(r["test"]["protocol"]["known"]) == {"train", "valid", "test"}' \
    'r["test"]["protocol"]["known"]["test"] == r["test"]["protocol"]["triples"]' \
    'set(r["valid"]["protocol"]["known"]) == {"train", "valid"}'
json 'repr(r["test"]["mr"])' >exact
python -c 'import json; r = json.load(open("run/report.json"))
assert r["test"]["unseen_triples"] == 2 and "known" in r["test"]["protocol"]' ||
    fail "report.json lacks the protocol"

# Ranks among a sample estimate the mean rank, say that they are no exact ones, and are
# the same for the same seed.
run 0 "$GNN" eval run --sample 500 --json
grep -q "compare them with none but those of as large a sample" err || fail "no warning"
check "abs(r['test']['mr']['value'] - $(cat exact)) < 1" \
    'r["test"]["protocol"]["candidates"] == "sampled" and r["test"]["protocol"]["sample"] == 500' \
    '"exact" in r["test"]["protocol"]["warning"]' \
    'r["test"]["sampled_mrr"]["error"] > 0 and "mrr" not in r["test"]'
json 'repr(r["test"]["mr"])' >sampled
run 0 "$GNN" eval run --sample 500 --threads 3 --json
json 'repr(r["test"]["mr"])' | cmp - sampled || fail "--sample: other numbers at 3 threads"
run 0 "$GNN" eval run --sample 500 --sample-seed 9 --json
json 'repr(r["test"]["mr"])' | cmp -s - sampled && fail "--sample-seed changes nothing"
refuse 2 "--sample or --by" "$GNN" eval run --sample 5 --by relation
refuse 2 "sample" "$GNN" eval run --sample 0

# Other triples, whose relations come in another order.
grep plus3 ring/train.txt >third.txt
run 0 "$GNN" eval run --triples third.txt --by relation --json
check 'list(r["train"]["by"]) == ["plus3"]'
