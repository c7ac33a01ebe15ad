#!/bin/sh
# fuzz_run.sh FOLDER SECONDS: run each libFuzzer target of a build from its corpus for a while.
# What it finds beyond the corpus stays in a scratch folder; a crash is shown and ends it.
set -eu
folder=$1 seconds=$2
scratch=$(mktemp -d)
for target in "$folder"/fuzz_*; do
    [ -x "$target" ] || continue
    name=${target##*/fuzz_}
    mkdir -p "$scratch/$name"
    echo "fuzz_$name for $seconds s"
    "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 -verbosity=0 \
        -artifact_prefix="$scratch/$name-" "$scratch/$name" "tests/fuzz/corpus/$name" || {
        echo "fuzz_$name failed; its input is $scratch/$name-*"
        exit 1
    }
done
rm -rf "$scratch"
