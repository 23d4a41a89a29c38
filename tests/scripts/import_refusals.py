# SPDX-License-Identifier: MIT
"""What dtrain import says of sources that it does not take: one line that names the file and what to do, exit
code 1, and nothing written.
    import_refusals.py DTRAIN        in an empty folder
"""
import bz2
import gzip
import io
import os
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import h5py
import numpy as np

ROWS = 40
BINARY = np.arange(ROWS) % 2
rng = np.random.default_rng(1)


def table(header, row, rows=ROWS, change=None, delimiter=","):
    """A CSV; row(i) is the list of cells of row i; change is {line: text}, counted from 1."""
    lines = [header] + [delimiter.join(map(str, row(i))) for i in range(rows)]
    for line, text in (change or {}).items():
        lines[line - 1] = text
    return "\n".join(lines) + "\n"


def simple(**more):
    return table("x,y,kind", lambda i: [i * i % 17, i * 0.5 % 3, "ab"[i % 2]], **more)


def price(cell):
    return table("price,kind", lambda i: [i * i % 23 + 1, "ab"[i % 2]], rows=90, change={90: f'"{cell}",a'})


def missing(where):
    return table("age,kind", lambda i: ["" if i in where else i * i % 19, "ab"[i % 2]])


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def png(width, height, kind=0, pixels=None, cut=None):
    """A PNG of gray (kind 0) or color (2)."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    channels = 3 if kind == 2 else 1
    rows = b"".join(b"\0" + bytes(width * channels) for _ in range(height)) if pixels is None else pixels
    whole = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0))
             + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    return whole[:cut]


def folder(**classes):
    return {f"{name}/{at}.png": data for name, pictures in classes.items() for at, data in enumerate(pictures)}


def archive(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        for name, text in members.items():
            out.writestr(name, text)
    return file.getvalue()


def hdf5(fill):
    def make(path):
        with h5py.File(path, "w") as file:
            fill(file)
    return make


def link_out(file):
    file["x"] = h5py.ExternalLink("elsewhere.h5", "/x")
    file["y"] = np.arange(ROWS) % 2


def link_by_group(file):
    with h5py.File("other.h5", "w") as other:
        other["X"] = rng.normal(size=(ROWS, 3))
    file["e"] = h5py.ExternalLink("other.h5", "/")
    file["X"] = h5py.SoftLink("/e/X")
    file["y"] = BINARY


def truncated(path):
    with h5py.File(path, "w") as file:
        file["x"], file["y"] = rng.normal(size=(4000, 8)), np.arange(4000) % 3
    os.truncate(path, 100000)


LONG = "x,kind\n" + "".join(f"{i % 7},{'ab'[i % 2]}\n" for i in range(30)) + '5,"a\n' + "".join(
    f"{i % 7},{'ab'[i % 2]}\n" for i in range(30))
# (file, its content, options, what is said)
CASES = (
    # The text and its structure.
    ("empty.csv", "", "", "has no rows"),
    ("header.csv", "x,kind\n", "", "has no rows"),
    ("wide.csv", simple(change={12: "1,2,a,b"}), "",
     "line 12 has 4 cells, the header has 3: a comma in an unquoted cell"),
    ("short.csv", simple(change={12: "1,2"}), "", "line 12 has 2 cells, the header has 3"),
    ("blank.csv", simple(change={12: "\n\n1,2"}), "", "line 14 has 2 cells, the header has 3"),
    ("quote.csv", LONG, "", "the quote opened in line 32 is never closed"),
    ("quotes.csv", simple(change={9: '1,"2"3,a'}), "", "line 9: .*quotes"),
    ("latin.csv", simple(change={7: "1,2,\u00e4"}).encode("latin-1"), "",
     r"is not UTF-8 \(byte 0xe4 in line 7\): add --encoding latin-1"),
    ("utf16.csv", simple().encode("utf-16"), "", "is not UTF-8.*--encoding utf-16"),
    ("nul.csv", simple(change={5: "1,2\0,a"}), "", "line 5 holds a NUL byte"),
    ("twice.csv", "x,y,x\n1,2,a\n2,3,b\n", "", r"two columns are called 'x' \(1 and 3\)"),
    ("numbers.csv", simple().partition("\n")[2].replace("a", "1").replace("b", "2"), "",
     "the first line holds only numbers: --no-header if it is data"),
    ("iris.csv", simple().partition("\n")[2], "",
     "the first line holds numbers, such as '0': --no-header if it is data"),
    ("cut.csv.gz", gzip.compress(simple().encode())[:-20], "", "cannot be uncompressed"),
    ("cut.csv.bz2", bz2.compress(simple().encode())[:-20], "", "cannot be uncompressed"),
    ("two.zip", archive(a=simple(), b=simple()), "", "is an archive of 2 files"),
    # The columns.
    ("a.csv", simple(), "--target knid", "has no column 'knid'; did you mean 'kind'\\? It has x, y, kind"),
    ("a.csv", simple(), "--target kind --drop kind", "'kind' is the target, and not for --drop: it cannot be dropped"),
    ("missing.csv", missing({4}), "", "line 6: 'age' is empty: choose --missing drop, mean or flag"),
    ("missing.csv", missing({4, 7, 9}), "",
     "line 6: 'age' is empty, as are 2 other cells in 3 rows: choose --missing drop, mean or flag"),
    ("na.csv", missing({4}).replace(",a", ",NA", 1), "", "line 2: 'kind' is 'NA', .* choose --missing"),
    ("nan.csv", simple(change={40: "nan,1,a"}), "", "line 40: 'x' is 'nan': not finite"),
    ("inf.csv", simple(change={40: "inf,1,a"}), "", "line 40: 'x' is 'inf': not finite"),
    ("huge.csv", simple(change={40: "1e999,1,a"}), "", "line 40: 'x' is '1e999': not finite"),
    ("price.csv", price("1,299.00"), "--target kind",
     "line 90: 'price' is '1,299.00', the other 89 are numbers: a thousands separator\\? \\(--thousands ,\\)"),
    ("price.csv", price("a lot"), "--target kind",
     "line 90: 'price' is 'a lot', the other 89 are numbers: is it missing"),
    ("messung.csv", table("x;art", lambda i: [f"{i % 9},{i % 7}4", "ab"[i % 2]], delimiter=";"), "",
     r"'x' looks like decimal commas \('0,04'\): add --decimal , --delimiter ';'"),
    ("thousands.csv", table("x,kind", lambda i: [f'"{i % 8 + 1},{i * 7 % 900 + 100}"', "ab"[i % 2]]), "--target kind",
     "thousands separator"),
    ("date.csv", table("when,kind", lambda i: [f"2023-01-{i % 28 + 1:02} 10:00:00", "ab"[i % 2]]), "",
     "'when' looks like dates .*: --date when, or --drop when"),
    ("date.csv", table("when,kind", lambda i: [f"{i % 12 + 1:02}/{i % 12 + 1:02}/2023", "ab"[i % 2]]),
     "--date when", "is the day or the month first"),
    ("date.csv", table("when,kind", lambda i: [f"{i % 28 + 1} Thermidor", "ab"[i % 2]]), "--date when",
     "no date in a known notation"),
    ("names.csv", table("who,kind", lambda i: [f"person {i}", "ab"[i % 2]], rows=90), "",
     "'who' has 90 different texts, which are too many .*: --drop who"),
    ("constant.csv", table("x,ok", lambda i: [i * i % 7, "yes"]), "",
     "'ok' is always 'yes': there is nothing to learn"),
    ("constant.csv", table("x,ok", lambda i: [i * i % 7, 1]), "", "'ok' is always '1': there is nothing to learn"),
    ("lone.csv", table("x,name", lambda i: [i * i % 7, f"n{i}"], rows=91), "",
     "'name' has 91 different texts in 91 rows: is it the target"),
    ("rare.csv", table("x,kind", lambda i: [i * i % 7, "virginica" if i == 7 else "ab"[i % 2]]), "",
     "class 'virginica' has 1 row: it cannot be in both sets"),
    ("only.csv", "kind\n" + "a\nb\n" * 9, "", "has no column beside the target"),
    ("id.csv", table("id,kind", lambda i: [i, "ab"[i % 2]]), "", "has no column beside the target"),
    ("empty_target.csv", table("x,y", lambda i: [i * i % 7, ""]), "", "'y' is empty: there is nothing to learn"),
    ("a.csv", simple(), "--test other.csv", "other.csv: No such file"),
    ("missing_file.csv", None, "", "missing_file.csv: No such file"),
    ("a.csv", simple(), "--stratify --target y --target-kind numbers", "--stratify: needs classes"),
    ("nosuch.arff", "@relation r\n@attribute x numeric\n@attribute k {a,b}\n@data\n1,a\n2,c\n", "",
     "line 6: 'k' is 'c', which its @attribute does not list"),
    ("sparse.arff", "@relation r\n@attribute x numeric\n@attribute k {a,b}\n@data\n{0 1, 1 a}\n", "", "is sparse"),
    # Numbers and dates that pandas would take.
    ("tiny.csv", table("x,kind", lambda i: [f"{i * 37 % 41}e-200", "ab"[i % 2]]), "",
     "'x' has numbers from .* too small"),
    ("large.csv", table("x,kind", lambda i: [f"{i * 37 % 41}e200", "ab"[i % 2]]), "", "'x' has numbers .* too large"),
    ("raw.csv", table("x,kind", lambda i: [f"{i * 37 % 41}e100", "ab"[i % 2]]), "--raw",
     "'x' has numbers .* too large"),
    ("iso.csv", table("when,kind", lambda i: ["2030-01" if i == 30 else f"2023-01-{i % 28 + 1:02}", "ab"[i % 2]]),
     "--date when", "'2030-01', which is no date in a known notation, and '2023-01-01' in another row"),
    ("late.csv", table("when,kind", lambda i: ["x" if i == 1300 else str(np.datetime64("2000-01-01") + i), "ab"[i % 2]],
                       rows=1400), "--date when", "line 1302: 'when' is 'x', which is no date as %Y-%m-%d"),
    ("sentinel.csv", table("x,kind", lambda i: ["-9.99e2" if i == 3 else i * i % 19, "ab"[i % 2]]),
     "--missing-text=-999.0,-9.99e2", "line 5: 'x' is '-9.99e2', which stands for a missing cell"),
    ("unit.csv", table("x,kind", lambda i: [f"${i * i % 7}.50", "ab"[i % 2]]), "", "looks like numbers with a sign"),
    ("own.csv", table("x,kind", lambda i: [f"t{i // 2}", "ab"[i % 2]], rows=20), "--drop x",
     "has no column beside the target"),
    ("notes.csv", table("x,kind", lambda i: [f"t{i}", "ab"[i % 2]], rows=20), "", "'x' has 20 different texts"),
    ("point.csv", table("x;kind", lambda i: ["1.234" if i == 9 else f"{i % 9},5", "ab"[i % 2]], delimiter=";"),
     "--decimal ,", "line 11: 'x' is '1.234', the other 39 are numbers"),
    ("escape.csv", table("x\x1b[31m,kind", lambda i: ["y" if i == 9 else i, "ab"[i % 2]]), "", r"'x\\x1b\[31m' is 'y'"),
    # Options.
    ("a.csv", simple(), "--target x,x", "--target names a column twice"),
    ("a.csv", simple(), "--drop x --keep x", "'x' is named by --drop and --keep"),
    ("a.csv", simple(), "--keep kind", "'kind' is the target, and not for --keep"),
    ("a.csv", simple(), "--size 4x4", "--size is for pictures, which this is not"),
    ("a.npz", npz(X=rng.normal(size=(ROWS, 3)), y=BINARY), "--decimal ,", "--decimal is for tables of text"),
    ("i.npz", npz(X=np.zeros((ROWS, 3, 3), "u1"), y=BINARY), "--missing mean", "--missing is for tables"),
    ("a.npz", npz(X=rng.normal(size=(ROWS, 3)), y=BINARY), "--inputs nope", "has no array nope; it holds X, y"),
    # Arrays.
    ("nany.npz", npz(X=np.zeros((ROWS, 3, 3), "u1"), y=np.where(BINARY == 1, 0.5, np.nan)), "",
     "image 0 is not finite"),
    ("test.npz", npz(x_train=np.zeros((ROWS, 3, 3), "u1"), y_train=BINARY, x_test=np.zeros((4, 3, 3), "u1"),
                     y_test=np.arange(4)), "", "has the class '2', which the images to train on never have"),
    ("packed.npy.gz", gzip.compress(npz(X=rng.normal(size=(ROWS, 3)))), "", "is packed as a whole: unpack it"),
    ("by_group.h5", hdf5(link_by_group), "", "has no array X of its own"),
    ("loop.h5", hdf5(lambda file: file.__setitem__("X", h5py.SoftLink("/X")) or file.__setitem__("y", BINARY)), "",
     "has no array X of its own"),
    ("none.h5", hdf5(lambda file: file.__setitem__("X", h5py.Empty("f8")) or file.__setitem__("y", BINARY)), "",
     "has no array X of its own"),
    ("pickle.npz", npz(X=np.array([{}] * ROWS, object), y=BINARY), "", "pickled objects"),
    ("length.npz", npz(X=rng.normal(size=(ROWS, 3)), y=BINARY[1:]), "", "there are 40 inputs, but 39 targets"),
    ("names.npz", npz(this=rng.normal(size=(ROWS, 3)), that=BINARY), "", "holds this, that: say which"),
    ("cut.npz", npz(X=rng.normal(size=(ROWS, 3)), y=BINARY)[:500], "", "is damaged"),
    ("cut.npy", npz(X=rng.normal(size=(ROWS, 3)))[60:], "", "line 1 holds a NUL|is not UTF-8"),
    ("range.npz", npz(X=rng.normal(size=(ROWS, 3, 3)) * 99, y=BINARY), "",
     "neither whole from 0 to 255, nor from 0 to 1"),
    ("nan.npz", npz(X=np.full((ROWS, 3, 3), np.nan), y=BINARY), "", "not finite"),
    ("one.npz", npz(X=np.zeros((ROWS, 3, 3), "u1"), y=BINARY * 0), "", "always '0': there is nothing to learn"),
    ("complex.npz", npz(X=np.ones((ROWS, 3), complex), y=BINARY), "", "are complex128, and no numbers"),
    ("link.h5", hdf5(link_out), "", "has no array x of its own"),
    ("cut.h5", truncated, "", "no HDF5 file, or a damaged one|damaged"),
    ("none.h5", hdf5(lambda file: file.create_group("g")), "", "say which are meant by --inputs and --targets"),
    ("dataset.h5", hdf5(lambda file: file.create_dataset("train/images", data=np.zeros((3, 3)))), "",
     "is a dataset already: dtrain --data dataset.h5"),
    ("labels.idx", b"\0\0\x08\x01" + struct.pack(">I", 4) + b"\0\1\0\1", "", "--train-images"),
    ("cut.idx", b"\0\0\x08\x03" + struct.pack(">III", 4, 2, 2) + b"\0\1\0\1", "",
     "holds 4 bytes of values, and not 16"),
    ("bomb.idx", b"\0\0\x0e\x03" + struct.pack(">III", 1 << 31, 1 << 12, 1 << 12), "",
     "more than this machine's memory"),
    # Pictures.
    ("plain", folder(a=[png(4, 4)] * 3), "", "holds 1 folders of pictures; each class needs one"),
    ("nothing", {"note.txt": b"x"}, "", "holds no pictures"),
    ("sizes", folder(a=[png(4, 4)] * 3, b=[png(4, 4), png(5, 4)]), "",
     "b/1.png: has 5 x 4 pixels, but .*a/0.png has 4 x 4: say --size 4x4"),
    ("cut", folder(a=[png(4, 4)] * 3, b=[png(40, 40, pixels=rng.bytes(1640), cut=900)] * 3), "--size 4x4",
     "b/0.png: is a damaged picture"),
    ("bomb", folder(a=[png(4, 4)] * 3, b=[png(60000, 60000, pixels=b"")] * 3), "", "60000 x 60000 pixels, more than"),
    ("text", folder(a=[b"hello"] * 3, b=[png(4, 4)] * 3), "", "a/0.png: is no picture"),
    ("lone.png", png(4, 4), "", "holds images without labels"),
    ("train_test", {f"{split}/{name}/{at}.png": png(4, 4) for split, name in (
        ("train", "a"), ("train", "b"), ("test", "b"), ("test", "c")) for at in range(3)}, "",
     "train_test/test: has the class 'c', which the images to train on never have"),
)


def write(name, content):
    path = Path(name)
    if isinstance(content, dict):
        for inner, data in content.items():
            (path / inner).parent.mkdir(parents=True, exist_ok=True)
            (path / inner).write_bytes(data)
    elif callable(content):
        content(path)
    elif content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def check(program, number, case):
    name, content, options, said = case
    work = Path(f"case{number}")
    work.mkdir()
    os.chdir(work)
    try:
        write(name, content)
        before = set(Path(".").rglob("*"))
        done = subprocess.run([program, "import", name, "out.h5", *options.split()], capture_output=True, text=True,
                              timeout=60, stdin=subprocess.DEVNULL)
        lines = [line for line in done.stderr.splitlines() if "passed over" not in line]
        if (done.returncode, len(lines), done.stdout) != (1, 1, "") or not re.search(said, lines[0]) or (
                not lines[0].startswith("dtrain import: ")) or set(Path(".").rglob("*")) != before:
            print(f"{name} {options}: exit {done.returncode}, wanted '{said}':\n{done.stdout}{done.stderr}")
            return 1
        return 0
    finally:
        os.chdir("..")


def main():
    failed = sum(check(sys.argv[1], number, case) for number, case in enumerate(CASES))
    print(f"{len(CASES)} sources, {failed} wrong")
    sys.exit(failed > 0)


main()
