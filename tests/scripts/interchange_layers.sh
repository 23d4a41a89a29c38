#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Networks of any number of layers and each activation: every file that export.py writes gives the same
# predictions, and imported again the same arrays. Files that hold no such network are refused.
#     interchange_layers.sh MPIRUN DTRAIN SCRIPTS_FOLDER
# Where PyTorch or onnx is not installed, that part is skipped with a message.
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
# shellcheck source=scripts.lib.sh
. "$(dirname "$0")/scripts.lib.sh"
scripts=$3
tests=$(cd "$(dirname "$0")" && pwd)
cd "$work"
export PYTHONPATH=.:$tests:$scripts PYTHONDONTWRITEBYTECODE=1

# The networks, in files as dtrain and other programs write them.
cat >networks.py <<'PYTHON'
import h5py, json, numpy as np
def arrays(*widths):
    rng = np.random.default_rng(len(widths))
    return {name: values for n, (above, below) in enumerate(zip(widths[1:], widths), 1)
            for name, values in ((f"W{n}", rng.normal(size=(below, above))), (f"b{n}", rng.normal(size=above)))}
x = np.random.default_rng(0).normal(size=(50, 7))
two, three, sixteen = arrays(7, 6, 4), arrays(7, 6, 5, 4), arrays(7, *[5] * 15, 4)
NETWORKS = {"sigmoid_3": (three, "sigmoid"), "tanh_2": (two, "tanh"), "tanh_3": (three, "tanh"),
            "relu_3": (three, "relu"), "relu_16": (sixteen, "relu")}
def write(path, arrays, group="/", **attributes):
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file.require_group(group)[name] = values
        file[group].attrs.update(attributes)
def write_safetensors(path, arrays, metadata, kind="F64"):
    header, data = {"__metadata__": metadata}, b""
    for name, values in arrays.items():
        header[name] = {"dtype": kind, "shape": values.shape, "data_offsets": [len(data), len(data) + values.nbytes]}
        data += values.tobytes()
    text = json.dumps(header).encode()
    open(path, "wb").write(len(text).to_bytes(8, "little") + text + data)
def same(found, expected):
    assert list(found) == list(expected)
    for name in expected:
        assert found[name].dtype == np.float64 and np.array_equal(found[name], expected[name]), name
PYTHON
/usr/bin/python3 - <<'PYTHON'
from networks import *
for name, (arrays, activation) in NETWORKS.items():
    write(f"{name}.h5", arrays, **({} if activation == "sigmoid" else {"activation": np.bytes_(activation)}))
# A group as in a checkpoint; and what other programs may write: another kind of string, and the default.
write("group.h5", NETWORKS["tanh_3"][0], "/parameters", activation="tanh")
write("named.h5", NETWORKS["sigmoid_3"][0], activation="sigmoid")
PYTHON

kinds="npz safetensors"
! has onnx || kinds+=" onnx"
for network in sigmoid_3 tanh_2 tanh_3 relu_3 relu_16; do
    for kind in $kinds; do
        "$scripts/export.py" $network.h5 $network.$kind >/dev/null
    done
    for kind in npz safetensors; do
        "$scripts/import_weights.py" $network.$kind $network.$kind.h5 >>printed
    done
done
grep -qx 'sigmoid_3.npz.h5: 7-6-5-4' printed || fail "prints $(cat printed)"
grep -qx 'tanh_3.safetensors.h5: 7-6-5-4, tanh' printed || fail "prints $(cat printed)"
# The scripts replace their own files, of any network.
for kind in $kinds; do
    cp relu_16.$kind own.$kind
    "$scripts/export.py" tanh_3.h5 own.$kind >/dev/null
done
cp relu_16.npz.h5 own.h5
"$scripts/import_weights.py" tanh_3.npz own.h5 >/dev/null
"$scripts/export.py" group.h5 group.npz >/dev/null
"$scripts/export.py" group.h5:/parameters group.safetensors >/dev/null
cmp group.npz tanh_3.npz
cmp group.safetensors tanh_3.safetensors
"$scripts/export.py" named.h5 named.safetensors >/dev/null
cmp named.safetensors sigmoid_3.safetensors

