# SPDX-License-Identifier: MIT
"""Starts `dtrain gradient`, kills it, and reads what it has written."""
import os
import re
import subprocess
import time
from pathlib import Path

import h5py
import numpy as np

from planted_runs import TIMEOUT, kill_all


class Gradients:
    """Starts `dtrain gradient` with these options; `variables` are added to the environment."""

    def __init__(self, mpirun, dtrain, folder, *options, **variables):
        self.mpirun, self.dtrain, self.folder = mpirun, dtrain, folder
        self.options, self.variables = options, variables

    def like(self, *options, **variables):
        """Others, with these options and variables besides."""
        return Gradients(self.mpirun, self.dtrain, self.folder, *self.options, *options,
                         **{**self.variables, **variables})

    def start(self, ranks, output, *options):
        """A process. The full path of the output is the last word of the command, by which its ranks are found."""
        launcher = [self.mpirun, "-np", str(ranks)] if ranks > 1 else []
        where = ["--output", f"{self.folder}/{output}"] if output else []
        return subprocess.Popen([*launcher, self.dtrain, "gradient", *self.options, *options, *where],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=os.environ | {name.upper(): str(value) for name, value in self.variables.items()})

    def end(self, job, code=0):
        """Waits for the end, which is to be with that exit code. Returns what was printed, and dtrain's lines."""
        try:
            out, err = job.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            job.kill()
            raise AssertionError(f"{job.args}: no end after {TIMEOUT} s") from None
        said = [re.sub(r" \(rank \d+ on [^)]*\)$", "", line) for line in err.splitlines()
                if line.startswith("dtrain: ")]
        assert job.returncode == code, f"{job.args} with {self.variables}: exit code {job.returncode}: {said}"
        return out, said

    def run(self, ranks, output, *options, code=0):
        return self.end(self.start(ranks, output, *options), code)

    def afresh(self, ranks, output, *options):
        """The file's content, which is replaced if it is there. Nothing else is left."""
        out, said = self.run(ranks, output, *options, "--force", "--quiet")
        assert not out and not said, f"--quiet prints {out} {said}"
        assert not Path(f"{output}.journal").exists(), f"{output} has kept its journal"
        return read(output)

    def refused(self, pattern, *options, output=None, ranks=1, code=2):
        out, said = self.run(ranks, output, *options, "--quiet", code=code)
        assert not out and len(said) == 1 and re.search(pattern, said[0]), f"{options}: not '{pattern}': {out} {said}"

    def ranks_of(self, output):
        listed = subprocess.run(["pgrep", "-f", f"^{re.escape(self.dtrain)} .*{re.escape(f'{self.folder}/{output}')}$"],
                                capture_output=True, text=True)
        return [int(pid) for pid in listed.stdout.split()]

    def kill(self, job, output):
        """Kills all processes of a job, and waits for their end."""
        kill_all([job.pid, *self.ranks_of(output)])
        job.communicate()
        while ranks := self.ranks_of(output):
            kill_all(ranks)
            time.sleep(0.02)


def read(path):
    """The arrays and attributes of a file, but for the seconds."""
    with h5py.File(path) as file:
        content = {name: array[()] for name, array in file.items() if name != "seconds"}
        content |= {f"names of {name}": array.attrs["names"] for name, array in file.items() if "names" in array.attrs}
        assert len(file["seconds"]) == len(file["outcomes"]) and np.all(file["seconds"][()] >= 0)
        return content | dict(file.attrs)


def check_same(got, wanted):
    assert got.keys() == wanted.keys()
    differ = [name for name in wanted if np.asarray(got[name]).tobytes() != np.asarray(wanted[name]).tobytes()]
    assert not differ, {name: (got[name], wanted[name]) for name in differ}
