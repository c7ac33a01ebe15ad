#!/bin/bash
# README.md's blocks, as they stand, from the first to the last, in an empty folder with an own
# home: ```sh blocks are run in one shell that stops at the first failure, a ```c block is
# written to the file that its first line names. (```console blocks show, and are not run.)
set -euo pipefail
[ "$GNN_PLAIN" = ON ] || exit 77 # a user's program would need the sanitizer's flags
export HOME=$SCRATCH/home
mkdir -p "$HOME" build
ln -s "$GNN_BUILD_DIR" build/release

awk -v script=blocks.sh '
    /^```/ {
        if (kind == "") { kind = substr($0, 4); first = 1; next }
        kind = ""
        next
    }
    kind == "sh" { print >script; n_sh++ }
    kind == "c" {
        if (first) { file = $2; sub(/:$/, "", file); n_c++ }
        print >file
        first = 0
    }
    END { if (n_sh < 20 || n_c < 1) { print "README.md has no blocks to run"; exit 1 } }
' "$GNN_SOURCE_DIR/README.md"
# The pkg-config line links the library that the block before installed.
bash -euo pipefail -x blocks.sh >said 2>trace || {
    tail -n 20 said trace
    exit 1
}

fail() {
    echo "$*"
    exit 1
}
# What the text promises of the results.
grep -qE '^new1	' said && grep -qE '^new2	' said || fail "no predictions for the new papers"
[ "$(grep -c 'is in circle' said)" -eq 8 ] || fail "classify says nothing"
[ "$(grep -c 'is in circle 1' said)" -eq 4 ] || fail "classify is wrong: $(grep circle said)"
[ "$(wc -l <classify.c)" -le 40 ] && [ "$(wc -l <places.c)" -lt 40 ] || fail "programs are long"
awk '/^13 plus2 15 scores / { good = $5 + 0 > $9 + 0 } END { exit !good }' said ||
    fail "places scores wrongly: $(grep 'scores' said)"
places=$(sed -n 's/^MRR \([01]\)\.\([0-9]*\); from 13 plus2 leads to 15$/\1\2/p' said)
[ "${places:-0}" -gt 80 ] || fail "places ranks or answers badly: $(grep MRR said)"
[ -s papers.npy ] && [ -s papers.vec ] && [ -s runs/papers/model.safetensors ] || fail "no files"
