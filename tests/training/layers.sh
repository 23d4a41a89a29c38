#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Networks of several layers with each activation: trained, killed and resumed, verified, started from
# weights, evaluated as NumPy does, and refused in one line where something does not fit.
#     layers.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
cd "$work" || exit
python make_data.py data.h5 --rows 50 20 --inputs 6 --classes 3 --seed 1
python make_data.py little.h5 --rows 50 20 --inputs 6 --classes 3 --seed 1 --scale 1e-13
data=(--data data.h5)
run=("${data[@]}" --batch-size 20 --learning-rate 0.5 --eval-every 50)

for activation in sigmoid tanh relu; do
    options=(--hidden '5,4' --activation "$activation" --init-std he "${run[@]}")
    "$mpirun" -np 2 "$dtrain" "${options[@]}" --iterations 150 --run-dir $activation >out
    named=", $activation"
    [ $activation != sigmoid ] || named=
    grep -q "^dtrain: 6-5-4-3$named, 74 parameters, numerical gradients, " out || fail "$(cat out)"
    "$mpirun" -np 3 "$dtrain" verify $activation --quiet
    "$mpirun" -np 3 "$dtrain" eval $activation "${data[@]}" --json >$activation.json 2>err
    "$dtrain" predict $activation --images data.h5 --json >$activation.jsonl 2>err
    "$dtrain" digest $activation >$activation.digest 2>err
    # Biases of 0 would leave units that no input reaches just at the kink of relu.
    "$mpirun" -np 2 "$dtrain" gradcheck --weights $activation "${data[@]}" --rows 0:20 \
        --output $activation-gradients.h5 >out 2>err || fail "$(cat out err)"
    grep -Eq '^  b3 +[0-9.e+-]+ +[0-9.e+-]+ +[0-9.e+-]+$' out || fail "$(cat out)"
done
python layers.py networks
for activation in sigmoid tanh relu; do
    "$dtrain" eval $activation.h5 "${data[@]}" --json >out
    cmp out $activation.json
    "$dtrain" diff $activation.h5 $activation 2>err >out || fail "diff: $(cat out err)"
done

# The same numbers with another activation are another network.
for activation in sigmoid tanh relu; do
    "$dtrain" digest $activation-by-name.h5
done >out
[ "$(sort -u out | wc -l)" -eq 3 ] || fail "digests of the same numbers: $(cat out)"
[ "$(tail -n 1 out)" = "$("$dtrain" digest relu.h5)" ] || fail "digests of the same network: $(cat out)"
refused_as 1 'parameters: the two are not of the same network: the first is 6-5-4-3 with tanh, the second 6-5-4-3 with relu' \
    diff tanh-by-name.h5 relu-by-name.h5

# A run that is killed, and resumed on another number of ranks, ends as one that is not.
options=(--hidden '7,5,4' --activation tanh --init-std xavier "${run[@]}" --checkpoint-every 50)
kill_after 100 "${options[@]}"
options+=(--iterations $((newest + 120)))
"$mpirun" -np 2 "$dtrain" "${options[@]}" --quiet --resume --run-dir killed
"$mpirun" -np 5 "$dtrain" "${options[@]}" --quiet --run-dir undisturbed
cmp killed/metrics.jsonl undisturbed/metrics.jsonl
diff -r killed/checkpoints undisturbed/checkpoints

# --weights brings its network along, which is shown and recorded.
"$dtrain" "${run[@]}" --weights tanh.h5 --iterations 10 --run-dir on >out
grep -q ' hidden 5,4, activation tanh (weights); ' <<<"$(settings_of out)" || fail "$(cat out)"
"$dtrain" "${run[@]}" --weights tanh.h5 --hidden 5,4 --activation tanh --iterations 10 --quiet --run-dir said
diff -r on/checkpoints said/checkpoints
[ "$(show on/run.json options/hidden options/activation)" = \
    '{"value": "5,4", "origin": "weights"} {"value": "tanh", "origin": "weights"}' ] || fail "$(cat on/run.json)"
[ "$(show on/checkpoints/iteration-0000010.h5 hidden activation)" = '5,4 tanh' ] || fail "another network in the checkpoint"
"$dtrain" "${run[@]}" --weights tanh.h5 --iterations 20 --quiet --resume --run-dir on
"$mpirun" -np 2 "$dtrain" verify on --quiet

# A run by default has the attributes that it had in version 0.1.0, and the norm of the gradient.
"$dtrain" "${data[@]}" --batch-size 20 --iterations 1 --quiet --run-dir plain
"$dtrain" "${data[@]}" --batch-size 20 --iterations 1 --activation sigmoid --hidden 050 --quiet --run-dir spelt
diff -r plain/checkpoints spelt/checkpoints
python layers.py plain

newest=tanh/checkpoints/iteration-0000150.h5
options=("${run[@]}" --init-std he --iterations 200 --resume --run-dir tanh)
refused_as 2 "--hidden: is '5', but $newest was made with '5,4': give that, or choose another --run-dir" \
    --hidden 5 --activation tanh "${options[@]}"
refused_as 2 "--activation: is 'sigmoid', but $newest was made with 'tanh': give that, or choose another --run-dir" \
    --hidden 5,4 "${options[@]}"
refused_as 2 "--init-std: is '0.01', but $newest was made with 'he': give that, or choose another --run-dir" \
    --hidden 5,4 --activation tanh "${run[@]}" --resume --run-dir tanh
refused_as 2 "--activation: is 'tanh', but ${newest/tanh/sigmoid} was made with 'sigmoid': give that, or choose another --run-dir" \
    --hidden 5,4 --activation tanh "${options[@]/%tanh/sigmoid}"
refused_as 2 '--hidden 5: the network of --weights tanh.h5 has 5,4' "${data[@]}" --weights tanh.h5 --hidden 5
refused_as 2 '--activation relu: the network of --weights tanh.h5 has tanh' gradcheck "${data[@]}" --weights tanh.h5 --activation relu
refused_as 2 '--init-std: has no effect with --weights: leave out one of the two' --weights tanh.h5 --init-std he
refused_as 1 '--hidden: the network is too large: it would have 4295688195 parameters, and 1073741824 are the most' \
    "${data[@]}" --hidden 65536,65536
refused_as 1 'parameters: the two are not of the same network: the first is 6-5-4-3 with sigmoid, the second 6-50-3 with sigmoid' \
    diff sigmoid.h5 plain/checkpoints/iteration-0000001.h5
# The derivative by a unit below three layers of large weights.
! "$dtrain" --data little.h5 --hidden 9,9,9 --activation relu --init-std 1000 --gradient backprop --run-dir wild >out 2>err ||
    fail "gradients beyond the range: $(cat out)"
grep -q '^dtrain: iteration 1: the gradient of b1.*: nothing has been trained yet: try a smaller --init-std than 1000$' err ||
    fail "gradients beyond the range: $(cat err)"
echo "layers of any number and kind"
