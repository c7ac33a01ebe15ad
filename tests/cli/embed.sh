#!/bin/bash
# gnn embed, eval and query: a family of numbers as a knowledge graph, learned, ranked,
# asked, interrupted, refused.
. "$GNN_SOURCE_DIR/tests/cli/helpers.bash"

# Entities n0 … n59 on a ring; relation plusK leads K places on; some triples held out.
python - <<'END'
import os
os.makedirs("ring")
sets = {"train": [], "valid": [], "test": []}
for i in range(60):
    for k in (1, 2, 3):
        name = "test" if (7 * i + k) % 19 == 0 else "valid" if (5 * i + k) % 23 == 0 else "train"
        sets[name].append(f"n{i}\tplus{k}\tn{(i + k) % 60}\n")
for name, lines in sets.items():
    open(f"ring/{name}.txt", "w").write("".join(lines))
open("ring/entity_names.tsv", "w").write("n0\tzero\tthe beginning\nn1\tone\n")
END

train=("$GNN" embed --triples ring --dim 64 --batch 64 --lr .3 --regularizer n3 --weight .01
    --init-scale .1)
run 0 "${train[@]}" --epochs 60 --json
for file in config.json model.safetensors state.safetensors metrics.jsonl entities.tsv \
    relations.tsv entity_labels.tsv report.json; do
    [ -s runs/ring-complex/$file ] || fail "runs/ring-complex/$file is missing"
done
check 'all(k in r for k in ("task", "model", "data", "seed", "epochs", "best_epoch", "valid",
    "test", "seconds_total", "seconds_per_epoch", "items_per_second", "peak_rss_bytes",
    "threads", "isa", "version"))' \
    'r["task"] == "link" and r["model"] == "complex" and r["data"] == "ring"' \
    'r["test"]["mrr"] > .5 and r["test"]["hits@10"] >= r["test"]["hits@1"]' \
    'r["test"]["questions"] == 2 * r["test"]["tail"]["questions"]' \
    'r["test"]["protocol"]["filter"] == "train valid test"' \
    'r["valid"]["protocol"]["filter"] == "train valid"' \
    'r["test"]["protocol"]["ties"] == "mean"' 'list(r["train"]) == ["loss"]' \
    "r['train']['loss'] == $(tail -n 1 runs/ring-complex/metrics.jsonl | python -c '
import json, sys
print(json.load(sys.stdin)["train_loss"])')"
grep -q '^  heads' out || fail "the table lacks heads"

# What is said of memory beforehand is near the peak, to which sanitizers add their own.
takes=$(sed -n 's/^gnn: training takes about \([0-9.]*\) MB$/\1e6/p' err)
[ "$GNN_PLAIN" != ON ] || check "$takes / 1.3 < r['peak_rss_bytes'] < $takes * 1.3"
json 'repr(r["test"]["mrr"])' >trained

# eval says the same; raw ranks are no better; a constant tie rule is obeyed.
run 0 "$GNN" eval runs/ring-complex --json
json 'repr(r["test"]["mrr"])' >evaluated
cmp trained evaluated || fail "eval differs from training"
check 'all(k in r for k in ("task", "model", "data", "seed", "epochs", "best_epoch", "valid",
    "test", "seconds_total", "seconds_per_epoch", "items_per_second", "peak_rss_bytes",
    "threads", "isa", "version"))' 'r["seed"] == 0 and r["epochs"] == 60'
run 0 "$GNN" eval runs/ring-complex --raw --ties pessimistic --json
check 'r["test"]["protocol"]["filter"] == "none"' \
    "r['test']['mrr'] <= $(cat trained) + 1e-9" \
    'r["test"]["protocol"]["ties"] == "pessimistic"'
run 0 "$GNN" eval runs/ring-complex --by relation --json
check 'set(r["test"]["by"]) == {"plus1", "plus2", "plus3"}' \
    'sum(g["questions"] for g in r["test"]["by"].values()) == r["test"]["questions"]'
run 0 "$GNN" eval runs/ring-complex --by kind --json
check 'list(r["test"]["by"]) == ["1-1"]' 'r["test"]["by"]["1-1"]["mrr"] == r["test"]["mrr"]'
[ "$(grep -A 5 '^test ' out | cut -c 1-12 | tr -s ' \n' ' ')" = "test tails heads 1-1 tails heads " ] ||
    fail "--by kind: $(cat out)"
