#!/bin/bash
# gnn embed --extend: a run goes on with more entities, relations and triples. And
# --init-entities, --init-relations: vectors to begin with.
. "$GNN_SOURCE_DIR/tests/cli/helpers.bash"

# "small" is the ring of 60 without places n7 and n30; "large" is all of it, in another
# order, with a relation more.
python - <<'END'
import os
for folder, without in (("small", (7, 30)), ("large", ())):
    os.makedirs(folder)
    sets = {"train": [], "valid": [], "test": []}
    for i in range(60) if without else range(59, -1, -1):
        for k in (1, 2, 3):
            if i in without or (i + k) % 60 in without:
                continue
            name = "test" if (7 * i + k) % 19 == 0 else "valid" if (5 * i + k) % 23 == 0 else "train"
            sets[name].append(f"n{i}\tplus{k}\tn{(i + k) % 60}\n")
    if not without:
        sets["train"] += [f"n{i}\tback\tn{(i + 59) % 60}\n" for i in range(60)]
    for name, lines in sets.items():
        open(f"{folder}/{name}.txt", "w").write("".join(lines))
open("small/entity_names.tsv", "w").write("n0\tzero\n")
END

run 0 "$GNN" embed --triples small --dim 64 --batch 64 --lr .3 --regularizer n3 --weight .01 \
    --init-scale .1 --epochs 60 --out small-run --quiet
run 0 "$GNN" embed --extend small-run --triples large --json --epochs 10
check 'r["run"] == "small-run-extended"' 'r["epochs"] == 10' 'r["test"]["mrr"] > .6'
head -n 58 small-run-extended/entities.tsv | cmp - small-run/entities.tsv || fail "old rows moved"
[ "$(tail -n 1 small-run-extended/relations.tsv)" = back ] || fail "the new relation is not last"
grep -q '"entities": 58' small-run-extended/config.json || fail "config.json lacks what was before"
grep -q zero small-run-extended/entity_labels.tsv || fail "labels are lost"

# A tenth of the epochs; the bits do not depend on an interruption in between.
run 0 "$GNN" embed --extend small-run/ --triples large --evaluate-every 2 --out tenth --json \
    --quiet
check 'r["epochs"] == 6'
run 0 "$GNN" embed --extend small-run --triples large --evaluate-every 2 --epochs 2 --out parts --quiet
run 0 "$GNN" embed --extend small-run --triples large --evaluate-every 2 --epochs 6 --out parts --resume --quiet
cmp tenth/model.safetensors parts/model.safetensors || fail "--resume: other vectors"
run 0 "$GNN" embed --out parts --resume --epochs 7 --quiet

# Who gives the new triples alone is told what comes of it; who gives all is not.
forgets="will forget those that are not given; give all, old and new, or --freeze-old"
head -n 20 large/train.txt >few.txt
run 0 "$GNN" embed --extend small-run --triples few.txt --epochs 1 --out few
grep -qF "20 triples to learn, where $PWD/small-run had" err && grep -qF "$forgets" err ||
    fail "nothing is said of forgetting: $(cat err)"
run 0 "$GNN" embed --extend small-run --triples large --epochs 1 --out many
! grep -qF "$forgets" err || fail "all were given: $(cat err)"
run 0 "$GNN" embed --extend small-run --freeze-old --triples few.txt --epochs 1 --out few
! grep -qF "$forgets" err || fail "frozen vectors forget nothing: $(cat err)"
run 0 "$GNN" embed --extend few --triples few.txt --epochs 1
grep -qF "$forgets" err || fail "nothing is said of what was learned before: $(cat err)"

# Frozen: the new triples are enough, and old rows stay to the byte.
grep -P '\tback\t|n7\t|n30\t|n7$|n30$' large/train.txt >new.txt
run 0 "$GNN" embed --extend small-run --freeze-old --triples new.txt --out frozen --quiet
"$GNN" export small-run --out old.tsv --quiet
"$GNN" export frozen --out all.tsv --quiet
"$GNN" export tenth --out moved.tsv --quiet
head -n 58 all.tsv | cmp - old.tsv || fail "frozen rows moved"
! head -n 58 moved.tsv | cmp -s - old.tsv || fail "rows that are not frozen did not learn"

# What small-run knew is known to the frozen run, and to one that is extended from that one.
# The old triples and the new ones in one folder are the oracle.
printf 'n7\tback\tn6\nharbour\tback\tn7\n' >later.txt
run 0 "$GNN" embed --extend small-run --freeze-old --triples new.txt --epochs 2 --out once --quiet
run 0 "$GNN" embed --extend once --freeze-old --triples later.txt --epochs 2 --out chain --quiet
cp -r small all
cat later.txt new.txt small/train.txt >all/train.txt
run 0 "$GNN" eval chain --triples all --json
json '[[r[s]["questions"], r[s]["mrr"], r[s]["unseen_entities"]] for s in ("valid", "test")]' >want
run 0 "$GNN" eval chain --json
json '[[r[s]["questions"], r[s]["mrr"], r[s]["unseen_entities"]] for s in ("valid", "test")]' |
    cmp - want || fail "eval does not know what was known: $(cat want out)"
