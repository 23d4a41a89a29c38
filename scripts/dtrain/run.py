# SPDX-License-Identifier: MIT
"""Reads run directories: record, metrics, failures and timing, and where the checkpoints are."""
import json
import math
import os
import re
from pathlib import Path

from dtrain.failure import Failure, check_plain

# The names and types that the scripts rely on.
OPTION = {"value": str, "origin": str}
DATASET = {"path": str, "train_rows": int, "test_rows": int, "inputs": int}
EVENT = {"event": str, "time": str, "iteration": int}
RECORD = {"version": str, "revision": str, "ranks": int, "hosts": [str], "options": dict, "events": [EVENT]}
NUMBER = (int, float)
NUMBER_OR_NULL = (*NUMBER, type(None))
# The loss is null where all evaluations of its batch have failed.
LOSS = {"iteration": int, "loss": NUMBER_OR_NULL}
NORMS = {"gradient_norm": NUMBER_OR_NULL, "weight_norms": dict}
# Of a model that evaluates its losses one at a time.
PARAMETER = {"name": str, "initial": NUMBER, "lower": NUMBER_OR_NULL, "upper": NUMBER_OR_NULL}
EVALUATION = {"iteration": int, "evaluation": int, "row": int}
FAILURE = EVALUATION | {"cause": str, "attempts": int, "lost": bool}
EVALUATION_TIMES = {"count": int, "retried": int, "lost": int, "seconds": {"sum": NUMBER}, "busy": NUMBER_OR_NULL,
                    "ideal": NUMBER_OR_NULL, "longest": [EVALUATION | {"seconds": NUMBER}], "histogram": [[int]]}
# Octaves of seconds that a histogram may have: from 2^-64 s to 2^64 s.
OCTAVES = range(-64, 64)
# How a target was scaled, where the recipe does not say.
SCALE = {"mean": 0.0, "deviation": 1.0}
OVER_RANKS = {"minimum": NUMBER, "mean": NUMBER, "maximum": NUMBER}
TIMING = {"iteration": int, "compute": OVER_RANKS, "reduction": OVER_RANKS, "evaluation": OVER_RANKS,
          "checkpoint": OVER_RANKS}


def has_shape(value, shape):
    """Whether a value from a JSON file has the members and types of `shape`; numbers are finite."""
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(
            name in value and has_shape(value[name], inner) for name, inner in shape.items())
    if isinstance(shape, list):
        return isinstance(value, list) and all(has_shape(item, shape[0]) for item in value)
    return isinstance(value, shape) and (not isinstance(value, float) or math.isfinite(value))


def scores(split, measure):
    """The shape of a line that has the loss on a split of the data and, unless that is None, another
    measure. R2 is null where all targets are equal."""
    shape = {"iteration": int, f"{split}_loss": NUMBER}
    return shape | {f"{split}_{measure}": NUMBER_OR_NULL if measure == "r2" else NUMBER} if measure else shape


def has_norms(line):
    """Whether an evaluation has norms; those of older versions of dtrain have none."""
    return has_shape(line, NORMS) and has_shape(list(line["weight_norms"].values()), [NUMBER])


def parse(text, parse_float=None):
    """The value of a JSON text; ValueError where it is not JSON."""
    try:
        return json.loads(text, parse_float=parse_float)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def read_text(path):
    try:
        check_plain(path)
        return path.read_text(encoding="utf-8")
    except OSError as error:
        hint = "" if path.with_name("run.json").exists() else "; this is no run directory"
        raise Failure(f"{path}: {error.strerror}{hint}") from None
    except UnicodeDecodeError:
        raise Failure(f"{path}: is not text") from None


def read_lines(path, shape, parse_float=None):
    """The objects of a file with one on each line. The last line may be incomplete while a run is
    in progress, and is then ignored."""
    objects = []
    lines = read_text(path).split("\n")[:-1]
    for number, line in enumerate(lines, 1):
        try:
            objects.append(parse(line, parse_float))
        except ValueError:
            raise Failure(f"{path}: line {number} is not JSON") from None
        if not has_shape(objects[-1], shape):
            raise Failure(f"{path}: line {number} is not as dtrain writes it")
    return objects


