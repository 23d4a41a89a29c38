# SPDX-License-Identifier: MIT
"""PNG files, made by hand: damaged ones, too, which no library writes."""
import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def make_png(width, height, data, depth=8, kind=GREY, interlaced=False, **chunks):
    """A file whose rows, stored one after the other, are `data`; `chunks` come before them."""
    row = len(data) // height
    rows = b"".join(b"\0" + data[i * row:(i + 1) * row] for i in range(height))
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced)
    others = b"".join(chunk(name.encode(), content) for name, content in chunks.items())
    return (SIGNATURE + chunk(b"IHDR", header) + others + chunk(b"IDAT", zlib.compress(rows)) +
            chunk(b"IEND", b""))