/usr/bin/python3 - "$kinds" <<'PYTHON'
import sys
from networks import *
from formulas import OPERATIONS, graph_outputs, probabilities, read_safetensors
from dtrain import weights
for name, (expected, activation) in NETWORKS.items():
    y = probabilities(expected, x, activation)
    def is_y(found):
        assert np.abs(found - y).max() < 1e-14, name
    npz = dict(np.load(f"{name}.npz"))
    assert str(npz.pop("activation", "sigmoid")) == activation and (activation != "sigmoid" or "activation" not in npz)
    same(npz, expected)
    tensors, metadata = read_safetensors(f"{name}.safetensors")
    assert metadata == {"format": "np"} | ({} if activation == "sigmoid" else {"activation": activation}), metadata
    same(tensors, expected)
    if "onnx" in sys.argv[1]:
        is_y(graph_outputs(f"{name}.onnx", x))
    for kind in ("npz", "safetensors"):
        with h5py.File(f"{name}.{kind}.h5") as file:
            same({key: file[key][:] for key in expected}, expected)
            assert set(file) == set(expected)
            # dtrain reads strings of fixed length.
            found = dict(file.attrs)
            assert found == ({} if activation == "sigmoid" else {"activation": activation.encode()}), found
    # The report's forward pass.
    path, network = weights.read_network(f"{name}.h5")
    is_y(network.forward(x))
    *hidden, last = network.activations(x)
    is_y(last)
    assert len(hidden) == len(expected) // 2 - 1
    z = x
    for n, found in enumerate(hidden, 1):
        z = OPERATIONS[activation.capitalize()](z @ expected[f"W{n}"] + expected[f"b{n}"])
        assert np.abs(found - z).max() < 1e-14 * max(1, np.abs(z).max()), (name, n)
PYTHON

# Linear layers of PyTorch: weights are transposed, and the layer 10 comes behind the layer 2, also where
# names are sorted by their letters, as in safetensors.
/usr/bin/python3 - <<'PYTHON'
from networks import *
expected = NETWORKS["relu_16"][0]
state = {f"{2 * n}.{kind}": np.ascontiguousarray(expected[f"{letter}{n + 1}"].T)
         for n in range(16) for kind, letter in (("weight", "W"), ("bias", "b"))}
np.savez("state.npz", **state)
write_safetensors("state.safetensors", {name: state[name] for name in sorted(state)}, {"format": "pt"})
# Names without numbers tell no order: neither that of their letters nor that of the file.
write_safetensors("words.safetensors", {f"{word}.{kind}": expected[f"{letter}{n}"].T.copy()
                  for n, word in ((1, "input"), (2, "hidden"), (3, "again"), (16, "output"))
                  for kind, letter in (("weight", "W"), ("bias", "b"))}, {"format": "pt"})
three = NETWORKS["tanh_3"][0]
write_safetensors("shapes.safetensors", {f"{word}.{kind}": three[f"{letter}{n}"].T.copy()
                  for n, word in ((2, "body"), (3, "head"), (1, "stem"))
                  for kind, letter in (("weight", "W"), ("bias", "b"))}, {"format": "pt"})
def linear(name, **shapes):
    np.savez(name, **{f"{word}.{kind}": values for word, shape in shapes.items()
                      for kind, values in (("weight", np.ones(shape)), ("bias", np.ones(shape[0])))})
linear("ring.npz", up=(5, 4), down=(4, 5))
linear("apart.npz", one=(5, 4), two=(3, 2))
# bfloat16 is the upper half of a float32.
def halves(values):
    return (values.astype("<f4").view("<u4") >> 16).astype("<u2")
write_safetensors("short.safetensors", {name: halves(values) for name, values in three.items()}, {"format": "pt"}, "BF16")
PYTHON
"$scripts/import_weights.py" short.safetensors short.h5 >/dev/null
"$scripts/import_weights.py" state.npz state.npz.h5 --activation relu >out
grep -qx 'state.npz.h5: 7\(-5\)\{15\}-4, relu' out ||
    fail "a state_dict of 16 layers"
"$scripts/import_weights.py" state.safetensors state.safetensors.h5 --activation relu >/dev/null
refused 'words.safetensors: .* could be more than one: input (7, 5), hidden (5, 5), again (5, 5), output (5, 4); .*--layers' \
    "$scripts/import_weights.py" words.safetensors no.h5
for order in hidden,again again,hidden; do
    "$scripts/import_weights.py" words.safetensors $order.h5 --layers input,$order,output >out
    printf '%s.h5: 7-5-5-5-4\nlayers, from the inputs on: input, %s, output\n' $order "${order/,/, }" | cmp - out || fail "$(cat out)"
done
for names in input,hidden,again input,hidden,again,again,output input,hidden,again,exit; do
    refused 'words.safetensors: --layers must name each of its layers once: input, hidden, again, output$' \
        "$scripts/import_weights.py" words.safetensors no.h5 --layers $names
