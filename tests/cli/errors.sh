#!/bin/bash
# What is wrong is said in one line, with the exit code that tells whose fault it was, and
# nothing is written.
. "$GNN_SOURCE_DIR/tests/cli/helpers.bash"

make_data toy 60
train=("$GNN" train node --data toy --model gcn --epochs 2 --quiet)

# No command, no such command.
run 2 "$GNN"
grep -q '^Usage: gnn COMMAND' err || fail "no short help"
refuse 2 "unknown command 'trian'" "$GNN" trian
refuse 2 "did you mean 'predict'?" "$GNN" predit
refuse 2 'expected `gnn train node`' "$GNN" train
refuse 2 "train nodes" "$GNN" train nodes

# Options.
refuse 2 "unknown option '--epoch-s'; did you mean '--epochs'?" "${train[@]}" --epoch-s 3
refuse 2 "unknown option '--colour'" "${train[@]}" --colour
refuse 2 "'--epochs' needs a value" "${train[@]}" --epochs
refuse 2 "takes no value" "${train[@]}" --json=3
refuse 2 "unexpected argument 'more'" "${train[@]}" more
refuse 2 "unknown model 'gnc'; did you mean 'gcn'? known: " "${train[@]}" --model gnc
refuse 2 "expected --model" "$GNN" train node --data toy
refuse 2 "expected --data" "$GNN" train node --model gcn
refuse 2 "epochs" "${train[@]}" --epochs many
refuse 2 "epochs" "${train[@]}" --epochs 0
refuse 2 "epochs" "${train[@]}" --epochs -3
refuse 2 "lr" "${train[@]}" --lr fast
refuse 2 "lr" "${train[@]}" --lr nan
refuse 2 "optimizer" "${train[@]}" --optimizer adan
refuse 2 "heads" "${train[@]}" --heads 4
refuse 2 "--nodes" "$GNN" train node --data toy --model labelprop --nodes 5
refuse 2 "--fanout 5,5: expected --batch" "${train[@]}" --fanout 5,5
refuse 2 "monitor 'rmse': the task has loss, accuracy" "${train[@]}" --monitor rmse --out nothing
refuse 2 "dropout" "${train[@]}" --dropout 1.5
refuse 2 "--runs 0" "${train[@]}" --runs 0
refuse 2 "--seed" "${train[@]}" --seed -1
refuse 2 "--threads" "${train[@]}" --threads x
refuse 2 "--threads" "${train[@]}" --threads 100000
refuse 2 "unknown value of --task 'classes'; did you mean 'class'?" "${train[@]}" --task classes
refuse 2 "--ids" "${train[@]}" --ids numbers
refuse 2 "unknown instruction set 'avx9000'; known: avx512, avx2, baseline" "${train[@]}" --isa avx9000
refuse 2 "expected one of adam, adamw, sgd" "${train[@]}" --optimizer adan
refuse 2 "split" "${train[@]}" --split random:.9,.9,.9
refuse 2 "split" "${train[@]}" --split random:x
refuse 2 "unknown value of --split 'random'; known: public, random:TRAIN,VALID,TEST" \
    "${train[@]}" --split random
refuse 2 "unknown value of --features 'degre'; did you mean 'degree'? known: degree, onehot" \
    "${train[@]}" --features degre
refuse 2 "expected RUN" "$GNN" eval
refuse 2 "expected SPEC" "$GNN" split --out x
refuse 2 "--out" "$GNN" split toy
refuse 2 "unknown list 'layer'; did you mean 'layers'?" "$GNN" list layer
refuse 2 "--out" "$GNN" generate grid
[ ! -e runs ] || fail "runs was written"

# Input.
refuse 3 "nowhere" "${train[@]}" --data nowhere
refuse 3 "nowhere.tsv" "${train[@]}" --labels nowhere.tsv
refuse 3 "nowhere.tsv" "${train[@]}" --features nowhere.tsv
refuse 3 "nowhere.tsv" "${train[@]}" --split nowhere.tsv
refuse 3 "nowhere.json" "${train[@]}" --config nowhere.json
echo '{"train": {"epochs": "many"' >broken.json
refuse 3 "broken.json" "${train[@]}" --config broken.json
echo '{"trian": {"epochs": 3}}' >broken.json
refuse 3 "broken.json: unknown field 'trian'; did you mean 'train'?" "${train[@]}" --config broken.json
echo '{"train": {"epoch": 3}}' >broken.json
refuse 3 "broken.json: unknown field 'train.epoch'; did you mean 'epochs'?" \
    "${train[@]}" --config broken.json
