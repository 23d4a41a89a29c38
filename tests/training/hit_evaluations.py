#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Evaluations that crash or hang, in processes of their own: what the clock has decided is on record, and stays as it
was when a run is resumed or verified. A process that cannot be started any more, and a stop in the middle of anything,
leave a run that a resume completes.
    hit_evaluations.py MPIRUN DTRAIN MODEL      in an empty folder
"""
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np

from formulas import read_lines
from planted_runs import FAILED, STOPPED, TIMEOUT, Runs, check_same, words_of

OPTIONS = ["--isolate", "--evaluation-timeout", "0.5", "--replicates", "2", "--iterations", "6", "--checkpoint-every",
           "2", "--keep", "9", "--eval-every", "3", "--no-check", "--max-failures", "1"]
BY_CLOCK = {"timeout", "crash", "nonsense"}


def remember():
    """An empty memory of what has happened once."""
    shutil.rmtree("memory", ignore_errors=True)
    os.mkdir("memory")
    return {"once": os.path.abspath("memory")}


def hits_of(run, lost):
    return [line for line in read_lines(f"{run}/failures.jsonl") if line["cause"] in BY_CLOCK and line["lost"] == lost]


def go_back(run, whole, iteration):
    """A run as it would be if its checkpoints after an iteration had been damaged."""
    Runs.remove(run)
    shutil.copytree(whole, run)
    for path in Path(run, "checkpoints").iterdir():
        if int(re.search(r"\d+", path.name)[0]) > iteration:
            path.write_bytes(b"damaged")


def verify(runs, run, *options, code=0):
    done = subprocess.run([runs.dtrain, "verify", run, "--isolate", "--evaluation-timeout",
                           "0.5", *options], capture_output=True, text=True, env=runs.environment(), timeout=TIMEOUT)
    assert done.returncode == code, f"verify: exit code {done.returncode}, not {code}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def check_retried(runs):
    """Crashes and hangs that a retry makes good leave a record, and nothing else; a resume and a repetition that are
    not hit tell them as they were."""
    retrying = runs.like("--retries", "1")
    retrying.afresh(2, "clean")
    assert not read_lines("clean/failures.jsonl")
    retrying.like(crash=0.05, hang=0.02, **remember()).afresh(3, "hit")
    hits = hits_of("hit", lost=False)
    assert {line["cause"] for line in hits} == {"crash", "timeout"}, hits
    assert all(line["attempts"] == 2 for line in hits) and len(hits) == len(os.listdir("memory"))
    assert Path("hit/metrics.jsonl").read_bytes() == Path("clean/metrics.jsonl").read_bytes()
    for iteration, ranks in ((4, 1), (0, 2)):
        go_back("back", "hit", iteration)
        retrying.run(ranks, "back", "--resume")
        check_same("back", "hit")
    said = verify(retrying, "hit")
    assert "verified: the whole run" in said and "by the clock" not in said, said
    verify(retrying.like(crash=0.05, hang=0.02, **remember()), "clean")


def check_lost(runs):
    """Without a retry they are lost, and that is a fact."""
    skipping = runs.like("--on-failure", "skip", "--keep-values")
    skipping.like(crash=0.05, hang=0.02, fail=0.03, **remember()).afresh(2, "hit")
    facts = len(hits_of("hit", lost=True))
    failing = skipping.like(fail=0.03)
    assert facts > 3 and any(line["cause"] == "failed" for line in read_lines("hit/failures.jsonl"))
    for iteration, ranks in ((4, 2), (2, 1), (0, 3)):
        go_back("back", "hit", iteration)
        failing.run(ranks, "back", "--resume")
        check_same("back", "hit")
    assert f"{facts} outcomes by the clock are taken from the record" in verify(failing, "hit")
    said = verify(failing, "hit", "--evaluations", "1000")
    kept = len([line for line in hits_of("hit", lost=True) if line["iteration"] <= 6])
    assert f"{kept} outcomes by the clock are taken from the record" in said, said
    crashing = failing.like(crash=0.3, **remember())
    assert re.search("hit: could not be repeated: in iteration .* and not before: at .*",
                     verify(crashing, "hit", code=1))
    assert re.search("hit: could not be repeated: in iteration .* and has no value .crash. now",
                     verify(crashing, "hit", "--evaluations", "1000", code=1))


def check_stop(runs):
    """The first that is lost ends the run, in the words of its end; another try may do."""
    stopping = runs.like(crash=0.05, **remember())
    for ranks in (1, 3):
        remember()
        said = stopping.afresh(ranks, "lost", code=FAILED)
        words = r"the first at .* \(.*(signal|exit code) .*; tried 1 time\): --on-failure"
        assert len(said) == 1 and re.search(words, said[0]), said
        while (job := stopping.start(ranks, "lost", "--resume")).wait(TIMEOUT) == FAILED:
            pass
        assert job.returncode == 0, words_of("lost")
        runs.afresh(1, "clean")
        check_same("lost", "clean")


def check_gone(runs):
    """A process that cannot be started any more ends the run on all ranks, with one line; a resume goes on."""
    retrying = runs.like("--retries", "1")
    retrying.afresh(1, "clean")
    for ranks in (1, 3):
        said = retrying.like(crash=0.05, setup="gone", **remember()).afresh(ranks, "gone", code=1)
        assert len(said) == 1 and re.search(r"--model .*setup\(\)", said[0]), said
        retrying.run(2, "gone", "--resume")
        assert Path("gone/metrics.jsonl").read_bytes() == Path("clean/metrics.jsonl").read_bytes()


def make_data():
    values = np.random.default_rng(5)
    with h5py.File("targets.h5", "w") as file:
        for split, rows in (("train", 23), ("test", 5)):
            x = values.normal(size=(rows, 3))
            file[f"{split}/images"] = x.astype("f4")
            file[f"{split}/targets"] = x @ [[0.3], [0.2], [-0.5]] + 0.1


def check_stopped(mpirun, dtrain, model):
    """A signal at any time, as in the middle of scores, is a stop; the run as a whole is as if there had been none."""
    make_data()
    runs = Runs(mpirun, dtrain, model, "--isolate", "--data", "targets.h5", "--batch-size", "2", "--iterations", "6",
                "--checkpoint-every", "2", "--keep", "9", "--eval-every", "1", "--validation-rows", "8", "--on-failure",
                "skip", "--max-failures", "1", fail=0.2, sleep=0.02, sigma=0)
    runs.like(sleep=0).afresh(1, "whole")
    for ranks in (1, 2):
        chance = random.Random(ranks)
        starts = 0
        Runs.remove("stopped")
        while True:
            job = runs.start(ranks, "stopped", *["--resume"][:starts])
            time.sleep(chance.uniform(0.3, 2))
            for process in runs.ranks_of("stopped")[:1]:
                os.kill(process, signal.SIGTERM)
            code = job.wait(TIMEOUT)
            starts = 1
            if code == 0:
                break
            assert code == STOPPED, f"exit code {code}: {words_of('stopped')}"
        check_same("stopped", "whole")


def main():
    mpirun, dtrain, model = sys.argv[1:4]
    runs = Runs(mpirun, dtrain, model, *OPTIONS)
    check_retried(runs)
    check_lost(runs)
    check_stop(runs)
    check_gone(runs)
    check_stopped(mpirun, dtrain, model)
    print("what the clock has decided is a fact, and no stop or crash leaves anything else behind")


main()