done
refused 'tanh_3.npz: .* leave out --layers$' "$scripts/import_weights.py" tanh_3.npz no.h5 --layers W1,W2,W3
# Where shapes leave one order, that is taken, whichever the file has.
"$scripts/import_weights.py" shapes.safetensors shapes.h5 >out
printf 'shapes.h5: 7-6-5-4\nlayers, from the inputs on: stem, body, head\n' | cmp - out || fail "$(cat out)"
refused 'ring.npz: .* could be more than one: ' "$scripts/import_weights.py" ring.npz no.h5
refused 'apart.npz: .* fits in none: ' "$scripts/import_weights.py" apart.npz no.h5
# What the file says of the activation and what the option says must agree.
refused "tanh_3.npz: its activation is 'tanh', and --activation says sigmoid" \
    "$scripts/import_weights.py" tanh_3.npz no.h5 --activation sigmoid
refused "tanh_3.safetensors: its activation is 'tanh', and --activation says relu" \
    "$scripts/import_weights.py" tanh_3.safetensors no.h5 --activation relu
"$scripts/import_weights.py" tanh_3.npz agreed.h5 --activation tanh | grep -qx 'agreed.h5: 7-6-5-4, tanh' || fail "--activation"
/usr/bin/python3 - <<'PYTHON'
from networks import *
for kind in ("npz", "safetensors"):
    with h5py.File(f"state.{kind}.h5") as file:
        same({name: file[name][:] for name in NETWORKS["relu_16"][0]}, NETWORKS["relu_16"][0])
        assert dict(file.attrs) == {"activation": b"relu"}
relu = NETWORKS["relu_16"][0]
for order, numbers in (("hidden,again", (1, 2, 3, 16)), ("again,hidden", (1, 3, 2, 16))):
    with h5py.File(f"{order}.h5") as file:
        for n, number in enumerate(numbers, 1):
            assert np.array_equal(file[f"W{n}"], relu[f"W{number}"]) and np.array_equal(file[f"b{n}"], relu[f"b{number}"])
with h5py.File("shapes.h5") as file:
    same({name: file[name][:] for name in NETWORKS["tanh_3"][0]}, NETWORKS["tanh_3"][0])
with h5py.File("short.h5") as file:
    for name, values in NETWORKS["tanh_3"][0].items():
        assert file[name].dtype == np.float64 and np.abs(file[name][:] / values - 1).max() < 2**-7
PYTHON
if has torch; then
    /usr/bin/python3 - <<'PYTHON'
from networks import *
import torch
for name, kind in (("sigmoid", torch.nn.Sigmoid), ("tanh", torch.nn.Tanh), ("relu", torch.nn.ReLU)):
    widths = (7, 6, *[5] * 6, 4)
    layers = [layer for below, above in zip(widths, widths[1:]) for layer in (torch.nn.Linear(below, above), kind())]
    model = torch.nn.Sequential(*layers[:-1]).double()
    torch.save(model.state_dict(), f"{name}.pt")
    with torch.no_grad():
        np.save(f"{name}.npy", torch.softmax(model(torch.tensor(x)), 1).numpy())
PYTHON
    for activation in sigmoid tanh relu; do
        "$scripts/import_weights.py" $activation.pt $activation.h5 --activation $activation >/dev/null
        /usr/bin/python3 - $activation <<'PYTHON'
import sys
from networks import *
from dtrain import weights
network = weights.read_network(f"{sys.argv[1]}.h5")[1]
assert network.activation == sys.argv[1]
assert np.abs(network.forward(x) - np.load(f"{sys.argv[1]}.npy")).max() < 1e-14
PYTHON
    done
fi

# What is no such network is refused.
/usr/bin/python3 - <<'PYTHON'
from networks import *
good = NETWORKS["sigmoid_3"][0]
def bad(name, drop=(), attributes={}, **changed):
    found = {key: values for key, values in {**good, **changed}.items() if key not in drop}
    write(f"{name}.h5", found, **attributes)
    np.savez(f"{name}.npz", **found, **attributes)
bad("unknown", attributes={"activation": "gelu"})
bad("number", attributes={"activation": 3.0})
bad("list", attributes={"activation": ["tanh", "relu"]})
# A string of variable length lies in HDF5's heap, which is damaged here.
write("heap.h5", good, activation="tanh")
data = open("heap.h5", "rb").read()
open("heap.h5", "wb").write(data.replace(b"GCOL", b"XCOL"))
bad("no_bias", drop=("b3",))
bad("gap", drop=("W2", "b2"))
bad("one_layer", drop=("W2", "b2", "W3", "b3"))
bad("shapes", W3=np.ones((6, 4)))
bad("bias", b2=np.ones(4))
bad("cube", W2=np.ones((6, 5, 1)))
bad("nan", W3=good["W3"] * np.nan)
bad("empty", W3=np.ones((5, 0)), b3=np.ones(0))
many = {f"{kind}{n}": np.ones((2,) * dimensions) for n in range(1, 18) for kind, dimensions in (("W", 2), ("b", 1))}
bad("many", drop=good, **{name: many[name] for name in many if name not in good})
write("many.h5", many)
np.savez("many.npz", **many)
np.savez("many_linear.npz", **{f"{n}.{kind}": many[f"{letter}1"] for n in range(17) for kind, letter in (("weight", "W"), ("bias", "b"))})
np.savez("norm.npz", **{f"{n}.{kind}": np.ones((2,) * (n != 1 and kind == "weight") + (2,))
                        for n in range(3) for kind in ("weight", "bias")})
