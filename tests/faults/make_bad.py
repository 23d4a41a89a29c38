#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes datasets and weights, each with one fault, into a folder: make_bad.py FOLDER MNIST

Prints a line for each, with tabs in between: the number of ranks to try it on, the dtrain arguments,
and a text that the error line must contain. Files that all ranks read are tried on several ranks."""
import gzip
import os
import shutil
import socket
import sys

import h5py
import numpy as np

from make_png import GREY_ALPHA, PALETTE, RGB, make_png

folder, mnist = sys.argv[1:]
os.chdir(folder)


def case(arguments, text, ranks=1):
    print(f"{ranks}\t{arguments}\t{text}")


def dataset(name, text, images=None, labels=None, test_images=None, test_labels=None, ranks=1,
            **attributes):
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
            elif isinstance(values, h5py.VirtualLayout):
                f.create_virtual_dataset(part, values)
            elif values is not False:
                f[part] = values
        f.attrs.update(attributes)
    case(f"--data {name}.h5", text, ranks)


def spoiled(values, at, value):
    values[at] = value
    return values


case("--data absent.h5", "absent.h5: No such file", 3)
case("--data .", ".: is a folder, not a file", 3)
os.mkfifo("pipe")
socket.socket(socket.AF_UNIX).bind("socket")
for name, kind in ("pipe", "pipe"), ("socket", "socket"), ("/dev/zero", "device"):
    case(f"--data {name}", f"{name}: is a {kind}, not a file")
for arguments in ("eval pipe", "import out.h5 --train-images pipe --train-labels x --test-images x --test-labels x"):
    case(arguments, "pipe: is a pipe, not a file")
open("empty.h5", "w").close()
case("--data empty.h5", "empty.h5: is empty, not an HDF5 file")
open("text.h5", "w").write("these are no images\n" * 100)
case("--data text.h5", "text.h5: is a text table, not an HDF5 file: dtrain import text.h5 OUT.h5 makes a "
     "dataset of it", 3)
for begin, name in ((b"\x89PNG\r\n", "a PNG image"), (b"\xff\xd8\xff\xe0", "a JPEG image"), (b"\x93NUMPY\1", "a NumPy file"),
                    (b"PK\3\4", "a zip file"), (b"\x1f\x8b", "packed by gzip"), (b"\0\0\x08\3", "an IDX file"),
                    (b"MATLAB 5.0", "a MATLAB file older than 7.3"), (b"CDF\1", "a netCDF file"), (b"\7", "of no known format")):
    path = name.replace(" ", "_") + ".h5"
    open(path, "wb").write(begin + bytes(100))
    case(f"--data {path}", f"{path}: is {name}")
shutil.copy(mnist, "cut.h5")
os.truncate("cut.h5", os.path.getsize(mnist) // 2)
case("--data cut.h5", "cut.h5: is cut off: it has ", 3)
with h5py.File("open.h5", "w", libver="latest") as f:
    f["train/images"] = np.zeros((20, 4), np.uint8)
    f.flush()
    shutil.copy("open.h5", "killed.h5")
case("--data killed.h5", "was killed, and then h5clear -s killed.h5 makes the file readable", 3)
case("eval killed.h5", "h5clear -s killed.h5")
shutil.copy(mnist, "newer.h5")
with open("newer.h5", "r+b") as f:
    f.seek(8)
    f.write(b"\5")
case("--data newer.h5", "newer.h5: is of a newer HDF5 than ")
shutil.copy(mnist, "flipped.h5")
with open("flipped.h5", "r+b") as f:
    f.seek(4_000_000)
    byte = f.read(1)[0]
    f.seek(4_000_000)
    f.write(bytes([byte ^ 16]))
case("--data flipped.h5", "/train/images cannot be read: the file is damaged", 3)
dataset("no_labels", "/train/labels is missing: there is only test, train (data/README.md", labels=False, ranks=3)
dataset("no_test", "/test/images is missing", test_images=False)
dataset("no_array", "/train/images is a group, not an array", images=False)
with h5py.File("no_array.h5", "r+") as f:
    f.create_group("train/images")
dataset("link", "/train/images is a link to /nowhere, which is not there",
        images=h5py.SoftLink("/nowhere"))
dataset("link_out", "/train/images is a link to images in the file absent.h5, which cannot be opened",
        images=h5py.ExternalLink("absent.h5", "images"), ranks=3)
layout = h5py.VirtualLayout((20, 4, 4), np.uint8)
layout[:] = h5py.VirtualSource("absent.h5", "images", (20, 4, 4))
dataset("virtual", "/train/images is virtual", images=layout, ranks=3)
dataset("raw", "its values are in another file, absent.bin",
        images={"shape": (20, 4, 4), "dtype": np.uint8, "external": [("absent.bin", 0, 320)]})
dataset("lzf", "/train/images is compressed by the filter lzf (number 32000), which",
        images={"data": np.zeros((20, 4, 4), np.uint8), "compression": "lzf"}, ranks=3)
take = "images must be uint8 (0 to 255), uint16 (0 to 65535) or floats"
for kind in "int8", "int16", "int64", "uint32", "bool":
    dataset(f"images_{kind}", f"/train/images is {kind} (20, 4, 4): {take}", images=np.zeros((20, 4, 4), kind))
dataset("complex", f"/train/images is compound (20, 4, 4): {take}", images=np.zeros((20, 4, 4), complex))
dataset("words", f"/train/images is text (20): {take}", images=np.array([b"a"] * 20))
dataset("flat", "/train/images is uint8 (20): images must have the shape", images=np.zeros(20, np.uint8))
dataset("no_rows", "/train/images is uint8 (0, 4, 4): has no rows", images=np.zeros((0, 4, 4), np.uint8),
        labels=np.zeros(0, int))
dataset("no_width", "/train/images is uint8 (20, 0): images must have the shape", images=np.zeros((20, 0), np.uint8))
dataset("few_labels", "/train/labels is int64 (19): there must be one label for each of the 20 images of /train/images, "
        "uint8 (20, 4, 4)", labels=np.arange(19))
dataset("cube_labels", "/train/labels is int64 (20, 1, 1): there must be one", labels=np.zeros((20, 1, 1), int))
dataset("one_label", "/train/labels is a single value", labels=np.uint8(1))
dataset("real_labels", "/train/labels is float64 (20): labels must be integers: convert", labels=np.zeros(20))
dataset("true_labels", "/train/labels is bool (20): labels must be integers: convert", labels=np.zeros(20, bool))
dataset("text_labels", "/train/labels is text (20): labels must be whole numbers from 0 on", labels=np.array([b"a"] * 20))
dataset("enum_labels", "/train/labels is an enumeration (20): labels must be integers: store the numbers",
        labels={"data": np.zeros(20, "u1"), "dtype": h5py.enum_dtype({"cat": 0, "dog": 1, "cow": 2}, "u1")})
one_hot = np.eye(3)[np.arange(20) % 3]
for kind in "uint8", "float32", "bool":
    dataset(f"one_hot_{kind}", f"/train/labels is {kind} (20, 3): labels look one-hot: store argmax",
            labels=one_hot.astype(kind), ranks=2)
dataset("one_hot_turned", "/train/labels is float64 (3, 20): labels look one-hot", labels=one_hot.T)
dataset("square_labels", "/train/labels is int64 (20, 2): there must be one label for each image: which of these 2",
        labels=np.full((20, 2), 7))
turned = "the dimensions of /train/images, which is uint8 (4, 5, 20), are reversed: the rows must come first"
for name, shape in ("", (20,)), ("_row", (1, 20)), ("_column", (20, 1)):
    dataset(f"turned{name}", turned, images=np.zeros((4, 5, 20), np.uint8), labels=np.zeros(shape, int))
dataset("negative", "/train/labels: row 5 has the label -1, not one of 0 to 2: classes are numbered from 0 on",
        labels=spoiled(np.arange(20) % 3, 5, -1), ranks=3)
dataset("high", "/train/labels: row 7 has the label 3, not one of 0 to 2: if labels count from 1 here, subtract 1",
        labels=spoiled(np.arange(20) % 3, 7, 3), n_classes=3)
dataset("huge_label", "/train/labels must be from 0 to 65,535",
        labels=spoiled(np.arange(20), 7, 2**31 - 1), ranks=3)
dataset("huge_test_label", "/test/labels must be from 0 to 65,535",
        test_labels=spoiled(np.arange(10), 7, 2**40))
dataset("one_class", "no label is above 0", labels=np.zeros(20, int),
        test_labels=np.zeros(10, int), ranks=3)
for number, (classes, found) in enumerate((("ten", "not one number"), (3.7, "3.7"), (True, "not one number"), (1, "1"),
                                           ([3, 3, 3], "not one number"), (65537, "65537"),
                                           (2**32 + 3, "4294967299"), (np.full(8000, 3), "not one number"))):
    dataset(f"classes_{number}", f"attribute n_classes is {found}: it must be one whole number from 2 to 65,536",
            n_classes=classes, ranks=3 if number == 7 else 1)
dataset("other_size", "/test/images is uint8 (10, 5, 4): it differs in type or size from /train/images, which is uint8 (20, 4, 4)", test_images=np.zeros((10, 5, 4), np.uint8))
dataset("other_type", "/test/images is float32 (10, 4, 4): it differs", test_images=np.zeros((10, 4, 4), np.float32))
dataset("too_large", "/train/images: row 2 is not finite in float32",
        images=spoiled(np.zeros((20, 4, 4)), (2, 0, 0), 1e39), test_images=np.zeros((10, 4, 4)))
dataset("not_finite", "/train/images: row 3 is not finite",
        images=spoiled(np.zeros((20, 4, 4), np.float32), (3, 1, 1), np.nan),
        test_images=np.zeros((10, 4, 4), np.float32))
huge = {"shape": (1 << 42, 4, 4), "dtype": np.uint8, "chunks": (1024, 4, 4)}
claim = "claims more data than the file can hold"
dataset("huge_rows", "/train/images " + claim, images=huge)
dataset("huge_width", "/train/images " + claim,
        images={"shape": (20, 1 << 20, 1 << 20), "dtype": np.uint8, "chunks": (1, 1024, 1024)})
dataset("huge_labels", "/train/labels " + claim,
        labels={"shape": (1 << 38,), "dtype": np.uint8, "chunks": (1024,)})


def weights(name, text, ranks=1, **changes):
    tensors = {"W1": np.zeros((784, 5)), "b1": np.zeros(5), "W2": np.zeros((5, 10)),
               "b2": np.zeros(10), **changes}
    with h5py.File(f"{name}.h5", "w") as f:
        for tensor, values in tensors.items():
            if isinstance(values, dict):
                f.create_dataset(tensor, **values)
            elif isinstance(values, h5py.VirtualLayout):
                f.create_virtual_dataset(tensor, values)
            elif values is not None:
                f[tensor] = values
    case(f"eval {name}.h5", text, ranks)


# On this one, found by fuzzing, HDF5 1.10.8 crashes.
case(f"eval {os.path.dirname(__file__)}/../fixtures/crashing_weights.h5", "crashing_weights.h5: ", 3)
case("eval absent.h5", "absent.h5", 3)
case("eval text.h5", "text.h5: is a text table, not an HDF5 file")
case("eval text.h5:/", "text.h5")
case("eval .", ".: is a folder, and holds no checkpoints")
weights("no_b2", "b2 is missing", b2=None, ranks=3)
weights("fewer", "W1 (784, 5) and W2 (4, 10) do not fit", W2=np.zeros((4, 10)))
weights("integers", "W1 is no matrix of floats", W1=np.zeros((784, 5), int))
weights("vector", "W2 is no matrix of floats", W2=np.zeros(50))
weights("deep", "W2 (5, 10) and W3 (4, 10) do not fit", W3=np.zeros((4, 10)), ranks=3)
weights("deep_no_b3", "b3 is missing", W3=np.zeros((10, 10)))
weights("long_bias", "b1 does not fit W1", b1=np.zeros(6))
weights("activation", "has the activation 'swish': dtrain knows sigmoid, tanh and relu", ranks=3)
with h5py.File("activation.h5", "r+") as f:
    f.attrs["activation"] = "swish"
weights("nan", "W2 holds a number that is not finite", W2=np.full((5, 10), np.nan))
weights("other_inputs", "is for 783 inputs", W1=np.zeros((783, 5)))
weights("other_classes", "and 9 classes", W2=np.zeros((5, 9)), b2=np.zeros(9))
weights("huge_claim", "W1 " + claim, W1={"shape": (1 << 20, 1 << 10), "dtype": float})
weights("compressed", "W1 is compressed by the filter lzf",
        W1={"data": np.zeros((784, 5)), "compression": "lzf"})
layout = h5py.VirtualLayout((10,), float)
layout[:] = h5py.VirtualSource("absent.h5", "b2", (10,))
weights("virtual_bias", "b2 is virtual", b2=layout)


def images(name, data, text):
    open(name, "wb").write(data)
    case(f"predict good.h5 --images {name}", text)


with h5py.File("good.h5", "w") as f:
    for tensor, shape in ("W1", (784, 5)), ("b1", 5), ("W2", (5, 10)), ("b2", 10):
        f[tensor] = np.zeros(shape)
pixels = bytes(range(28)) * 28
case("--iterations 1 --weights no_b2.h5", "b2 is missing", 3)
for name in ".", "pipe":
    case(f"predict good.h5 --images {name}", f"{name}: is a ")
digit = make_png(28, 28, pixels)
images("small.png", make_png(28, 27, pixels[:-28]), "small.png: an image has 756 values, the network takes 784")
images("bomb.png", make_png(60000, 60000, bytes(60000)), "bomb.png: an image has 3600000000 values")
images("cut.png", digit[:-20], "cut.png: is not an intact PNG image (the file ends too early): was it copied")
images("no_end.png", digit[:-12], "no_end.png: is not an intact PNG image (the file ends too early)")
images("crc.png", digit[:-13] + bytes([digit[-13] ^ 1]) + digit[-12:],
       "crc.png: is not an intact PNG image (IDAT: CRC error)")
images("zeros.png", digit[:8] + bytes(50), "zeros.png: is not an intact PNG image (")
images("text_mode.png", digit.replace(b"\r\n", b"\n"), "text_mode.png: is not an intact PNG image (")
images("colour.png", make_png(28, 28, bytes(range(84)) * 28, kind=RGB),
       "colour.png: is in colour (row 0, column 0): make it grey")
images("palette.png", make_png(28, 28, bytes([1]) + bytes(783), kind=PALETTE, PLTE=b"\0\0\0\0\0\1"),
       "palette.png: is in colour (row 0, column 0): make it grey")
images("alpha.png", make_png(28, 28, b"\xff\xff" * 783 + b"\xff\0", kind=GREY_ALPHA),
       "alpha.png: is transparent (row 27, column 27): save it with an opaque")
images("one_shade.png", make_png(28, 28, pixels, tRNS=b"\0\5"), "one_shade.png: is transparent (row 0, column 5)")
packed = gzip.compress(b"\0\0\x08\3" + b"".join(n.to_bytes(4, "big") for n in (1, 28, 28)) + pixels)
images("crc.gz", packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:], "crc.gz: is damaged: its gzip")
images("cut.gz", packed[:-4], "cut.gz: is cut off: its gzip")
images("rest.gz", packed + b"\0", "rest.gz: has bytes behind the end of its gzip data")
images("text.gz", gzip.compress(b"no images"), "text.gz: is packed by gzip, but what is in it is no IDX file")
rows = "dtrain predict --rows takes it"
images("digit.pgm", b"P5\n28 28\n255\n" + pixels, f"digit.pgm: is a PGM image, not an IDX file: {rows}")
images("plain.pgm", b"P2\n28 28\n255\n0", f"plain.pgm: is a PGM in plain text (P2), not an IDX file: {rows}")
for name, begin, kind in (("photo.jpg", b"\xff\xd8\xff\xe0", "a JPEG image"), ("image.bmp", b"BM\0\1", "a BMP image"),
                          ("image.tif", b"II*\0", "a TIFF image"), ("image.gif", b"GIF89a\0", "a GIF image")):
    images(name, begin, f"{name}: is {kind}, not an IDX file: dtrain predict --rows takes it")
for name, begin, kind in (("rows.csv", b"1,2,3\n", "a text table"),
                          ("rows.npy", b"\x93NUMPY\1\0", "a NumPy file (.npy)")):
    images(name, begin, f"{name}: is {kind}, not an IDX file: dtrain import {name} OUT.h5 makes a dataset of it, and "
           "dtrain predict --rows takes it")
images("rows.npz", b"PK\3\4", "rows.npz: is a zip file, such as NumPy's .npz or a PyTorch file, not an IDX file: "
       "dtrain import makes a dataset of arrays")
images("halves.idx", b"\0\0\x0d\3" + b"".join(n.to_bytes(4, "big") for n in (1, 28, 28)) + b"\x3f\0\0\0" * 784,
       "halves.idx: holds 32-bit floats, and one of them is 0.5: dtrain import takes whole numbers")
with h5py.File("images.h5", "w") as f:
    f.create_dataset("huge", (1 << 40, 28, 28), np.uint8, chunks=(1000, 28, 28))
    f.create_dataset("lzf", data=np.zeros((2, 28, 28), np.uint8), compression="lzf")
    f["signed"] = np.zeros((2, 28, 28), np.int8)
    f["flat"] = np.zeros(783, np.uint8)
    f["colour"] = np.zeros((2, 28, 28, 3), np.uint8)
    f["none"] = np.zeros((0, 28, 28), np.uint8)
for name, text in (("huge", claim), ("lzf", "is compressed by the filter lzf"), ("absent", "is missing"),
                   ("signed", f"is int8 (2, 28, 28): {take}"),
                   ("flat", "is uint8 (783): an image has 783 values, the network takes 784"),
                   ("colour", "is uint8 (2, 28, 28, 3): an image has 2352 values, the network takes 784: make them grey"),
                   ("none", "is uint8 (0, 28, 28): it holds no image")):
    case(f"predict good.h5 --images images.h5:/{name}", f"images.h5: /{name} {text}")
