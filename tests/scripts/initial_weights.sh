#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The weights that a run began with, as the report computes them from the seed, against those that dtrain
# wrote; and those of --weights, as long as they are still the same.
#     initial_weights.sh MPIRUN DTRAIN SCRIPTS_FOLDER
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
scripts=$3
cd "$work"
export PYTHONPATH=$scripts PYTHONDONTWRITEBYTECODE=1

/usr/bin/python3 - <<'PYTHON'
import h5py, numpy as np
rng = np.random.default_rng(1)
with h5py.File("small.h5", "w") as file:
    for split in ("train", "test"):
        file[f"{split}/images"], file[f"{split}/labels"] = rng.normal(size=(30, 10)).astype("f4"), np.arange(30) % 3
PYTHON
# begin NAME OPTION...: a run that has its checkpoint of iteration 0 only.
begin() {
    "$dtrain" --iterations 0 --quiet --run-dir "$@"
}
begin plain
begin deep --hidden 100,50,20 --activation relu --init-std he
begin other_seed --seed 8123456789012345
# Seeds that are equal in their lower 32 bits.
begin low_seed --seed 5
begin high_seed --seed $((5 + (1 << 32)))
# The number of weights is odd.
begin small --data small.h5 --hidden 5 --activation tanh --init-std xavier
begin zero --data small.h5 --hidden 5 --activation tanh --init-std 0
"$dtrain" --iterations 1 --weights small/checkpoints/iteration-0000000.h5 --data small.h5 --batch-size 5 --quiet --run-dir given

cat >begun.py <<'PYTHON'
import numpy as np
import weights
from initial import first_network
from runs import Run
def begun(name, first=None):
    """The network as the report has it, what it says of it, and the checkpoint's."""
    later = weights.read(name)[1]
    return *first_network(Run(name), later), weights.read(f"{first or name}/checkpoints/iteration-0000000.h5")[1]
PYTHON
/usr/bin/python3 - <<'PYTHON'
from begun import *
widths = {"plain": [784, 50, 10], "deep": [784, 100, 50, 20, 10], "other_seed": [784, 50, 10],
          "low_seed": [784, 50, 10], "high_seed": [784, 50, 10], "small": [10, 5, 3], "zero": [10, 5, 3]}
found = {}
for name, expected_widths in widths.items():
    network, source, expected = begun(name)
    found[name] = network.layers[0][0]
    assert source == "drawn from its seed", source
    assert network.widths == expected.widths == expected_widths and network.activation == expected.activation
    for (W, b), (other_W, other_b) in zip(network.layers, expected.layers):
        assert (np.abs(W - other_W) <= 1e-15 * np.abs(other_W)).all(), (name, np.abs(W / other_W - 1).max())
        assert W.any() == (name != "zero") and not b.any() and not other_b.any()
for one, other in (("plain", "other_seed"), ("low_seed", "high_seed")):
    assert (found[one] != found[other]).all(), (one, other)
network, source, expected = begun("given", "small")
assert source == "read from small/checkpoints/iteration-0000000.h5", source
for layer, other in zip(network.layers, expected.layers):
    assert all(np.array_equal(*pair) for pair in zip(layer, other))
PYTHON

# refuses RUN WORDS: the weights are not to be had, and the message says why.
refuses() {
    /usr/bin/python3 - "$@" <<'PYTHON'
import sys
from begun import *
from failure import describe
try:
    begun(sys.argv[1])
except Exception as error:
    assert sys.argv[2] in (describe(error) or ""), error
else:
    raise AssertionError(f"{sys.argv[1]} should not have been taken")
PYTHON
}
file=small/checkpoints/iteration-0000000.h5
# What is at that place now is another network, of the same size or not, or nothing.
for other in zero plain; do
    rm -r small && cp -r $other small
    if [ $other = zero ]; then words="$file: W1 is not the one that"; else words="$file: is another network than"; fi
    refuses given "$words"
done
rm -r small
refuses given "$file: No such file"
# A record that was changed. Runs of older versions have no norms that would tell.
sed -i '/"seed"/{n;s/"5"/"6"/}' low_seed/run.json
refuses low_seed 'seed 6: W1 is not the one that'
sed -i 's/,"gradient_norm".*/}/' low_seed/metrics.jsonl
! refuses low_seed '' 2>/dev/null || fail "a run without norms was refused"
sed -i '/"init-std"/{n;s/"0.01"/"much"/}' plain/run.json
refuses plain 'plain/run.json: init-std is no number'
echo "seven networks begin as dtrain began them"
