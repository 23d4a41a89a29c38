#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs of a model that evaluates, stopped in the midst of an iteration, killed, extended and resumed on other numbers
of ranks: their files are those of an undisturbed run, and with a journal nothing is evaluated twice.
    stopped_evaluations.py MPIRUN DTRAIN MODEL      in an empty folder
"""
import itertools
import os
import signal
import sys
import time
from pathlib import Path

from planted_runs import STOPPED, Count, Runs, check_same

REPLICATES, LENGTH = 4, 9
PERIODS = [["--eval-every", "1", "--checkpoint-every", "4"], ["--eval-every", "3", "--checkpoint-every", "1"],
           ["--eval-every", "3", "--checkpoint-every", "3"], ["--eval-every", "1", "--checkpoint-every", "100"]]


def make(runs, periods, **planted):
    """A run with failures, its count of evaluations, and how many it needs as it is undisturbed, in `straight`."""
    count = Count("count")
    run = runs.like("--replicates", str(REPLICATES), "--on-failure", "one-sided", "--max-failures", "0.5", "--no-check",
                    *periods, fail=0.03, count=count.path, **planted)
    run.like(sleep=0).afresh(1, "straight", "--iterations", str(LENGTH), "--journal", "off")
    needed = count()
    count.reset()
    return run, count, needed


def wait_for(count, least, job):
    end = time.monotonic() + 60
    while count() < least and job.poll() is None:
        assert time.monotonic() < end, f"only {count()} evaluations"
        time.sleep(0.005)


def stop(runs, how, run):
    """Any rank may be the one that gets the signal."""
    if how == "signal":
        os.kill(runs.ranks_of(run)[-1], signal.SIGTERM)
    elif how == "file":
        Path(run, "stop").touch()


def check_stops(runs):
    """Stopped once in each way on 1, 3 and 8 ranks, by turns, and resumed each time on another number."""
    sizes, hows = itertools.cycle([3, 1, 8]), itertools.cycle(["signal", "file", "--max-time"])
    for periods in PERIODS:
        run, count, needed = make(runs, periods, sleep=0.02)
        Path("stopped").mkdir()
        stops = 0
        for target in range(needed // 5, needed, needed // 4):
            how, ranks = next(hows), next(sizes)
            limit = ["--max-time", "1s"] if how == "--max-time" else []
            job = run.start(ranks, "stopped", "--resume", "--iterations", str(LENGTH), "--journal", "on", *limit)
            # Where the start before went beyond the target, this one is to begin all the same.
            wait_for(count, max(target, count() + 1), job)
            stop(run, how, "stopped")
            code = job.wait(60)
            assert code in (0, STOPPED), f"{how} on {ranks} ranks: exit code {code}"
            stops += code == STOPPED
        assert stops > 1, f"{periods}: not stopped"
        run.run(next(sizes), "stopped", "--resume", "--iterations", str(LENGTH), "--journal", "on")
        check_same("stopped", "straight")
        assert count() == needed, f"{periods}: {count()} evaluations in {stops + 1} starts, not {needed}"
        Runs.remove("stopped")


def check_extended(runs):
    """Extended after its end, several times, without a journal and with one."""
    for periods, journal in zip(PERIODS, ("off", "auto", "on", "on")):
        run, count, needed = make(runs, periods)
        run = run.like("--journal", journal)
        lengths = [2, 5, 6, LENGTH]
        Runs.remove("extended")
        for length, ranks in zip(lengths, (3, 1, 8, 2)):
            run.run(ranks, "extended", "--resume", "--iterations", str(length))
        check_same("extended", "straight")
        # At each end the losses after the last update are evaluated, and again as the first of the next iteration.
        needed += REPLICATES * (len(lengths) - 1)
        assert count() == needed, f"{periods}: {count()} evaluations, not {needed}"
        # Nothing is left to do.
        before = count()
        run.run(2, "extended", "--resume", "--iterations", str(LENGTH))
        check_same("extended", "straight")
        assert count() == before, f"a finished run has evaluated {count() - before}"


def check_killed_before_end(runs):
    """Killed while it measures the last losses, or at any time after its last checkpoint but one."""
    run, count, needed = make(runs, ["--eval-every", "3", "--checkpoint-every", "4"], sleep=0.02)
    for ranks, left in ((3, 2), (8, 20), (1, 3)):
        count.reset()
        Runs.remove("killed")
        job = run.start(ranks, "killed", "--iterations", str(LENGTH), "--journal", "on")
        wait_for(count, needed - left, job)
        run.kill(job, "killed")
        run.run(2, "killed", "--resume", "--iterations", str(LENGTH), "--journal", "on")
        check_same("killed", "straight")
        assert count() <= needed + ranks, f"{count()} evaluations after a kill of {ranks} ranks, not {needed}"


def check_other_run(runs):
    """A journal is of use to no other run: not with another seed, nor with more replicates, which have other numbers
    in the table. The first checkpoint is lost, so the run begins again."""
    for option, before, after in (("--seed", 0, 5), ("--replicates", REPLICATES, 5), ("--retries", 0, 3)):
        run, count, needed = make(runs, [*PERIODS[2], "--iterations", str(LENGTH), option, str(after)])
        job = run.like(option, str(before), sleep=0.05).start(3, "other", "--journal", "on")
        wait_for(count, 20, job)
        run.kill(job, "other")
        Runs.remove("other/checkpoints")
        count.reset()
        run.run(2, "other", "--resume", "--journal", "on")
        check_same("other", "straight")
        assert count() == needed, f"{option}: {count()} evaluations, not {needed}"
        Runs.remove("other")


def main():
    runs = Runs(*sys.argv[1:4])
    for check in (check_stops, check_extended, check_killed_before_end, check_other_run):
        check(runs)
    print("stopped, killed and extended runs have the files of undisturbed ones")


main()