refuse 2 "unknown --by 'colour'" "$GNN" eval runs/ring-complex --by colour
run 0 "$GNN" eval runs/ring-complex --triples ring/train.txt --json
check 'r["train"]["mrr"] > .9 and "test" not in r'

# An independent reader of the vectors.
python "$GNN_SOURCE_DIR/tests/cli/read_safetensors.py" runs/ring-complex/model.safetensors \
    >arrays
grep -q entity arrays || fail "model.safetensors: $(cat arrays)"

# Questions.
run 0 "$GNN" query runs/ring-complex --head n3 --relation plus2 --top 1 --json
check 'r["answers"][0]["entity"] == "n5"'
run 0 "$GNN" query runs/ring-complex --tail n0 --relation plus1 --top 3 --json
check 'r["answers"][0]["entity"] == "n59" and len(r["answers"]) == 3'
run 0 "$GNN" query runs/ring-complex --head n10 --tail n13 --top 1 --json
check 'r["answers"][0]["relation"] == "plus3"'
run 0 "$GNN" query runs/ring-complex --near n7 --top 4
[ "$(grep -c . out)" -eq 5 ] || fail "--near: $(cat out)"
run 0 "$GNN" query runs/ring-complex --tail n2 --relation plus1 --top 60
grep -q "n1	.*	one" out || fail "labels are not shown"
run 0 "$GNN" query runs/ring-complex --head n3 --relation plus1 --exclude known --json
check 'all(a["entity"] != "n4" for a in r["answers"])'
refuse 2 "not with --near" "$GNN" query runs/ring-complex --near n7 --exclude known
# As many as there are take no more memory than that. (Sanitizers map a lot.)
limit=4000000
[ "$GNN_PLAIN" = ON ] || limit=unlimited
for ask in "--near n7" "--head n3 --relation plus2" "--head n10 --tail n13"; do
    # shellcheck disable=SC2086
    run 0 bash -c 'ulimit -v $0 && "$@"' $limit "$GNN" query runs/ring-complex $ask --top 1000000000
done
[ "$(grep -c . out)" -eq 4 ] || fail "relations: $(cat out)"

# What is in the run, and scores of triples: a true one leads.
run 0 "$GNN" info runs/ring-complex --json
check 'r["entities"] == 60 and r["relations"] == 3 and r["report"]["test"]["mrr"] > .5'
printf 'n3\tplus2\tn5\nn3\tplus2\tn40\n' >asked.txt
run 0 "$GNN" predict runs/ring-complex --triples asked.txt
awk 'NR == 2 { first = $4 } NR == 3 { ok = first > $4 } END { exit !ok }' out || fail "$(cat out)"
refuse 2 "expected --triples FILE" "$GNN" predict runs/ring-complex
printf 'n3\tplus2\tn5\nn3\tplus2\tnobody\n' >unknown.txt
for command in predict eval; do
    refuse 3 "unknown.txt:2: entity 'nobody' is not in runs/ring-complex" "$GNN" $command \
        runs/ring-complex --triples unknown.txt
done
printf 'n3\tplus9\tn5\n' >unknown.txt
refuse 3 "unknown.txt:1: relation 'plus9' is not in runs/ring-complex" "$GNN" predict \
    runs/ring-complex --triples unknown.txt

# The same bits at any number of threads, from its own configuration, and after an
# interruption.
run 0 "${train[@]}" --epochs 12 --threads 1 --out one --quiet
run 0 "${train[@]}" --epochs 12 --threads 4 --out four --quiet
cmp one/model.safetensors four/model.safetensors || fail "threads change bits"
run 0 "$GNN" embed --config one/config.json --out again --quiet
cmp one/model.safetensors again/model.safetensors || fail "--config: other vectors"
run 0 "${train[@]}" --epochs 5 --out part --quiet
run 0 "${train[@]}" --epochs 12 --out part --resume --quiet
cmp one/model.safetensors part/model.safetensors || fail "--resume: other vectors"
run 0 "$GNN" embed --triples ring --scorer transe --norm l2 --loss self-adversarial \
    --margin 2 --optimizer adam --lr .02 --batch 64 --chunk 32 --negatives 16 --epochs 3 --json
check 'r["model"] == "transe"'

