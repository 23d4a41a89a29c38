# SPDX-License-Identifier: MIT
"""Ends jobs as a scheduler does that sends SIGTERM to all processes of a step at once: the simulations get it first, a
moment before their ranks. Evaluations under way have then not crashed, and are evaluated again: no record says
otherwise, and the files of the resumed run are those of an undisturbed one.
    stopped_together.py MPIRUN DTRAIN MODEL      in an empty folder; STOPS and SEED in the environment
"""
import os
import random
import signal
import sys
import time

from planted_runs import STOPPED, TIMEOUT, Runs, check_equal, failures_of, words_of
from restless_runs import RestlessRuns

SIZES = 1, 3, 5
STOPS_OF_A_RUN = 10
OPTIONS = ("--replicates", "4", "--iterations", "30", "--checkpoint-every", "5", "--eval-every", "4", "--on-failure",
           "one-sided", "--max-failures", "0.5", "--journal", "on", "--no-check")


def terminate(processes):
    for pid in processes:
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            pass


class Stops:
    """Of one run after another."""

    def __init__(self, restless, seed):
        self.restless, self.random = restless, random.Random(seed)
        self.number = 0

    def stop(self, ranks, kind, at_start=False, ranks_first=False):
        """Ends a job once it evaluates, and a moment later; or while its simulations start. Whether it was there."""
        restless, before, end = self.restless, self.restless.evaluated(), time.monotonic() + TIMEOUT
        job = restless.start(ranks, "run", kind=kind)
        while job.poll() is None and time.monotonic() < end:
            if restless.simulations() if at_start else restless.evaluated() > before:
                break
            time.sleep(0.005)
        time.sleep(self.random.uniform(0, 0.1 if at_start else 1))
        groups = [restless.simulations(), restless.runs.ranks_of("run")]
        for group in reversed(groups) if ranks_first else groups:
            terminate(group)
        code = job.wait(TIMEOUT)
        what = f"{kind} on {ranks} ranks, {'at the start' if at_start else 'at work'}"
        assert code in (0, STOPPED), f"{what}: exit code {code}: {words_of('run')}"
        restless.seconds_until_gone()
        return code == STOPPED

    def one(self):
        """The next: at the start, or at work; or of simulations that report a failure when they are to end, which can
        be told from another only if the rank knows of the end by then."""
        self.number += 1
        ranks, which = SIZES[self.number % 3], self.number // 3 % 3
        if which == 2:
            return self.stop(ranks, "tells", ranks_first=True)
        return self.stop(ranks, "plain", at_start=which == 1)

    def play(self, most):
        """One run. Returns how often it was stopped."""
        Runs.remove("run")
        done = 0
        while done < most and self.one():
            done += 1
        self.restless.finish(2, "run")
        assert failures_of("run")[0], "nothing has failed"
        check_equal("run", "straight")
        return done


def check_slow_start(restless):
    """A simulation that is never ready keeps no job from its end. The signal is the ranks' alone."""
    for ranks in (1, 3):
        before = restless.evaluated()
        job, end = restless.start(ranks, "slow", kind="slow"), time.monotonic() + TIMEOUT
        while restless.evaluated() < before + ranks and job.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        terminate(restless.runs.ranks_of("slow"))
        code = job.wait(TIMEOUT)
        assert code == STOPPED, f"exit code {code}: {words_of('slow')}"
        restless.seconds_until_gone()


def main():
    stops = int(os.environ.get("STOPS") or 9)
    restless = RestlessRuns(*sys.argv[1:4], *OPTIONS, fail=0.02)
    check_slow_start(restless)
    run, done = Stops(restless, int(os.environ.get("SEED") or 1)), 0
    while done < stops:
        done += run.play(min(STOPS_OF_A_RUN, stops - done))
    print(f"{done} jobs stopped with their simulations: nothing has crashed, and the files are as undisturbed")


main()
