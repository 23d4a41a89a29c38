#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A model in processes of its own: the files of a run are those of the model in dtrain's process, whatever fails; a
command is wanted again by whatever takes a run; and a start that fails says so in one line, and leaves nothing behind.
    model_processes.py MPIRUN DTRAIN MODEL      in an empty folder
"""
import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np

from formulas import read_lines
from planted_runs import FAILED, TIMEOUT, Runs, check_equal, check_same

SIZES = 1, 2, 3, 5, 8
TWIN = Path(__file__).with_name("planted_model.py")
COMMAND = f"/usr/bin/python3 {shlex.quote(str(TWIN))}"


def make_data():
    random = np.random.default_rng(5)
    with h5py.File("targets.h5", "w") as file:
        for split, rows in (("train", 23), ("test", 5)):
            x = random.normal(size=(rows, 3))
            file[f"{split}/images"] = x.astype("f4")
            file[f"{split}/targets"] = x @ [[0.3], [0.2], [-0.5]] + 0.1


def check_policies(inside, isolated, command):
    """What fails is reported, or NaN, by turns."""
    options = ["--iterations", "5", "--replicates", "4", "--checkpoint-every", "2", "--max-failures", "0.6"]
    for policy in ("skip", "one-sided", "stop"):
        code = FAILED if policy == "stop" else 0
        told = [runs.like(*options, "--on-failure", policy, fail=0.05) for runs in (inside, isolated, command)]
        said = told[0].afresh(1, "inside", code=code)
        assert read_lines("inside/failures.jsonl"), f"nothing has failed with {policy}"
        for ranks in SIZES:
            for runs in told[1:]:
                assert runs.afresh(ranks, "apart", code=code) == said
                check_equal("apart", "inside")
        if code == 0:  # A run that has failed keeps its journal.
            told[1].afresh(2, "apart")
            check_same("apart", "inside")
    with_data = ["--data", "targets.h5", "--batch-size", "4", "--on-failure", "one-sided", *options[:2]]
    inside.like(*with_data, fail=0.05).afresh(3, "inside")
    for ranks, runs in ((2, isolated), (5, isolated), (1, command), (3, command)):
        runs.like(*with_data, fail=0.05).afresh(ranks, "apart")
        check_equal("apart", "inside")
    healing = ["--iterations", "4", "--replicates", "3", "--retries", "2"]
    inside.like(*healing, fail=0.2, heal=2).afresh(1, "inside")
    command.like(*healing, fail=0.2, heal=2).afresh(3, "apart")
    check_equal("apart", "inside")


def call(runs, *words, code=0, **variables):
    """A command of dtrain other than train, with these variables. Returns what it has said, and printed."""
    done = subprocess.run([runs.dtrain, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          env=runs.environment() | variables, timeout=TIMEOUT)
    said = [line for line in done.stderr.splitlines() if line.startswith("dtrain: ")]
    assert done.returncode == code, f"{words}: exit code {done.returncode}, not {code}: {done.stderr}"
    return said, done.stdout


def wanted_again(run, command):
    return f"dtrain: {run}: its model is a command, which is never taken from a run: give it again, if you trust it: " \
           f"--model-command {command}"


def rewrite_command(run, command):
    """Puts a command into the record of a run."""
    path = Path(run, "run.json")
    record = json.loads(path.read_text())
    count = 0

    def replace(node):
        nonlocal count
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            if key == "model-command":
                node[key] = command if isinstance(value, str) else {**value, "value": command}
                count += 1
            elif isinstance(value, (dict, list)):
                replace(value)

    replace(record)
    assert count > 0, "run.json records no command"
    path.write_text(json.dumps(record))


def check_records(inside, command):
    """Whatever takes a run says that it wants its command again, and goes on with it."""
    none = Runs(inside.mpirun, inside.dtrain, None)
    made = command.like("--replicates", "2", "--checkpoint-every", "2")
    made.afresh(3, "whole", "--iterations", "6")
    made.afresh(2, "made", "--iterations", "3")
    longer = "--resume", "--iterations", "6", "--replicates", "2", "--checkpoint-every", "2"
    asked = wanted_again("made", shlex.quote(COMMAND))
    for ranks in (1, 3):
        assert none.run(ranks, "made", *longer, code=2) == [asked]
        assert none.run(ranks, "other", "--like", "made", code=2) == [asked]
    for words in (["verify", "made"], ["eval", "made"], ["eval", "made/checkpoints/iteration-0000003.h5"]):
        assert call(none, *words, code=2)[0] == [asked]
    assert not Path("other").exists()
    command.like(start="name").refused("made", "this model has another name", *longer)
    Runs(none.mpirun, none.dtrain, None, "--model-command", f"sh -c {shlex.quote('exec ' + COMMAND)}").run(
        2, "made", *longer)
    check_same("made", "whole")
    said, printed = call(none, "verify", "made", "--model-command", COMMAND)
    assert not said and "verified" in printed, (said, printed)
    assert "loss" in call(none, "eval", "made", "--model-command", COMMAND)[1]
    assert "loss" in call(none, "eval", "made", DTRAIN_MODEL_COMMAND=COMMAND)[1]
    command.run(2, "other", "--like", "made", "--iterations", "6")
    check_same("other", "whole")
    inside.afresh(2, "other", "--like", "made", "--iterations", "6")
    check_equal("other", "whole")
    isolated = inside.like("--isolate", "--replicates", "2", "--iterations", "3", "--keep-values")
    isolated.afresh(2, "other")
    call(none, "verify", "other", "--isolate")
    call(none, "verify", "other", "--isolate", "--evaluations", "5")
    rewrite_command("made", "touch hacked; \x1b[31m' $(touch hacked)")
    for words in (["verify", "made"], ["eval", "made"], ["--like", "made", "--run-dir", "other"],
                  ["--resume", "--run-dir", "made"]):
        said, _ = call(none, *words, code=2)
        assert said == [wanted_again("made", r"$'touch hacked; \x1b[31m\' $(touch hacked)'")], said
    assert not Path("hacked").exists()
    said, printed = call(none, "verify", "made", "--model-command", COMMAND)
    assert not said and "verified" in printed, (said, printed)


def check_words(command):
    """The start tells of the processes, and the end gives a command that can be typed as it stands."""
    words = "--model-command", COMMAND, "--iterations", "2", "--run-dir", "told"
    _, printed = call(command, *words)
    told = " ".join(printed.split())
    assert "(p0, p1, p2, p3, p4, p5), central differences, 1 replicate, each simulation in a process of its own" in told
    assert re.search(r"cores each simulation may use \d+ cores?", told), printed
    line = next(line for line in printed.splitlines() if "to continue: " in line)
    again = shlex.split(line.split("to continue: ")[1])
    assert again[again.index("--model-command") + 1] == COMMAND, line
    call(command, *again[1:])
    assert len([line for line in read_lines("told/metrics.jsonl") if "loss" in line]) == 4
    _, printed = call(command, *words[:-1], "dry", "--dry-run")
    assert "dry run: all is ready" in printed and "an iteration is 13 evaluations" in printed, printed
    assert not Path("dry").exists()
    call(command, *words[:-1], "clean", DTRAIN_RETRIES="1", PLANTED_START="options")


def processes_here():
    """Those that work in this folder."""
    found = set()
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(path / "cwd") == os.getcwd():
                found.add(path.name)
        except OSError:
            pass  # It has ended, or is another user's.
    return found


def check_nothing_left(before):
    """A guard may outlive dtrain for the moment that it needs to remove its folder."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline and (processes_here() - before or os.listdir("scratch")):
        time.sleep(0.05)
    assert not processes_here() - before, "processes are left"
    assert not os.listdir("scratch"), "scratch folders are left"


