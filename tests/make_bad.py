#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes datasets and weights with one thing wrong each, into a folder: make_bad.py FOLDER MNIST

and prints a line for each: the dtrain arguments, a tab, and what the error line must say."""
import os
import shutil
import sys

import h5py
import numpy as np

folder, mnist = sys.argv[1:]
os.chdir(folder)


def case(arguments, text):
    print(f"{arguments}\t{text}")


def dataset(name, text, images=None, labels=None, test_images=None, test_labels=None, **attributes):
    parts = {
        "train/images": np.zeros((20, 4, 4), np.uint8) if images is None else images,
        "train/labels": np.arange(20) % 3 if labels is None else labels,
        "test/images": np.zeros((10, 4, 4), np.uint8) if test_images is None else test_images,
        "test/labels": np.arange(10) % 3 if test_labels is None else test_labels,
    }
    with h5py.File(f"{name}.h5", "w") as f:
        for part, values in parts.items():
            if isinstance(values, dict):
                f.create_dataset(part, **values)
            elif values is not False:
                f[part] = values
        f.attrs.update(attributes)
    case(f"--data {name}.h5", text)


def spoiled(values, at, value):
    values[at] = value
    return values


case("--data absent.h5", "absent.h5: No such file")
case("--data .", ".")
open("empty.h5", "w").close()
case("--data empty.h5", "empty.h5: ")
open("text.h5", "w").write("these are no images\n" * 100)
case("--data text.h5", "text.h5: ")
shutil.copy(mnist, "cut.h5")
os.truncate("cut.h5", os.path.getsize(mnist) // 2)
case("--data cut.h5", "cut.h5: ")
shutil.copy(mnist, "flipped.h5")
with open("flipped.h5", "r+b") as f:
    f.seek(4_000_000)
    byte = f.read(1)[0]
    f.seek(4_000_000)
    f.write(bytes([byte ^ 16]))
case("--data flipped.h5", "/train/images cannot be read: the file is damaged")
dataset("no_labels", "/train/labels is missing", labels=False)
dataset("no_test", "/test/images is missing", test_images=False)
dataset("doubles", "/train/images must be uint8 or float32", images=np.zeros((20, 4, 4)))
dataset("signed", "/train/images must be uint8 or float32", images=np.zeros((20, 16), np.int8))
dataset("words", "/train/images must be uint8", images=np.array([b"a"] * 20))
dataset("flat", "/train/images must have the shape", images=np.zeros(20, np.uint8))
dataset("no_rows", "/train/images has no rows", images=np.zeros((0, 4, 4), np.uint8),
        labels=np.zeros(0, int))
dataset("no_width", "/train/images must have the shape", images=np.zeros((20, 0), np.uint8))
dataset("few_labels", "/train/labels must be one for each image", labels=np.arange(19))
dataset("real_labels", "/train/labels must be integers", labels=np.zeros(20))
dataset("square_labels", "/train/labels must be one for each image",
        labels=np.zeros((20, 2), int))
dataset("negative", "/train/labels: row 5 has the label -1",
        labels=spoiled(np.arange(20) % 3, 5, -1))
dataset("high", "/train/labels: row 7 has the label 3", labels=spoiled(np.arange(20) % 3, 7, 3),
        n_classes=3)
dataset("huge_label", "n_classes must be from 2", labels=spoiled(np.arange(20), 7, 2**31 - 1))
dataset("one_class", "n_classes must be from 2", labels=np.zeros(20, int),
        test_labels=np.zeros(10, int))
dataset("words_classes", "attribute n_classes must be an integer", n_classes="ten")
dataset("other_size", "/test/images differs", test_images=np.zeros((10, 5, 4), np.uint8))
dataset("other_type", "/test/images differs", test_images=np.zeros((10, 4, 4), np.float32))
dataset("not_finite", "/train/images: row 3 is not finite",
        images=spoiled(np.zeros((20, 4, 4), np.float32), (3, 1, 1), np.nan),
        test_images=np.zeros((10, 4, 4), np.float32))
huge = {"shape": (1 << 42, 4, 4), "dtype": np.uint8, "chunks": (1024, 4, 4)}
dataset("huge_rows", "/train/images has no rows, or too many", images=huge)
dataset("huge_width", "/train/images must have the shape",
        images={"shape": (20, 1 << 20, 1 << 20), "dtype": np.uint8, "chunks": (1, 1024, 1024)})
dataset("huge_claim", "claims more data than the file can hold", images={**huge, "shape": (1 << 38, 4, 4)},
        labels={"shape": (1 << 38,), "dtype": np.uint8, "chunks": (1024,)}, n_classes=3)


def weights(name, text, **changes):
    tensors = {"W1": np.zeros((784, 5)), "b1": np.zeros(5), "W2": np.zeros((5, 10)),
               "b2": np.zeros(10), **changes}
    with h5py.File(f"{name}.h5", "w") as f:
        for tensor, values in tensors.items():
            if values is not None:
                f[tensor] = values
    case(f"--iterations 1 --weights {name}.h5", text)
    case(f"eval {name}.h5", text)


# On this one, found by fuzzing, HDF5 1.10.8 crashes.
case(f"eval {os.path.dirname(__file__)}/data/crashing_weights.h5", "crashing_weights.h5: ")
case("eval absent.h5", "absent.h5")
case("eval text.h5", "text.h5: cannot be opened as an HDF5 file")
case("eval text.h5:/", "text.h5")
weights("no_b2", "b2 is not there", b2=None)
weights("fewer", "W1 (784, 5) and W2 (4, 10) do not fit", W2=np.zeros((4, 10)))
weights("integers", "W1 is not there or is no matrix of floats", W1=np.zeros((784, 5), int))
weights("vector", "W2 is not there or is no matrix", W2=np.zeros(50))
weights("long_bias", "b1 is not there, does not fit", b1=np.zeros(6))
weights("nan", "W2 holds a number that is not finite", W2=np.full((5, 10), np.nan))
weights("other_inputs", "is for 783 inputs", W1=np.zeros((783, 5)))
weights("other_classes", "and 9 classes", W2=np.zeros((5, 9)), b2=np.zeros(9))
