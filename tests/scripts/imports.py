# SPDX-License-Identifier: MIT
"""What dtrain import makes of sources, and dtrain predict --rows of other rows, against pandas and NumPy.
    imports.py DTRAIN        in an empty folder
"""
import bz2
import csv
import gzip
import io
import json
import lzma
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pandas

from make_png import RGB, make_png

ROWS = 200
rng = np.random.default_rng(5)
dtrain = sys.argv[1]


def run(*words, code=0):
    """Runs dtrain; what it prints, and what it says on standard error."""
    done = subprocess.run([dtrain, *map(str, words)], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == code, f"dtrain {' '.join(map(str, words))}: exit {done.returncode}: {done.stderr}"
    return done.stdout, done.stderr


def imported(source, *options, out="out.h5"):
    """The arrays of the dataset that import makes, by name, its recipe, and what was printed."""
    printed, _ = run("import", source, out, "--force", *options)
    arrays = {}
    with h5py.File(out, "r") as file:
        recipe = json.loads(file["recipe"][()])
        for split in ("train", "test"):
            for name in file[split] if split in file else ():
                arrays[f"{split}/{name}"] = file[split][name][()]
    return arrays, recipe, printed


def together(arrays, name):
    """The rows of both sets in the order of the source."""
    order = np.concatenate([arrays[f"{split}/rows"] for split in ("train", "test") if f"{split}/rows" in arrays])
    values = np.concatenate([arrays[f"{split}/{name}"] for split in ("train", "test") if f"{split}/{name}" in arrays])
    return order[np.argsort(order)], values[np.argsort(order)]


def same(got, wanted, what):
    assert got.keys() == wanted.keys(), f"{what}: {got.keys()} and not {wanted.keys()}"
    for name in wanted:
        assert np.array_equal(got[name], wanted[name]), f"{what}: {name} differs"


def frame_of_all():
    """A table with each kind of column."""
    frame = pandas.DataFrame({
        "id": np.arange(100, 100 + ROWS), "size": rng.normal(20, 5, ROWS).round(3), "count": rng.integers(0, 9, ROWS),
        "colour": rng.choice(["red", "green", "blue"], ROWS),
        "when": pandas.to_datetime("2023-01-01") + pandas.to_timedelta(rng.integers(0, 2 * 365 * 24, ROWS), "h"),
        "unit": "cm", "note": rng.choice(["a, b", 'say "x"', "two\nlines"], ROWS)})
    frame["kind"] = np.where(frame["size"] + 3 * (frame["colour"] == "red") > 21, "large", "small")
    return frame


def standardized(values, train):
    return ((values - values[train].mean()) / values[train].std()).astype(np.float32)


def check_table():
    """Every kind of column, against pandas."""
    frame = frame_of_all()
    frame.to_csv("all.csv", index=False)
    arrays, recipe, printed = imported("all.csv", "--date", "when")
    rows, inputs = together(arrays, "images")
    train = np.isin(rows, arrays["train/rows"])
    assert np.array_equal(rows, np.arange(ROWS)) and 0.1 < 1 - train.mean() < 0.3, "the rows are not split"
    when = frame["when"].dt
    numbers = [frame["size"], frame["count"], when.year, when.month, when.dayofweek, when.hour]
    numbers = [standardized(values.to_numpy(float), train) for values in numbers]
    categories = [(frame["colour"] == colour) for colour in ("blue", "green", "red")]
    notes = [(frame["note"] == note) for note in sorted(set(frame["note"]))]
    wanted = np.stack([*numbers[:2], *categories, *numbers[2:], *notes], axis=1).astype(np.float32)
    assert np.allclose(inputs, wanted, rtol=1e-6, atol=1e-6), "inputs"
    assert recipe["target"] == {"kind": "classes", "column": "kind", "names": ["large", "small"]}, recipe["target"]
    assert np.array_equal(together(arrays, "labels")[1], frame["kind"] == "small"), "labels"
    for said in ("dropped: it numbers the rows", "dropped: it is always 'cm'", "1 input of mean",
                 "3 inputs, one for each of blue, green, red", "target (the last column): 2 classes: large, small",
                 f"out.h5: {train.sum()} + {(~train).sum()} rows, 12 inputs"):
        assert said in printed, f"not said: {said}\n{printed}"
    arrays, _, _ = imported("all.csv", "--raw", "--keep", "id", "--drop", "when,note", "--target", "count")
    _, inputs = together(arrays, "images")
    assert np.array_equal(inputs[:, :2], np.stack([frame["id"], frame["size"]], axis=1).astype("f4")), "--raw"


def check_texts():
    """The same table, written in other ways."""
    frame = frame_of_all().drop(columns="when")
    plain = frame.to_csv(index=False)
    Path("plain.csv").write_text(plain)
    wanted, _, _ = imported("plain.csv")
    before = Path("out.h5").read_bytes()
    imported("plain.csv")
    assert Path("out.h5").read_bytes() == before, "two imports differ"
    german = frame.assign(size=[f"{value:.3f}".replace(".", ",") for value in frame["size"]])
    thousands = frame.assign(size=[f"{value * 1e6:,.0f}" for value in frame["size"]])
    with zipfile.ZipFile("t.zip", "w") as out:
        out.writestr("plain.csv", plain)
    ways = (("t.csv.gz", gzip.compress(plain.encode())), ("t.csv.xz", lzma.compress(plain.encode())),
            ("t.csv.bz2", bz2.compress(plain.encode())), ("t.zip", None),
            ("t.tsv", frame.to_csv(index=False, sep="\t")),
            ("semi.csv", frame.to_csv(index=False, sep=";")), ("pipe.txt", frame.to_csv(index=False, sep="|")),
            ("mark.csv", "\ufeff" + plain), ("crlf.csv", frame.to_csv(index=False, lineterminator="\r\n")),
            ("utf16.csv", plain.encode("utf-16"), "--encoding", "utf-16"),
            ("german.csv", german.to_csv(index=False, sep=";"), "--decimal", ","),
            ("blank.csv", plain.replace("cm,", "  cm,")), ("lines.csv", "\n\n" + plain + "\n\n"),
            ("bare.csv", frame.to_csv(index=False, header=False), "--no-header"))
    for name, content, *options in ways:
        if content is not None:
            Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
        # The line ends of cells are not those of the lines.
        got, _, _ = imported(name, *options)
        same(got, wanted, name)
    thousands.to_csv("thousands.csv", index=False)
    got, recipe, _ = imported("thousands.csv", "--thousands", ",")
    assert np.allclose(together(got, "images")[1], together(wanted, "images")[1], atol=1e-5), "--thousands"
    assert recipe["reading"] == {"thousands": ","}, recipe["reading"]


def check_missing():
    frame = pandas.DataFrame({"x": rng.normal(size=ROWS).round(3), "c": rng.choice(["a", "b"], ROWS),
                              "y": rng.normal(size=ROWS)})
    frame.loc[3:9, "x"] = np.nan
    frame.loc[8:12, "c"] = np.nan
    frame.loc[20, "y"] = np.nan
    frame.to_csv("missing.csv", index=False)
    drop, _, _ = imported("missing.csv", "--missing", "drop")
    assert np.array_equal(together(drop, "images")[0], np.flatnonzero(frame.notna().all(axis=1))), "--missing drop"
    mean, recipe, _ = imported("missing.csv", "--missing", "mean")
    rows, inputs = together(mean, "images")
    assert np.array_equal(rows, np.flatnonzero(frame["y"].notna())), "a missing target is no 0"
    train = np.isin(np.arange(ROWS), mean["train/rows"])
    filled = frame["x"].fillna(frame["x"][train].mean())
    wanted = (filled - frame["x"][train].mean()) / frame["x"][train].std(ddof=0)
    assert np.allclose(inputs[:, 0], wanted[rows], atol=1e-6), "--missing mean"
    assert np.array_equal(inputs[:, 1:], np.stack([frame["c"] == "a", frame["c"] == "b"], 1)[rows]), "a category"
    flag, _, _ = imported("missing.csv", "--missing", "flag")
    _, flagged = together(flag, "images")
    assert np.array_equal(flagged[:, :3], inputs), "--missing flag"
    assert np.array_equal(flagged[:, 3:], np.stack([frame["x"].isna(), frame["c"].isna()], 1)[rows]), "the flags"
    targets = together(mean, "targets")[1]
    scale = recipe["target"]["columns"][0]
    assert np.allclose(targets * scale["deviation"] + scale["mean"], frame["y"][rows], rtol=1e-12), "targets"
    frame.fillna({"x": -999}).to_csv("missing.csv", index=False)
    texts, _, _ = imported("missing.csv", "--missing", "mean", "--missing-text", "-999.0")
    same(texts, mean, "--missing-text")


def check_split():
    frame = frame_of_all()[["size", "colour", "kind"]]
    frame.to_csv("a.csv", index=False)
    frame.iloc[:150].to_csv("b.csv", index=False)
    more, fewer = imported("a.csv")[0], imported("b.csv")[0]
    assert np.array_equal(more["test/rows"][more["test/rows"] < 150], fewer["test/rows"]), "a row moves others"
    assert not np.array_equal(imported("a.csv", "--seed", 1)[0]["test/rows"], more["test/rows"]), "--seed"
    arrays, _, _ = imported("a.csv", "--stratify", "--test-share", 0.25)
    for label in (0, 1):
        counts = [np.count_nonzero(arrays[f"{split}/labels"] == label) for split in ("train", "test")]
        assert counts[1] == round(0.25 * sum(counts)), f"--stratify: {counts}"
    arrays, _, _ = imported("a.csv", "--test", "b.csv")
    assert len(arrays["train/labels"]) == ROWS and np.array_equal(arrays["test/rows"], np.arange(150)), "--test"
    arrays, _, _ = imported("a.csv", "--test-share", 0)
    assert "test/labels" not in arrays, "--test-share 0"
    run("--data", "out.h5", "--hidden", 3, "--iterations", 5, "--quiet", "--run-dir", "no-test")


def check_arrays():
    """NumPy, HDF5 and IDX."""
    x, y = rng.normal(size=(ROWS, 5)), rng.integers(0, 3, ROWS)
    pixels = rng.integers(0, 256, (ROWS, 6, 4)).astype("u1")
    np.savez("xy.npz", X=x, y=y)
    wanted, _, _ = imported("xy.npz")
    np.savez("hot.npz", x_train=x, y_train=np.eye(3)[y], x_test=x[:9], y_test=np.eye(3)[y[:9]])
    hot, _, _ = imported("hot.npz")
    assert np.array_equal(hot["train/labels"], y) and np.array_equal(hot["test/labels"], y[:9]), "one-hot labels"
    np.save("one.npy", np.concatenate([x, y[:, None]], axis=1))
    same(imported("one.npy")[0], wanted, "npy")
    with h5py.File("keras.h5", "w") as file:
        file["X"], file["y"] = x, y[:, None]
    same(imported("keras.h5")[0], wanted, "HDF5")
    with h5py.File("own.h5", "w") as file:
        file["in/a"], file["out"] = x, y
    same(imported("own.h5", "--inputs", "/in/a", "--targets", "/out")[0], wanted, "--inputs")
    with h5py.File("matlab.mat", "w", userblock_size=512) as file:
        file["X"], file["y"] = x.T, y[None].astype(float)
    data = bytearray(Path("matlab.mat").read_bytes())
    data[:19] = b"MATLAB 7.3 MAT-file"
    Path("matlab.mat").write_bytes(data)
    same(imported("matlab.mat")[0], wanted, "MATLAB")
    for kind, scale in (("u1", 1), ("f4", 1), ("i8", 1)):
        np.savez("images.npz", X=(pixels * scale).astype(kind)[..., None], y=y)
        arrays, recipe, _ = imported("images.npz")
        assert np.array_equal(together(arrays, "images")[1], pixels) and recipe["shape"] == [6, 4], f"images of {kind}"
        assert arrays["train/images"].dtype == np.uint8, f"images of {kind} are no bytes"
    np.savez("unit.npz", X=pixels / 255, y=x[:, :2])
    arrays, recipe, _ = imported("unit.npz")
    assert np.allclose(together(arrays, "images")[1], pixels / 255, atol=1e-7) and len(recipe["target"]["columns"]) == 2


def check_test_sets():
    """Labels of test images are numbered as those to train on, and missing cells of test rows are treated alike."""
    pixels = rng.integers(0, 256, (60, 4, 4)).astype("u1")
    np.savez("test.npz", x_train=pixels, y_train=np.arange(60) % 3, x_test=pixels[:9], y_test=np.full(9, 2))
    arrays, _, _ = imported("test.npz")
    assert np.array_equal(arrays["test/labels"], np.full(9, 2)), "labels of test images"
    np.savez("age.npz", X=pixels, y=np.arange(60.0) % 30)
    arrays, _, _ = imported("age.npz", "--target-kind", "numbers")
    assert "train/targets" in arrays, "--target-kind of images"
    np.savez("sixteen.npz", X=pixels.astype(">u2") * 257, y=np.arange(60) % 3)
    assert np.allclose(together(imported("sixteen.npz")[0], "images")[1], pixels / 255), "images of 16 bits"
    frame = frame_of_all()[["size", "colour", "kind"]]
    frame.to_csv("train.csv", index=False)
    frame.iloc[:20].mask(np.arange(20)[:, None] == [[4, 4, 4]]).to_csv("holes.csv", index=False)
    said = run("import", "train.csv", "out.h5", "--force", "--test", "holes.csv", code=1)[1]
    assert "holes.csv: line 6: 'size' is missing" in said, said
    arrays, _, printed = imported("train.csv", "--test", "holes.csv", "--missing", "drop")
    assert len(arrays["test/labels"]) == 19 and "1 left out" in printed, "missing cells of test rows"


def check_untrained():
    """A category that only rows to test have makes no input, which nothing could be learned of."""
    frame = frame_of_all()[["size", "colour", "kind"]]
    frame.to_csv("some.csv", index=False)
    tested = imported("some.csv")[0]["test/rows"][0]
    frame.loc[tested, "colour"] = "mauve"
    frame.to_csv("some.csv", index=False)
    arrays, recipe, printed = imported("some.csv", "--missing", "flag")
    assert recipe["columns"][1]["values"] == ["blue", "green", "red"] and len(recipe["inputs"]) == 4, recipe["columns"]
    assert "no input for mauve, which no training row has" in printed, printed
    assert np.array_equal(arrays["test/images"][0, 1:], [0, 0, 0]), "the row to test"


def check_notations():
    """Numbers and dates in notations that pandas reads otherwise, or not at all."""
    values = rng.integers(1, 10 ** 6, ROWS)
    kinds = ["ab"[i % 2] for i in range(ROWS)]
    texts = [f"{value:,}".replace(",", "\u202f") for value in values]
    pandas.DataFrame({"x": texts, "kind": kinds}).to_csv("french.csv", index=False)
    _, inputs = together(imported("french.csv", "--thousands", "\u202f", "--raw")[0], "images")
    assert np.array_equal(inputs[:, 0], values.astype("f4")), "a narrow blank as separator"
    pandas.DataFrame({"x": [f"{value}\u00a0" for value in values], "kind": kinds}).to_csv("wide.csv", index=False)
    _, inputs = together(imported("wide.csv", "--raw")[0], "images")
    assert np.array_equal(inputs[:, 0], values.astype("f4")), "a wide blank behind a number"
    dates = [f"{1600 + i * 3}-0{i % 9 + 1}-15T{i % 24:02}:30:00{'+01:00' if i % 2 else '-02:30'}" for i in range(ROWS)]
    pandas.DataFrame({"when": dates, "kind": kinds}).to_csv("zones.csv", index=False)
    _, inputs = together(imported("zones.csv", "--date", "when", "--raw")[0], "images")
    wanted = [[1600 + i * 3, i % 9 + 1, i % 24] for i in range(ROWS)]
    assert np.array_equal(inputs[:, [0, 1, 3]], wanted), "dates far away, in two time zones"
    Path("label.csv").write_text("x,y\n" + "".join(f'{i * i % 17},"{1 + i % 2},000"\n' for i in range(40)))
    names = imported("label.csv", "--thousands", ",")[1]["target"]["names"]
    assert names == ["1000", "2000"], "classes with separators"
    Path("paid.csv").write_text("paid,y\n" + "".join(f"{i * 37 % 101},{'ab'[i % 2]}\n" for i in range(40)))
    assert imported("paid.csv")[1]["columns"][0]["name"] == "paid", "a column that is no id"


def check_formats():
    frame = frame_of_all()[["size", "colour", "kind"]]
    frame.to_csv("f.csv", index=False)
    wanted, _, _ = imported("f.csv")
    frame.to_json("f.json", orient="records")
    frame.to_json("f.jsonl", orient="records", lines=True)
    lines = ["@RELATION 'a table'", "% a comment", "@attribute size real", "@attribute colour {blue, green,red}",
             "@attribute 'kind' {large,small}", "@data", *frame.to_csv(index=False, header=False).splitlines()]
    Path("f.arff").write_text("\n".join(lines))
    for name in ("f.json", "f.jsonl", "f.arff"):
        same(imported(name)[0], wanted, name)


def check_pictures():
    """Folders of pictures, some of them in color."""
    digits = rng.integers(0, 256, (24, 5, 7)).astype("u1")
    for at, pixels in enumerate(digits):
        folder = Path("pictures") / "abc"[at % 3]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{at:02}.png").write_bytes(make_png(7, 5, pixels.tobytes()))
    Path("pictures/a/note.txt").write_text("none")
    Path("pictures/.hidden").mkdir()
    arrays, recipe, _ = imported("pictures", "--test-share", 0.4)
    _, images = together(arrays, "images")
    order = [at for of_class in range(3) for at in range(of_class, 24, 3)]
    assert np.array_equal(images, digits[order]) and recipe["target"]["names"] == ["a", "b", "c"], "pictures"
    arrays, recipe, _ = imported("pictures", "--test-share", 0.4, "--size", "3x2")
    assert arrays["train/images"].shape[1:] == (2, 3), "--size"
    Path("pictures/a/00.png").write_bytes(make_png(7, 5, rng.bytes(105), kind=RGB))
    arrays, recipe, _ = imported("pictures", "--test-share", 0.4, "--color")
    assert arrays["train/images"].shape[1:] == (5, 7, 3) and recipe["shape"] == [5, 7, 3], "--color"
    imported("pictures", "--test-share", 0.4)
    run("--data", "out.h5", "--hidden", 5, "--iterations", 20, "--batch-size", 10, "--quiet", "--run-dir",
        "of-pictures")
    table = predicted("of-pictures", "pictures")
    assert list(table.columns) == ["file", "class", "probability"] and len(table) == 24, "predictions of pictures"
    one = predicted("of-pictures", "pictures/b/01.png")
    assert one["class"][0] == table["class"][list(table["file"]).index("pictures/b/01.png")], "one picture"


def predicted(run_dir, source, *options):
    printed, _ = run("predict", run_dir, "--rows", source, *options)
    return pandas.read_csv(io.StringIO(printed))


def check_predictions():
    """The rows of the raw file, against eval; and other files."""
    frame = frame_of_all()
    frame.to_csv("raw.csv", index=False)
    imported("raw.csv", "--date", "when")
    rows = imported("raw.csv", "--date", "when")[0]["test/rows"]
    run("--data", "out.h5", "--hidden", 8, "--iterations", 300, "--learning-rate", 0.5, "--quiet", "--run-dir",
        "classes")
    table = predicted("classes", "raw.csv")
    assert list(table.columns) == ["id", "kind", "probability"] and np.array_equal(table["id"], frame["id"]), "columns"
    score = json.loads(run("eval", "classes", "--json")[0])["accuracy"]
    assert np.isclose((table["kind"] == frame["kind"])[rows].mean(), score), "predict and eval differ"
    both = predicted("classes", "raw.csv", "--probabilities")
    assert np.allclose(both[["large", "small"]].max(axis=1), table["probability"]), "--probabilities"
    other = frame.drop(columns=["kind", "id"])[["when", "note", "colour", "count", "size"]].iloc[:5].copy()
    other.to_csv("other.csv", index=False)
    shuffled = predicted("classes", "other.csv")
    assert list(shuffled.columns) == ["row", "kind", "probability"], "without the id"
    assert np.array_equal(shuffled["probability"], table["probability"][:5]), "columns in another order"
    other["colour"], other["note"] = ["red", "mauve", "mauve", "", "green"], "a, b"
    other.to_csv("other.csv", index=False)
    printed, said = run("predict", "classes", "--rows", "other.csv")
    lines = list(csv.reader(io.StringIO(printed)))
    assert "other.csv: line 3: 'colour' is 'mauve', which the training rows never had, as is 1 other cell" in said, said
    assert lines[4] == ["3", "", ""] and "1 of the rows lack a cell" in said and lines[2][1] != "", (lines, said)
    dated = frame.drop(columns="kind").iloc[:3].astype({"when": str})
    dated.loc[1, "when"], dated["note"] = "2023-01-05", "a, b"
    dated.to_csv("dated.csv", index=False)
    said = run("predict", "classes", "--rows", "dated.csv", code=1)[1]
    assert "dated.csv: line 3: 'when' is '2023-01-05', which is no date as" in said, said
    other.drop(columns="size").to_csv("lacks.csv", index=False)
    said = run("predict", "classes", "--rows", "lacks.csv", code=1)[1]
    assert "lacks.csv: lacks 'size', which the network was trained on" in said, said
    other.assign(size="big").to_csv("text.csv", index=False)
    assert "line 2: 'size' is 'big'" in run("predict", "classes", "--rows", "text.csv", code=1)[1]


def check_no_header():
    """Columns without names are known by their places, with or without the target."""
    table = np.stack([np.arange(ROWS) % 2, rng.normal(size=ROWS), rng.normal(size=ROWS)], axis=1)
    pandas.DataFrame(table).to_csv("bare.csv", index=False, header=False)
    imported("bare.csv", "--no-header", "--target", 0)
    run("--data", "out.h5", "--hidden", 3, "--iterations", 50, "--quiet", "--run-dir", "bare")
    whole = predicted("bare", "bare.csv")
    pandas.DataFrame(table[:, 1:]).to_csv("less.csv", index=False, header=False)
    assert predicted("bare", "less.csv").equals(whole), "without the target"
    pandas.DataFrame(table[:, :1]).to_csv("one.csv", index=False, header=False)
    assert "has 1 columns, but that of training had 3" in run("predict", "bare", "--rows", "one.csv", code=1)[1]


def check_numbers():
    frame = frame_of_all()[["size", "colour"]]
    frame["price"] = 1000 + 50 * frame["size"] + 90 * (frame["colour"] == "red") + rng.normal(0, 5, ROWS)
    frame["weight"] = frame["size"] / 100
    frame.to_csv("numbers.csv", index=False)
    arrays, _, _ = imported("numbers.csv", "--target", "price,weight", out="numbers.h5")
    run("--data", "numbers.h5", "--hidden", 8, "--iterations", 300, "--quiet", "--run-dir", "numbers")
    table = predicted("numbers", "numbers.csv")
    scores = json.loads(run("eval", "numbers", "--json")[0])["targets"]
    for score, name in zip(scores, ("price", "weight")):
        error = (table[name] - frame[name])[arrays["test/rows"]]
        assert np.isclose(np.sqrt((error ** 2).mean()), score["rmse"], rtol=1e-9), f"RMSE of {name}"


def check_bundled():
    try:
        from sklearn.datasets import load_iris
    except ImportError:
        return
    arrays, recipe, _ = imported("sklearn:iris")
    labels = together(arrays, "labels")[1]
    assert np.array_equal(labels, load_iris().target) and recipe["target"]["names"][0] == "setosa", "sklearn:iris"


def check_outputs():
    """Another file is not replaced, and a disk that is full leaves nothing behind."""
    frame_of_all()[["size", "kind"]].to_csv("o.csv", index=False)
    Path("mine.h5").write_text("mine")
    assert "mine.h5: exists already: replace it with --force" in run("import", "o.csv", "mine.h5", code=1)[1]
    assert Path("mine.h5").read_text() == "mine"
    run("import", "o.csv", "mine.h5", "--force")
    assert "exists already" in run("import", "o.csv", "mine.h5", code=1)[1]
    assert "o.csv: is the input" in run("import", "o.csv", "o.csv", "--force", code=1)[1]
    assert "there is no folder nowhere" in run("import", "o.csv", "nowhere/o.h5", code=1)[1]
    before = set(Path(".").iterdir())
    for blocks in (4, 200):
        done = subprocess.run(["bash", "-c", f'ulimit -f {blocks}; exec "$0" import o.csv full.h5', dtrain],
                              capture_output=True, text=True)
        assert done.returncode == 1 and "full.h5: cannot be written" in done.stderr, done
        assert done.stderr.count("\n") == 1, done
    assert set(Path(".").iterdir()) == before, "a full disk leaves files"


def check_once():
    """How train.sh imports."""
    frame_of_all()[["size", "colour", "kind"]].to_csv("once.csv", index=False)
    words = ("import", "--once", "runs/imported", "rest", "once.csv", "--target", "kind", "--hidden", 4, "--seed", 2,
             "--keep", 2, "--iterations=9")
    first = run(*words)[0]
    rest = Path("rest").read_bytes().split(b"\0")[:-1]
    assert rest[1:] == [b"--hidden", b"4", b"--iterations=9", b"--keep", b"2", b"--seed", b"2"], rest
    assert "was imported before" in run(*words)[0] and "was imported before" not in first
    run("train", "--data", *[word.decode() for word in rest], "--quiet", "--run-dir", "once")
    Path("once.csv").write_text(Path("once.csv").read_text() + "3,red,small\n")
    assert "was imported before" not in run(*words)[0], "another content is another dataset"


for check in (check_table, check_texts, check_missing, check_split, check_arrays, check_test_sets, check_untrained,
              check_notations, check_formats, check_pictures, check_predictions, check_no_header, check_numbers, check_bundled,
              check_outputs, check_once):
    try:
        check()
    except AssertionError as error:
        sys.exit(f"{check.__name__}: {error}")