def check_starts(runs, isolated):
    """Each trouble is told of in one line, on one rank and on three."""
    os.mkdir("scratch")
    Path("here.sh").touch()
    answer = "sh -c 'read place <&3; echo %s >&4; exec sleep 1000'"
    later = answer % r'"{\"dtrain_model\":2,\"name\":\"m\",\"parameters\":[{}]}"'
    troubles = [
        ("./nothing", {}, r"--model-command './nothing': cannot be started: No such file or directory", 1),
        ("python3 'pond.py", {}, r"--model-command 'python3 'pond.py': .*", 2),
        ("true", {}, r"--model-command 'true': ended with exit code 0 before its hello \(in Python, dtrain_model.serve sends that\)", 1),
        ("here.sh", {}, r".*: cannot be started: No such file or directory: write ./here.sh for the file .*", 1),
        ("sh -c 'echo no luck; exit 3'", {}, r".*: ended with exit code 3; its last line: no luck", 1),
        (COMMAND, {"start": "raise"}, r".*: ended with exit code 1; its last line: RuntimeError: the mesh .*", 1),
        (COMMAND, {"start": "data"}, r".*: needs data", 1),
        (answer % "nonsense", {}, r".*nonsense.*", 1),
        (later, {}, r".*version 2.*", 1),
    ]
    of_rank_1 = [
        (COMMAND, {"start": "rank"}, r".*: says something else about itself than on rank 0", 1),
        (COMMAND, {"start": "setup"}, r".*no licence.*", 1),
    ]
    before = processes_here()
    for ranks, kinds in ((1, troubles), (3, troubles + of_rank_1)):
        for command, planted, pattern, code in kinds:
            words = runs.like("--scratch", "scratch", "--model-command", command, **planted).run(
                ranks, "refused", code=code)
            assert len(words) == 1 and re.fullmatch("dtrain: " + pattern, words[0]), f"{command} {planted}: {words}"
            assert not Path("refused").exists(), f"{command} {planted}: a run has begun"
            check_nothing_left(before)
    isolated.like("--scratch", "scratch", setup="fail").refused("refused", r"setup\(\) has failed", ranks=2, code=1)
    isolated.like("--scratch", "scratch", p=0).refused("refused", r"so: needs data: give --data$", ranks=2, code=1)
    assert not Path("refused").exists()
    check_nothing_left(before)


def check_slow_start(command):
    """A start may take as long as it likes: --stall-timeout is not about models."""
    assert not command.like("--iterations", "1", "--stall-timeout", "3", start="slow").afresh(2, "slow")


def main():
    mpirun, dtrain, model = sys.argv[1:4]
    inside, none = Runs(mpirun, dtrain, model), Runs(mpirun, dtrain, None)
    isolated, command = inside.like("--isolate"), none.like("--model-command", COMMAND)
    make_data()
    check_starts(none, isolated)
    check_policies(inside, isolated, command)
    check_records(inside, command)
    check_words(none)
    check_slow_start(command)
    print("the same files from processes, and nothing left of them")


main()
