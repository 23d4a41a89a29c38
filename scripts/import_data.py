#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a dataset of a table or of images.

SOURCE is a table (CSV, TSV, ARFF, Parquet, Feather, Excel, JSON lines, libsvm), also as .gz, .xz, .bz2
or .zip; an array of NumPy (.npy, .npz) or HDF5; a folder with a folder of pictures for each class; or
sklearn:NAME, one of the sets that come with scikit-learn. It is recognized by its name and its first
bytes.

Columns of numbers are scaled to mean 0 and deviation 1 over the training rows. Columns of texts become
an input for each of their values, 1 or 0. The column to predict is the last one, or --target: its
values are classes if they are texts, or at most 20 whole numbers. A fifth of the rows are tested,
drawn by the seed. How all this was done stands in the dataset as its recipe, by which dtrain predict
--rows treats other rows alike.

IDX files become a dataset by another form of this command:
    dtrain import OUT.h5 --train-images F --train-labels F --test-images F --test-labels F
"""
import os
import sys
from pathlib import Path

from dtrain.command import parser, run, start

start()
import h5py

from dtrain import outputs
from dtrain.failure import Failure
from dtrain.imported import path_of
from dtrain.progress import Progress
from dtrain.reading import add_reading_options, reading_options
from dtrain.sources.find import open_source
from dtrain.sources.pictures import Pictures
from dtrain.sources.table import listed, shown
from dtrain.tables.recipe import MISSING_WAYS
from dtrain.tables.split import Split


def share(text):
    value = float(text)
    if not 0 <= value < 1:
        raise ValueError
    return value


def seed(text):
    value = int(text)
    if not 0 <= value < 2 ** 53:
        raise ValueError
    return value


def make_parser():
    arguments = parser(__doc__)
    arguments.allow_abbrev = False
    arguments.add_argument("source", metavar="SOURCE", help="a file, a folder, or sklearn:NAME")
    arguments.add_argument("out", metavar="OUT.h5", type=Path)
    columns = arguments.add_argument_group("columns, by name or number from 0")
    columns.add_argument("--target", metavar="COL,...", default="",
                         help="what to predict; default: the last")
    columns.add_argument("--target-kind", choices=("classes", "numbers"), help="default: as the values suggest")
    columns.add_argument("--drop", metavar="COL,...", default="", help="leave these out")
    columns.add_argument("--keep", metavar="COL,...", default="",
                         help="use these, though they only number the rows, or never change")
    columns.add_argument("--date", metavar="COL,...", default="",
                         help="dates: year, month, day of week and hour become inputs")
    columns.add_argument("--date-format", metavar="F", help="their notation, as for strptime; default: found")
    columns.add_argument("--missing", choices=MISSING_WAYS, default="refuse",
                         help="missing cells: refuse them; drop their rows; put the mean of the column in their place; "
                              "or that, and an input that tells where they are (default: refuse)")
    columns.add_argument("--raw", action="store_true", help="do not scale numbers")
    rows = arguments.add_argument_group("rows")
    rows.add_argument("--test", metavar="SOURCE", help="the rows to test on")
    rows.add_argument("--test-share", metavar="X", type=share, help="the share of rows to test on (default: 0.2)")
    rows.add_argument("--seed", metavar="S", type=seed, default=0, help="draws the rows to test on (default: 0)")
    rows.add_argument("--stratify", action="store_true", help="test the same share of each class")
    add_reading_options(arguments)
    out = arguments.add_argument_group("the dataset")
    out.add_argument("--name", metavar="TEXT", help="what it is called; default: the name of SOURCE")
    out.add_argument("--source", metavar="TEXT", dest="origin", help="where it comes from")
    out.add_argument("--license", metavar="TEXT", help="its license")
    out.add_argument("--force", action="store_true", help="replace any file at OUT.h5")
    out.add_argument("--quiet", action="store_true", help="print nothing about the columns")
    return arguments


def check_options(arguments, given):
    if given.test and given.test_share is not None:
        arguments.error("--test-share: the rows to test on are those of --test")
    if given.stratify and (given.test or given.test_share == 0):
        arguments.error("--stratify: no rows are divided")
    if given.date_format and not given.date:
        arguments.error("--date-format: name the dates by --date")
    if given.test and os.path.exists(given.test) and os.path.samefile(given.test, given.source):
        arguments.error("--test: names the rows to train on")
    if given.test_share is None:
        given.test_share = 0.2


def holds(path, name):
    """Whether a file is HDF5 and has an array of that name."""
    try:
        with h5py.File(path, "r") as file:
            return name in file
    except OSError:
        return False


def check_columns(given):
    """Refuses options about columns, which images do not have."""
    for name in ("target", "drop", "keep", "date"):
        if getattr(given, name):
            raise Failure(f"{given.source}: --{name} is for tables, and this has images")
    if given.missing != "refuse":
        raise Failure(f"{given.source}: --missing is for tables, and this has images")


def importer_of(arguments, given):
    """What makes the dataset, and the words about each column of a table."""
    options = reading_options(arguments, given)
    source = open_source(given.source, options)
    test = open_source(given.test, options) if given.test else source.test
    split, progress = Split(0 if test else given.test_share, given.seed), Progress()
    if isinstance(source, Pictures):
        from dtrain.images import ImageImporter
        if test and not isinstance(test, Pictures):
            raise Failure(f"{given.test}: is a table, but {given.source} has images")
        check_columns(given)
        source.test = test
        return ImageImporter(source, split, given.target_kind, progress), {}
    if isinstance(test, Pictures):
        raise Failure(f"{given.test}: has images, but {given.source} is a table")
    from dtrain.tables.conform import conform
    from dtrain.tables.dataset import Importer
    from dtrain.tables.decide import decide
    recipe, decisions = decide(source, given, progress)
    if test:
        conform(test, recipe, with_target=True)
    notes = {name: decisions.notes[name] for name in source.columns}
    return Importer(source, recipe, split, test, decisions.rows, progress), notes


def counted(count, what):
    return f"{count} {what}{'s' * (count != 1)}"


def describe(importer, notes, out):
    """What became of each column, and the size of the dataset."""
    recipe, counts = importer.recipe, importer.counts
    notes = {shown(name): note for name, note in notes.items()}
    width = max(map(len, notes), default=0)
    scaled = {shown(one.name): f" of mean {one.mean:.6g}, deviation {one.deviation:.6g}"
              for one in [*getattr(recipe, "inputs", ()), *getattr(recipe.target, "outputs", ())] if one.deviation != 1}
    untrained = {shown(name): f"; no input for {listed(values, 8)}, which no training row has"
                 for name, values in importer.untrained.items() if values}
    for name, note in notes.items():
        what, semicolon, more = note.partition(";")
        print(f"  {name:{width}}  {what}{scaled.get(name, '')}{semicolon}{more}{untrained.get(name, '')}")
    inputs = counted(len(recipe.inputs), "input") if hasattr(recipe, "inputs") else (
        " x ".join(map(str, recipe.shape)) + " inputs")
    outputs = (f"{importer.classes} classes: {listed(recipe.target.names, 8)}" if importer.classes
               else f"{counted(len(recipe.target.outputs), 'number')}: {listed(recipe.target.columns, 8)}")
    left_out = f", {importer.left_out} left out" if importer.left_out else ""
    print(f"{out}: {counts['train']} + {counts['test']} rows{left_out}, {inputs}, {outputs}")


def make(arguments, given, out):
    """Makes the dataset; returns what made it, and the words about each column."""
    inputs = [Path(path) for path in (given.source, given.test) if path and Path(path).is_file()]
    # All that can be wrong is looked for before anything is written.
    outputs.check(out, None, inputs, given.force)
    importer, notes = importer_of(arguments, given)
    target = importer.recipe.target
    if given.stratify and target.kind != "classes":
        raise Failure("--stratify: needs classes, but numbers are predicted")
    if given.stratify:
        importer.stratify()
    importer.measure(given.raw)
    with outputs.replacing(out, None, inputs, given.force) as path:
        importer.write(path, {"name": given.name or Path(given.source).name, "source": given.origin,
                              "license": given.license, **target.attributes()})
    return importer, notes


def import_once(arguments, words_given):
    """For scripts/train.sh: FOLDER FILE SOURCE [OPTION...]. Makes the dataset in the folder, unless it is there
    already, and writes its path and the options that are not for the import into the file, each ended by a 0
    byte. --seed and --quiet are for both, and --keep N, a number of checkpoints, is for the training."""
    folder, rest, source, *options = words_given
    given, others = arguments.parse_known_args([source, os.devnull, *options])
    if given.keep.isdecimal():
        others += ["--keep", given.keep]
        given.keep = ""
    if any(word == "--seed" or word.startswith("--seed=") for word in options):
        others += ["--seed", str(given.seed)]
    others += ["--quiet"] * given.quiet
    check_options(arguments, given)
    if Path(source).is_file() and holds(source, "train/images"):
        out = Path(source)
    else:
        settings = {name: value for name, value in vars(given).items() if name not in ("out", "quiet", "force")}
        out = path_of(folder, source, given.test, settings)
        out.parent.mkdir(parents=True, exist_ok=True)
        made = None if out.exists() else make(arguments, given, out)
        if not given.quiet and made:
            describe(*made, out)
        elif not given.quiet:
            print(f"{source} was imported before: {out}")
    Path(rest).write_bytes(b"".join(os.fsencode(word) + b"\0" for word in [str(out), *others]))


def main():
    arguments = make_parser()
    if sys.argv[1:2] == ["--once"]:
        import_once(arguments, sys.argv[2:])
        return
    given = arguments.parse_args()
    check_options(arguments, given)
    made = make(arguments, given, given.out)
    if not given.quiet:
        describe(*made, given.out)


if __name__ == "__main__":
    run(main)