def read_record(folder):
    path = folder / "run.json"
    try:
        record = parse(read_text(path))
    except ValueError:
        raise Failure(f"{path}: is not JSON") from None
    data = record.get("dataset", {}) if isinstance(record, dict) else {}
    if not has_shape(record, RECORD) or not (data is None or has_shape(data, DATASET)) or not all(
            has_shape(option, OPTION) for option in record["options"].values()):
        raise Failure(f"{path}: is not as dtrain writes it")
    return record


def checkpoints(folder):
    """The checkpoints of a run, newest first."""
    found = []
    for path in (Path(folder) / "checkpoints").glob("iteration-*.h5"):
        number = re.fullmatch(r"iteration-(\d+)\.h5", path.name)
        if number:
            found.append((int(number[1]), path))
    return [path for _, path in sorted(found, reverse=True)]


def best_checkpoint(folder):
    """The path of the checkpoint that validates best, which only runs with validation rows have."""
    return Path(folder) / "checkpoints" / "best.h5"


def split_group(source):
    """FILE[:/GROUP] as a path and the group, None where there is none. A folder's name may end in a colon:
    what exists as a whole has no group."""
    if os.path.lexists(source):
        return Path(source), None
    path, colon, group = str(source).rpartition(":/")
    return (Path(path), "/" + group) if colon else (Path(source), None)


def run_folder(source):
    """The run directory that `source` is, or that the checkpoint FILE[:/GROUP] lies in."""
    path = split_group(source)[0]
    if path.is_dir():
        return path
    # Not Path.resolve(), which raises RuntimeError for a link that leads to itself.
    folder = Path(os.path.realpath(path)).parent
    if not path.exists() or folder.name != "checkpoints":
        raise Failure(f"{path}: is no run directory and no checkpoint in one")
    return folder.parent


