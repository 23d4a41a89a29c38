# SPDX-License-Identifier: MIT
"""Reads HDF5 files; what cannot be read is a Failure that names file and array."""
import h5py
import numpy as np

from dtrain.failure import Failure, check_plain


def open_file(path):
    # Python's reason why a file cannot be opened is clearer than that of HDF5.
    check_plain(path)
    with open(path, "rb"):
        pass
    try:
        return h5py.File(path, "r")
    except OSError:
        raise Failure(f"{path}: is no HDF5 file, or a damaged one") from None


def find_array(group, name):
    """The array `name` of a file or group, not read yet; its numbers are integers or floats."""
    try:
        array = group.get(name)
    except (OSError, RuntimeError, TypeError):
        array = None
    if not isinstance(array, h5py.Dataset) or array.dtype.kind not in "iuf" or array.ndim == 0:
        where = f"{group.name.rstrip('/')}/{name}"
        raise Failure(f"{group.file.filename}: has no array {where} of numbers")
    return array


def read_rows(array, first=0, last=None):
    """Rows [first, last) of an array, by default all."""
    try:
        return array[first:last]
    except (OSError, RuntimeError):
        raise Failure(f"{array.file.filename}: {array.name} cannot be read; it is damaged") from None


def read_text(group, name, default):
    """An attribute of a group as text, or the default where it has none."""
    try:
        value = group.attrs.get(name, default)
    except (OSError, RuntimeError, TypeError):
        raise Failure(f"{group.file.filename}: the attribute {name} of {group.name} cannot be read") from None
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def targets_name(file):
    """Whether a dataset has labels, or numbers in their place: "labels" or "targets"."""
    return "labels" if "train/labels" in file or "train/targets" not in file else "targets"


def find_set(file, split, name="labels"):
    """Images and labels (or targets, as `name` says), not read yet, of a dataset's training or test set."""
    images, labels = find_array(file, f"{split}/images"), find_array(file, f"{split}/{name}")
    most = 1 if name == "labels" else 2
    if images.ndim < 2 or labels.ndim > most or len(images) != len(labels) or images.size == 0:
        raise Failure(f"{file.filename}: {images.name} and {labels.name} do not fit each other")
    if name == "labels" and not np.issubdtype(labels.dtype, np.integer):
        raise Failure(f"{file.filename}: {labels.name} are no integers")
    return images, labels
