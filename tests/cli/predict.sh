#!/bin/bash
# Predictions and exports: for the run's own nodes, and for nodes and graphs it never saw.
. "$GNN_SOURCE_DIR/tests/cli/helpers.bash"

make_data toy 300
run 0 "$GNN" train node --data toy --model sage --epochs 60 --quiet --out run

# A line a node: id, class, probability.
run 0 "$GNN" predict run
[ "$(head -n 1 out)" = "#node	class	probability" ] || fail "headline: $(head -n 1 out)"
awk -F'\t' 'NR > 1 && (NF != 3 || $2 !~ /^class[012]$/ || $3 < .33 || $3 > 1) { exit 1 }' out ||
    fail "predictions"
[ "$(grep -c . out)" -eq 301 ] || fail "a line a node"
cp out all
run 0 "$GNN" predict run --limit 5 --truth
[ "$(head -n 1 out)" = "#node	class	probability	truth" ] || fail "headline: $(head -n 1 out)"
[ "$(grep -c . out)" -eq 6 ] || fail "--limit"
awk -F'\t' 'NR > 1 { v = substr($1, 2); if ($4 != "class" v % 3) exit 1 }' out || fail "--truth"
run 0 "$GNN" predict run --part test --truth
[ "$(tail -n +2 out | wc -l)" -eq "$(grep -c test toy/split.tsv)" ] || fail "--part"
right=$(awk -F'\t' 'NR > 1 && $2 == $4' out | wc -l)
total=$(awk -F'\t' 'NR > 1' out | wc -l)
run 0 "$GNN" eval run --json
check "abs(r['test']['accuracy'] - $right / $total) < 1e-9"
run 0 "$GNN" predict run --part val
[ "$(tail -n +2 out | wc -l)" -eq "$(grep -c val toy/split.tsv)" ] || fail "--part val"
printf 'n7\tanything\nn3\n' >some.tsv
run 0 "$GNN" predict run --nodes some.tsv
[ "$(cut -f1 out | tr '\n' ' ')" = "#node n7 n3 " ] || fail "--nodes: $(cat out)"
gzip -k some.tsv
run 0 "$GNN" predict run --nodes some.tsv.gz --out deep/er/some.npy
[ "$(tr '\n' ' ' <deep/er/some.nodes.tsv)" = "n7 n3 " ] || fail "ids beside an array"
refuse 2 "nothing is compressed here" "$GNN" predict run --out some.out.gz
refuse 2 "nothing is compressed here" "$GNN" export run --format tsv --out some.out.zst
[ ! -e some.out.gz ] || fail "some.out.gz was written"

