#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs of a model that evaluates, and that fails now and then: the same parameters, metrics.jsonl and failures.jsonl
on any number of ranks, for each policy; and what is refused, in one line.
    evaluated_runs.py MPIRUN DTRAIN MODEL      in an empty folder
"""
import itertools
import shutil
import sys
from pathlib import Path

import h5py
import numpy as np

from formulas import read_lines
from planted_runs import FAILED, Count, Runs, check_same

SIZES = 2, 3, 5, 8


def make_data():
    """Labels and targets: few rows, so that they fail in one batch after another."""
    random = np.random.default_rng(3)
    for name in ("labels", "targets"):
        with h5py.File(f"{name}.h5", "w") as file:
            for split, rows in (("train", 31), ("test", 7)):
                x = random.normal(size=(rows, 3))
                t = x @ [[0.3], [0.2], [-0.5]] + 0.1
                file[f"{split}/images"] = x.astype("f4")
                file[f"{split}/{name}"] = t if name == "targets" else (t[:, 0] > 0).astype("u1")


def check_sizes(runs, sizes=SIZES):
    """The run on one rank is the one that the others are compared with. Returns its lost evaluations."""
    runs.afresh(1, "one")
    for ranks in sizes:
        runs.afresh(ranks, "many")
        check_same("many", "one")
    return read_lines("one/failures.jsonl")


def check_policies(runs):
    """Each of these runs has failures. With only a few ranks each, all sizes take their turn."""
    failing = runs.like("--iterations", "7", "--eval-every", "3", "--checkpoint-every", "2", "--max-failures", "0.6",
                        fail=0.05)
    sizes = itertools.cycle(SIZES)
    for policy in ("skip", "one-sided"):
        for difference in ("central", "forward"):
            for options in (["--replicates", "5"], ["--random-numbers", "run"], ["--random-numbers", "each"]):
                assert check_sizes(failing.like("--on-failure", policy, "--difference", difference, *options),
                                   [next(sizes)]), f"nothing has failed with {policy} {difference} {options}"
    for data in ("labels.h5", "targets.h5"):
        lost = check_sizes(failing.like("--data", data, "--batch-size", "4", "--validation-rows", "5",
                                        "--on-failure", "one-sided"), [next(sizes)])
        assert lost, f"nothing has failed with {data}"
        check_sizes(failing.like("--data", data, "--batch-size", "9", "--sampling", "epoch", "--on-failure", "skip",
                                 "--optimizer", "adam", "--learning-rate", "0.01"), [next(sizes)])
    skipping = failing.like("--on-failure", "skip", "--replicates", "3")
    check_sizes(skipping, [16, 64])
    check_sizes(skipping.like("--iterations", "60", p=1), [3, 8])
    check_sizes(skipping.like("--optimizer", "adam", "--learning-rate", "0.3", "--iterations", "20"), [8])


def check_retries(runs):
    """What heals is on no record, but counts as many attempts as it took."""
    healing = runs.like("--iterations", "5", "--replicates", "5", fail=0.2)
    assert not check_sizes(healing.like("--retries", "2", heal=2), [3]), "what has healed is on record"
    lost = check_sizes(healing.like("--retries", "1", "--on-failure", "skip", "--max-failures", "1", heal=5), [5])
    assert lost and all(line["attempts"] == 2 for line in lost), lost


def check_bounds(runs):
    """Parameters 2 and 5 may not exceed 0.505; the others come to rest between 0.5 and 0.6."""
    runs.like("--iterations", "40", "--learning-rate", "0.3", "--eval-every", "10").afresh(3, "bounds")
    last = [line["theta"] for line in read_lines("bounds/metrics.jsonl") if "theta" in line][-1]
    assert all(last[name] <= 0.505 for name in ("p2", "p5")), last
    assert max(last.values()) > 0.505, last


def check_held(runs):
    """A run in which nothing moves says why; what was never evaluated lacks no loss."""
    made = runs.like("--iterations", "3")
    told = made.like(step=1e-30).afresh(2, "held")
    assert len(told) == 2 and "p0 and 5 more keep their values, as h does not fit" in told[0], told
    assert told[1].endswith("did not change in 3 iterations, as their gradient is 0 or cannot be computed"), told
    told = made.like(bound_all=1, initial=0.4, upper=0.4).afresh(2, "held")
    assert len(told) == 1 and told[0].endswith("did not change in 3 iterations, as their bounds hold them"), told
    told = made.like("--on-failure", "skip", "--max-failures", "1", fail=1).afresh(2, "held")
    assert len(told) == 2 and "p0 and 5 more keep their values, as all differences lack a loss" in told[0], told


def check_fixed(runs):
    """Where no parameter can move, only the losses of the batches are evaluated; a dry run tries one."""
    fixed = runs.like("--iterations", "3", "--replicates", "2", bound_all=1, lower=0.25, upper=0.25)
    for ranks in (1, 3):
        fixed.afresh(ranks, "fixed", "--dry-run")
        assert not Path("fixed").exists()
        told = fixed.afresh(ranks, "fixed")
        assert len(told) == 1 and "did not change in 3 iterations" in told[0], told
        assert len([line for line in read_lines("fixed/metrics.jsonl") if "loss" in line]) == 3


def check_weights(runs):
    """Weights outside the bounds are refused, before anything is evaluated there."""
    made = runs.like("--iterations", "3")
    made.afresh(2, "made")
    made.like(lower=0.45, initial=0.5).refused("refused", "parameter p2 is 0.4.*, but must be between 0.45",
                                               "--weights", "made/checkpoints/iteration-0000003.h5", code=1)
    shutil.rmtree("made")


def check_stop(runs):
    """The first lost evaluation ends the run, with the same line on any number of ranks; a resume that skips it
    leaves the files of a run that always did. Nothing is evaluated twice."""
    options = ["--iterations", "8", "--replicates", "3", "--checkpoint-every", "3", "--eval-every", "2",
               "--max-failures", "0.5"]
    failing = runs.like(*options, fail=0.02)
    count = Count("count")
    counted = failing.like("--no-check", "--journal", "on", count=count.path)
    counted.afresh(1, "skipped", "--on-failure", "skip")
    needed = count()
    count.reset()
    words = failing.afresh(1, "stopped", code=FAILED)
    assert len(words) == 1 and "--on-failure one-sided or skip" in words[0], words
    iteration = read_lines("skipped/failures.jsonl")[0]["iteration"]
    assert f" iteration {iteration}: " in words[0] and iteration > 1, words
    for ranks in (3, 8):
        again = failing.afresh(ranks, "stopped", code=FAILED)
        assert again == words, f"on {ranks} ranks: {again}, not {words}"
    counted.afresh(3, "stopped", code=FAILED)
    at_stop = count()
    counted.run(5, "stopped", "--resume", "--on-failure", "skip")
    check_same("stopped", "skipped")
    assert at_stop < count() == needed, f"{count()} evaluations, not {needed}"
    # From then on the policy stands.
    for policy in ("stop", "one-sided"):
        failing.refused("stopped", f"--on-failure: is '{policy}', but .* was made with 'skip'", "--resume",
                        "--iterations", "12", "--on-failure", policy)
    failing.like("--on-failure", "one-sided").afresh(2, "sided")
    failing.refused("sided", "--on-failure: is 'skip', but .* 'one-sided'", "--resume", "--iterations", "12",
                    "--on-failure", "skip")


def check_max_failures(runs):
    """The run ends where the share is exceeded, with one line; a larger share lets it go on."""
    failing = runs.like("--iterations", "6", "--replicates", "4", "--on-failure", "skip", fail=0.1)
    failing.afresh(1, "one", "--max-failures", "1")
    words = failing.afresh(2, "many", "--max-failures", "0.01", code=FAILED)
    assert len(words) == 1 and "more than --max-failures 0.01" in words[0], words
    assert failing.afresh(5, "many", "--max-failures", "0.01", code=FAILED) == words
    failing.run(3, "many", "--resume", "--max-failures", "1")
    check_same("many", "one")


def check_end(runs):
    """A last loss that is lost is one of few evaluations, but the share is that of an iteration: a run with a few
    failures reaches its end."""
    for seed in range(20):
        failing = runs.like("--iterations", "2", "--seed", str(seed), "--on-failure", "skip", "--max-failures", "0.18",
                            "--replicates", "5", p=20, fail=0.1)
        failing.afresh(1, "one", "--max-failures", "1")
        lost = read_lines("one/failures.jsonl")
        if any(line["iteration"] == 3 for line in lost):
            failing.afresh(3, "many")
            check_same("many", "one")
            return
    raise AssertionError("no seed loses the last loss")


def check_scores(runs):
    """Rows of the evaluation sets that fail are left out, or end the run."""
    failing = runs.like("--data", "targets.h5", "--batch-size", "3", "--iterations", "4", "--eval-every", "2",
                        fail=0.1)
    words = failing.afresh(1, "one", "--on-failure", "stop", code=FAILED)
    assert len(words) == 1 and failing.afresh(3, "many", code=FAILED) == words, words


def check_refusals(runs):
    """Options without effect, and resumes of another model: one line each."""
    make = runs.like("--iterations", "3")
    without_data = {"--batch-size": "5", "--sampling": "epoch", "--validation-rows": "3", "--patience": "2",
                    "--classes": "3", "--class-weights": "balanced"}
    for option, value in without_data.items():
        make.refused("refused", f"{option}: has no effect with a model without data", option, value)
    make.refused("refused", "--replicates: has no effect with data", "--data", "labels.h5", "--replicates", "2")
    for option, value in {"--gradient": "literal", "--reduce": "mpi"}.items():
        make.refused("refused", f"{option}: has no effect with a model that evaluates", option, value)
    make.refused("refused", "--hidden: has no effect with --model", "--hidden", "5")
    network = Runs(runs.mpirun, runs.dtrain, None, "--data", "labels.h5")
    evaluating = {"--replicates": "2", "--random-numbers": "run", "--difference": "forward", "--retries": "1",
                  "--on-failure": "skip", "--max-failures": "0.2", "--journal": "on", "--audit": "0.5",
                  "--scratch": "."}
    for option, value in evaluating.items():
        network.refused("refused", f"{option}: has no effect with a model that does not evaluate", option, value)
    network.refused("refused", "--no-check: has no effect with a model that does not evaluate", "--no-check")

    make.afresh(2, "made")
    longer = "--resume", "--iterations", "5"
    make.like(p=7).refused("made", "--run-dir made: holds a run of 6 parameters, and this model has 7: ", *longer)
    make.like(name="q").refused("made", "parameter 0 is called 'p0' there, but 'q0' in this model", *longer)
    for trouble in ({"upper": 0.5}, {"unit": 3}, {"step": 1e-2}):
        make.like(**trouble).refused("made", "--run-dir made: this model has another name .* other bounds, scales or",
                                     *longer)
    make.refused("made", "--replicates: is '2'", *longer, "--replicates", "2")
    make.refused("made", "--difference: is 'forward'", *longer, "--difference", "forward")
    make.refused("made", "--retries: is '1'", *longer, "--retries", "1")
    make.refused("made", "--random-numbers: is 'each'", *longer, "--random-numbers", "each")
    make.run(2, "made", *longer)
    shutil.rmtree("made")


def check_folder(runs):
    """A simulation may work in a folder of its own: the paths of the run stay right, and it finds its files."""
    made = runs.like("--iterations", "6", "--replicates", "2", "--journal", "on")
    made.afresh(1, "one")
    moving = made.like(setup="move")
    assert not moving.afresh(3, "many"), "a model that moves has troubles"
    check_same("many", "one")
    assert not Path("many/journal").exists()
    moving.afresh(2, "many", "--iterations", "3")
    moving.run(3, "many", "--resume")
    check_same("many", "one")


def check_theta(runs):
    """A model that writes to theta would train another: it is told so."""
    for ranks in (1, 3):
        told = runs.like("--iterations", "3", write="theta").afresh(ranks, "spoilt", code=1)
        assert len(told) == 1 and "has changed the theta that it was given" in told[0], told
    shutil.rmtree("spoilt")


def check_lost_records(runs):
    """A resume counts the failures on record: none may be missing."""
    failing = runs.like("--replicates", "5", "--on-failure", "skip", "--max-failures", "1", fail=0.1)
    failing.afresh(2, "lost", "--iterations", "4")
    record = Path("lost/failures.jsonl")
    lines = record.read_text().splitlines(keepends=True)
    for left in ([], lines[2:], ["nothing\n", *lines]):
        record.write_text("".join(left))
        failing.refused("lost", r"failures.jsonl: holds \d+ lost evaluations, but metrics.jsonl counts \d+: bring",
                        "--resume", "--iterations", "8", code=1)
    record.write_text("".join(lines))
    failing.run(3, "lost", "--resume", "--iterations", "8")
    failing.afresh(1, "whole", "--iterations", "8")
    check_same("lost", "whole")


def check_few_rows(runs):
    """Ranks share the evaluations of a row: none has nothing to do."""
    told = runs.like("--data", "labels.h5", "--batch-size", "1", "--iterations", "2").afresh(3, "few")
    assert not told, told


def main():
    runs = Runs(*sys.argv[1:4])
    make_data()
    for check in (check_policies, check_retries, check_bounds, check_held, check_fixed, check_weights, check_few_rows,
                  check_folder, check_theta, check_lost_records, check_stop, check_max_failures, check_end,
                  check_scores, check_refusals):
        check(runs)
    print("the same files on any number of ranks, whatever fails")


main()
