#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Networks of several layers with each activation: trained, killed and resumed, verified, started from
# weights, evaluated as NumPy does, and refused in one line where something does not fit.
#     layers.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
cd "$work" || exit
/usr/bin/python3 - <<'PYTHON'
import h5py, numpy as np
rng = np.random.default_rng(1)
with h5py.File("data.h5", "w") as f:
    for split, rows in (("train", 50), ("test", 20)):
        f[split + "/images"] = rng.normal(size=(rows, 6)).astype(np.float32)
        f[split + "/labels"] = np.arange(rows) % 3
    with h5py.File("large.h5", "w") as large:
        for split in "train", "test":
            large[split + "/images"] = 100 * np.sign(f[split + "/images"][:])
            large[split + "/labels"] = f[split + "/labels"][:]
PYTHON
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
    # Biases of 0 would leave units that no input reaches just at the kink of relu.
    "$mpirun" -np 2 "$dtrain" gradcheck --weights $activation "${data[@]}" --rows 0:20 \
        --output $activation-gradients.h5 >out 2>err || fail "$(cat out err)"
    grep -Eq '^  b3 +[0-9.e+-]+ +[0-9.e+-]+ +[0-9.e+-]+$' out || fail "$(cat out)"
done
/usr/bin/python3 - <<'PYTHON'
import json, h5py, numpy as np
act = {"sigmoid": lambda a: 1 / (1 + np.exp(-a)), "tanh": np.tanh, "relu": lambda a: np.maximum(a, 0)}
shapes = {"W1": (6, 5), "b1": (5,), "W2": (5, 4), "b2": (4,), "W3": (4, 3), "b3": (3,)}
with h5py.File("data.h5") as f:
    x, t = f["test/images"][:].astype(float), f["test/labels"][:]
for name in act:
    with h5py.File(f"{name}/checkpoints/iteration-0000150.h5") as f:
        p = {tensor: values[:] for tensor, values in f["parameters"].items()}
        attributes = dict(f["parameters"].attrs)
        assert f.attrs["hidden"] == b"5,4" and f.attrs["init-std"] == b"he"
        assert (f.attrs.get("activation"), attributes.get("activation")) == \
            ((None, None) if name == "sigmoid" else (name.encode(), name.encode()))
    with h5py.File(f"{name}-gradients.h5") as f:
        for method in "numerical", "literal", "backprop":
            assert {key: array.shape for key, array in f[method].items()} == shapes
    assert {key: array.shape for key, array in p.items()} == shapes
    z = x
    for layer in "1", "2":
        z = act[name](z @ p["W" + layer] + p["b" + layer])
    y = np.exp(z @ p["W3"] + p["b3"])
    y /= y.sum(axis=1, keepdims=True)
    got = json.load(open(f"{name}.json"))
    assert got["accuracy"] == np.mean(y.argmax(axis=1) == t), got
    assert abs(got["loss"] - -np.log(y[np.arange(20), t] + 1e-7).mean()) < 1e-12, got
    predictions = [json.loads(line) for line in open(f"{name}.jsonl")]
    assert [line["class"] for line in predictions] == y.argmax(axis=1).tolist()
    assert np.abs([line["probability"] for line in predictions] - y.max(axis=1)).max() < 1e-12
    # As another program would write it: h5py's texts are of variable length.
    with h5py.File(f"{name}.h5", "w") as f:
        for tensor, values in p.items():
            f[tensor] = values
        if name != "sigmoid":
            f.attrs["activation"] = name
losses = [json.loads(open(f"{name}/metrics.jsonl").readlines()[-1])["train_loss"] for name in act]
assert len(set(losses)) == 3, losses
PYTHON
for activation in sigmoid tanh relu; do
    "$dtrain" eval $activation.h5 "${data[@]}" --json >out
    cmp out $activation.json
    "$dtrain" diff $activation.h5 $activation 2>err >out || fail "diff: $(cat out err)"
done

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
/usr/bin/python3 - <<'PYTHON'
import json, h5py
options = json.load(open("on/run.json"))["options"]
assert options["hidden"] == {"value": "5,4", "origin": "weights"}, options
assert options["activation"] == {"value": "tanh", "origin": "weights"}, options
with h5py.File("on/checkpoints/iteration-0000010.h5") as f:
    assert f.attrs["hidden"] == b"5,4" and f.attrs["activation"] == b"tanh"
PYTHON
"$dtrain" "${run[@]}" --weights tanh.h5 --iterations 20 --quiet --resume --run-dir on
"$mpirun" -np 2 "$dtrain" verify on --quiet

# A run by default has the attributes that it had in version 0.1.0, and the norm of the gradient.
"$dtrain" "${data[@]}" --batch-size 20 --iterations 1 --quiet --run-dir plain
"$dtrain" "${data[@]}" --batch-size 20 --iterations 1 --activation sigmoid --hidden 050 --quiet --run-dir spelt
diff -r plain/checkpoints spelt/checkpoints
/usr/bin/python3 - <<'PYTHON'
import h5py
with h5py.File("plain/checkpoints/iteration-0000001.h5") as f:
    names = ("classes model hidden batch-size learning-rate seed init-std weights gradient step sampling "
             "eval-every arithmetic iteration fingerprint gradient_norm")
    assert set(f.attrs) == set(names.split()), set(f.attrs) ^ set(names.split())
    assert f.attrs["hidden"] == b"50" and f.attrs["init-std"] == b"0.01"
    assert not f["parameters"].attrs and list(f["parameters"]) == ["W1", "W2", "b1", "b2"]
PYTHON

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
refused_as 1 'parameters: the two are not of the same network: the first is 6-5-4-3 with tanh, the second 6-5-4-3 with relu' \
    diff tanh.h5 relu.h5
refused_as 1 'parameters: the two are not of the same network: the first is 6-5-4-3 with sigmoid, the second 6-50-3 with sigmoid' \
    diff sigmoid.h5 plain/checkpoints/iteration-0000001.h5
! "$dtrain" --data large.h5 --hidden 2,2 --activation relu --init-std he --seed 4 --gradient backprop --run-dir wild >out 2>err ||
    fail "gradients beyond the range: $(cat out)"
grep -q '^dtrain: iteration 1: the gradient of .*: nothing has been trained yet: try a smaller --init-std than that of he$' err ||
    fail "gradients beyond the range: $(cat err)"
echo "layers of any number and kind"