echo '{"train": {"lr": -3}}' >broken.json
refuse 3 "broken.json: lr is '-3'" "${train[@]}" --config broken.json
echo '{"data": {"lables": "x"}}' >broken.json
refuse 3 "broken.json: unknown field 'data.lables'" "${train[@]}" --config broken.json
echo '{"model": "gcn", "model_options": {"heads": "3"}}' >broken.json
refuse 3 "broken.json: unknown field 'model_options.heads'" "${train[@]}" --config broken.json
printf 'n1\tclass1\nn1\tclass2\n' >twice.tsv
refuse 3 "twice.tsv:2" "${train[@]}" --labels twice.tsv
printf 'n0\tn1\n' >bare.tsv
refuse 3 "no labels" "$GNN" train node --data bare.tsv --model gcn --quiet --features degree
awk '{ print $0 "\t" (NR == 7 ? 0 : NR == 9 ? -2 : 1) }' toy/edges.tsv >weighted.tsv
weighted=("$GNN" train node --data weighted.tsv --duplicates drop --features toy/features.tsv
    --labels toy/labels.tsv --split toy/split.tsv --epochs 2 --quiet)
for model in gcn gat cheb appnp sage labelprop; do
    refuse 3 "; weights have to be positive" "${weighted[@]}" --model $model --out nothing
done
run 0 "${weighted[@]}" --model mlp --out nothing
rm -r nothing weighted.tsv
refuse 3 "nowhere" "$GNN" eval nowhere
refuse 3 "toy" "$GNN" eval toy
refuse 3 "nowhere" "$GNN" predict nowhere --data toy
refuse 3 "nowhere" "$GNN" export nowhere --out x.npy
refuse 3 "nowhere" "$GNN" info nowhere
refuse 3 "nowhere" "$GNN" split nowhere --out x
[ ! -e runs ] || fail "runs was written"

# Damaged runs.
run 0 "${train[@]}" --out good
cp -r good cut && head -c 100 good/model.safetensors >cut/model.safetensors
refuse 3 "model.safetensors" "$GNN" eval cut
cp -r good gone && rm gone/classes.tsv
refuse 3 "classes.tsv" "$GNN" predict gone
cp -r good typo && sed -i 's/"n_outputs"/"n_output"/' typo/config.json
refuse 3 "n_outputs" "$GNN" eval typo
refuse 2 "unknown layer '9'" "$GNN" export good --layer 9 --out x.npy
refuse 2 "--format" "$GNN" export good --out x.unknown
refuse 2 "unknown format 'nyp'; did you mean 'npy'?" "$GNN" export good --format nyp --out x
printf 'n1\nn999\n' >some.tsv
refuse 3 "some.tsv:2" "$GNN" predict good --nodes some.tsv
refuse 3 "/dev/null: lists no nodes" "$GNN" predict good --nodes /dev/null
refuse 3 "give them with --features FILE" "$GNN" predict good --data bare.tsv
refuse 2 "unknown part 'tset'; did you mean 'test'?" "$GNN" predict good --part tset
refuse 2 "--ties goes with runs of gnn embed; good is one of gnn train node" "$GNN" eval good \
    --ties mean
for option in --raw "--by kind" "--sample 5" "--test some.tsv"; do
    # shellcheck disable=SC2086
    refuse 2 "${option%% *} goes with" "$GNN" eval good $option
done
refuse 2 "--triples goes with" "$GNN" predict good --triples some.tsv
refuse 2 "--calibration goes with" "$GNN" predict good --calibration none

# Output.
refuse 1 "/proc/nowhere" "${train[@]}" --out /proc/nowhere/run
refuse 1 "/dev/full" "$GNN" predict good --out /dev/full
touch plain
refuse 1 "plain" "${train[@]}" --out plain/run
run 1 "$GNN" export good --format npy --out plain/x.npy
run 1 "$GNN" split toy --out plain/split.tsv
run 1 "$GNN" predict good --out plain/x.tsv
run 1 bash -c '"$0" predict good >/dev/full' "$GNN"
run 1 bash -c '"$0" list models >/dev/full' "$GNN"
[ "$(ls -A | tr '\n' ' ')" = "bare.tsv broken.json cut err gone good out plain some.tsv toy \
twice.tsv typo " ] || fail "left behind: $(ls -A)"
