#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""dtrain gradient that is killed, stopped, or hit by crashes and time-outs of its model: what is left, and how the same
command goes on.
    gradient_ends.py MPIRUN DTRAIN FOLDER PLANTED_MODEL      in that folder, which is empty
"""
import os
import re
import shutil
import signal
import sys
import time
from pathlib import Path

import numpy as np

from gradients import Gradients, check_same, read
from planted_runs import FAILED, STOPPED, Count


def strike(gradients, job, count, least):
    """Waits until so many evaluations more have begun."""
    end = time.monotonic() + 60
    while count() < least and job.poll() is None and time.monotonic() < end:
        time.sleep(0.005)
    assert job.poll() is None, f"it has ended before {least} evaluations: {gradients.end(job)}"


def check_kills(planted, name, given_up):
    """A kill costs the evaluations under way; the two stops cost no more than are given up in another process. Then the
    same command goes on."""
    count = Count("count")
    killed_file, straight = f"{name}.h5", f"straight-{name}.h5"
    slow = planted.like("--replicates", "3", "--journal", "on", "--no-check", "--on-failure", "one-sided",
                        "--max-failures", "1", planted_p=20, planted_sleep=0.03, planted_sigma=0.7, planted_fail=0.05,
                        planted_count=count.path)
    fast = slow.like(planted_sleep=0)
    wanted = fast.afresh(1, straight)
    needed = len(wanted["outcomes"])
    assert count() == needed
    count.reset()
    out, said = slow.run(2, killed_file, "--max-time", "0.2", code=STOPPED)
    assert re.search(r"stopped by --max-time 0.2 s after \d+ of 123 evaluations: the same command", said[-1]), said
    assert count() < needed, "--max-time has had no effect"
    killed = 0
    for ranks, least in ((3, 25), (1, 40), (5, 60)):
        job = slow.start(ranks, killed_file)
        strike(slow, job, count, least)
        slow.kill(job, killed_file)
        killed += ranks
        assert not Path(killed_file).exists() and Path(f"{killed_file}.journal").is_dir()
    # Any rank may be the one that is asked to stop.
    job = slow.start(2, killed_file)
    strike(slow, job, count, count() + 10)
    os.kill(slow.ranks_of(killed_file)[-1], signal.SIGTERM)
    out, said = slow.end(job, STOPPED)
    assert re.search(r"stopped by signal 15 .* after \d+ of 123 evaluations: the same command goes on from there$",
                     said[-1]) and ", central differences, " in said[0], said
    assert re.search(r"123 evaluations, \d+ of them from the journal, on 2 ranks", said[0]), said
    fast.run(8, killed_file)
    check_same(read(killed_file), wanted)
    assert not Path(f"{killed_file}.journal").exists()
    assert needed <= count() <= needed + killed + given_up, \
        f"{count() - needed} evaluations lost, but {killed} ranks killed"


def remember():
    """An empty memory of what has happened once."""
    shutil.rmtree("memory", ignore_errors=True)
    os.mkdir("memory")
    return {"planted_once": os.path.abspath("memory")}


def check_stops(isolated):
    """A rank that is asked to stop gives up an evaluation in a process of its own, of the check or of the table."""
    count = Count("count")
    hanging = isolated.like("--journal", "on", planted_hang=1, planted_count=count.path, **remember())
    for ranks, options in ((1, []), (2, []), (1, ["--no-check"]), (3, ["--no-check"])):
        remember()
        count.reset()
        job = hanging.start(ranks, "hanging.h5", *options)
        strike(hanging, job, count, ranks)
        for rank in hanging.ranks_of("hanging.h5"):
            os.kill(rank, signal.SIGTERM)
        out, said = hanging.end(job, STOPPED)
        assert not out and len(said) == 2 and re.search(
            r"stopped by signal 15 .* after 0 of 13 evaluations: the same command goes on from there$", said[1]), said
        # In the check all ranks begin with the same evaluation, which hangs once: the others go on to their next.
        assert count() <= ranks + 1, f"{count()} evaluations have begun on {ranks} ranks"


def check_hits(planted, isolated):
    """What the clock or the machine has taken is retried; or it is lost, and stays so when the same command goes on."""
    count = Count("count")
    given = "--replicates", "4", "--no-check"
    clean = planted.afresh(1, "clean.h5", *given)
    hit = isolated.like(*given, "--evaluation-timeout", "3", "--max-failures", "1", planted_crash=0.1,
                        planted_hang=0.05, planted_count=count.path)
    check_same(hit.like(**remember()).afresh(3, "hit.h5", "--retries", "1"), clean)
    lost = len(os.listdir("memory"))
    hit = hit.like("--journal", "on", **remember())
    hit.run(3, "facts.h5", code=FAILED)
    assert len(os.listdir("memory")) == lost > 3
    shutil.copytree("facts.h5.journal", "again.h5.journal")
    count.reset()
    hit.run(2, "facts.h5", "--on-failure", "skip")
    assert count() == 0, "what was lost by the clock has been evaluated again"
    got = read("facts.h5")
    names = [got["names of outcomes"][outcome] for outcome in got["outcomes"]]
    assert set(names) == {b"done", b"crash", b"timeout"} and len(names) - names.count(b"done") == lost, names
    assert not np.array_equal(got["gradient"], clean["gradient"]) and np.all(np.isfinite(got["gradient"]))
    # If nothing may be lost, it is evaluated again.
    hit.run(1, "again.h5")
    assert count() == lost
    check_same(read("again.h5"), clean)
    crashing = isolated.like(planted_crash=1, **remember())
    ended = r"(was killed by signal|ended with exit code) \d+.*"
    crashing.refused(rf"cannot be evaluated at this point \(crash: {ended}\): choose another", code=FAILED, ranks=2)
    remember()
    crashing.refused(rf"13 of 13 evaluations .* the first at .* \({ended}; tried 1 time\): --on-failure", "--no-check",
                     code=FAILED, ranks=3)


def check_gone(planted, isolated):
    """A process that cannot be started any more ends the command on all ranks, with one line; then it goes on."""
    count = Count("count")
    given = "--replicates", "3", "--no-check"
    clean = planted.afresh(1, "clean.h5", *given)
    gone = isolated.like(*given, "--journal", "on", planted_crash=0.15, planted_count=count.path, **remember())
    for ranks in (1, 3):
        remember()
        count.reset()
        gone.like("--retries", "1", planted_setup="gone").refused(r"--model .*setup\(\)", output="gone.h5", ranks=ranks,
                                                                 code=1)
        begun = count()
        assert 0 < begun < len(clean["outcomes"]) and not Path("gone.h5").exists(), begun
        gone.like("--retries", "1", planted_crash=0).run(2, "gone.h5")
        # Each rank may have been at an evaluation that was given up.
        assert len(clean["outcomes"]) < count() <= len(clean["outcomes"]) + ranks
        check_same(read("gone.h5"), clean)
        Path("gone.h5").unlink()


def main():
    mpirun, dtrain, folder, planted_model = sys.argv[1:]
    planted = Gradients(mpirun, dtrain, folder, "--model", planted_model)
    isolated = planted.like("--isolate")
    check_kills(planted, "inside", 0)
    check_kills(isolated, "isolated", 4)  # by 2 ranks each
    check_stops(isolated)
    check_hits(planted, isolated)
    check_gone(planted, isolated)
    print("the same command goes on, whatever has ended it")


main()
