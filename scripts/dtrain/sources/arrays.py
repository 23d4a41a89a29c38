# SPDX-License-Identifier: MIT
"""Arrays in files of NumPy, IDX and HDF5: tables of numbers, or images."""
import math
import os
import zipfile
import zlib

import h5py
import numpy as np

from dtrain.failure import Failure, tell
from dtrain.sources.compressed import open_plain
from dtrain.sources.pictures import Pictures

# The names of inputs and targets, to train on and to test on, as Keras and others write them.
PAIRS = (("x_train", "y_train"), ("X_train", "y_train"), ("X", "y"), ("x", "y"), ("data", "target"),
         ("data", "labels"), ("images", "labels"), ("train_set_x", "train_set_y"), ("train_images", "train_labels"),
         ("arr_0", "arr_1"))
TEST_PAIRS = (("x_test", "y_test"), ("X_test", "y_test"), ("test_set_x", "test_set_y"), ("test_images", "test_labels"),
              ("arr_2", "arr_3"))
# IDX: the types of numbers, by their code.
IDX_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
BLOCK_ROWS = 1 << 12


def one_hot_labels(name, targets):
    """Labels in place of rows of zeros and a one."""
    if targets.ndim == 2 and targets.shape[1] == 1:
        return targets[:, 0]
    if targets.ndim == 2 and targets.shape[1] > 1 and ((targets == 0) | (targets == 1)).all() and (
            targets.sum(axis=1) == 1).all():
        tell(f"{name}: the targets are one-hot, and become labels from 0 to {targets.shape[1] - 1}")
        return targets.argmax(axis=1)
    return targets


def texts_of(name, values):
    """Texts of any kind, without blanks around them."""
    try:
        column = values.reshape(len(values), -1)[:, 0]
        texts = [value.decode() if isinstance(value, bytes) else value for value in column]
    except UnicodeDecodeError:
        raise Failure(f"{name}: a label is not UTF-8") from None
    if not all(isinstance(text, str) for text in texts):
        raise Failure(f"{name}: the labels are objects of {type(texts[0]).__name__}, neither numbers nor texts")
    return np.array([text.strip() for text in texts])


def checked_targets(name, inputs, targets):
    targets = np.asarray(targets)
    if targets.ndim == 2 and targets.shape[0] == 1 and len(inputs) != 1:
        targets = targets.T
    if targets.ndim not in (1, 2) or len(targets) != len(inputs):
        raise Failure(f"{name}: there are {len(inputs)} inputs, but {len(targets) if targets.ndim else 1} targets")
    if targets.dtype.kind in "SUO":
        return texts_of(name, targets)
    if targets.dtype.kind not in "biuf":
        raise Failure(f"{name}: the targets are {targets.dtype}: neither numbers nor texts")
    return one_hot_labels(name, targets.astype(np.uint8) if targets.dtype == bool else targets)


def source_of(name, inputs, targets, options):
    """A table of numbers (N, D), or images: bytes, or (N, H, W), or (N, H, W, C)."""
    if inputs.dtype.kind not in "biuf":
        raise Failure(f"{name}: the inputs are {inputs.dtype}, and no numbers")
    if inputs.ndim < 2 or inputs.size == 0:
        raise Failure(f"{name}: the inputs have the shape {tuple(inputs.shape)}: (rows, columns) or (rows, height, "
                      "width) are needed")
    targets = None if targets is None else checked_targets(name, inputs, targets)
    if inputs.ndim == 2 and inputs.dtype != np.uint8:
        from dtrain.sources.frames import array_table
        return array_table(name, np.asarray(inputs, float), targets)
    return pictures_of(name, inputs, targets, options)


def pictures_of(name, inputs, targets, options):
    shape = tuple(inputs.shape[1:])
    shape = shape[:-1] if len(shape) == 3 and shape[-1] == 1 else shape
    if len(shape) > 3:
        raise Failure(f"{name}: the inputs have {inputs.ndim} dimensions: (rows, height, width) or (rows, height, "
                      "width, channels) are needed")
    convert, is_bytes = reader_of(name, inputs, options)

    def read(first, last):
        return convert(np.asarray(inputs[first:last])).reshape(last - first, *shape)

    return Pictures(name, shape, read, len(inputs), targets, is_bytes=is_bytes)


def reader_of(name, inputs, options):
    """How images become bytes, or floats of about 0 to 1: (a function of an array, whether it makes bytes). Where
    options.bytes says which of these they are to be, they are no others."""
    if inputs.dtype == np.uint8 and options.bytes is not False:
        return np.asarray, True
    if inputs.dtype.kind == "u" and inputs.dtype.itemsize == 2 and not options.raw:
        return lambda values: values.astype(np.float32) / np.float32(65535), False
    low, high, whole = extent_of(name, inputs)
    is_byte = whole and 0 <= low and high <= 255
    if options.bytes if options.bytes is not None else is_byte and high > 1 and not options.raw:
        if is_byte:
            return lambda values: values.astype(np.uint8), True
    elif options.bytes is False or options.raw or (-1 <= low and high <= 1):
        return lambda values: values.astype(np.float32), False
    raise Failure(f"{name}: the images are numbers from {low:g} to {high:g}: neither whole from 0 to 255, nor from 0 "
                  "to 1" + (": --raw takes them as they are" if options.bytes is None else ""))