class Run:
    """The record, metrics and timing of a run, which is given by its directory or a checkpoint.

    The lines of metrics.jsonl are in `losses`; in `evaluations`, of the training rows and of those
    that are held out, whose name is `held_out`, "validation" or "test" ("train", if none are); and in `test`, the last
    score on the test set, which is None if there are validation rows and the run is not finished. A run without
    data has no `splits`, and its evaluations no scores: `held_out` and `measure` are None. So is the
    `measure` of a model whose evaluations are losses alone."""

    def __init__(self, source):
        self.source = source
        self.folder = run_folder(source)
        self.record = read_record(self.folder)
        lines = read_lines(self.folder / "metrics.jsonl", {"iteration": int})
        self.timing = read_lines(self.folder / "timing.jsonl", TIMING)
        self.validation_rows = self.number("validation-rows", int, default=0)
        self.splits = self._splits()
        self.held_out = self.splits[-1] if self.splits else None
        # A model that evaluates gives losses, and no numbers to be compared with targets.
        self.predicts_numbers = "targets" in self.data and not self.record.get("model")
        self.measure = self._measure(lines)
        self.losses = [line for line in lines if has_shape(line, LOSS)]
        shapes = [scores(split, self.measure) for split in self.splits] or [NORMS]
        self.evaluations = [line for line in lines if all(has_shape(line, shape) for shape in shapes)]
        self.test = next((line for line in reversed(lines) if has_shape(line, scores("test", self.measure))), None)
        if not self.evaluations:
            raise Failure(f"{self.folder}: has no evaluation yet")

    @property
    def data(self):
        """What run.json says about the dataset; empty for a run without data."""
        return self.record["dataset"] or {}

    def _splits(self):
        if not self.data:
            return []
        if self.validation_rows:
            return ["train", "validation"]
        return ["train", "test"] if self.data["test_rows"] > 0 else ["train"]

    @property
    def parameters(self):
        """What run.json says about the parameters of a model: [{"name", "initial", "lower", "upper", ...}], where a
        bound that there is not is None. Empty where nothing is said."""
        model = self.record.get("model")
        return model["parameters"] if has_shape(model, {"parameters": [PARAMETER]}) else []

    def theta(self):
        """The parameters over the iterations, {name: [(iteration, value), ...]}: those of a model of few."""
        course = {}
        for line in self.evaluations:
            if has_shape(line, {"theta": dict}) and has_shape(list(line["theta"].values()), [NUMBER]):
                for name, value in line["theta"].items():
                    course.setdefault(name, []).append((line["iteration"], value))
        return course

    def failures(self):
        """The evaluations of a model that failed, in their order, as lines of failures.jsonl; None for runs that have
        no such file."""
        path = self.folder / "failures.jsonl"
        return read_lines(path, FAILURE) if os.path.lexists(path) else None

    def evaluation_times(self):
        """How long the evaluations of a model took, as timing.jsonl sums it up from line to line."""
        times = [line["evaluations"] for line in self.timing if has_shape(line, {"evaluations": EVALUATION_TIMES})]
        return [line for line in times if all(len(bar) == 2 and bar[0] in OCTAVES for bar in line["histogram"])]

    @property
    def name(self):
        """The path; bytes in it that are not UTF-8 are shown as question marks."""
        return os.fsencode(self.folder).decode("utf-8", "replace")

    def option(self, name):
        if name not in self.record["options"]:
            raise Failure(f"{self.folder}/run.json: has no option {name}")
        return self.record["options"][name]["value"]

    def number(self, name, kind, default=None):
        """The value of an option that is an int or a float. `default` is for runs of older versions
        of dtrain, which do not have that option."""
        if default is not None and name not in self.record["options"]:
            return default
        try:
            return kind(self.option(name))
        except ValueError:
            raise Failure(f"{self.folder}/run.json: {name} is no number") from None

    @property
    def outputs(self):
        """What the recipe of the dataset says about the target: [{"name": ...}] for each class, or each number
        with the "mean" and "deviation" that scaled it. Empty where there is no recipe."""
        recipe = self.data.get("recipe")
        if has_shape(recipe, {"target": {"names": [str]}}):
            return [{"name": name} for name in recipe["target"]["names"]]
        if has_shape(recipe, {"target": {"columns": [{"name": str}]}}):
            return recipe["target"]["columns"]
        return []

    def output_names(self, count):
        """What the classes or numbers to predict are called; those without a name by their number."""
        names = [output["name"] for output in self.outputs]
        return [names[k] if k < len(names) else str(k) for k in range(count)]

    def in_units(self, numbers):
        """Targets or predictions (N, M) of the dataset in their own units; a NumPy array."""
        mean, deviation = ([output.get(of, usual) for output in self.outputs] for of, usual in SCALE.items())
        return numbers * deviation + mean if self.outputs else numbers

    def rmse(self, line, split):
        """The RMSE of an evaluation, in the unit of the target if there is only one."""
        scale = self.outputs[0].get("deviation", 1) if len(self.outputs) == 1 else 1
        return scale * line[f"{split}_rmse"]

    @property
    def train_rows(self):
        """The number of rows that are trained on."""
        return self.data.get("train_rows", 0) - self.validation_rows

    def _measure(self, lines):
        """What evaluations have beside the loss; None if that is nothing, as without data."""
        if self.predicts_numbers:
            return "r2"
        scored = any(f"{split}_accuracy" in line for split in self.splits for line in lines)
        return "accuracy" if self.splits and (scored or not self.record.get("model")) else None

    def epoch_iterations(self):
        batch_size = self.number("batch-size", int)
        if batch_size < 1 or self.train_rows < 1:
            raise Failure(f"{self.folder}/run.json: the batches or the training set are empty")
        return self.train_rows / batch_size

    def best(self):
        """The first evaluation with the best held-out accuracy or, where no classes are predicted, loss.
        Its weights are in best.h5."""
        accuracy, loss = f"{self.held_out}_accuracy", f"{self.held_out}_loss"
        if self.measure == "accuracy" and any(line[accuracy] > 0 for line in self.evaluations):
            return max(self.evaluations, key=lambda line: line[accuracy])
        return min(self.evaluations, key=lambda line: line[loss])

    def reason_of_end(self):
        """What ended a finished run before its last iteration, such as "--patience 3"; or None."""
        last = self.record["events"][-1:]
        if has_shape(last, [{"event": str, "reason": str}]):
            return next((event["reason"] for event in last if event["event"] == "finish"), None)
        return None
