#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A short training on MNIST, and one on a user's own float data without n_classes.
#     training.sh MPIRUN DTRAIN
set -euo pipefail
mpirun=$1 dtrain=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

"$mpirun" -np 2 "$dtrain" --iterations 600 --quiet --run-dir digits

/usr/bin/python3 - <<'PYTHON'
import h5py
import numpy as np

rng = np.random.default_rng(1)
features = rng.normal(size=(1207, 20)).astype(np.float32)
labels = (features[:, 0] * features[:, 1] > 0).astype(np.int64)
with h5py.File("own.h5", "w") as f:
    f["train/images"], f["train/labels"] = features[:1000], labels[:1000]
    f["test/images"], f["test/labels"] = features[1000:], labels[1000:]
PYTHON
"$mpirun" -np 3 "$dtrain" --data own.h5 --hidden 10 --batch-size 37 --learning-rate 1 \
    --sampling epoch --iterations 1500 --quiet --run-dir own

/usr/bin/python3 - <<'PYTHON'
import json
import os

import h5py
import numpy as np

digits = [json.loads(line) for line in open("digits/metrics.jsonl")]
losses = [line["loss"] for line in digits if "loss" in line]
assert [line["iteration"] for line in digits if "loss" in line] == list(range(1, 601))
assert losses[0] > 2.29 and np.mean(losses[-50:]) < 1, losses[-1]
assert digits[-1]["epoch"] == 1 and digits[-1]["test_accuracy"] > 0.75, digits[-1]

# The checkpoint's weights, in NumPy, score what dtrain says they score.
with h5py.File("digits/checkpoints/iteration-0000600.h5") as f:
    W1, b1, W2, b2 = (f["parameters"][name][:] for name in ("W1", "b1", "W2", "b2"))
    assert f.attrs["iteration"] == 600
with h5py.File(os.environ["MNIST_FILE"]) as f:
    x, t = f["test/images"][:].reshape(-1, 784) / np.float32(255), f["test/labels"][:]
a2 = 1 / (1 + np.exp(-(x.astype(np.float64) @ W1 + b1))) @ W2 + b2
y = np.exp(a2 - a2.max(axis=1, keepdims=True))
y /= y.sum(axis=1, keepdims=True)
assert np.mean(a2.argmax(axis=1) == t) == digits[-1]["test_accuracy"]
loss = -np.log(y[np.arange(len(t)), t] + 1e-7).mean()
assert abs(loss - digits[-1]["test_loss"]) < 1e-12, (loss, digits[-1])

own = [json.loads(line) for line in open("own/metrics.jsonl")]
assert own[-1]["train_accuracy"] > 0.9, own[-1]
PYTHON
echo "both learned"
