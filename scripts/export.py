#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a network's weights for other programs.

SOURCE is a run directory, whose newest intact checkpoint is taken, a checkpoint, or another HDF5
file with weights. OUT's name says the format:

.npz and .safetensors hold W1 (D, H), b1, W2, b2 and so on, in float64. They name the activation if
it is not sigmoid, and the loss if it is not softmax: npz as arrays of one string, "activation" and
"loss", safetensors as metadata.

.onnx is a graph from "inputs" (N, D) to "probabilities" (N, K) or, for the loss squares, "targets"
(N, M), in float64 or with --float32 in single precision. It needs the package onnx (Debian:
python3-onnx).

.h is a C header of static arrays and one function, NAME_predict, where the file is NAME.h. It needs
C99 or C++ and nothing but <math.h>.

If SOURCE holds the recipe of a dataset that dtrain import made, .onnx and .h take the numbers of its
columns as they are in the table, or the bytes of images, and scale them. Targets come in their own
unit, and the names of inputs, classes and targets are in the file. A column of categories has an
input for each category: 1 for that of the row, 0 for the others. NaN stands for a missing cell.
Without a recipe, inputs and targets are as in the dataset, and bytes as v / 255.
"""
from pathlib import Path

from dtrain.command import parser, run, start

start()
import numpy as np

from dtrain import outputs
from dtrain.formats.arrays import is_npz, is_safetensors, write_npz, write_safetensors
from dtrain.formats.ends import ends_of
from dtrain.formats.graph import is_onnx, write_onnx
from dtrain.formats.header import is_header, prefix_of, write_header
from dtrain.recipes import read_recipe
from dtrain.weights import read_network

KINDS = {".npz": is_npz, ".safetensors": is_safetensors, ".onnx": is_onnx, ".h": is_header}


def write(network, source, given, path):
    """Writes the network, which was read from the file `source`, to the file `path`."""
    if given.out.suffix == ".npz":
        write_npz(network, path)
    elif given.out.suffix == ".safetensors":
        write_safetensors(network, path)
    else:
        ends = ends_of(read_recipe(source), network, source)
        if given.out.suffix == ".onnx":
            write_onnx(network, ends, path, np.float32 if given.float32 else np.float64)
        else:
            write_header(network, ends, path, prefix_of(given.out))


def main():
    arguments = parser(__doc__)
    arguments.add_argument("source", metavar="SOURCE", help="RUN, or FILE.h5[:/GROUP]")
    arguments.add_argument("out", metavar="OUT", type=Path, help=", ".join(f"*{f}" for f in KINDS))
    arguments.add_argument("--float32", action="store_true", help="compute in single precision (.onnx only)")
    arguments.add_argument("--force", action="store_true", help="replace any file at OUT")
    given = arguments.parse_args()
    if given.out.suffix not in KINDS:
        arguments.error(f"{given.out}: the name must end in one of {', '.join(KINDS)}")
    if given.float32 and given.out.suffix != ".onnx":
        arguments.error(f"{given.out}: --float32 is for .onnx alone; the other formats keep every digit")
    source, network = read_network(given.source)
    with outputs.replacing(given.out, KINDS[given.out.suffix], [source], given.force) as path:
        write(network, source, given, path)
    print(given.out)


if __name__ == "__main__":
    run(main)
