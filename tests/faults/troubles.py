# SPDX-License-Identifier: MIT
"""Runs of models of which a few evaluations fail, and others hang or crash the first time. The run ends, and its
parameters, losses and lost evaluations are those of the run in which nothing hangs or crashes: on any number of ranks,
after a kill, and when it is repeated.
    troubles.py MPIRUN DTRAIN MODEL      in an empty folder
"""
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from planted_runs import TIMEOUT, Runs, check_equal, failures_of

SIZES = 1, 3, 8
CRASHES = {"segv", "abort", "exit0", "exit3", "kill", "memory"}
SHARES = {"fail": 0.02, "hang": 0.003, "crash": 0.03}
OPTIONS = ("--iterations", "12", "--replicates", "4", "--checkpoint-every", "5", "--eval-every", "4", "--seed", "3",
           "--on-failure", "one-sided", "--max-failures", "0.5", "--retries", "2", "--journal", "on", "--no-check")
# An evaluation takes no time, but a busy machine may need a second to start Python.
TIME_FOR_ONE = "--evaluation-timeout", "3"
TWIN = Path(__file__).resolve().parents[1] / "training" / "planted_model.py"
COMMAND = f"/usr/bin/python3 {shlex.quote(str(TWIN))}"


class Troubles:
    """Runs of one kind of model, with a folder that remembers what has happened."""

    def __init__(self, name, runs, *model):
        self.run, self.folder, self.model = f"hit-{name}", f"marks-{name}", model
        self.runs = runs.like(*TIME_FOR_ONE, once=os.path.abspath(self.folder))
        self.planted = None  # how often evaluations of the whole run hang, and crash in each way

    def forget(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.mkdir(self.folder)

    def met(self):
        return Counter(name.split("-")[0] for name in os.listdir(self.folder))

    def check(self, unrecorded=0):
        """Each hit has a line, but for those whose rank was killed before it could say so. A busy machine may have
        hit an honest evaluation besides."""
        check_equal(self.run, "straight", is_hit=True)
        met = self.met()
        causes = Counter(json.loads(line)["cause"] for line in failures_of(self.run)[1])
        crashes = met.total() - met["hang"]
        assert set(causes) == {"crash", "timeout"}, causes
        assert crashes - unrecorded <= causes["crash"] <= crashes, f"{causes}, and not {met}"
        assert causes["timeout"] >= met["hang"] - unrecorded, f"{causes}, and not {met}"

    def check_sizes(self):
        """Undisturbed but for the hits."""
        names = set()
        for ranks in SIZES:
            self.forget()
            said = self.runs.afresh(ranks, self.run)
            assert not said, said
            self.planted = self.met()
            assert set(self.planted) == {"hang", *CRASHES}, f"not all has happened: {self.planted}"
            self.check()
            names.add(tuple(sorted(os.listdir(self.folder))))
        assert len(names) == 1, "other evaluations are hit on another number of ranks"

    def check_kill(self, first, second):
        """Killed when half of the hits have been met, all processes at once."""
        self.forget()
        Runs.remove(self.run)
        job, end = self.runs.start(first, self.run), time.monotonic() + TIMEOUT
        while self.met().total() < self.planted.total() // 2 and time.monotonic() < end:
            assert job.poll() is None, f"ended with {job.returncode} before it was killed"
            time.sleep(0.005)
        self.runs.kill(job, self.run)
        assert self.met().total() < self.planted.total(), "killed too late"
        self.runs.run(second, self.run, "--resume")
        assert self.met() == self.planted, f"{self.met()} after a kill, and not {self.planted}"
        self.check(unrecorded=first)

    def verify(self):
        done = subprocess.run([self.runs.dtrain, "verify", self.run, *self.model, *TIME_FOR_ONE], text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, env=self.runs.environment(),
                              timeout=TIMEOUT)
        assert done.returncode == 0 and "verified" in done.stdout, f"{done.returncode}: {done.stdout} {done.stderr}"

    def play(self, before, after):
        self.check_sizes()
        self.verify()
        self.check_kill(before, after)
        # Repeated, too, evaluations may hang and crash.
        self.forget()
        self.verify()
        assert self.met().total() > 0, "nothing was evaluated"
        return f"{self.model[0]}: {dict(self.planted)} on {SIZES} ranks, killed and repeated: as if none had been hit"


def main():
    mpirun, dtrain, model = sys.argv[1:4]
    inside = Runs(mpirun, dtrain, model, *OPTIONS, **SHARES)
    inside.run(1, "straight")
    lost, hit = failures_of("straight")
    assert lost and not hit, "nothing has failed, or something was hit"
    isolated = Troubles("isolated", inside.like("--isolate"), "--isolate")
    words = "--model-command", COMMAND
    command = Troubles("command", Runs(mpirun, dtrain, None, *words, *OPTIONS, **SHARES), *words)
    with ThreadPoolExecutor() as pool:  # They wait most of the time, for evaluations that hang.
        for told in [pool.submit(isolated.play, 3, 8), pool.submit(command.play, 8, 1)]:
            print(told.result())


main()
