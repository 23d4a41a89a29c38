# SPDX-License-Identifier: MIT
"""Ends jobs whose simulations start processes that get out of reach: kills of mpirun, of one rank and of all, signals
to mpirun, evaluations that time out, and --max-time. Nothing of the simulations may be left then, no process and no
scratch folder; and the files of the run, resumed each time on another number of ranks, are those of an undisturbed one.
How long it takes is printed, and not judged.
    simulation_kills.py MPIRUN DTRAIN MODEL      in an empty folder; KILLS and SEED in the environment
"""
import os
import random
import signal
import sys
import time
from collections import defaultdict

from planted_runs import STOPPED, TIMEOUT, Runs, check_equal, kill_all
from restless_runs import KINDS, RestlessRuns

SIZES = 1, 2, 3, 5
KILLS_OF_A_RUN = 10
OPTIONS = ("--replicates", "4", "--iterations", "30", "--checkpoint-every", "5", "--eval-every", "4", "--on-failure",
           "one-sided", "--max-failures", "0.5", "--retries", "2", "--journal", "on", "--no-check")
# Evaluations take 0.03 s, but starting Python may take longer on a busy machine.
TIME_FOR_ONE = "--evaluation-timeout", "4"


class Campaign:
    """One run after another, each of which is ended several times."""

    def __init__(self, restless, seed):
        self.restless, self.random = restless, random.Random(seed)
        self.ways = {"kill mpirun": self.kill_launcher, "kill a rank": self.kill_rank, "kill all": self.kill_ranks,
                     "SIGTERM": self.terminate, "SIGINT": self.interrupt, "timeout": self.wait_for_timeout,
                     "--max-time": self.wait_for_end}
        self.longest, self.kills = defaultdict(float), defaultdict(int)

    def kill_launcher(self, job):
        os.kill(job.pid, signal.SIGKILL)

    def kill_rank(self, job):
        kill_all([self.random.choice(self.restless.runs.ranks_of("run") or [job.pid])])

    def kill_ranks(self, job):
        kill_all(self.restless.runs.ranks_of("run"))

    def terminate(self, job):
        job.send_signal(signal.SIGTERM)

    def interrupt(self, job):
        job.send_signal(signal.SIGINT)

    def wait_for_timeout(self, job):
        """Until the simulation of an evaluation that hangs is replaced; then all ends."""
        restless, end = self.restless, time.monotonic() + TIMEOUT
        hung = len(os.listdir("marks"))
        while job.poll() is None and len(os.listdir("marks")) == hung and time.monotonic() < end:
            time.sleep(0.01)
        folders = {folder for folder in restless.marked().values() if folder}
        while job.poll() is None and all(map(os.path.isdir, folders)) and time.monotonic() < end:
            time.sleep(0.01)
        for folder in folders:
            if job.poll() is None and not os.path.isdir(folder):
                self.note("timeout", folder)
        kill_all([job.pid])

    def wait_for_end(self, job):
        code = job.wait(TIMEOUT)
        assert code in (0, STOPPED), f"--max-time: exit code {code}"

    def note(self, way, folder=None):
        self.longest[way] = max(self.longest[way], self.restless.seconds_until_gone(folder))

    def strike(self, way, kind, ranks):
        """Ends a job once it evaluates, and a moment later. Returns whether it was still there."""
        restless, before = self.restless, self.restless.evaluated()
        limit = ["--max-time", f"{self.random.uniform(1, 3):.2f}s"] if way == "--max-time" else []
        # Often enough to be met soon where it is waited for, and otherwise seldom.
        restless.runs.planted["hang"] = 0.02 if way == "timeout" else 0
        job, end = restless.start(ranks, "run", *limit, kind=kind), time.monotonic() + TIMEOUT
        while restless.evaluated() == before and job.poll() is None and time.monotonic() < end:
            time.sleep(0.005)
        time.sleep(self.random.uniform(0, 1))
        is_there = job.poll() is None
        if is_there:
            self.ways[way](job)
        job.wait(TIMEOUT)
        self.note(way)
        self.kills[way] += is_there
        return is_there

    def play(self, ways):
        """One run that is ended in these ways, and then runs to its end."""
        Runs.remove("run")
        ranks = 0
        for way, kind in ways:
            ranks = self.another(ranks, 2 if way == "kill mpirun" else 1)
            if not self.strike(way, kind, ranks):
                break
        self.restless.finish(self.another(ranks, 1), "run")
        self.note("end")
        check_equal("run", "straight", is_hit=True)

    def another(self, ranks, least):
        return self.random.choice([size for size in SIZES if size != ranks and size >= least])


def main():
    kills, seed = int(os.environ.get("KILLS") or 8), int(os.environ.get("SEED") or 1)
    os.mkdir("marks")
    restless = RestlessRuns(*sys.argv[1:4], *OPTIONS, fail=0.02)
    restless.runs = restless.runs.like(*TIME_FOR_ONE, once=os.path.abspath("marks"))
    campaign = Campaign(restless, seed)
    number = 0
    while sum(campaign.kills.values()) < kills:
        todo = min(KILLS_OF_A_RUN, kills - sum(campaign.kills.values()))
        # Each way meets each kind in time: there are 7 of the one and 5 of the other.
        campaign.play([(list(campaign.ways)[i % 7], KINDS[i % 5]) for i in range(number, number + todo)])
        number += todo
    assert min(campaign.kills[way] for way in campaign.ways) > 0 or kills < 8, f"not in every way: {campaign.kills}"
    for way in [*campaign.ways, "end"]:
        print(f"{way:12} {campaign.kills[way]:3} times, nothing left after {campaign.longest[way]:.2f} s at the most")


main()