def extent_of(name, inputs):
    """The least and the largest number, and whether all are whole."""
    low, high, whole = np.inf, -np.inf, True
    for first in range(0, len(inputs), BLOCK_ROWS):
        values = np.asarray(inputs[first:first + BLOCK_ROWS])
        if not np.isfinite(values).all():
            raise Failure(f"{name}: image {first + np.argwhere(~np.isfinite(values))[0][0]} holds a number that is not "
                          "finite")
        low, high = min(low, values.min()), max(high, values.max())
        whole = whole and bool((values == np.floor(values)).all())
    return low, high, whole


def check_memory(name, size):
    """Refuses an array that does not fit into memory, before it is read."""
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if size > there:
        raise Failure(f"{name}: claims {size >> 30} GiB, more than this machine's memory: is it damaged?")


def read_npy(file, name):
    """An array in NumPy's format, without objects, whose unpacking could run code."""
    try:
        version = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, kind = read_header(file)
        if kind.hasobject:
            raise Failure(f"{name}: holds pickled objects of Python, which are not loaded: save plain arrays")
        check_memory(name, math.prod(shape) * kind.itemsize)
        file.seek(0)
        return np.lib.format.read_array(file, allow_pickle=False)
    except (ValueError, EOFError, OSError, zlib.error, zipfile.BadZipFile) as error:
        raise Failure(f"{name}: is no array of NumPy, or a damaged one: {error}") from None


def open_npy(path, options):
    with open(path, "rb") as file:
        array = read_npy(file, str(path))
    return source_of(str(path), array, None, options)


def open_npz(path, options):
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist()]

            def read(name):
                if name not in names:
                    raise Failure(f"{path}: has no array {name}; it holds {', '.join(names)}")
                with archive.open(f"{name}.npy") as file:
                    return read_npy(file, f"{path}:{name}")

            return open_pairs(str(path), names, read, options)
    except zipfile.BadZipFile as error:
        raise Failure(f"{path}: is damaged: {error}") from None


def open_pairs(name, names, read, options):
    """The inputs and targets among named arrays: those that the options name, or the first pair that is there."""
    given = options.inputs or options.targets
    usual = next((pair for pair in PAIRS if set(pair) <= set(names)), None)
    if options.targets and not options.inputs and not usual:
        raise Failure(f"{name}: say --inputs, too; it holds {', '.join(names)}")
    pair = (options.inputs or usual[0], options.targets) if given else usual
    if pair is None:
        lone = next((inputs for inputs, _ in (*PAIRS, *TEST_PAIRS) if inputs in names), None)
        pair = (lone, None) if lone else None
    if pair is None:
        raise Failure(f"{name}: holds {', '.join(names) or 'no arrays'}: say which are meant by --inputs and --targets")
    source = source_of(name, *(read(one) if one else None for one in pair), options)
    tested = next((pair for pair in TEST_PAIRS if set(pair) <= set(names)), None)
    if tested and not given:
        source.test = source_of(name, *map(read, tested), options)
    return source


def open_hdf5(path, options):
    """A file of others: no link is followed out of it."""
    try:
        file = h5py.File(path, "r")
    except OSError:
        raise Failure(f"{path}: is no HDF5 file, or a damaged one") from None
    if "train/images" in file:
        raise Failure(f"{path}: is a dataset already: dtrain --data {path}")
    is_matlab = open(path, "rb").read(10) == b"MATLAB 7.3"
    if is_matlab:
        tell(f"{path}: is MATLAB's: its arrays are transposed, as MATLAB writes columns first")

    def read(name):
        try:
            link = file.get(name, getlink=True)
            array = None if isinstance(link, h5py.ExternalLink) else file.get(name)
        except (OSError, RuntimeError, KeyError):
            array = None
        # A link may lead through a group of another file.
        if not isinstance(array, h5py.Dataset) or array.is_virtual or array.external or array.shape is None or (
                array.file.filename != file.filename):
            raise Failure(f"{path}: has no array {name} of its own")
        if array.dtype.kind == "O" and not h5py.check_string_dtype(array.dtype):
            raise Failure(f"{path}: {name} holds references or lists, and no numbers or texts")
        check_memory(f"{path}:{name}", array.size * array.dtype.itemsize)
        try:
            return array[()].T if is_matlab else array[()]
        except OSError:
            raise Failure(f"{path}: {name} cannot be read: it is damaged, or compressed by a filter that is not "
                          "installed") from None

    with file:
        return open_pairs(str(path), list(file), read, options)


def read_idx(path):
    with open_plain(path) as file:
        head = file.read(4)
        kind = IDX_TYPES.get(head[2]) if len(head) == 4 and head[:2] == b"\0\0" else None
        if kind is None:
            raise Failure(f"{path}: is no IDX file")
        shape = [int.from_bytes(file.read(4), "big") for _ in range(head[3])]
        size = math.prod(shape) * np.dtype(kind).itemsize
        check_memory(str(path), size)
        values = file.read(size + 1)
    if len(values) != size:
        raise Failure(f"{path}: holds {len(values)} bytes of values, and not {size}")
    return np.frombuffer(values, kind).reshape(shape)


def open_idx(path, options):
    images = read_idx(path)
    if images.ndim < 2:
        raise Failure(f"{path}: holds labels: dtrain import OUT.h5 --train-images FILE --train-labels {path} ...")
    return source_of(str(path), images, None, options)
