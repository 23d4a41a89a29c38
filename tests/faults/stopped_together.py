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


def is_ready(restless, at_start, before):
    return bool(restless.simulations()) if at_start else restless.evaluated() > before


def stop(restless, rng, ranks, at_start):
    """Ends a job once it evaluates, and a moment later; or while its simulations start."""
    before, end = restless.evaluated(), time.monotonic() + TIMEOUT
    job = restless.start(ranks, "run")
    while not is_ready(restless, at_start, before) and job.poll() is None and time.monotonic() < end:
        time.sleep(0.005)
    time.sleep(rng.uniform(0, 0.1 if at_start else 1))
    simulations, processes = restless.simulations(), restless.runs.ranks_of("run")
    for pid in simulations + processes:
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
    code = job.wait(TIMEOUT)
    where = f"{ranks} ranks, {'at the start' if at_start else 'at work'}"
    assert code in (0, STOPPED), f"{where}: exit code {code}: {words_of('run')}"
    restless.seconds_until_gone()
    return code == STOPPED


def main():
    stops, rng = int(os.environ.get("STOPS") or 3), random.Random(int(os.environ.get("SEED") or 1))
    restless = RestlessRuns(*sys.argv[1:4], *OPTIONS, fail=0.02)
    done = number = 0
    while done < stops:
        Runs.remove("run")
        for _ in range(min(STOPS_OF_A_RUN, stops - done)):
            number += 1
            if not stop(restless, rng, SIZES[number % 3], number % 3 == 0):
                break
            done += 1
        restless.finish(2, "run")
        assert failures_of("run")[0], "nothing has failed"
        check_equal("run", "straight")
    print(f"{done} jobs stopped with their simulations: nothing has crashed, and the files are as undisturbed")


main()
