# SPDX-License-Identifier: MIT
"""The best checkpoint of the run `model` of validation.sh, which predicts nothing, is the one with the least
loss on the validation rows."""
import h5py

from formulas import read_lines

evaluations = [line for line in read_lines("model/metrics.jsonl") if "epoch" in line]
best = min(evaluations, key=lambda line: line["validation_loss"])
with h5py.File("model/checkpoints/best.h5") as file:
    assert file.attrs["iteration"] == file.attrs["best_iteration"] == best["iteration"] > 0, dict(file.attrs)
    assert file.attrs["best_score"] == -best["validation_loss"], dict(file.attrs)
assert list(best["weight_norms"]) == ["theta"], best