# A run remembers what precision 'auto' came to and goes on with it; its configuration asks
# for no more than it was asked for.
run 0 "${train[@]}" --epochs 2 --out narrow --isa baseline --json
check 'r["products"] == "fp32"'
run 0 "${train[@]}" --epochs 4 --out narrow --resume --json
check 'r["products"] == "fp32"'
run 0 "${train[@]}" --epochs 4 --out wide --json
check 'r["products"] == ("bf16" if r["isa"] == "avx512" and
    " avx512_bf16 " in open("/proc/cpuinfo").read() else "fp32")'
run 0 "$GNN" embed --config wide/config.json --scorer transe --epochs 1 --out other --json
check 'r["products"] == "fp32"'

# Every recipe is one that the program takes.
for recipe in "$GNN_SOURCE_DIR"/embed/recipes/*.json; do
    run 0 "$GNN" embed --config "$recipe" --triples ring --epochs 1 --out cooked \
        --quiet
done

# Vectors for other programs: ids and rows stay together.
run 0 "$GNN" export one --format word2vec --out one.vec
[ "$(head -n 1 one.vec)" = "60 64" ] || fail "word2vec: $(head -n 1 one.vec)"
run 0 "$GNN" export one --format npy --layer relation --out relations.npy
[ "$(tr '\n' ' ' <relations.nodes.tsv)" = "plus1 plus2 plus3 " ] || fail "relations.nodes.tsv"
run 0 "$GNN" export one --out one.tsv
python - one.tsv one.vec <<'END' || fail "tsv and word2vec differ"
import sys
tsv, vec = (dict((l.split()[0], list(map(float, l.split()[1:]))) for l in open(p) if len(l.split()) > 2)
            for p in sys.argv[1:])
assert set(tsv) == set(vec) and len(tsv) == 60
assert all(abs(a - b) < 1e-6 for k in tsv for a, b in zip(tsv[k], vec[k]))
END
refuse 2 "unknown layer 'nodes'" "$GNN" export one --layer nodes --out x.npy

# What is no error, but counted: triples that are listed again are left out, entities that
# only the validation triples have are ranked by their random vectors.
cat ring/train.txt >twice.txt
head -n 2 ring/train.txt >>twice.txt
printf 'n1\tplus1\tn2\nn1\tplus1\tstranger\nguest\tplus2\tn3\nguest\tplus1\tn4\n' >guests.txt
odd=("${train[@]}" --valid guests.txt --epochs 2)
run 0 "${odd[@]}" --triples ring/train.txt --out listed-once --quiet
run 0 "${odd[@]}" --triples twice.txt --out listed-twice --json
grep -q "2 repeated triples left out" err || fail "repeats: $(cat err)"
grep -q "2 entities are in no training triple" err || fail "strangers: $(cat err)"
check 'r["valid"]["questions"] == 8' 'r["valid"]["unseen_entities"] == 2' \
    'r["valid"]["unseen_triples"] == 3' 'r["valid"]["protocol"]["entities"] == 62'
cmp listed-once/model.safetensors listed-twice/model.safetensors || fail "repeats change vectors"

# What is refused leaves nothing behind.
touch empty.txt
printf 'a\tb\tc\na\tb\n' >short.txt
printf 'a\tb\tc\na\t\tc\n' >hole.txt
printf 'n1\tnew\tn2\n' >relation.txt
refuse 3 "short.txt:2: " "$GNN" embed --triples short.txt --out bad
refuse 3 "hole.txt:2: " "$GNN" embed --triples hole.txt --out bad
refuse 3 "empty.txt: holds no triples" "$GNN" embed --triples empty.txt --out bad
refuse 3 "relation.txt:1: " "$GNN" embed --triples ring --test relation.txt --out bad
refuse 3 "nowhere" "$GNN" embed --triples nowhere --out bad
refuse 2 "unknown scorer 'complx'; did you mean 'complex'" "$GNN" embed --triples ring \
    --scorer complx --out bad
refuse 2 "expected a multiple of 2" "$GNN" embed --triples ring --dim 7 --out bad --quiet
refuse 2 "expected --triples" "$GNN" embed --out bad
refuse 2 "'nobody' is not in this run" "$GNN" query one --head nobody --relation plus1
refuse 2 "expected two of" "$GNN" query one --head n1
refuse 3 "nowhere" "$GNN" query nowhere --near n1
[ ! -e bad ] && [ ! -e bad.partial ] || fail "something was left of refused commands"
