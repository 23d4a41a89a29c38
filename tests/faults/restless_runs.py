# SPDX-License-Identifier: MIT
"""Runs of restless_model.py, and what is left of them."""
import os
import shlex
import time
from pathlib import Path

from planted_runs import Runs

MODEL = Path(__file__).with_name("restless_model.py")
COMMAND = f"/usr/bin/python3 {shlex.quote(str(MODEL))}"
KINDS = "plain", "sessions", "daemon", "deaf", "mpirun"
PATIENCE = 10  # seconds until nothing may be left


class RestlessRuns:
    """Of the working folder, whose name marks all processes; scratch folders are in `scratch`."""

    def __init__(self, mpirun, dtrain, model, *options, **planted):
        self.count, self.scratch = Path("count").resolve(), Path("scratch").resolve()
        self.scratch.mkdir()
        self.count.touch()
        os.environ.update(TMPDIR=str(self.scratch), RESTLESS_COUNT=str(self.count), RESTLESS_MPIRUN=mpirun)
        Runs(mpirun, dtrain, model, *options, **planted).run(1, "straight")
        self.runs = Runs(mpirun, dtrain, None, "--model-command", COMMAND, *options, **planted)

    def start(self, ranks, run, *options, kind="plain", sleep=0.03):
        os.environ.update(RESTLESS_KIND=kind, RESTLESS_SLEEP=str(sleep))
        return self.runs.start(ranks, run, "--resume", *options)

    def finish(self, ranks, run):
        os.environ.update(RESTLESS_KIND="plain", RESTLESS_SLEEP="0")
        self.runs.run(ranks, run, "--resume")

    def evaluated(self):
        """How many evaluations have begun so far."""
        return self.count.stat().st_size

    def marked(self):
        """The processes of jobs in this folder, each with the scratch folder of its simulation, or None."""
        found = {}
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "environ").read_bytes().split(b"\0")
            except OSError:
                continue  # It has just ended.
            if int(process.name) != os.getpid() and f"RESTLESS_COUNT={self.count}".encode() in words:
                folders = [word.split(b"=", 1)[1].decode() for word in words if word.startswith(b"DTRAIN_SCRATCH=")]
                found[int(process.name)] = folders[0] if folders else None
        return found

    def simulations(self):
        """Those of simulations: their guards, too."""
        return [pid for pid, folder in self.marked().items() if folder]

    def is_left(self, folder=None):
        """Whether something is, of all jobs, or of the simulation with that scratch folder."""
        folders = [folder] if folder else self.scratch.glob("dtrain-*")
        return any(folder in (None, other) for other in self.marked().values()) or any(map(os.path.isdir, folders))

    def seconds_until_gone(self, folder=None):
        """Waits until nothing is left, and returns how long that took."""
        begin = time.monotonic()
        # Twice, as a process may have forked while the others were looked at.
        while self.is_left(folder) or self.is_left(folder):
            seconds = time.monotonic() - begin
            assert seconds < PATIENCE, f"left after {seconds:.0f} s: {self.describe()}"
            time.sleep(0.01)
        return time.monotonic() - begin

    def describe(self):
        names = []
        for pid in self.marked():
            try:
                names.append(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                pass
        return names, sorted(os.listdir(self.scratch))
