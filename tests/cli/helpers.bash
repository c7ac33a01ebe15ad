# What the tests of the program `gnn` share. Each sources it, in an empty folder.
set -eu
export OMP_WAIT_POLICY=passive # threads that wait leave a busy machine to others
: "${GNN:?the program}" "${GNN_SOURCE_DIR:?the sources}"

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# run CODE COMMAND...: the command ends with this exit code. Leaves `out` and `err`.
run() {
    local expected=$1 got=0
    shift
    "$@" >out 2>err </dev/null || got=$?
    if [ $got -ne "$expected" ]; then
        cat out err
        fail "$* ended with $got, expected $expected"
    fi
}

# refuse CODE TEXT COMMAND...: it also says why, in one line that holds TEXT, and prints
# no result.
refuse() {
    local code=$1 text=$2
    shift 2
    run "$code" "$@"
    [ "$(grep -c . err)" -eq 1 ] || { cat err; fail "$*: expected one line on stderr"; }
    grep -q '^gnn: ' err || { cat err; fail "$*: the message does not begin with gnn:"; }
    grep -qF -- "$text" err || { cat err; fail "$*: the message lacks '$text'"; }
    [ ! -s out ] || { cat out; fail "$*: expected nothing on stdout"; }
}

# The system's Python if there is one, without what is installed beside it: it starts
# faster.
python=$(command -v /usr/bin/python3 || command -v python3)
python() {
    "$python" -I -S "$@"
}

# json EXPRESSION...: prints the values of Python expressions of `r`, the object in the
# last line of `out`.
json() {
    tail -n 1 out | python -c 'import json, math, sys
r = json.load(sys.stdin)
for text in sys.argv[1:]:
    print(eval(text.replace("\n", " ")))' "$@"
}

# check EXPRESSION...: they are true of `r`.
check() {
    local values
    values=$(json "$@") || { tail -n 1 out; fail "cannot be evaluated: $*"; }
    ! grep -vqx True <<<"$values" || { tail -n 1 out; fail "not true: $* gave $values"; }
}

# make_data FOLDER NODES [SEED]: three communities; words and arcs tell a node's class,
# neither for certain. Ids are texts, features named words, a public split 30/20/50.
make_data() {
    mkdir -p "$1"
    awk -v n="$2" -v seed="${3:-1}" -v dir="$1" '
        function random() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
        function name(v) { return "n" v }
        BEGIN {
            for (v = 0; v < n; v++) {
                c = v % 3
                for (k = 0; k < 3; k++) {
                    u = int(random() * n)
                    if (random() < .8) u = u - u % 3 + c
                    if (u < n && u != v) print name(v) "\t" name(u) > (dir "/edges.tsv")
                }
                line = name(v) "\t"
                for (k = 0; k < 4; k++) {
                    w = random() < .6 ? c : int(random() * 3)
                    word = "w" w "_" int(random() * 8)
                    if (index(line, word)) continue
                    line = line (k ? " " : "") word ":1"
                }
                print line > (dir "/features.tsv")
                print name(v) "\tclass" c > (dir "/labels.tsv")
                p = random()
                part = p < .3 ? "train" : p < .5 ? "val" : "test"
                print name(v) "\t" part > (dir "/split.tsv")
            }
            # every node has an arc
            for (v = 0; v < n; v++)
                print name(v) "\t" name((v + 3) % n) > (dir "/edges.tsv")
        }'
}
