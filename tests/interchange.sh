#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Weights for other programs and from them: each file, loaded by what reads it, gives dtrain's
# predictions; metrics as CSV; standardized features; more classes than labels.
#     interchange.sh MPIRUN DTRAIN SCRIPTS_FOLDER
# Where PyTorch or onnx is not installed, that part is skipped with a word.
# shellcheck source-path=SCRIPTDIR source=scratch.lib.sh
. "$(dirname "$0")/scratch.lib.sh"
scripts=$3
cd "$work"

has() {
    /usr/bin/python3 -c "import $1" 2>/dev/null || {
        echo "skipped: no $1"
        return 1
    }
}

"$mpirun" -np 2 "$dtrain" --iterations 900 --quiet --run-dir run
weights=run/checkpoints/iteration-0000900.h5:/parameters
"$dtrain" predict $weights --images "$MNIST_FILE" --json >predictions
kinds="npz safetensors"
! has onnx || kinds+=" onnx"
for kind in $kinds; do
    "$scripts/export.py" run "out.$kind"
done
cat >compare.py <<'PYTHON'
import json, os, h5py, numpy as np
with h5py.File(os.environ["MNIST_FILE"]) as f:
    x = (f["test/images"][:].reshape(-1, 784) / np.float32(255)).astype(float)
lines = [json.loads(line) for line in open("predictions")]
def compare(y):
    assert [line["class"] for line in lines] == y.argmax(axis=1).tolist()
    assert np.abs([line["probability"] for line in lines] - y.max(axis=1)).max() < 1e-12
PYTHON

# The three lines of the README, with the book's formulas.
PYTHONPATH=. /usr/bin/python3 - <<'PYTHON'
from compare import *
def book(p):
    z = 1 / (1 + np.exp(-(x @ p["W1"] + p["b1"])))
    a = z @ p["W2"] + p["b2"]
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
with h5py.File("run/checkpoints/iteration-0000900.h5") as file:
    params = {name: file["parameters"][name][:] for name in ("W1", "b1", "W2", "b2")}
compare(book(params))
compare(book(np.load("out.npz")))
data = open("out.safetensors", "rb").read()
begin = 8 + int.from_bytes(data[:8], "little")
header = json.loads(data[8:begin])
assert begin % 8 == 0
compare(book({name: np.frombuffer(data[begin:][slice(*header[name]["data_offsets"])]).reshape(header[name]["shape"])
              for name in params}))
PYTHON
if has onnx; then
    # No runtime is at hand: the graph's nodes, one by one, in NumPy.
    PYTHONPATH=. /usr/bin/python3 - <<'PYTHON'
from compare import *
import onnx
from onnx import numpy_helper
graph = onnx.load("out.onnx").graph
values = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
values["inputs"] = x
def softmax(a):
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
operations = {"MatMul": np.matmul, "Add": np.add, "Sigmoid": lambda a: 1 / (1 + np.exp(-a)), "Softmax": softmax}
for node in graph.node:
    values[node.output[0]] = operations[node.op_type](*(values[name] for name in node.input))
compare(values["probabilities"])
PYTHON
fi
if has torch; then
    PYTHONPATH=. /usr/bin/python3 - <<'PYTHON'
from compare import *
import torch
model = torch.nn.Sequential(torch.nn.Linear(784, 50), torch.nn.Sigmoid(), torch.nn.Linear(50, 10)).double()
arrays = np.load("out.npz")
with torch.no_grad():
    for layer, W, b in ((model[0], "W1", "b1"), (model[2], "W2", "b2")):
        layer.weight.copy_(torch.tensor(arrays[W].T)); layer.bias.copy_(torch.tensor(arrays[b]))
    compare(torch.softmax(model(torch.tensor(x)), 1).numpy())
torch.save(model.state_dict(), "model.pt")
PYTHON
    "$scripts/import_weights.py" model.pt torch.h5
    "$dtrain" predict torch.h5 --images "$MNIST_FILE" --json | cmp - predictions
fi
# There and back gives the same bits, and a run starts from them.
for kind in npz safetensors; do
    "$scripts/import_weights.py" out.$kind back.h5
    "$dtrain" predict back.h5 --images "$MNIST_FILE" --json | cmp - predictions
done
"$mpirun" -np 3 "$dtrain" --weights back.h5 --iterations 0 --quiet --run-dir again
[ "$(sed 's/.*"train_loss/"train_loss/' again/metrics.jsonl)" = "$(tail -n 1 run/metrics.jsonl | sed 's/.*"train_loss/"train_loss/')" ] ||
    fail "a run from imported weights begins elsewhere"
! "$scripts/import_weights.py" compare.npz x.h5 2>err || fail "imports nothing"

"$scripts/metrics_csv.py" run >metrics.csv
[ "$(wc -l <metrics.csv)" -eq 902 ] || fail "$(wc -l <metrics.csv) lines of CSV"
grep -q "^1,$(sed -n 's/{"iteration":1,"loss":\([^}]*\)}/\1/p' run/metrics.jsonl),,,,,\$" metrics.csv ||
    fail "$(head -n 3 metrics.csv)"

/usr/bin/python3 - <<'PYTHON'
import h5py, numpy as np
rng = np.random.default_rng(2)
x = 50 + 1e3 * rng.normal(size=(900, 6))
x[:, 3] = 7
with h5py.File("raw.h5", "w") as f:
    f["train/images"], f["test/images"] = x[:600].astype("f4"), x[600:].astype("f4")
    t = (x[:, 0] > 50).astype(int)
    f["train/labels"], f["test/labels"] = t[:600], t[600:]
PYTHON
"$scripts/standardize.py" raw.h5 standard.h5
/usr/bin/python3 -c '
import h5py, numpy as np
x = h5py.File("standard.h5")["train/images"][:]
assert abs(x.mean(axis=0)).max() < 1e-6 and np.allclose(x.std(axis=0), [1, 1, 1, 0, 1, 1])'
"$mpirun" -np 3 "$dtrain" --data standard.h5 --hidden 5 --batch-size 20 --learning-rate 1 --iterations 300 \
    --classes 4 --quiet --run-dir standard
grep -q 'test_accuracy":0.9' standard/metrics.jsonl || fail "$(tail -n 1 standard/metrics.jsonl)"
/usr/bin/python3 -c '
import h5py
assert h5py.File("standard/checkpoints/iteration-0000300.h5")["parameters/W2"].shape == (5, 4)'
! "$dtrain" --weights back.h5 --classes 12 --run-dir no 2>err || fail "--classes 12 for weights of ten"
grep -q '^dtrain: --classes 12: the network of --weights back.h5 has 10' err || fail "$(cat err)"
! "$dtrain" --data "$MNIST_FILE" --classes 9 --run-dir no 2>err || fail "--classes 9 for ten digits"
grep -q '^dtrain: --classes 9: the data has 10' err || fail "$(cat err)"
echo "the same predictions wherever the weights go"
