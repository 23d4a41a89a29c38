# SPDX-License-Identifier: MIT
"""Tables that other libraries read: pandas for Parquet, Feather, Excel and JSON, and scikit-learn for libsvm
and the sets that come with it."""
import contextlib

import pandas

from dtrain.failure import Failure
from dtrain.sources.compressed import plain_suffix
from dtrain.sources.table import MISSING_TEXTS, FrameTable


@contextlib.contextmanager
def of_library(name):
    """Makes a Failure of what a library says about a file. What is not installed goes on as an ImportError."""
    try:
        yield
    except (ImportError, Failure, OSError, MemoryError):
        raise
    except Exception as error:
        words = " ".join(str(error).split()) or type(error).__name__
        raise Failure(f"{name}: cannot be read: {words}") from None


def plain_values(frame):
    """The frame with numbers, and texts without those that stand for a missing cell."""
    for column in frame:
        values = frame[column]
        if isinstance(values.dtype, pandas.CategoricalDtype):
            values = values.astype(object)
        if values.dtype == object:
            values = values.mask(values.isin(MISSING_TEXTS))
        frame[column] = values
    return frame


def dated(frame):
    return [str(column) for column in frame if pandas.api.types.is_datetime64_any_dtype(frame[column])]


def frame_table(path, frame, **more):
    dates = dated(frame)
    for column in frame:
        if str(column) in dates:
            frame[column] = frame[column].dt.strftime("%Y-%m-%dT%H:%M:%S")
    return FrameTable(str(path), plain_values(frame), dates=dates, **more)


# What pandas needs beside itself.
ENGINES = {".parquet": "pyarrow (pip install pyarrow)", ".feather": "pyarrow (pip install pyarrow)",
           ".xlsx": "openpyxl (Debian: python3-openpyxl)", ".xls": "xlrd (Debian: python3-xlrd)",
           ".ods": "odfpy (Debian: python3-odf)"}


def by_pandas(reader):
    """Opens a file by a function of pandas."""
    def open_table(path, _):
        with of_library(path):
            try:
                return frame_table(path, reader(path))
            except ImportError:
                engine = ENGINES[plain_suffix(path)]
                raise Failure(f"{path}: pandas needs {engine} to read it") from None
    return open_table


open_parquet, open_feather, open_excel = map(by_pandas, (pandas.read_parquet, pandas.read_feather, pandas.read_excel))
open_json = by_pandas(lambda path: pandas.read_json(path, dtype=False, convert_dates=False))
open_json_lines = by_pandas(lambda path: pandas.read_json(path, lines=True, dtype=False, convert_dates=False))


def open_libsvm(path, _):
    from sklearn.datasets import load_svmlight_file

    with of_library(path):
        x, y = load_svmlight_file(str(path))
        return array_table(path, x.toarray(), y)


# The sets that come with scikit-learn.
BUNDLED = ("iris", "wine", "breast_cancer", "digits", "diabetes", "linnerud")


def open_bundled(name, _):
    from sklearn import datasets

    word = name.partition(":")[2]
    if word not in BUNDLED:
        raise Failure(f"{name}: is no set of scikit-learn's; there are {', '.join(BUNDLED)}")
    loader = getattr(datasets, f"load_{word}")
    with of_library(name):
        bunch = loader(as_frame=True)
        target = pandas.DataFrame(bunch.target)
        if target.shape[1] == 1 and target.iloc[:, 0].dtype.kind in "iu" and "target_names" in bunch:
            target = target.apply(lambda labels: labels.map(lambda label: str(bunch.target_names[label])))
        return frame_table(name, pandas.concat([bunch.data, target], axis=1), targets=list(target.columns))


def array_table(name, x, y=None):
    """Arrays (N, D) and (N) or (N, M) as a table, with columns x0, x1, ... and y, or y0, y1, ..."""
    frame = pandas.DataFrame(x, columns=[f"x{d}" for d in range(x.shape[1])])
    outputs = [] if y is None else [y] if y.ndim == 1 else list(y.T)
    targets = ["y"] if len(outputs) == 1 else [f"y{m}" for m in range(len(outputs))]
    frame = pandas.concat([frame, pandas.DataFrame(dict(zip(targets, outputs)))], axis=1)
    return frame_table(name, frame, targets=targets)
