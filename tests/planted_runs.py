# SPDX-License-Identifier: MIT
"""Runs of planted_model (tests/training/planted_model.c): starts them, counts evaluations, compares their files."""
import os
import re
import shutil
import signal
import struct
import subprocess
import time
from pathlib import Path

import h5py

TIMEOUT = 120  # seconds for any start of a run
FAILED, STOPPED = 6, 75


class Count:
    """A file in which the evaluations of all ranks are counted."""

    def __init__(self, path):
        self.path = Path(path).resolve()
        self.reset()

    def reset(self):
        self.path.write_bytes(bytes(8))

    def __call__(self):
        return struct.unpack("Q", self.path.read_bytes())[0]


class Runs:
    """Starts runs of dtrain in the working folder, all with these options; `planted` becomes PLANTED_... variables."""

    def __init__(self, mpirun, dtrain, model, *options, **planted):
        self.mpirun, self.dtrain, self.model = mpirun, dtrain, model
        self.options, self.planted = options, planted

    def like(self, *options, **planted):
        """Others, with these options and troubles besides."""
        return Runs(self.mpirun, self.dtrain, self.model, *self.options, *options, **{**self.planted, **planted})

    def command(self, ranks, run, *options):
        """One rank needs no mpirun, and starts sooner without."""
        launcher = [self.mpirun, "-np", str(ranks)] if ranks > 1 else []
        model = ["--model", self.model] if self.model else []
        return [*launcher, self.dtrain, *model, *self.options, *options, "--quiet", "--run-dir", run]

    def environment(self):
        return os.environ | {f"PLANTED_{name.upper()}": str(value) for name, value in self.planted.items()}

    def start(self, ranks, run, *options):
        """A process, with its standard error in RUN.err."""
        with open(f"{run}.err", "w") as err:
            return subprocess.Popen(self.command(ranks, run, *options), stdin=subprocess.DEVNULL, stderr=err,
                                    stdout=subprocess.DEVNULL, env=self.environment())

    def run(self, ranks, run, *options, code=0):
        """Runs to the end, which is to be with that exit code. Returns what dtrain has said."""
        job = self.start(ranks, run, *options)
        try:
            got = job.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            job.kill()
            raise AssertionError(f"{job.args}: no end after {TIMEOUT} s") from None
        said = words_of(run)
        assert got == code, f"{job.args} with {self.planted}: exit code {got}, not {code}: {said}"
        return said

    def afresh(self, ranks, run, *options, code=0):
        """The same, in a new folder."""
        self.remove(run)
        return self.run(ranks, run, *options, code=code)

    @staticmethod
    def remove(run):
        shutil.rmtree(run, ignore_errors=True)

    def ranks_of(self, run):
        """The processes that train there, which may outlive mpirun. The folder is the last word of their commands."""
        listed = subprocess.run(["pgrep", "-f", f"^{re.escape(self.dtrain)} .*--run-dir {re.escape(run)}$"],
                                capture_output=True, text=True)
        return [int(pid) for pid in listed.stdout.split() if is_here(pid)]

    def kill(self, job, run):
        """Kills all processes of a job, and waits for their end."""
        kill_all([job.pid, *self.ranks_of(run)] if job.poll() is None else self.ranks_of(run))
        job.wait()
        while ranks := self.ranks_of(run):
            kill_all(ranks)
            time.sleep(0.02)

    def refused(self, run, pattern, *options, ranks=1, code=2):
        """A start that ends with that exit code, and one line of that pattern."""
        said = self.run(ranks, run, *options, code=code)
        assert len(said) == 1 and re.search(pattern, said[0]), f"{options}: not one line '{pattern}': {said}"


def is_here(pid):
    """Whether the process works in this folder: other tests may have runs of the same name."""
    try:
        return os.readlink(f"/proc/{pid}/cwd") == os.getcwd()
    except OSError:
        return False  # It has ended.


def kill_all(processes):
    for pid in processes:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def words_of(run):
    """dtrain's lines, without what mpirun adds."""
    with open(f"{run}.err") as err:
        return [re.sub(r" \(rank \d+ on [^)]*\)$", "", line.rstrip()) for line in err if line.startswith("dtrain: ")]


def files_of(run):
    """Those that follow from the settings, the model and the length."""
    names = ["metrics.jsonl", "failures.jsonl", *(f"checkpoints/{path.name}"
                                                  for path in Path(run, "checkpoints").iterdir())]
    return {name: Path(run, name).read_bytes() for name in names}


def check_same(run, wanted):
    got, right = files_of(run), files_of(wanted)
    differ = sorted(name for name in got.keys() | right.keys() if got.get(name) != right.get(name))
    assert not differ, f"{run} differs from {wanted}: {differ}"
    assert not Path(run, "journal").exists(), f"{run} has kept its journal"


def parameters_of(run):
    """Those of all checkpoints, which name the model's file besides."""
    found = {}
    for path in Path(run, "checkpoints").iterdir():
        with h5py.File(path) as file:
            found[path.name] = {name: array[...].tobytes() for name, array in file["parameters"].items()}
    return found


def failures_of(run):
    """The lines of evaluations that are lost, and of those that were hit by the clock or the machine, and are not."""
    lines = Path(run, "failures.jsonl").read_text().splitlines()
    return [[line for line in lines if ('"lost":true' in line) == is_lost] for is_lost in (True, False)]


def check_equal(run, wanted, is_hit=False):
    """The same parameters, losses and failures, of another kind of model. `is_hit`: evaluations may have been hit."""
    assert parameters_of(run) == parameters_of(wanted), f"{run} has other parameters than {wanted}"
    metrics, failures = ([read(path) for path in (run, wanted)] for read in (
        lambda path: Path(path, "metrics.jsonl").read_bytes(), failures_of))
    assert metrics[0] == metrics[1], f"metrics.jsonl of {run} differs from that of {wanted}"
    assert failures[0][0] == failures[1][0], f"{run} has lost other evaluations than {wanted}"
    assert is_hit or failures[0][1] == failures[1][1], f"evaluations of {run} were hit"
