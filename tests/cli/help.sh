#!/bin/bash
# Help, version, lists; how long the program takes to start.
. "$GNN_SOURCE_DIR/tests/cli/helpers.bash"

run 0 "$GNN" --version
grep -qE '^gnn [0-9]+\.[0-9]+\.[0-9]+$' out || fail "--version"
run 0 "$GNN" -h
grep -q '^Usage: gnn COMMAND' out || fail "-h"
run 0 "$GNN" train --help
grep -q '^Usage: gnn train node' out || fail "train --help"
run 0 "$GNN" --help
for command in "train node" embed query eval predict export info split generate list; do
    grep -q "^  $command " out || fail "$command is not in the list of commands"
done
for command in "train node" embed query eval predict export info split generate list; do
    # shellcheck disable=SC2086
    "$GNN" $command --help >help 2>err || fail "$command --help"
    [ ! -s err ] || fail "$command --help: $(cat err)"
    grep -q "^Usage: gnn $command " help || fail "$command --help has no usage line"
    grep -q "^Example:" help || fail "$command --help has no example"
    grep -q "  gnn $command" help || fail "the example of $command --help is another's"
    awk 'length > 90 { print; bad = 1 } END { exit bad }' help || fail "$command --help is wide"
done

# Options come from the tables: those of a model when it is named.
"$GNN" train node --help >help
for option in epochs lr weight-decay patience batch fanout schedule heads data split seed runs; do
    grep -q -- "--$option" help || fail "train node --help lacks --$option"
done
"$GNN" train node --model gcn --help >help
! grep -q -- --heads help || fail "--heads is no option of gcn"
"$GNN" train node --help --model gat >help
grep -q -- --heads help || fail "gat --help lacks --heads"

# Defaults are what a run of the model gets: its recipe, its own settings.
for default in 'heads=N .*\[8\]' 'hidden=N .*\[8\]' 'dropout=X .*\[0.6\]' '\[elu\]' 'lr=X .*\[0.005\]'; do
    tr '\n' ' ' <help | grep -qE -- "--$default" || grep -qE "$default" help ||
        fail "gat --help lacks the default $default: $(cat help)"
done
"$GNN" train node --help --model labelprop >help
! grep -q -- --nodes help || fail "--nodes is no option for people"

# --split is offered where it has a use, with what it means there.
for command in "train node" eval predict info split; do
    # shellcheck disable=SC2086
    "$GNN" $command --help | grep -q -- --split || fail "$command --help lacks --split"
done
"$GNN" export --help >help
! grep -q -- --split help || fail "--split is no option of export"
"$GNN" split --help | tr -s '\n ' ' ' >help
grep -qF '[random:.6,.2,.2]' help || fail "split --help: $(cat help)"
"$GNN" eval --help | tr -s '\n ' ' ' >help
grep -qF "[the run's; with other data public]" help || fail "eval --help: $(cat help)"

# Options stand under the runs that they go with, and say what these have.
"$GNN" predict --help | sed -n '/^ Runs of gnn embed:/,/^ Machine:/p' >help
grep -q -- --triples help && grep -q -- --calibration help || fail "predict --help: $(cat help)"
"$GNN" eval --help >help
! grep -q "to learn" help || fail "eval --help: nothing is learned"
"$GNN" export --help | tr -s '\n ' ' ' >help
grep -q "without those of reciprocal relations" help || fail "export --help: $(cat help)"
"$GNN" query --help | tr -s '\n ' ' ' >help
grep -q "Give two of --head, --relation and --tail" help || fail "query --help: $(cat help)"
"$GNN" embed --help | tr -s '\n ' ' ' >help
grep -q "mure, rote and hake need it" help || fail "embed --help: $(cat help)"

# Registries: every line has a name and says something of it.
for list in layers models ops optimizers schedules metrics formats generators exports; do
    run 0 "$GNN" list $list
    [ "$(grep -c . out)" -ge 2 ] || fail "list $list: $(cat out)"
    awk 'NF < 2 { print; bad = 1 } END { exit bad }' out || fail "list $list: nothing said"
done
run 0 "$GNN" list optimizers
for row in "adamw .*gnn train" "row-adagrad .*gnn embed" "adam .*gnn train" "adam .*gnn embed"; do
    grep -q "^$row" out || fail "list optimizers lacks $row: $(cat out)"
done
run 0 "$GNN" list formats
grep -qF '(.tsv, .txt, .edges' out || fail "extensions: $(cat out)"
run 0 "$GNN" list models
for model in gcn sage gat gatv2 gin cheb mlp sgc appnp gcnii majority labelprop; do
    grep -q "^$model " out || fail "list models lacks $model"
done

# It starts in milliseconds: no heavy library is loaded before it is needed. (10 ms of a quiet
# processor; the bound allows for a busy machine. Sanitizers make maps of their own at every
# start, which is not what is asked here.)
if ldd "$GNN" | grep -E 'igraph|indigo|assimp|hdf5'; then fail "a heavy library is linked"; fi
best=1000
for _ in 1 2 3 4 5 6 7 8 9 10; do
    TIMEFORMAT='%3U %3S'
    spent=$({ time "$GNN" --version >out; } 2>&1 | awk '{ print int(1000 * ($1 + $2)) }')
    if [ "$spent" -lt "$best" ]; then best=$spent; fi
done
echo "gnn --version: $best ms of processor time"
[ "$best" -lt 100 ] || [ "$GNN_PLAIN" != ON ] || fail "gnn --version takes $best ms"
