#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes the same small dataset in many ways, and some that cannot be meant, into the current folder."""
import h5py
import numpy as np

rng = np.random.default_rng(5)
pixels = rng.integers(0, 256, (160, 3, 4, 4)).astype(np.uint8)
classes = (np.arange(160) % 3).astype(np.uint8)
unit = pixels / np.float32(255)


def write(name, train=pixels[:100], labels=classes[:100], test=pixels[100:], test_labels=classes[100:], packed=False,
          **attributes):
    with h5py.File(f"{name}.h5", "w") as f:
        f["train/images"], f["train/labels"] = train, labels
        f["test/images"], f["test/labels"] = test, test_labels
        f.attrs.update(attributes)
        if packed:
            f["train/images"].attrs["scale_factor"] = f["test/labels"].attrs["_FillValue"] = 1


def floats(name, values, test=None):
    write(name, values[:100], test=(values if test is None else test)[100:])


# These are the same to dtrain.
write("labels")
write("labels_column", labels=classes[:100, None], test_labels=classes[100:, None])
write("labels_row", labels=classes[None, :100].astype(">i8"), test_labels=classes[None, 100:])
write("classes_real", n_classes=3.0)
write("classes_matrix", n_classes=np.array([[3]]))
# All finite float16, the subnormal ones too.
half = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
half = np.resize(half[np.isfinite(half)], (160, 4, 4, 31))
floats("half", half)
floats("half_single", half.astype(np.float32))
odd = rng.normal(size=(160, 9))
floats("double", odd)
floats("double_single", odd.astype(np.float32))
words = rng.integers(0, 1 << 16, (160, 9)).astype(np.uint16)
floats("word", words)
floats("word_single", words.astype(np.float32) / np.float32(65535))
# A line is said of each of these.
write("from_one", labels=classes[:100] + 1, test_labels=classes[100:] + 1)
write("shifted", labels=classes[:100] + 1)
write("one_class", labels=np.full(100, 2), n_classes=3)
write("nothing", train=pixels[:100] * 0)
write("layout", test=pixels[100:].transpose(0, 2, 3, 1))
write("packed", packed=True)
floats("scales", unit, unit * 255)
floats("signs", unit * 2 - 1, unit)
floats("inverted", unit**5, 1 - unit**5)
# These belong to a network that was trained on "labels".
with h5py.File("others.h5", "w") as f:
    f["bytes"], f["unit"], f["one"] = pixels, unit, pixels[0]
    f["large"], f["signed"] = unit * 255, unit * 2 - 1
    # This one to a network that was trained on "inverted".
    f["bright"] = 1 - unit**5
    f["double"] = unit.astype(np.float64)
