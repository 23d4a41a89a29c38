# SPDX-License-Identifier: MIT
"""Runs of odd_program.py behind --model-command: what dtrain says about them, and what they leave behind."""
import os
import re
import shlex
import shutil
import subprocess
import time
from pathlib import Path

TIMEOUT = 120  # seconds for any run
PROGRAM = ["/usr/bin/python3", "-SE", str(Path(__file__).with_name("odd_program.py"))]
# All that a terminal could take for a command, but the end of a line.
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")


class OddRuns:
    """Starts runs in the working folder, whose scratch folders are in ./scratch."""

    def __init__(self, mpirun, dtrain):
        self.mpirun, self.dtrain = mpirun, dtrain
        self.scratch = Path("scratch").resolve()
        self.scratch.mkdir()
        self.home = Path("home").resolve()
        self.home.mkdir()

    def environment(self, **variables):
        return os.environ | {"HOME": str(self.home)} | variables

    def start(self, ranks, kind, *options, run="run", launcher=(), **variables):
        """Runs `dtrain` to its end. Returns its exit code, and what stands on standard error."""
        command = shlex.join(PROGRAM) + " " + kind
        words = [*launcher, *([self.mpirun, "-np", str(ranks)] if ranks > 1 else []), self.dtrain,
                 "--model-command", command, "--scratch", "scratch", "--run-dir", run, *options]
        shutil.rmtree(run, ignore_errors=True)
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT,
                              env=self.environment(**variables))
        text = done.stderr.decode()  # It is UTF-8, whatever the program prints.
        assert not CONTROLS.search(text), f"{kind}: control characters: {text!r}"
        self.check_nothing_left(kind)
        return done.returncode, text

    def check(self, ranks, kind, pattern, *options, code, run="run", **variables):
        """A run that ends with that code, and one line of dtrain's that has the pattern, or none (None)."""
        got, text = self.start(ranks, kind, "--quiet", *options, run=run, **variables)
        said = [line for line in text.splitlines() if not re.match(r"rank \d+: ", line)]
        assert got == code, f"{kind} on {ranks} ranks: exit code {got}, not {code}: {text}"
        if pattern is None:
            assert not said, f"{kind} on {ranks} ranks: {said}"
        else:
            assert len(said) == 1 and re.fullmatch(f"dtrain: {pattern}" + r"( \(rank \d+ on [^)]*\))?", said[0]), \
                f"{kind} on {ranks} ranks: not one line '{pattern}': {said}"
            assert len(said[0]) < 1200, f"{kind}: a line of {len(said[0])} characters"
        return text

    def processes(self):
        """Those that have a scratch folder here: guards, programs, and what these have left."""
        mark, found = f"DTRAIN_SCRATCH={self.scratch}/".encode(), []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (path / "environ").read_bytes():
                    found.append(path.name)
            except OSError:
                pass  # It has ended, or is another user's.
        return found

    def check_nothing_left(self, kind):
        """A guard may outlive dtrain for the moment that it needs to remove its folder."""
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline and (self.processes() or os.listdir(self.scratch)):
            time.sleep(0.05)
        left = self.processes(), os.listdir(self.scratch)
        assert left == ([], []), f"{kind} has left processes {left[0]} and scratch folders {left[1]}"
        assert not os.listdir(self.home), f"{kind}: in the home folder: {os.listdir(self.home)}"
