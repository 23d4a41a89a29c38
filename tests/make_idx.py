# SPDX-License-Identifier: MIT
"""Writes the IDX files `images`, whose bytes count up from 0, and `labels`, which are 0, 1, 2, 0, 1, ....

    make_idx.py ROWS SIDE       SIDE: the width and the height of an image
"""
import sys

rows, side = map(int, sys.argv[1:])


def write(name, magic, shape, values):
    with open(name, "wb") as file:
        for number in (magic, *shape):
            file.write(number.to_bytes(4, "big"))
        file.write(bytes(values))


write("images", 0x803, (rows, side, side), (i % 256 for i in range(rows * side * side)))
write("labels", 0x801, (rows,), (i % 3 for i in range(rows)))
