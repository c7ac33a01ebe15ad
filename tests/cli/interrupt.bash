# Interrupting a run at random moments and going on, for resume.sh and resume_long.sh.
. "$GNN_SOURCE_DIR/tests/cli/helpers.bash"

make_data toy 600

# Metrics without what the clock says.
untimed() {
    sed 's/, "seconds": [^,}]*//' "$1"
}

# interrupted SIGNAL TIMES: train to the end, interrupted TIMES times on the way; the bytes
# are those of the run in `whole`. The first signal comes when an epoch was trained, so that
# one at least hits; the others come at random moments, perhaps before the program listens.
# (A shell starts background jobs deaf to SIGINT; env opens their ears.)
interrupted() {
    local signal=$1 times=$2 kills=0 hits=0 code job number
    number=$(kill -l "$signal")
    rm -rf part part.partial
    while :; do
        env --default-signal=INT,TERM "${train[@]}" --out part --resume >out 2>err </dev/null &
        job=$!
        if [ $kills -eq 0 ]; then
            while kill -0 $job 2>/dev/null && [ ! -s part.partial/metrics.jsonl ]; do
                sleep .002
            done
        elif [ $kills -lt "$times" ]; then
            sleep "$(awk -v r=$RANDOM -v s="$seconds" 'BEGIN { print s * r / 32768 }')"
        fi
        if [ $kills -lt "$times" ]; then
            kill -"$signal" $job 2>/dev/null || true
            kills=$((kills + 1))
        fi
        code=0
        wait $job || code=$?
        [ $code -ne 0 ] || break
        hits=$((hits + 1))
        if [ $code -eq 4 ]; then
            grep -q '^gnn: interrupted' err || fail "nothing said: $(cat err)"
        elif [ $code -ne $((128 + number)) ]; then
            fail "$signal: ended with $code: $(cat err)"
        elif [ "$signal" != KILL ] && [ $hits -eq 1 ]; then
            fail "$signal was not listened to while training"
        fi
        [ ! -e part ] || fail "an unfinished run stands in the place of a finished one"
    done
    [ $hits -gt 0 ] || fail "$signal never hit"
    cmp part/model.safetensors whole/model.safetensors &&
        cmp <(untimed part/metrics.jsonl) <(untimed whole/metrics.jsonl) ||
        fail "$signal, $hits of $kills hit: other bytes"
    [ ! -e part.partial ] || fail "part.partial was left"
    echo "$signal: $hits of $kills hit"
}
