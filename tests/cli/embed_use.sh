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
    'set(r["valid"]["protocol"]["known"]) == {"train", "valid"}' \
    '0 < r["test"]["amr"] < 1 and 0 < r["test"]["amri"] < 1'
grep -q ' MR .* AMR .* AMRI$' out || fail "the table lacks AMR: $(cat out)"
json 'repr(r["test"]["mr"])' >exact
grep -q "^gnn: 1 entity is in no training triple: it keeps" err || fail "unseen: $(cat err)"
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
    'r["test"]["sampled_mrr"]["error"] > 0 and "mrr" not in r["test"]' \
    'r["test"]["amr"]["error"] > 0'
json 'repr(r["test"]["mr"])' >sampled
run 0 "$GNN" eval run --sample 500 --threads 3 --json
json 'repr(r["test"]["mr"])' | cmp - sampled || fail "--sample: other numbers at 3 threads"
run 0 "$GNN" eval run --sample 500 --sample-seed 9 --json
json 'repr(r["test"]["mr"])' | cmp -s - sampled && fail "--sample-seed changes nothing"
refuse 2 "--sample or --by" "$GNN" eval run --sample 5 --by relation
refuse 2 "sample" "$GNN" eval run --sample 0

# --isa is obeyed, whatever the machine has.
run 0 "$GNN" eval run --isa baseline --json
check 'r["isa"] == "baseline"'
refuse 2 "unknown instruction set 'avx9'" "$GNN" query run --near n1 --isa avx9

# Options of one kind of runs are none of the other.
refuse 2 "--part goes with runs of gnn train node; run is one of gnn embed" "$GNN" eval run \
    --part test
refuse 2 "--confusion goes with runs of gnn train" "$GNN" eval run --confusion
refuse 2 "--data goes with" "$GNN" eval run --data ring
refuse 2 "--split goes with" "$GNN" eval run --split public
for option in "--nodes x" "--part test" "--truth" "--data ring" "--features degree"; do
    # shellcheck disable=SC2086
    refuse 2 "${option%% *} goes with" "$GNN" predict run --triples ring/test.txt $option
done
refuse 2 "--data goes with" "$GNN" export run --data ring --out run.npy
printf '%% n1\nn3\tplus2\tn5\nn3\tplus1\tn4\nn3\tplus1\tn5\n' >percent.txt
run 0 "$GNN" predict run --triples percent.txt --comment % --limit 2 --quiet
[ "$(wc -l <out)" -eq 3 ] || fail "--limit: $(cat out)"

# What is said is true of the command: nothing is learned here.
run 0 "$GNN" predict run --triples percent.txt --comment %
[ "$(cat err)" = "gnn: percent.txt: 3 triples to score" ] || fail "predict: $(cat err)"
run 0 "$GNN" query run --head n3 --relation plus1 --exclude known
grep -q "^gnn: ring: [0-9]* known triples$" err || fail "query: $(cat err)"
run 0 "$GNN" eval run
grep -q "^gnn: ring: [0-9]* known triples, [0-9]* of validation and [0-9]* of test to rank$" err ||
    fail "eval: $(cat err)"
grep -q "^gnn: test: 2 triples with an entity that is in no training triple" err ||
    fail "eval: $(cat err)"
! grep -qE "to (learn|watch)|keep" err || fail "eval: $(cat err)"

# Other triples, whose relations come in another order.
grep plus3 ring/train.txt >third.txt
run 0 "$GNN" eval run --triples third.txt --by relation --json
check 'list(r["train"]["by"]) == ["plus3"]'

# Vectors in every format: ids and rows stay together, also where ids have blanks and
# letters beyond ASCII. Each file is read by an independent reader.
mkdir places
printf 'New York\tis in\tUSA\nZürich\tis in\tSchweiz\n日本 国\tis in\tアジア\nUSA\tborders\tNew York\n' \
    >places/train.txt
printf 'USA\tthe States\nZürich\t\n日本 国\tJapan\n' >places/entity_names.tsv
run 0 "$GNN" embed --triples places --dim 6 --epochs 2 --batch 4 --out places-run --quiet
run 0 "$GNN" embed --triples places/train.txt --dim 6 --epochs 1 --out lone --quiet
cmp lone/entity_labels.tsv places-run/entity_labels.tsv || fail "names beside a file"
(cd places && run 0 "$GNN" embed --triples train.txt --dim 6 --epochs 1 --out ../lone --quiet &&
    rm out err)