# Another graph: other nodes, some words unknown, some missing, no labels, no split.
make_data new 90 7
sed -i 's/^n/m/; s/\tn/\tm/' new/*.tsv
sed -i 's/$/ unheard:1/' new/features.tsv
rm new/split.tsv
mv new/labels.tsv labels
run 0 "$GNN" predict run --data new --out predicted.tsv
[ ! -s out ] || fail "--out: something on stdout"
awk -F'\t' 'NR > 1 { n++; v = substr($1, 2); right += $2 == "class" v % 3 }
    END { exit !(n == 90 && right > 55) }' predicted.tsv || fail "predictions of unseen nodes"
# Predictions are labels that the program reads.
run 0 "$GNN" eval run --data new --labels labels --json
check 'r["all"]["nodes"] == 90 and r["all"]["accuracy"] > .6'
cut -f1,2 predicted.tsv >as_labels.tsv
run 0 "$GNN" eval run --data new --labels as_labels.tsv --json
check 'r["all"]["accuracy"] == 1'
# A label that the run does not know is an error of the data.
printf 'm0\tclass9\n' >unknown.tsv
refuse 3 "class9" "$GNN" eval run --data new --labels unknown.tsv
# The order of lines does not matter.
mkdir shuffled
sort -r new/features.tsv >shuffled/features.tsv
sort -r new/edges.tsv >shuffled/edges.tsv
run 0 "$GNN" predict run --data shuffled --out shuffled.tsv
python - <<'END' || fail "the order of lines changes predictions"
def read(path):
    return {l.split("\t")[0]: l.rstrip("\n").split("\t")[1:] for l in open(path) if l[0] != "#"}
a, b = read("predicted.tsv"), read("shuffled.tsv")
assert a.keys() == b.keys()
assert all(a[k][0] == b[k][0] and abs(float(a[k][1]) - float(b[k][1])) < 2e-3 for k in a)
END

# Arrays: header, shape, values.
run 0 "$GNN" predict run --out all.npy
run 0 "$GNN" export run --format npy --layer output --out logits.npy --quiet
run 0 "$GNN" export run --format tsv --layer output --out logits.tsv --quiet
run 0 "$GNN" export run --out hidden.npy --quiet
run 0 "$GNN" export run --layer 1 --format word2vec --out hidden.vec --quiet
run 0 "$GNN" export run --layer 1 --format safetensors --out hidden.safetensors --quiet
run 0 "$GNN" export run --layer input --out input.tsv --quiet
run 0 "$GNN" export run --data new --out new.npy --quiet
cmp hidden.nodes.tsv run/nodes.tsv || fail "hidden.nodes.tsv"
python - <<'END' || fail "exports"
import ast, json, math, struct
def npy(path):
    b = open(path, "rb").read()
    assert b[:6] == b"\x93NUMPY" and b[6:8] == b"\x01\x00"
    n, = struct.unpack_from("<H", b, 8)
    h = ast.literal_eval(b[10:10 + n].decode())
    assert (10 + n) % 64 == 0 and not h["fortran_order"]
    size, code = {"<f4": (4, "f"), "<f8": (8, "d")}[h["descr"]]
    rows, columns = h["shape"]
    assert len(b) == 10 + n + rows * columns * size
    v = struct.unpack_from("<%d%s" % (rows * columns, code), b, 10 + n)
    return [v[i * columns:(i + 1) * columns] for i in range(rows)]
def near(a, b):
    return abs(a - b) <= 1e-5 * max(1, abs(b))
ids = open("run/nodes.tsv").read().split()
probabilities, logits = npy("all.npy"), npy("logits.npy")
assert len(logits) == 300 and len(logits[0]) == 3
for p, z in zip(probabilities, logits):
    e = [math.exp(x - max(z)) for x in z]
    assert all(near(a, b / sum(e)) for a, b in zip(p, e))
text = [l.rstrip("\n").split("\t") for l in open("logits.tsv")]
assert [l[0] for l in text] == ids
assert all(near(float(x), y) for l, z in zip(text, logits) for x, y in zip(l[1:], z))
hidden = npy("hidden.npy")
first, *lines = open("hidden.vec").read().splitlines()
assert first.split() == ["300", str(len(hidden[0]))]
assert all(near(float(x), y) for l, z in zip(lines, hidden) for x, y in zip(l.split()[1:], z))
b = open("hidden.safetensors", "rb").read()
n, = struct.unpack_from("<Q", b)
header = json.loads(b[8:8 + n])
array = header["1"]
assert array["shape"] == [300, len(hidden[0])]
begin, end = array["data_offsets"]
assert len(b) == 8 + n + end
kind = {"F32": "f", "F64": "d"}[array["dtype"]]
values = struct.unpack_from("<%d%s" % (300 * len(hidden[0]), kind), b, 8 + n + begin)
assert all(near(x, y) for x, y in zip(values, [v for row in hidden for v in row]))
assert len(npy("new.npy")) == 90
END

# Nodes of no part: those without a label, where the split was drawn.
mkdir drawn
cp toy/edges.tsv toy/features.tsv drawn
head -n 200 toy/labels.tsv >drawn/labels.tsv
run 0 "$GNN" train node --data drawn --split random:.6,.2,.2 --model gcn --epochs 3 --quiet --out r
run 0 "$GNN" predict r --part rest
cut -f1 out | tail -n +2 | sort >rest
tail -n +201 toy/labels.tsv | cut -f1 | sort | cmp - rest || fail "--part rest"
run 0 "$GNN" eval r --json
check 'r["train"]["nodes"] == 120 and r["test"]["nodes"] == 40'
# The same data are the same, also with classes that are numbers.
sed -i 's/class//' drawn/labels.tsv
for features in drawn/features.tsv degree onehot random:5; do
    run 0 "$GNN" train node --data drawn --split random:.6,.2,.2 --features $features --model gcn \
        --epochs 3 --quiet --out r
    run 0 "$GNN" eval r
    [ ! -s err ] || fail "eval with $features: $(cat err)"
done
run 0 "$GNN" train node --data drawn --split random:.6,.2,.2 --normalize standard --model gcn \
    --epochs 3 --quiet --out r
run 0 "$GNN" eval r --json
[ ! -s err ] || fail "eval of standardised features: $(cat err)"
check 'r["train"]["nodes"] == 120'
# So they are when --data names them, and the drawn split is the one, not the public one.
cp toy/split.tsv drawn
run 0 "$GNN" train node --data drawn --split random:.6,.2,.2 --model gcn --epochs 3 --quiet --out r
run 0 "$GNN" eval r --data drawn --json
check 'r["train"]["nodes"] == 120 and r["test"]["nodes"] == 40'
rm drawn/split.tsv
run 0 "$GNN" train node --data drawn --split random:.6,.2,.2 --model gcn --epochs 3 --quiet --out r
# A split cannot be drawn again of data that have changed.
echo "n0	n7" >>drawn/edges.tsv
sed -i '1s/0$/1/' drawn/labels.tsv
refuse 3 "drawn has changed since the run was trained: its split cannot" "$GNN" eval r
refuse 3 "its split cannot be drawn again" "$GNN" predict r --part test
run 0 "$GNN" eval r --part all
grep -q 'drawn has changed' err || fail "nothing said: $(cat err)"
run 0 "$GNN" eval r --split random:.5,.2,.3
run 0 "$GNN" predict r --limit 2
run 0 "$GNN" export r --out r.npy
# Of a split that is read, only a remark.
run 0 "$GNN" train node --data toy --model gcn --epochs 3 --quiet --out r
echo "n0	n7" >>toy/edges.tsv
run 0 "$GNN" eval r
grep -q 'toy has changed since the run was trained' err || fail "nothing said: $(cat err)"