np.savez("scaled.npz", **good, gamma1=np.ones(6))
np.savez("one_linear.npz", **{"0.weight": np.ones((2, 2)), "0.bias": np.ones(2)})
np.savez("no_bias_linear.npz", **{"0.weight": np.ones((2, 2)), "0.bias": np.ones(2), "2.weight": np.ones((2, 2))})
write_safetensors("unknown.safetensors", good, {"format": "np", "activation": "gelu"})
write_safetensors("list.safetensors", good, {"format": "np", "activation": ["tanh"]})
# Of other programs: not to be replaced.
np.savez("foreign.npz", **good, scale=1.0)
write_safetensors("foreign.safetensors", good, {"format": "np", "author": "somebody"})
write("foreign.h5", {**good, "scale": np.ones(1)})
PYTHON
known='is none of sigmoid, tanh, relu$'
refused "unknown.h5: the activation 'gelu' $known" "$scripts/export.py" unknown.h5 no.npz
refused "unknown.npz: the activation 'gelu' $known" "$scripts/import_weights.py" unknown.npz no.h5
refused "unknown.safetensors: the activation 'gelu' $known" "$scripts/import_weights.py" unknown.safetensors no.h5
refused "number.h5: the activation '3.0' $known" "$scripts/export.py" number.h5 no.npz
refused "number.npz: the activation '3.0' $known" "$scripts/import_weights.py" number.npz no.h5
for file in list.npz list.safetensors; do
    refused "$file: the activation '.*tanh.*' $known" "$scripts/import_weights.py" $file no.h5
done
refused "list.h5: the activation '.*tanh.*' $known" "$scripts/export.py" list.h5 no.npz
refused 'heap.h5: the attribute activation of / cannot be read$' "$scripts/export.py" heap.h5 no.npz
refused 'no_bias.h5: has no array /b3 of numbers$' "$scripts/export.py" no_bias.h5 no.npz
refused 'gap.h5: has no array /W2 of numbers$' "$scripts/export.py" gap.h5 no.npz
refused 'one_layer.h5: has no array /W2 of numbers$' "$scripts/export.py" one_layer.h5 no.npz
refused 'many.h5: has more than 16 layers$' "$scripts/export.py" many.h5 no.npz
for file in many many_linear; do
    refused "$file.npz: has more than 16 layers\$" "$scripts/import_weights.py" $file.npz no.h5
done
for file in no_bias gap one_layer one_linear no_bias_linear; do
    refused "$file.npz: holds neither W1, b1, W2, b2, ... nor two or more linear layers, but " \
        "$scripts/import_weights.py" $file.npz no.h5
done
# A network of other layers, too, would be another network without them.
refused 'norm.npz: holds more than linear layers, .*: 1.weight (2,), 1.bias (2,)$' "$scripts/import_weights.py" norm.npz no.h5
refused 'scaled.npz: holds more than W1, .*: gamma1 (6,)$' "$scripts/import_weights.py" scaled.npz no.h5
for file in shapes bias cube; do
    refused "$file.h5: the shapes do not fit: W1 (7, 6), b1 (6,), W2 .* b3 (4,)\$" "$scripts/export.py" $file.h5 no.npz
    refused "$file.npz: the shapes do not fit: W1 (7, 6), b1 (6,), W2 .* b3 (4,)\$" \
        "$scripts/import_weights.py" $file.npz no.h5
done
for file in nan empty; do
    refused "$file.h5: W3 is empty or holds a number that is not finite\$" "$scripts/export.py" $file.h5 no.npz
    refused "$file.npz: W3 is empty or holds a number that is not finite\$" "$scripts/import_weights.py" $file.npz no.h5
done
for file in foreign.npz foreign.safetensors; do
    refused "$file: is there already" "$scripts/export.py" tanh_3.h5 $file
done
refused 'foreign.h5: is there already' "$scripts/import_weights.py" tanh_3.npz foreign.h5
code=0
"$scripts/import_weights.py" tanh_3.npz no.h5 --activation gelu 2>err || code=$?
[ "$code" -eq 2 ] || fail "--activation gelu: exit $code: $(cat err)"
[ -z "$(find . -name 'no.*' -o -name '*partial*')" ] || fail "left: $(ls -A)"
echo "2, 3 and 16 layers of each activation, there and back"
