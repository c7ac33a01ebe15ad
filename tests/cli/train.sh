#!/bin/bash
# Training: the run directory, the table, the JSON object, what eval says of the same nodes.
. "$GNN_SOURCE_DIR/tests/cli/helpers.bash"

make_data toy 300
run 0 "$GNN" train node --data toy --model gcn --epochs 40 --json

# The run directory, in its default place.
for file in config.json model.safetensors state.safetensors metrics.jsonl nodes.tsv classes.tsv \
    features_vocab.tsv report.json; do
    [ -s runs/toy-gcn/$file ] || fail "runs/toy-gcn/$file is missing"
done
[ "$(ls runs)" = toy-gcn ] || fail "left beside the run: $(ls runs)"
[ "$(grep -c . runs/toy-gcn/metrics.jsonl)" -eq 40 ] || fail "metrics.jsonl: a line an epoch"
[ "$(grep -c . runs/toy-gcn/nodes.tsv)" -eq 300 ] || fail "nodes.tsv"
[ "$(tr '\n' ' ' <runs/toy-gcn/classes.tsv)" = "class0 class1 class2 " ] || fail "classes.tsv"

# The result: all fields of the contract, and a model that learned.
check 'all(k in r for k in ("task", "model", "data", "seed", "epochs", "best_epoch", "train",
    "valid", "test", "seconds_total", "seconds_per_epoch", "items_per_second",
    "peak_rss_bytes", "threads", "isa", "version"))' \
    'r["task"] == "class" and r["model"] == "gcn" and r["data"] == "toy" and r["seed"] == 0' \
    'r["epochs"] == 40 and 1 <= r["best_epoch"] <= 40 and r["split"] == "public"' \
    'r["test"]["accuracy"] > .6 and 0 < r["test"]["macro_f1"] <= 1 and r["test"]["loss"] > 0' \
    'r["train"]["nodes"] + r["valid"]["nodes"] + r["test"]["nodes"] == 300' \
    '1e6 < r["peak_rss_bytes"] < 4e9 and r["threads"] >= 1'
grep -q '^test ' out || fail "the table has no row for test"
grep -q 'of memory' err || fail "the memory to come is not told beforehand"
json 'repr(r["test"]["accuracy"]) + " " + repr(r["valid"]["loss"])' >trained

# eval says the same, and eval of a copy that has moved.
run 0 "$GNN" eval runs/toy-gcn --json
json 'repr(r["test"]["accuracy"]) + " " + repr(r["valid"]["loss"])' >evaluated
python - <<'END' || fail "eval differs from training: $(cat trained) / $(cat evaluated)"
a, b = (list(map(float, open(f).read().split())) for f in ("trained", "evaluated"))
assert a[0] == b[0] and abs(a[1] - b[1]) < 1e-5
END
cp -r runs/toy-gcn moved
(mkdir elsewhere && cd elsewhere && run 0 "$GNN" eval ../moved --part test --json &&
    check 'r["test"]["nodes"] > 0 and "train" not in r')
run 0 "$GNN" eval moved --confusion --quiet
grep -q 'truth.predicted' out || fail "no confusion matrix"

# An independent reader of the parameters.
python "$GNN_SOURCE_DIR/tests/cli/read_safetensors.py" runs/toy-gcn/model.safetensors >arrays
grep -q 'F[0-9]*	' arrays || fail "model.safetensors: $(cat arrays)"

# The configuration of a run makes the same run again; options given win.
run 0 "$GNN" train node --config runs/toy-gcn/config.json --out again --quiet
cmp again/model.safetensors runs/toy-gcn/model.safetensors || fail "--config: other parameters"
[ ! -s err ] || fail "--quiet: $(cat err)"
run 0 "$GNN" train node --config runs/toy-gcn/config.json --out shorter --epochs 5 --json --quiet
check 'r["epochs"] == 5'
run 0 "$GNN" train node --config runs/toy-gcn/config.json --model sage --out other --epochs 5 \
    --json --quiet
check 'r["model"] == "sage" and r["epochs"] == 5'

# Another seed, other parameters; the same one, the same.
run 0 "$GNN" train node --data toy --model gcn --epochs 40 --seed 1 --out seed1 --quiet
! cmp -s seed1/model.safetensors again/model.safetensors || fail "--seed changes nothing"

# A run is replaced by a newer one, nothing else is.
run 0 "$GNN" train node --data toy --model gcn --epochs 3 --out seed1 --json
check 'r["epochs"] == 3'
mkdir precious && touch precious/file
run 1 "$GNN" train node --data toy --model gcn --epochs 3 --out precious --quiet
[ -e precious/file ] || fail "a folder that is no run was replaced"