cmp lone/entity_labels.tsv places-run/entity_labels.tsv || fail "names in this folder"
for format in tsv npy word2vec word2vec-binary safetensors projector; do
    run 0 "$GNN" export places-run --format $format --out places.$format
done
run 0 "$GNN" export places-run --out places.bin
grep -q "blanks in 2 names became _" err || fail "blanks: $(cat err)"
cmp places.bin places.word2vec-binary || fail "places.bin: another format"
run 0 "$GNN" export places-run --layer relation --format projector --out relations
[ "$(cat relations/metadata.tsv)" = "$(printf 'is in\nborders')" ] || fail "relations/metadata.tsv"
PYTHONIOENCODING=utf-8 python -X utf8 - <<'END' || fail "formats differ"
import json, struct
def lines(path):
    return open(path, encoding="utf-8", newline="\n").read().split("\n")[:-1]
ids = lines("places-run/entities.tsv")
assert ids == ["New York", "USA", "Zürich", "Schweiz", "日本 国", "アジア"], ids
def model():
    b = open("places-run/model.safetensors", "rb").read()
    n, = struct.unpack_from("<Q", b)
    array = json.loads(b[8:8 + n])["entity"]
    code = {"F32": "f", "F64": "d"}[array["dtype"]]
    rows, width = array["shape"]
    v = struct.unpack_from("<%d%s" % (rows * width, code), b, 8 + n + array["data_offsets"][0])
    return [v[i * width:(i + 1) * width] for i in range(rows)]
want = model()
def same(what, names, rows, tolerance=1e-6, underscores=False):
    wanted = [i.replace(" ", "_") for i in ids] if underscores else ids
    assert names == wanted, (what, names)
    assert len(rows) == len(want), what
    for a, b in zip(rows, want):
        assert len(a) == len(b) and all(abs(x - y) <= tolerance * abs(y) for x, y in zip(a, b)), what
split = [l.split("\t") for l in lines("places.tsv")]
same("tsv", [l[0] for l in split], [list(map(float, l[1:])) for l in split])
split = [l.split(" ") for l in lines("places.word2vec")]
assert split[0] == ["6", "6"]
same("word2vec", [l[0] for l in split[1:]], [list(map(float, l[1:])) for l in split[1:]],
     underscores=True)
b = open("places.word2vec-binary", "rb").read()
head, b = b.split(b"\n", 1)
n, width = map(int, head.split())
names, rows = [], []
for _ in range(n):
    name, b = b.split(b" ", 1)
    names.append(name.decode())
    rows.append(struct.unpack_from("<%df" % width, b))
    assert b[4 * width:4 * width + 1] == b"\n"
    b = b[4 * width + 1:]
assert b == b""
same("word2vec-binary", names, rows, 1e-6, True)
b = open("places.npy", "rb").read()
n, = struct.unpack_from("<H", b, 8)
code = "d" if b"<f8" in b[:80] else "f"
v = struct.unpack_from("<36" + code, b, 10 + n)
same("npy", lines("places.nodes.tsv"), [v[6 * i:6 * i + 6] for i in range(6)])
b = open("places.safetensors", "rb").read()
n, = struct.unpack_from("<Q", b)
assert json.loads(b[8:8 + n])["entity"]["shape"] == [6, 6]
v = struct.unpack_from("<36" + code, b, 8 + n)
same("safetensors", lines("places.nodes.tsv"), [v[6 * i:6 * i + 6] for i in range(6)])
meta = [l.split("\t") for l in lines("places.projector/metadata.tsv")]
assert meta[0] == ["id", "label"] and dict(meta[1:])["日本 国"] == "Japan", meta
same("projector", [l[0] for l in meta[1:]],
     [list(map(float, l.split("\t"))) for l in lines("places.projector/vectors.tsv")])
END
printf 'a b\tr\ta_b\na b\tr\ta_b\n' >twins.txt
run 0 "$GNN" embed --triples twins.txt --dim 4 --epochs 1 --out twins
grep -q "^gnn: twins.txt: 2 entities, 1 relation, 1 triple to learn, 0 to watch" err ||
    fail "one of each: $(cat err)"
grep -q "^gnn: 1 repeated triple left out" err || fail "one of each: $(cat err)"
for command in cat "$GNN info twins"; do
    [ "$command" = cat ] || run 0 $command
    grep -q "^nothing was held out to rank$" out || fail "$command: $(cat out)"
    ! grep -q questions out || fail "$command: a table without rows"
