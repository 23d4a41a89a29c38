#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Models that remember, or differ by rank, are named before the first iteration; honest ones never are. Losses of any
size train alike.
    same_evaluations.py MPIRUN DTRAIN MODEL [STARTS]      in an empty folder; honest starts (12)
"""
import re
import sys

import numpy as np

from formulas import read_lines
from planted_runs import Runs

REMEMBERS = re.compile(r"dtrain: the model planted gives other results after other evaluations \(by up to [^)]*\): it "
                       "remembers, so let each evaluation start from the same state; the run cannot be repeated bit "
                       "for bit")
DIFFERS = re.compile(r"dtrain: the model planted gives other results on other ranks \(by up to [^)]*\): look for "
                     "threads, other machines or memory that is not initialised; the run cannot be repeated bit for "
                     "bit")
AUDITED = re.compile(r"dtrain: iteration (\d+): the model planted gives another result \(by [^)]*\) when the "
                     r"evaluation of .* is repeated \(--audit\); the run cannot be repeated bit for bit")


def is_told(said, *patterns):
    return len(said) == len(patterns) and all(pattern.fullmatch(line) for pattern, line in zip(patterns, said))


def check_troubles(runs):
    """Told in one line each by a run that makes no iteration but one. Other ranks do not remember alike, so the
    second check may be true of a model that remembers, too."""
    short = runs.like("--iterations", "1", "--replicates", "2")
    for ranks in (1, 2, 5):
        said = short.like(remember=1e-9).afresh(ranks, "run")
        assert is_told(said, REMEMBERS), f"on {ranks} ranks: {said}"
        said = short.like(rank=1e-9).afresh(ranks, "run")
        assert is_told(said, *[DIFFERS] * (ranks > 1)), f"on {ranks} ranks: {said}"
        both = short.like(rank=1e-9, remember=1e-6)
        assert is_told(both.afresh(ranks, "run"), REMEMBERS, *[DIFFERS] * (ranks > 1))
        assert not both.afresh(ranks, "run", "--no-check"), "--no-check is not silent"


def check_before_iterations(runs):
    """The line comes before the first iteration: a run that is never allowed to begin one has it."""
    said = runs.like(remember=1e-9, sleep=0.2, sigma=0).afresh(2, "run", "--max-time", "0.1s", code=75)
    assert REMEMBERS.fullmatch(said[0]) and "after iteration 0 of" in said[1], said


def check_resumed(runs):
    """A run that resumes does not look again, as that costs; but the audit does."""
    runs.afresh(2, "run", "--iterations", "3")
    remembers = runs.like(remember=1e-9)
    assert not remembers.run(3, "run", "--resume", "--iterations", "4"), "a resumed run was checked"
    said = remembers.run(3, "run", "--resume", "--iterations", "6", "--audit", "1")
    assert len(said) == 1 and "--audit" in said[0], said


def check_later(runs):
    """What remembers only later is found by the audit, which tells it once."""
    later = runs.like("--iterations", "20", "--replicates", "2", remember=1e-6, later=60)
    for ranks in (1, 3):
        assert not later.afresh(ranks, "run"), "nobody looks without --audit"
        said = later.afresh(ranks, "run", "--audit", "0.2")
        assert is_told(said, AUDITED), said
        assert int(AUDITED.fullmatch(said[0]).group(1)) > 1, said


def check_honest(runs, starts):
    """No false alarm, with failures, data and more ranks than evaluations, and the audit at work."""
    for i in range(starts):
        options = ["--seed", str(i), "--iterations", "2", "--audit", "1", "--on-failure", "skip", "--max-failures", "1",
                   "--replicates", "3", "--random-numbers", ("iteration", "run", "each")[i % 3]]
        said = runs.like(*options, p=1 + i % 4, fail=(0, 0.1)[i % 2]).afresh((1, 2, 3, 5, 8)[i % 5], "run")
        alarms = [line for line in said if re.search("other results|another result", line)]
        assert not alarms, f"start {i}: {alarms}"


def parameters(run):
    return np.array([list(line["theta"].values()) for line in read_lines(f"{run}/metrics.jsonl") if "theta" in line])


def check_scales(runs):
    """The learning rate is divided by the scale of the loss. Rounding differs, and nothing else."""
    for scale in (1, 1e-6, 1e12):
        runs.like("--iterations", "30", "--eval-every", "1", "--learning-rate", f"{0.1 / scale:g}",
                  "--replicates", "3", scale=scale).afresh(2, f"scale-{scale:g}")
    usual = parameters("scale-1")
    assert np.abs(usual[-1] - usual[0]).max() > 0.1
    for scale in ("1e-06", "1e+12"):
        np.testing.assert_allclose(parameters(f"scale-{scale}"), usual, rtol=1e-9)


def main():
    runs = Runs(*sys.argv[1:4])
    starts = int(sys.argv[4]) if len(sys.argv) > 4 else 12
    for check in (check_troubles, check_before_iterations, check_resumed, check_later, check_scales):
        check(runs)
    check_honest(runs, starts)
    print(f"models that remember or differ are named; {starts} honest starts, no false alarm")


main()