run 0 "$GNN" eval chain --test small/test.txt --json --quiet
check "[r['test']['questions'], r['test']['mrr'], r['test']['unseen_entities']] == $(cat want)[1]"
cat small/*.txt new.txt later.txt | grep -P '^n10\tplus1\t' | cut -f 3 >known
[ -s known ] || fail "the test asks for a triple that is not there"
run 0 "$GNN" query chain --head n10 --relation plus1 --top 70 --exclude known --quiet
cut -f 2 out | grep -qxFf known && fail "--exclude known: $(cat out)"
run 0 "$GNN" predict chain --triples later.txt --calibration platt --quiet

# A test of its own is ranked instead of the old one, which is known all the same.
mkdir -p young
cp new.txt young/train.txt
printf 'n7\tplus1\tn8\n' >young/test.txt
young=("$GNN" embed --extend small-run --freeze-old --triples young --epochs 2 --out young-run)
run 0 "${young[@]}" --json --quiet
json '[r["test"]["mrr"], r["test"]["protocol"]]' >want
check 'r["test"]["questions"] == 2' \
    'r["test"]["protocol"]["known"]["test"] != r["test"]["protocol"]["triples"]'
run 0 "$GNN" eval young-run --json
grep -q " and 1 of test to rank" err || fail "more is said to be ranked: $(cat err)"
json '[r["test"]["mrr"], r["test"]["protocol"]]' | cmp - want || fail "eval differs from training"
run 0 "${young[@]}" --resume --epochs 3 --quiet
mv small away
run 0 "${young[@]}"
mv away small
grep -q "the old triples cannot be read" err || fail "what is missing is not said: $(cat err)"

# Vectors to begin with: those that are not listed stay as they would be.
"$GNN" export small-run --format word2vec --out old.vec --quiet
"$GNN" export small-run --layer relation --out relations.tsv --quiet
begin=("$GNN" embed --triples large --dim 64 --epochs 0 --seed 3 --quiet)
run 0 "${begin[@]}" --out random
run 0 "$GNN" embed --triples large --dim 64 --epochs 0 --seed 3 --init-entities old.vec \
    --init-relations relations.tsv --out given
grep -q "vectors of 58 of 60 entities" err || fail "the note is missing: $(cat err)"
"$GNN" export random --out random.tsv --quiet
"$GNN" export given --out given.tsv --quiet
"$GNN" export given --layer relation --out given-relations.tsv --quiet
sort old.tsv >known
grep -vP '^(n7|n30)\t' given.tsv | sort | cmp - known || fail "--init-entities: other vectors"
grep -P '^(n7|n30)\t' random.tsv >new
grep -P '^(n7|n30)\t' given.tsv | cmp - new || fail "vectors that were not given changed"
head -n 3 given-relations.tsv | sort >known
sort relations.tsv | cmp - known || fail "--init-relations: other vectors"
run 0 "$GNN" embed --config given/config.json --out again --quiet
cmp given/model.safetensors again/model.safetensors || fail "--config: other vectors"
printf 'n1\t1\t2\n' >narrow.tsv
printf '3 2\nn1 1 2\n' >narrow.vec
grep -P '^n1\t' old.tsv >twice.tsv
cat twice.tsv twice.tsv >>twice2.tsv
sed 's/^n1\t[^\t]*/n1\tinf/' twice.tsv >infinite.tsv
sed 's/^n1\t/stranger\t/' twice.tsv >strange.tsv
refuse 3 "narrow.tsv:1: a vector of 2 numbers, expected 64" "${begin[@]}" --init-entities narrow.tsv --out bad
refuse 3 "narrow.vec:1: vectors of 2 numbers, expected 64" "${begin[@]}" --init-entities narrow.vec --out bad
refuse 3 "twice2.tsv:2: 'n1' is listed twice" "${begin[@]}" --init-entities twice2.tsv --out bad
refuse 3 "infinite.tsv:1: 'inf', expected a finite number" "${begin[@]}" --init-entities infinite.tsv --out bad
refuse 3 "strange.tsv: holds a vector of none" "${begin[@]}" --init-entities strange.tsv --out bad
refuse 3 "nowhere.tsv" "${begin[@]}" --init-entities nowhere.tsv --out bad

refuse 2 "cannot extend: dim is 32, but the run has 64" "$GNN" embed --extend small-run \
    --triples large --dim 32 --out bad
refuse 2 "goes with --extend" "$GNN" embed --triples large --freeze-old --out bad
refuse 2 "rows of its own" "$GNN" embed --extend small-run --triples wordnet:triples --out bad
refuse 2 "cannot resume" "$GNN" embed --extend small-run --freeze-old --triples large --out parts --resume
refuse 3 "nowhere" "$GNN" embed --extend nowhere --triples large --out bad
[ ! -e bad ] && [ ! -e bad.partial ] || fail "something was left of refused commands"
