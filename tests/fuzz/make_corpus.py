#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes the files that fuzzing starts from: make_corpus.py FOLDER   (FOLDER/idx/..., and so on)"""
import gzip
import os
import pathlib
import struct
import sys

import h5py
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from make_png import GREY_ALPHA, PALETTE, RGB, RGB_ALPHA, make_png


def place(*names):
    path = os.path.join(sys.argv[1], *names)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


images = struct.pack(">BBBBIII", 0, 0, 8, 3, 2, 2, 3) + bytes(range(12))
labels = struct.pack(">BBBBI", 0, 0, 8, 1, 2) + bytes([1, 0])
for name, data in ("images", images), ("labels", labels):
    write(place("idx", name), data)
    write(place("idx", name + ".gz"), gzip.compress(data, mtime=0))
    write(place("idx", name + ".cut"), data[:-1])
    write(place("idx", name + ".cut.gz"), gzip.compress(data, mtime=0)[:-9])
write(place("idx", "empty"), b"")
write(place("idx", "huge"), struct.pack(">BBBBIII", 0, 0, 8, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1))

pngs = {
    "grey": make_png(3, 2, bytes(range(6))),
    "grey1": make_png(3, 2, b"\xa0\x40", depth=1),
    "grey16": make_png(3, 2, bytes(range(12)), depth=16, tRNS=b"\0\1"),
    "interlaced": make_png(1, 6, bytes(range(6)), interlaced=True),
    "palette": make_png(3, 2, b"\x18\xd8", depth=2, kind=PALETTE, PLTE=bytes(12), tRNS=b"\xff"),
    "colour": make_png(3, 2, bytes(range(18)), kind=RGB),
    "alpha": make_png(3, 2, b"\7\xff" * 6, kind=GREY_ALPHA),
    "transparent": make_png(3, 2, bytes(48), depth=16, kind=RGB_ALPHA),
    "huge": make_png(2**31 - 1, 1, b"", depth=16, kind=RGB_ALPHA),
}
for name, data in pngs.items():
    write(place("png", name), data)
    write(place("png", name + ".cut"), data[:-20])
    write(place("png", name + ".crc"), data[:-17] + b"?" + data[-16:])

with h5py.File(place("weights", "small.h5"), "w") as f:
    f["W1"], f["b1"], f["W2"], f["b2"] = (np.ones(s) for s in ((3, 2), 2, (2, 2), 2))
with h5py.File(place("weights", "float32.h5"), "w") as f:
    f["W1"], f["b1"] = np.ones((3, 2), np.float32), np.ones(2, np.float32)
    f["W2"], f["b2"] = np.ones((2, 2), np.float32), np.ones(2, np.float32)
for number, activation in enumerate(("relu", np.bytes_("tanh"), "swish", 3)):
    with h5py.File(place("weights", f"deep{number}.h5"), "w") as f:
        f["W1"], f["b1"], f["W2"], f["b2"] = (np.ones(s) for s in ((3, 2), 2, (2, 4), 4))
        f["W3"], f["b3"] = np.ones((4, 2)), np.ones(2)
        f.attrs["activation"] = activation
for dtype in (np.uint8, np.float32):
    with h5py.File(place("dataset", np.dtype(dtype).name + ".h5"), "w") as f:
        for part, rows in ("train", 8), ("test", 4):
            f[part + "/images"] = np.ones((rows, 2, 2), dtype)
            f[part + "/labels"] = np.arange(rows) % 2
# Recipes as texts, and in datasets: sound, of other versions and kinds, cut off, nested, not UTF-8.
TARGETS = ('{"kind": "classes", "names": ["a", "b\\n"]}', '{"kind": "classes", "names": [1, {}]}', "[]",
           '{"kind": "numbers", "columns": [{"name": "a", "mean": 1.5, "deviation": 2}]}',
           '{"kind": "numbers", "columns": [{"name": "a", "mean": "x", "deviation": 0}]}')
recipes = [f'{{"recipe": 1, "target": {target}}}'.encode() for target in TARGETS]
recipes += [recipes[0][:40], b'{"recipe": 2}', 3000 * b"[", b'{"recipe": 1, "x": ' + 100 * b"[" + 100 * b"]" + b"}",
            recipes[0].replace(b"b", b"\xe9"), recipes[0].replace(b"b", b"\\u0000"), b""]
