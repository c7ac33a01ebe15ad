# Interrupting a run at random moments and going on, for resume.sh and resume_long.sh.
. "$GNN_SOURCE_DIR/tests/cli/helpers.bash"

make_data toy 600

# interrupted SIGNAL TIMES [OPTION...]: train to the end, killing TIMES times on the way;
# the bytes are those of the run in `whole`.
interrupted() {
    local signal=$1 times=$2 kills=0 code
    shift 2
    rm -rf part part.partial
    while :; do
        "${train[@]}" --out part --resume "$@" >out 2>err </dev/null &
        local job=$!
        if [ $kills -lt "$times" ]; then
            sleep "$(awk -v r=$RANDOM -v s="$seconds" 'BEGIN { print s * r / 32768 }')"
            kill -"$signal" $job 2>/dev/null || true
            kills=$((kills + 1))
        fi
        code=0
        wait $job || code=$?
        [ $code -ne 0 ] || break
        if [ "$signal" = KILL ]; then
            [ $code -eq 137 ] || fail "kill -9 gave $code: $(cat err)"
        else
            [ $code -eq 4 ] || fail "an interrupted run ended with $code: $(cat err)"
            grep -q '^gnn: interrupted' err || fail "nothing said: $(cat err)"
        fi
        [ ! -e part ] || fail "an unfinished run stands in the place of a finished one"
    done
    for file in model.safetensors metrics.jsonl; do
        cmp part/$file whole/$file || fail "$signal × $kills: $file differs"
    done
    [ ! -e part.partial ] || fail "part.partial was left"
}
