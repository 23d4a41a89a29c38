#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""dtrain gradient: exact derivatives, the same file on any number of ranks and in any process, whatever fails, and what
is refused, in one line.
    gradient.py MPIRUN DTRAIN FOLDER PLANTED_MODEL PLANTED_TWIN RESIDUAL_MODEL LOSS_MODEL      in that folder, empty
"""
import itertools
import json
import os
import re
import shutil
import sys
from pathlib import Path

import h5py
import numpy as np

from gradients import Gradients, check_same, read
from planted_runs import FAILED, Count, Runs

SIZES = 2, 3, 5, 8
A, B, C = 1.5, -2, 0.75  # where residual_model begins
STEP = 2 ** -10  # of all its parameters


def residuals_at(rows, a=A, b=B, c=C):
    return np.array([[a * b + row, c * c - a] for row in range(rows)])


def check_values(residual):
    """Products and squares have exact central differences, and forward ones that are off by the step."""
    got = residual.afresh(1, "g.h5", "--replicates", "3")
    jacobian = np.array([[[B, A, 0], [-1, 0, 2 * C]]] * 3)
    r = residuals_at(3)
    assert np.array_equal(got["theta"], [A, B, C]) and np.array_equal(got["steps"], [STEP] * 3)
    assert np.array_equal(got["values"], r) and got["value"] == np.mean(np.sum(r ** 2, 1)) / 2
    assert np.allclose(got["jacobian"], jacobian, rtol=0, atol=1e-11), got["jacobian"]
    # The loss has a term of the fourth degree.
    assert np.allclose(got["gradient"], np.einsum("bw,bwp->p", r, jacobian) / 3, rtol=0, atol=8 * STEP ** 2)
    assert list(got["rows"]) == [3, 3, 3] and list(got["names of theta"]) == [b"a", b"b", b"c"]
    assert got["model"] == b"residual" and re.fullmatch(rb"\d+\.\d+\.\d+", got["version"])
    assert len(got["outcomes"]) == 3 * 7 and set(got["outcomes"]) == {list(got["names of outcomes"]).index(b"done")}
    sides = sorted(zip(got["numbered"], got["moved"], got["sides"]))
    assert sides == sorted([(row, p, s) for row in range(3) for p in range(3) for s in (-1, 1)]
                           + [(row, -1, 0) for row in range(3)])

    forward = residual.afresh(2, "g.h5", "--difference", "forward")
    assert np.allclose(forward["jacobian"], jacobian[:1] + [[[0] * 3, [0, 0, STEP]]], rtol=0, atol=1e-11)
    assert len(forward["outcomes"]) == 4
    # At its bound c is moved down alone.
    bounded = residual.like(upper=C).afresh(3, "g.h5")
    assert np.allclose(bounded["jacobian"][0, 1, 2], 2 * C - STEP, rtol=0, atol=1e-11)
    # One that cannot move has no derivative, which is not 0.
    got = residual.like(lower=C, upper=C).afresh(1, "g.h5")
    assert np.isnan(got["gradient"][2]) and np.all(np.isnan(got["jacobian"][:, :, 2])) and got["rows"][2] == 0
    assert np.all(np.isfinite(got["gradient"][:2]))


def check_points(residual):
    """Numbers, a weights file, a run, and an output of the command itself."""
    got = residual.afresh(2, "at.h5", "--at", "-1e0,2.5,+3")
    assert np.array_equal(got["theta"], [-1, 2.5, 3]) and np.array_equal(got["values"], residuals_at(1, -1, 2.5, 3))
    check_same(residual.afresh(3, "g.h5", "--at", "at.h5"), got)
    with h5py.File("weights.h5", "w") as file:
        file["mine/theta"] = got["theta"]
    check_same(residual.afresh(1, "g.h5", "--at", "weights.h5:/mine"), got)


def check_failures(residual):
    """A side of row 0, both sides of row 1, and row 2 itself: what is lost is NaN, under each policy."""
    lost = residual.like("--replicates", "4", "--max-failures", "1", lost="0 1 0,1 1 1,1 -1 1,2 0 2,2 1 2")
    exact = np.array([[[B, A, 0], [-1, 0, 2 * C]]] * 4)
    nan = float("nan")
    for policy in ("skip", "one-sided"):
        wanted = exact.copy()
        wanted[1, :, 1] = nan
        if policy == "skip":
            wanted[0, :, 0] = nan
        wanted[2, :, 2] = nan  # Row 2 has neither that side nor its own loss.
        got = lost.afresh(2, "g.h5", "--on-failure", policy)
        assert np.allclose(got["jacobian"], wanted, rtol=0, atol=1e-11, equal_nan=True), (policy, got["jacobian"])
        assert list(got["rows"]) == ([3, 3, 3] if policy == "skip" else [4, 3, 3])
        assert np.all(np.isnan(got["values"][2])) and not np.isnan(np.delete(got["values"], 2, 0)).any()
        r = residuals_at(4)
        assert got["value"] == np.mean(np.sum(np.delete(r, 2, 0) ** 2, 1)) / 2
        assert np.count_nonzero(got["outcomes"] == list(got["names of outcomes"]).index(b"failed")) == 5
        means = np.nanmean(np.einsum("bw,bwp->bpw", r, wanted).sum(2), 0)
        assert np.allclose(got["gradient"], means, rtol=0, atol=0.01), (got["gradient"], means)
        for ranks in SIZES[::2] if policy == "skip" else SIZES[1::2]:
            check_same(lost.afresh(ranks, "many.h5", "--on-failure", policy), got)
    words = r"^dtrain: 5 of 28 evaluations of the model residual failed, the first at "
    lost.refused(words + r"a \+ h, replicate 0 \(reported by the model, tried 1 time\): --on-failure one-sided or skip "
                 r"goes on without such losses$", code=FAILED, ranks=3)
    few = lost.like("--on-failure", "skip", "--max-failures", "0.17")
    few.refused(words.replace(", the first", ", more than --max-failures 0.17; the first"), code=FAILED)
    few.afresh(1, "g.h5", "--max-failures", "0.18")
    gone = residual.like("--on-failure", "skip", "--max-failures", "1", lost="0 0 0,0 1 0,0 -1 0,1 1 0,2 -1 0")
    got = gone.afresh(2, "g.h5")
    assert np.isnan(got["value"]) and np.all(np.isnan(got["gradient"])) and not got["rows"].any()
    assert gone.run(1, None)[0].startswith("no loss\n")
    residual.like(lost="0 0 0").refused("cannot be evaluated at this point .failed.: choose another", code=FAILED,
                                        ranks=2)


def check_formats(residual):
    """JSON has the same numbers as HDF5; without an output they are shown."""
    lost = residual.like("--replicates", "2", "--on-failure", "skip", "--max-failures", "1",
                         lost="0 1 0,0 1 1,1 1 1,2 0 1")
    wanted = lost.afresh(1, "g.h5")
    lost.run(3, "g.json")
    texts = Path("g.json").read_text(), lost.run(2, None, "--json", "--quiet")[0]
    assert texts[0] == texts[1]
    got = json.loads(texts[0])
    for name in ("theta", "steps", "gradient", "rows", "value", "values", "jacobian"):
        numbers = np.array(got.pop(name), dtype=float)  # None becomes NaN.
        assert np.array_equal(numbers, wanted[name], equal_nan=True), (name, numbers, wanted[name])
    assert got == {"model": "residual", "version": wanted["version"].decode(), "names": ["a", "b", "c"],
                   "evaluations": 14, "lost": 4}, got
    out, said = lost.run(2, None)
    lines = [line.split() for line in out.splitlines()]
    assert lines[1] == ["parameter", "value", "derivative", "rows"], out
    assert lines[2] == ["a", "1.5", "none", "0"] and lines[3][:2] == ["b", "-2"] and lines[3][3] == "1", out
    assert abs(float(lines[3][2]) - wanted["gradient"][1]) < 1e-8 and lines[0][0] == "loss", out
    assert said[0] == ("dtrain: 3 parameters of the model residual, central differences, 2 replicates, 14 evaluations "
                       "on 2 ranks"), said
    assert len(said) == 2 and re.fullmatch(r"dtrain: 14 evaluations in .* s, 4 lost", said[1]), said


def check_sizes(planted):
    """All arrays are the same on any number of ranks, with failures under each policy."""
    sizes = itertools.cycle(SIZES)
    failing = planted.like("--replicates", "5", "--max-failures", "1", planted_fail=0.1)
    for policy, difference, numbers in itertools.product(("skip", "one-sided"), ("central", "forward"),
                                                         ("iteration", "each")):
        given = failing.like("--on-failure", policy, "--difference", difference, "--random-numbers", numbers)
        wanted = given.afresh(1, "one.h5")
        assert np.any(wanted["outcomes"] > 1), "nothing has failed"
        check_same(given.afresh(next(sizes), "many.h5"), wanted)
    healing = failing.like("--retries", "2", planted_heal=2)
    wanted = healing.afresh(1, "one.h5")
    assert np.all(wanted["outcomes"] == 1), "what has healed is lost"
    check_same(healing.afresh(3, "many.h5"), wanted)


def check_training(planted, training):
    """A step of gradient descent with learning rate 1 subtracts this gradient, bit by bit."""
    for seed, options in enumerate((["--on-failure", "one-sided"], ["--difference", "forward", "--on-failure", "skip"],
                                    ["--random-numbers", "each", "--on-failure", "skip"])):
        given = [*options, "--replicates", "4", "--max-failures", "1", "--seed", str(seed)]
        trouble = {"fail": 0.05, "unit": 1, "upper": 50, "lower": -50}
        training.like(*given, **trouble).afresh(2, "run", "--iterations", "1", "--learning-rate", "1")
        got = planted.like(**{f"planted_{name}": value for name, value in trouble.items()}).afresh(3, "g.h5", *given)
        with h5py.File("run/checkpoints/iteration-0000001.h5") as file:
            theta = file["parameters/theta"][()]
        assert np.any(got["outcomes"] > 1), "nothing has failed"
        assert np.all(np.isfinite(got["gradient"])) and np.array_equal(theta, got["theta"] - got["gradient"])
    out, said = planted.like(planted_upper=50, planted_lower=-50).run(1, "moved.h5", "--at", "run", "--quiet")
    assert len(said) == 1 and said[0].endswith("the weights are those of run/checkpoints/iteration-0000001.h5"), said
    assert np.array_equal(read("moved.h5")["theta"], theta), "--at RUN is not where the run has ended"


def check_data(planted):
    """A linear model of weighted rows; all rows, and some of them."""
    random = np.random.default_rng(5)
    x, w = random.normal(size=(31, 3)).astype("f4"), random.uniform(0.5, 2, size=31)
    t = random.normal(size=(31, 1))
    with h5py.File("data.h5", "w") as file:
        file["train/images"], file["train/targets"], file["train/weights"] = x, t, w
    at = np.array([0.3, -0.7, 0.2, 0.1])
    given = planted.like("--data", "data.h5", "--at", ",".join(map(str, at)))
    for rows, options in ((slice(0, 31), []), (slice(4, 23), ["--rows", "4:23"]), (slice(30, 31), ["--rows", "30:31"])):
        got = given.afresh(1, "g.h5", *options)
        ones = np.hstack([x[rows].astype("f8"), np.ones((len(x[rows]), 1))])
        error = ones @ at - t[rows, 0]
        assert np.allclose(got["gradient"], np.mean((w[rows] * error)[:, None] * ones, 0), rtol=1e-9, atol=1e-11)
        assert np.allclose(got["jacobian"][:, 0], error[:, None] * ones, rtol=1e-9, atol=1e-10)
        assert np.isclose(got["value"], np.mean(w[rows] * error ** 2) / 2, rtol=1e-12)
        assert sorted(set(got["numbered"])) == list(range(31))[rows]
        for ranks in (3, 8):
            check_same(given.afresh(ranks, "many.h5", *options), got)
    given.refused(r"--rows: '4:32' is not A:B with 0 <= A < B <= 31", "--rows", "4:32")
    given.refused("--replicates: has no effect with data", "--replicates", "2")


def check_processes(planted, command, residual):
    """A model in processes of its own gives the same file, as the same simulation in Python does."""
    sizes = itertools.cycle((1, *SIZES))
    kinds = ["--replicates", "4"], ["--data", "data.h5"], ["--replicates", "9", "--difference", "forward"]
    for policy, options in itertools.product(("skip", "one-sided"), kinds):
        given = [*options, "--on-failure", policy, "--max-failures", "1", "--seed", "2"]
        wanted = planted.like(planted_fail=0.1).afresh(1, "one.h5", *given)
        assert np.any(wanted["outcomes"] > 1) and np.any(wanted["outcomes"] == 1)
        for apart in (planted.like("--isolate"), command):
            check_same(apart.like(planted_fail=0.1).afresh(next(sizes), "apart.h5", *given), wanted)
    check_same(residual.like("--isolate").afresh(2, "apart.h5"), residual.afresh(3, "one.h5"))
    for runs in (planted, planted.like("--isolate"), command):
        got = runs.like(planted_step=0).afresh(2, "step.h5", "--step", "0.125")
        assert np.array_equal(got["steps"], [0.125, 0.25, 0.125] * 2), got["steps"]
    planted.like("--isolate", planted_setup="fail").refused(r"--model .*setup\(\)", ranks=2, code=1)
    command.refused("--isolate: has no effect with --model-command", "--isolate")
    planted.refused("--evaluation-timeout: needs --model-command or --isolate", "--evaluation-timeout", "5")


def check_names(command):
    """The journal of a command of another name does not count."""
    failing = command.like("--journal", "on", "--replicates", "4", "--max-failures", "1", planted_fail=0.1)
    failing.run(2, "named.h5", code=FAILED)
    shutil.copytree("named.h5.journal", "renamed.h5.journal")
    said = [runs.run(1, output, "--on-failure", "skip")[1][0] for runs, output in
            ((failing, "named.h5"), (failing.like(planted_start="name"), "renamed.h5"))]
    assert "of them from the journal" in said[0] and "from the journal" not in said[1], said


def check_other_tables(planted):
    """What was evaluated at another point, with other steps or of other rows does not count, and goes in the end."""
    count = Count("count")
    given = planted.like("--journal", "on", "--no-check", "--replicates", "5", planted_count=count.path)
    failing = given.like(planted_fail=0.1)
    for others in (["--at", "0.1,0.2,0.3,0.4,0.3,0.2"], ["--seed", "4"], ["--retries", "1"], ["--replicates", "3"],
                   ["--difference", "forward"], ["--random-numbers", "each"]):
        failing.run(1, "other.h5", code=FAILED)
        assert any(Path("other.h5.journal").iterdir())
        count.reset()
        got = given.afresh(3, "other.h5", *others)
        assert count() == len(got["outcomes"]), f"{others} has taken records of another table"
        Path("other.h5").unlink()
    # The policy may change: what has been evaluated is what it was.
    count.reset()
    failing.run(2, "other.h5", code=FAILED)
    at_stop = count()
    failing.run(5, "other.h5", "--on-failure", "skip", "--max-failures", "1")
    assert count() == at_stop, "a table that was full has been evaluated again"
    # Without a journal everything is evaluated again.
    Path("other.h5").unlink()
    for mode in ("off", "auto"):
        failing.run(2, "other.h5", "--journal", mode, "--on-failure", "skip", "--max-failures", "1")
        assert not Path("other.h5.journal").exists()
        Path("other.h5").unlink()


def check_model(planted):
    """A model that remembers, one that writes to theta, and one that works in another folder."""
    out, said = planted.like(planted_remember=1e-9).run(2, None)
    assert any("gives other results after other evaluations" in line for line in said), said
    out, said = planted.like(planted_remember=1e-9).run(2, None, "--no-check")
    assert len(said) == 2, said
    writing = planted.like("--no-check", planted_write="theta")
    writing.refused("has changed the theta that it was given", ranks=3, code=1)
    count = Count("count")
    failing = planted.like("--replicates", "5", "--no-check", planted_fail=0.1, planted_count=count.path)
    skipping = "--on-failure", "skip", "--max-failures", "1"
    wanted = failing.afresh(1, "one.h5", *skipping)
    needed = count()
    count.reset()
    os.chdir("inner")
    # Slow enough that the journal is written between evaluations, in the model's folder.
    moving = Gradients(failing.mpirun, failing.dtrain, ".", *failing.options, **failing.variables,
                       planted_setup="move", planted_sleep=0.002)
    moving.run(3, "moved.h5", "--journal", "on", code=FAILED)
    moving.run(2, "moved.h5", "--journal", "on", *skipping)
    assert count() == needed, f"{count()} evaluations, not {needed}"
    check_same(read("moved.h5"), wanted)
    assert os.listdir(".") == ["moved.h5"], os.listdir(".")
    os.chdir("..")


def check_refusals(planted, residual, training, loss_model):
    """One line each, before anything is evaluated."""
    count = Count("count")
    counted = planted.like(planted_count=count.path)
    Path("there.h5").write_text("precious")
    counted.refused("there.h5: exists already: replace it with --force", output="there.h5", ranks=2, code=1)
    assert Path("there.h5").read_text() == "precious"
    counted.refused("nowhere/g.h5: .*No such file", output="nowhere/g.h5", code=1)
    counted.refused("'.*g.txt' ends neither in .h5 nor in .json", output="g.txt")
    counted.refused("--journal on: give --output too", "--journal", "on")
    counted.refused("--at: gives 2 numbers, and the model planted has 6 parameters", "--at", "1,2", ranks=2)
    counted.refused("--at: gives parameter p1 a number that is not finite", "--at", "0,nan,0,0,0,0")
    counted.refused("--at: parameter p2 is 0.59.*, but must be between -1 and 0.505", "--at", "0,0,0.6,0,0,0", code=1)
    counted.refused("missing.h5: No such file", "--at", "missing.h5", ranks=3, code=1)
    counted.refused("1,2,x: No such file", "--at", "1,2,x", code=1)
    counted.refused("--rows: has no effect with a model without data", "--rows", "0:1")
    training.like(name="q").afresh(1, "named", "--iterations", "1")
    counted.refused("parameter 0 is called 'q0' there, but 'p0' in this model", "--at",
                    "named/checkpoints/iteration-0000001.h5")
    residual.afresh(1, "three.h5")
    three = ["--at", f"{planted.folder}/three.h5"]
    counted.refused("is not for the model planted, which has 6 parameters", *three, code=1)
    counted.refused("three.h5: is read", *three, "--force", output="three.h5", code=1)
    assert count() == 0, "something was evaluated"
    network = Gradients(planted.mpirun, planted.dtrain, planted.folder)
    network.refused("gradient is for models with evaluate.*gradcheck compares the gradients of networks", ranks=2)
    network.refused("unknown option --hidden", "--hidden", "5")
    network.refused("gives its losses by loss", "--model", loss_model, "--data", os.environ["MNIST_FILE"])


def main():
    mpirun, dtrain, folder, planted_model, twin, residual_model, loss_model = sys.argv[1:]
    planted = Gradients(mpirun, dtrain, folder, "--model", planted_model)
    command = Gradients(mpirun, dtrain, folder, "--model-command", f"/usr/bin/python3 '{twin}'")
    residual = Gradients(mpirun, dtrain, folder, "--model", residual_model)
    training = Runs(mpirun, dtrain, planted_model)
    Path("inner").mkdir()
    check_values(residual)
    check_points(residual)
    check_failures(residual)
    check_formats(residual)
    check_sizes(planted)
    check_training(planted, training)
    check_data(planted)
    check_processes(planted, command, residual)
    check_other_tables(planted)
    check_names(command)
    check_model(planted)
    check_refusals(planted, residual, training, loss_model)
    print("exact derivatives, and the same file on any number of ranks, whatever fails")


main()