for number, text in enumerate(recipes):
    write(place("recipe", str(number)), text)
stored = (recipes[0].decode(), np.bytes_(recipes[0]), np.void(recipes[0]), [recipes[0]], 3, np.bytes_(b"a\0b"))
for number, text in enumerate(stored):
    with h5py.File(place("dataset", f"recipe{number}.h5"), "w") as f:
        for part, rows in ("train", 8), ("test", 4):
            f[part + "/images"], f[part + "/labels"] = np.ones((rows, 2, 2), "f4"), np.arange(rows) % 2
        f["recipe"] = text
for folder in ("weights", "dataset"):
    for name in os.listdir(place(folder, "")):
        data = open(place(folder, name), "rb").read()
        write(place(folder, name + ".cut"), data[: len(data) // 2])
        write(place(folder, name + ".head"), data[:96])
with h5py.File(place("checkpoint", "inner.h5"), "w") as f:
    f["parameters/W1"] = np.ones((3, 2))
inner = open(place("checkpoint", "inner.h5"), "rb").read()
line = b"dtrain checkpoint 1 bytes=%020d xxh3=%032x\n" % (512 + len(inner), 7)
write(place("checkpoint", "wrong_digest.h5"), line.ljust(512, b"\0") + inner)
write(place("checkpoint", "only_line"), line)
write(place("checkpoint", "block"), line.ljust(512, b"\0"))

# Journals of two numbers a record. Their hashes, XXH3-64, are those that dtrain has written.
header = struct.pack("<16s3I2i12xQ", b"dtrain journal\n", 1, 48, 2, 0, 0, 42) + struct.pack("<Q", 0x50A878C9252F02FA)
hashes = (0x3E2251DACA4EEC43, 0x201D2DAA0FA6AF96, 0xDA2F06A44B7EB968)
records = [struct.pack("<qI2B2x3dQ", 1 + (n == 3), n, 1, 1, 0.5, 2 * n, n * n, hashes[n - 1]) for n in (1, 2, 3)]
whole = header + b"".join(records)
journals = {
    "whole": whole,
    "empty": b"",
    "header": header,
    "cut_header": header[:40],
    "cut": whole[:-9],
    "twice": whole + records[2],
    "value": whole[:90] + b"?" + whole[91:],
    "later": whole[:68] + b"\x7f" + whole[69:],
    "zeros": header + bytes(200),
}
for name, data in journals.items():
    write(place("journal", name), data)

# Lines of models in processes of their own, and of dtrain to them.
hello = (b'{"dtrain_model":1,"name":"pond","residuals":2,"numbers":"text","predicts":true,"parameters":[{"name":"k",'
         b'"initial":1,"lower":0,"upper":5,"scale":2,"step":1e-4},{"name":null,"lower":-Infinity}]}')
lines = {
    "hello": hello,
    "hello.cut": hello[:-7],
    "later": hello.replace(b":1,", b":2,", 1),
    "values": b'{"values":[0.0123,NaN]}',
    "words": b'{"values":["Infinity",null],"note":"-Infinity"}',
    "bytes": b'{"bytes":16}',
    "class": b'{"class":7}',
    "failed": b'{"failed":"no convergence \\u0000 \\u00e9 \xc3\xa9"}',
    "ready": b'{"ready":true}',
    "place": b'{"rank":3,"ranks":64,"inputs":2,"targets":1,"classes":0,"seed":9,"deviation":0.01,"scratch":"/tmp/a"}',
    "call": b'{"evaluate":17,"iteration":3,"row":5,"label":null,"seed":12,"attempt":0,"bytes":24}',
    "predict": b'{"predict":17,"iteration":3,"row":5,"label":4,"seed":12,"attempt":0,"bytes":24}',
    "deep": b'{"a":' * 3000,
    "wide": b'{"values":[' + b"0," * 2000 + b"0]}",
    "empty": b"",
}
for name, line in lines.items():
    write(place("protocol", name), line)
