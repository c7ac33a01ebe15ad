#!/bin/bash
# Labels of the other kinds, baselines, other features, standardised ones too.
. "$GNN_SOURCE_DIR/tests/cli/helpers.bash"

make_data toy 300

# Several labels a node.
awk -F'\t' '{ v = substr($1, 2); print $1 "\t" (v % 3 == 0 ? "red,round" : v % 3 == 1 ? "red" : ",") }' \
    toy/labels.tsv >several.tsv
run 0 "$GNN" train node --data toy --labels several.tsv --task multilabel --model gcn --epochs 60 \
    --json --out several
check 'r["task"] == "multilabel" and r["test"]["micro_f1"] > .6 and r["test"]["accuracy"] > .6'
run 0 "$GNN" predict several --out several.out
awk -F'\t' 'NR > 1 && $2 !~ /^(red|round|red,round|,)$/ { print; exit 1 }' several.out ||
    fail "labels"
# Known to have none is not the same as not known.
run 0 "$GNN" predict several --truth --nodes <(printf 'n1\nn2\n')
[ "$(cut -f4 out | tr '\n' ' ')" = "truth red , " ] || fail "--truth: $(cat out)"
sed '1s/\t.*/\t/' several.tsv >partly.tsv
run 0 "$GNN" predict several --labels partly.tsv --truth --limit 1
[ "$(tail -n 1 out | cut -f4)" = "" ] || fail "--truth of the unlabelled: $(cat out)"
cut -f1,2 several.out >as_labels.tsv
run 0 "$GNN" eval several --labels as_labels.tsv --json
check 'r["test"]["accuracy"] == 1'

# Numbers.
awk -F'\t' '{ v = substr($1, 2); print $1 "\t" v % 3 - 1 "\t" (v % 3) * 2.5 }' toy/labels.tsv >numbers.tsv
run 0 "$GNN" train node --data toy --labels numbers.tsv --task regress --model sage --epochs 100 \
    --json --out numbers
check 'r["task"] == "regress" and 0 < r["test"]["rmse"] < 1.5 and r["test"]["mae"] > 0'
run 0 "$GNN" predict numbers --limit 3 --truth
[ "$(head -n 1 out)" = "#node	value	value	truth	truth" ] || fail "headline: $(head -n 1 out)"
awk -F'\t' 'NF != 5 { exit 1 }' out || fail "numbers: $(cat out)"

# Baselines: majority knows the classes' shares, label propagation the arcs, an MLP the words.
for model in majority labelprop mlp; do
    run 0 "$GNN" train node --data toy --model $model --json --quiet
    check '0 < r["test"]["accuracy"] <= 1'
    json 'r["test"]["accuracy"]' >$model.accuracy
    run 0 "$GNN" eval runs/toy-$model --json --quiet
    check "r['test']['accuracy'] == $(cat $model.accuracy)"
    run 0 "$GNN" predict runs/toy-$model --limit 3
done
python -c 'a, b, c = (float(open(m + ".accuracy").read()) for m in ("majority", "labelprop", "mlp"))
assert a < .5 < b and c > .5, (a, b, c)' || fail "baselines: $(cat ./*.accuracy)"
refuse 1 "classes only" "$GNN" train node --data toy --labels numbers.tsv --task regress \
    --model majority --quiet --out x

# A bare edge list: degrees when nothing is said, a random split, said so.
cut -f1,2 toy/edges.tsv >bare.tsv
run 0 "$GNN" train node --data bare.tsv --labels toy/labels.tsv --model sage --epochs 5 --json
grep -q 'degree' err && grep -q 'random:.6,.2,.2' err || fail "nothing said: $(cat err)"
check 'r["data"] == "bare" and r["split"] == "random:.6,.2,.2" and r["train"]["nodes"] == 180'
run 0 "$GNN" eval runs/bare-sage --json
check 'r["valid"]["nodes"] == 60'
run 0 "$GNN" train node --data bare.tsv --labels toy/labels.tsv --features onehot --model gcn \
    --epochs 40 --json --quiet --out onehot
check 'r["test"]["accuracy"] > .5'
run 0 "$GNN" train node --data bare.tsv --labels toy/labels.tsv --features random:16 --model gcn \
    --epochs 40 --json --quiet --out random --seed 3
json 'r["test"]["loss"]' >loss
run 0 "$GNN" eval random --json
check "abs(r['test']['loss'] - $(cat loss)) < 1e-5"

# Statistics of standardised features come from the run, not from the data that are read.
awk -F'\t' '{ v = substr($1, 2); print $1 "\t" 1000 + v % 3 * 10 + (v * 7 % 5) "\t" v % 2 * .01 }' \
    toy/labels.tsv >dense.tsv
run 0 "$GNN" train node --data toy --features dense.tsv --normalize standard --model mlp \
    --epochs 100 --json --quiet --out standard
check 'r["test"]["accuracy"] > .9'
[ -s standard/features.safetensors ] || fail "no statistics were kept"
head -n 30 dense.tsv >few.tsv
awk -F'\t' '{ print $1 "\t" $1 }' few.tsv >loops.tsv
run 0 "$GNN" predict standard --data loops.tsv --features few.tsv --out few.out
run 0 "$GNN" predict standard --out all.out
python - <<'END' || fail "statistics were taken anew"
def read(path):
    return {l.split("\t")[0]: l.split("\t")[1] for l in open(path) if l[0] != "#"}
few, every = read("few.out"), read("all.out")
assert len(few) == 30 and all(every[k] == v for k, v in few.items())
END
