# SPDX-License-Identifier: MIT
"""A network's arrays in npz and safetensors files."""
import json
import re
import zipfile

import numpy as np

from dtrain import outputs
from dtrain.weights import array_names, named_arrays


def write_npz(network, path):
    np.savez(path, **named_arrays(network.layers), **network.attributes)


def is_npz(path):
    try:
        with zipfile.ZipFile(path) as file:
            names = [name.removesuffix(".npy") for name in file.namelist()]
            return [name for name in names if name not in ("activation", "loss")] == array_names(names)
    except zipfile.BadZipFile:
        return False


def write_safetensors(network, path):
    """The format is a length, a JSON header and the tensors' bytes, little-endian."""
    arrays = named_arrays(network.layers)
    header, offset = {"__metadata__": {"format": "np", **network.attributes}}, 0
    for name, values in arrays.items():
        end = offset + values.nbytes
        header[name] = {"dtype": "F64", "shape": list(values.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text
                     + b"".join(values.astype("<f8").tobytes() for values in arrays.values()))


def is_safetensors(path):
    return re.match(rb'{"__metadata__": {"format": "np"(, "(activation|loss)": "\w+")*}, "W1": {"dtype": "F64"',
                    outputs.head(path)[8:]) is not None