done
refuse 3 "would both be called 'a_b'" "$GNN" export twins --format word2vec --out twins.vec
[ ! -e twins.vec ] || fail "twins.vec was written"
refuse 2 "unknown format 'word2vek'; did you mean 'word2vec'" "$GNN" export twins --format word2vek \
    --out x

# Probabilities rise with scores and tell true triples from others; labels stand beside.
{ cat ring/train.txt; for i in 4 17 29 33; do printf 'n%d\tplus1\tn%d\n' $i $(((i + 25) % 60)); done; } >asked.txt
for kind in platt isotonic; do
    run 0 "$GNN" predict run --triples asked.txt --calibration $kind
    grep -q "probabilities: $kind, fitted to .* Brier score" err || fail "$kind: $(cat err)"
    [ "$(head -n 1 out)" = "head	relation	tail	score	probability	head_label	tail_label" ] ||
        fail "headline: $(head -n 1 out)"
    grep -q "^n0	plus1	n1	.*	zero	one$" out || grep -q "^n0	plus2	.*	zero	$" out || fail "labels"
    python - out <<'END' || fail "$kind: probabilities"
import sys
rows = [l.rstrip("\n").split("\t") for l in open(sys.argv[1])][1:]
pairs = sorted((float(r[3]), float(r[4])) for r in rows)
assert all(a[1] <= b[1] + 1e-6 for a, b in zip(pairs, pairs[1:]))
assert all(0 <= p <= 1 for _, p in pairs)
mean = lambda x: sum(x) / len(x)
assert mean([float(r[4]) for r in rows[:-4]]) > .6 > .4 > mean([float(r[4]) for r in rows[-4:]])
END
    cp out first
    run 0 "$GNN" predict run --triples asked.txt --calibration $kind --threads 3 --quiet
    cmp out first || fail "$kind: other probabilities at 3 threads"
done
# An array of scores or of probabilities, a number a line of the file.
run 0 "$GNN" predict run --triples asked.txt --calibration isotonic --quiet --out scores.tsv
run 0 "$GNN" predict run --triples asked.txt --quiet --out deep/scores.npy
run 0 "$GNN" predict run --triples asked.txt --calibration isotonic --quiet --out chances.npy
python - <<'END' || fail "predict --out FILE.npy"
import struct
rows = [l.split("\t") for l in open("scores.tsv")][1:]
for path, column in (("deep/scores.npy", 3), ("chances.npy", 4)):
    b = open(path, "rb").read()
    n, = struct.unpack_from("<H", b, 8)
    assert b[:6] == b"\x93NUMPY" and b"(%d,)" % len(rows) in b[:10 + n], b[:10 + n]
    code = "d" if b"<f8" in b[:10 + n] else "f"
    v = struct.unpack_from("<%d%s" % (len(rows), code), b, 10 + n)
    assert all(abs(x - float(r[column])) <= 1e-5 * abs(x) for x, r in zip(v, rows)), path
END
refuse 2 "nothing is compressed here" "$GNN" predict run --triples asked.txt --out x.gz
run 0 "$GNN" predict run --triples asked.txt --calibration none --quiet
head -n 1 out | grep -q probability && fail "--calibration none"
refuse 2 "unknown --calibration 'plat'; did you mean 'platt'" "$GNN" predict run --triples asked.txt \
    --calibration plat
refuse 3 "no validation triples" "$GNN" predict twins --triples twins.txt --calibration platt --quiet

# Vectors kept in bfloat16: half the file, and every command reads them.
run 0 "$GNN" embed --triples ring --dim 64 --batch 64 --lr .3 --regularizer n3 --weight .01 \
    --init-scale .1 --epochs 40 --entity-precision bf16 --out halves --json
check 'r["test"]["mrr"] > .5'
json 'repr(r["test"]["mrr"])' >trained
run 0 "$GNN" eval halves --json
json 'repr(r["test"]["mrr"])' | cmp - trained || fail "eval ranks differently"
run 0 "$GNN" query halves --head n3 --relation plus2 --top 3
run 0 "$GNN" export halves --format tsv --out halves.tsv
[ "$(wc -l <halves.tsv)" -ge 61 ] || fail "rows are missing"
refuse 2 "known: fp32, bf16" "$GNN" embed --triples ring --entity-precision fp16
refuse 2 "entity-precision is fp32, but the run has bf16" "$GNN" embed --extend halves \
    --triples ring --entity-precision fp32
