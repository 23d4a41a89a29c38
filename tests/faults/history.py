# SPDX-License-Identifier: MIT
"""Plays the history of a run: starts it, strikes it, damages its files, and compares it with undisturbed runs."""
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

TIMEOUT = 120  # seconds for any process
REFUSED, DIVERGED, STOPPED = 2, 3, 75


@dataclass(frozen=True)
class Settings:
    """Of a run, in all its starts."""
    data: tuple  # the arguments of make_data; None: there are no data
    options: tuple
    whole: tuple  # the options that say how long the whole run is
    length: int  # as many iterations, or a little less
    patience: int
    held_out: bool  # whether there are validation rows
    weights: str  # what the run begins from: "", "run" or "checkpoint"
    planted: tuple = ()  # names and values of PLANTED_... variables, if it is a run of that model
    apart: tuple = ()  # what has the model run in processes of its own, which may crash


@dataclass(frozen=True)
class Segment:
    """One start of the run, how it ends, and what happens to its files then."""
    ranks: int = 1
    length: float = None  # it is said to end at that part of the whole, or at what was reached
    patience: int = None  # less than that of the settings
    how: str = "end"  # or one of DISTURBANCES
    at: float = None  # struck once the checkpoints show that part of the whole; None: from the start
    delay: float = 0  # and so many seconds later
    damage: tuple = None  # one of DAMAGES, and whether of the "newest" checkpoint, the "best" or a "journal"
    older: bool = False  # then its record is made that of an older version
    verified: bool = False


@dataclass(frozen=True)
class History:
    segments: tuple
    again: bool = False  # the finished run is resumed once more
    forgery: str = None  # one of FORGERIES


# The file `stop` is there from the start, which ends after an iteration: dtrain looks for it once a second.
DISTURBANCES = {
    "stop": "",
    "terminate": "kill $(ranks | tail -n 1)",
    "kill": "kill -KILL $! $(ranks)",
    "kill one": "kill -KILL $(ranks | tail -n 1)",
    "max-time": "",
}
DAMAGES = {
    "flip": "printf '\\{byte:03o}' | dd of={file} bs=1 seek={middle} conv=notrunc status=none",
    "cut": "truncate -s -100 {file}",
    "lose": "rm {file}",
}
TESTS = Path(__file__).resolve().parents[1]
COMMAND = "--model-command", f"{sys.executable} {TESTS}/training/planted_model.py"
OLDER_RECORD = f"{sys.executable} {TESTS}/faults/older_record.py run"
# A run of a version whose sums were rounded otherwise, which a resume refuses, too.
OTHER_ARITHMETIC = "another arithmetic"
FORGERIES = {
    "garbage": "printf forged >> forged/metrics.jsonl",
    "a line twice": 'line=$(tail -n 1 forged/metrics.jsonl); echo "$line" >> forged/metrics.jsonl',
    "a line less": "sed -i '$d' forged/metrics.jsonl",
    "another failure": "echo '{}' >> forged/failures.jsonl",
    "no last checkpoint": "rm $(ls forged/checkpoints/iteration-* | tail -n 1)",
    "no checkpoint": "rm forged/checkpoints/*",
    OTHER_ARITHMETIC: f"PYTHONPATH={TESTS} {sys.executable} "
                      f"{TESTS}/training/forge.py forged attribute arithmetic 0.1.9",
}

# What the printed commands use.
PRELUDE = """\
# reached ITERATION: waits until there is a checkpoint of it, or a later one, or the run has ended.
reached() {
    while kill -0 $! 2>/dev/null; do
        for file in run/checkpoints/iteration-*; do
            number=${file##*-}
            [ ! -e "$file" ] || ((10#${number%.h5} < $1)) || return 0
        done
        sleep 0.002
    done
}
ranks() { pgrep -f "^$dtrain .*--run-dir run( |\\$)"; }"""


class Failure(Exception):
    """The run is not what it should be."""


class Diverged(Exception):
    """The settings are of no use."""


def recipe_of(kind, outputs):
    """As an import would have made the data."""
    names = [f"output {k}" for k in range(outputs)]
    columns = [{"name": name, "mean": 1.5, "deviation": 0.1} for name in names]
    target = {"kind": "numbers", "columns": columns} if kind == "numbers" else {"kind": "classes", "names": names}
    return json.dumps({"recipe": 1, "kind": "table", "target": target})


def make_data(path, seed, rows, inputs, classes, kind, has_recipe):
    """A dataset of which a network can learn something, but not all."""
    rng = np.random.default_rng(seed)
    with h5py.File(path, "w") as file:
        if has_recipe:
            file["recipe"] = recipe_of(kind, classes)
        for split, count in (("train", rows), ("test", 20)):
            x = rng.normal(size=(count, inputs))
            score = x[:, 0] + x[:, 0] * x[:, 1] + 0.3 * rng.normal(size=count)
            if kind == "zeros":
                x[:, -1] = 0
            if kind == "large":
                x *= rng.choice([1, 1e8, 1e10], size=(count, 1), p=[0.96, 0.02, 0.02])
            file[split + "/images"] = np.clip(128 + 50 * x, 0, 255).astype("u1") if kind == "bytes" else x.astype("f4")
            if kind == "numbers":  # some of them far out
                targets = score[:, None] * np.linspace(1, 2, classes) + rng.normal(size=(count, classes))
                targets[::40] *= 30
                file[split + "/targets"] = targets
            else:
                file[split + "/labels"] = np.digitize(score, np.linspace(-1, 1, classes + 1)[1:-1])
            if kind == "weighted" and split == "train":
                file[split + "/weights"] = rng.uniform(0, 2, count)


# ------------------------------------------------------------------------------------------ files of a run


def checkpoints(run):
    """The numbered checkpoints, oldest first."""
    return sorted(run.glob("checkpoints/iteration-*.h5"), key=iteration)


def iteration(checkpoint):
    return int(checkpoint.stem.split("-")[1])


def reached(run):
    """The iteration of the newest checkpoint."""
    return max(map(iteration, checkpoints(run)), default=-1)


def read_files(run):
    """Those that follow from the settings and the length."""
    names = ["metrics.jsonl", *(f"checkpoints/{path.name}" for path in (run / "checkpoints").iterdir())]
    if (run / "failures.jsonl").exists():
        names.append("failures.jsonl")
    return {name: (run / name).read_bytes() for name in names}


def drop_hits(files):
    """Takes out of failures.jsonl what was hit by a crash, and not lost: that says nothing about the results."""
    lines = files.get("failures.jsonl", b"").splitlines(keepends=True)
    files["failures.jsonl"] = b"".join(line for line in lines if b'"lost":false' not in line)


def check_same(run, straight, has_losses, bad, is_hit):
    """What --keep has removed does not come back: where others were lost, the oldest checkpoints may be missing.
    A damaged checkpoint stays where it lies behind the end. `is_hit`: evaluations may have been hit by crashes."""
    got, wanted = read_files(run), read_files(straight)
    if is_hit:
        drop_hits(got)
        drop_hits(wanted)
    if (run / "journal").exists():
        raise Failure(f"{run.name} is finished, but has a journal")
    for path, content in bad.items():
        name = f"checkpoints/{path.name}"
        if name not in wanted and got.get(name) == content:
            del got[name]
    missing, spare = wanted.keys() - got.keys(), got.keys() - wanted.keys()
    if has_losses:
        oldest = min(name for name in got if "iteration-" in name)
        missing -= {name for name in missing if "iteration-" in name and name < oldest}
    if missing or spare:
        raise Failure(f"{run.name} differs from {straight.name}: missing {sorted(missing)}, too many {sorted(spare)}")
    for name in got:
        if got[name] != wanted[name]:
            raise Failure(f"{run.name}/{name} differs from that of {straight.name}")


def check_finite(run):
    for path in checkpoints(run):
        with h5py.File(path) as file:
            for name, tensor in file["parameters"].items():
                if not np.isfinite(tensor[...]).all():
                    raise Failure(f"{run.name}: {name} of {path.name} is not finite")


# ------------------------------------------------------------------------------------------------ playing


def kill(number, *processes):
    for pid in processes:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


class Player:
    """Plays histories of a run with the same settings, in a new folder. `commands` are those of the last one."""

    def __init__(self, mpirun, dtrain, model, folder, settings):
        self.mpirun, self.dtrain, self.folder, self.settings = mpirun, dtrain, folder, settings
        self.run, self.counts = folder / "run", Counter()
        self.inputs = []  # the options that say which data, and which model
        folder.mkdir()
        if settings.data:
            make_data(folder / "data.h5", *settings.data)
            self.inputs += ["--data", "data.h5"]
        if settings.planted and "--model-command" not in settings.apart:
            self.inputs += ["--model", model]
        self.inputs += settings.apart

    def play(self, history):
        """Raises Failure where the run is not what it should be."""
        self.commands = []
        self.lost = 0  # the iteration of the newest checkpoint that was damaged or lost
        self.bad = {}  # the content of each damaged checkpoint, which a resume may since have replaced
        self.is_damaged = self.has_losses = False
        if self.settings.apart:
            self.shell("rm -rf marks; mkdir marks")
        shutil.rmtree(self.run, ignore_errors=True)
        if self.settings.weights:
            self.prepare(self.first_run(), self.folder / "first")
        straight = self.straight(None, self.settings.patience)
        check_finite(straight)
        for segment in history.segments:
            self.play_segment(segment)
        if self.settings.apart:
            self.counts["crashes"] += len(os.listdir(self.folder / "marks"))
        self.verify("run", history.segments[-1].ranks)
        self.verify(straight.name)
        if history.again:
            self.resume_finished(straight)
        if history.forgery:
            self.forge(history.forgery)

    # Processes

    def launch(self, ranks, *arguments):
        """One rank needs no mpirun, and starts sooner without."""
        return [*([self.mpirun, "-np", str(ranks)] if ranks > 1 else []), self.dtrain, *arguments]

    def start(self, command):
        with (self.folder / "out").open("w") as out, (self.folder / "err").open("w") as err:
            return subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                    env=os.environ | dict(self.settings.planted))

    def ranks(self, job):
        """The processes of a job that train, which may outlive mpirun."""
        if job.args[0] == self.dtrain:
            return [job.pid] if job.poll() is None else []
        listed = subprocess.run(["pgrep", "-f", f"^{re.escape(self.dtrain)} "], capture_output=True, text=True)
        return [pid for pid in map(int, listed.stdout.split()) if self.is_here(pid)]

    def is_here(self, pid):
        try:
            return os.readlink(f"/proc/{pid}/cwd") == str(self.folder)
        except OSError:
            return False  # It has ended.

    def wait(self, job):
        """The exit code, once no rank is left."""
        try:
            code = job.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            kill(signal.SIGKILL, job.pid, *self.ranks(job))
            job.wait()
            raise Failure(f"no end after {TIMEOUT} s") from None
        for _ in range(200):
            if not self.ranks(job):
                return code
            time.sleep(0.02)
        kill(signal.SIGKILL, *self.ranks(job))
        return code

    def finish(self, command, allowed=(0,)):
        """Runs a command to its end."""
        self.commands.append(shlex.join(command))
        code = self.wait(self.start(command))
        if code not in allowed:
            raise Failure(f"exit code {code}: {self.last_words()}")
        return code

    def shell(self, line):
        self.commands.append(line)
        subprocess.run(["bash", "-c", line], cwd=self.folder, check=True)

    def last_words(self):
        return " ".join((self.folder / "err").read_text(errors="replace").splitlines()[-3:])

    # Runs

    def arguments(self, run, length, patience):
        """Of a start of the run. The length is in iterations; None is the whole."""
        settings, weights = self.settings, {"run": "first", "checkpoint": "first/checkpoints/iteration-0000005.h5"}
        start = ["--weights", weights[settings.weights]] if settings.weights else []
        patient = ["--patience", str(patience)] if patience else []
        whole = settings.whole if length is None else ("--iterations", str(length))
        return [*self.inputs, *start, *settings.options, *patient, *whole, "--progress", "none",
                "--run-dir", run]

    def first_run(self):
        """That of --weights."""
        return self.launch(1, "--data", "data.h5", "--hidden", "5", "--activation", "tanh", "--init-std", "xavier",
                           "--iterations", "12", "--checkpoint-every", "5", "--quiet", "--run-dir", "first")

    def prepare(self, command, run):
        """A run that all histories of these settings share."""
        if run.exists():
            if shlex.join(command) not in self.commands:
                self.commands.append(shlex.join(command))
        elif self.finish(command, (0, DIVERGED)) == DIVERGED:
            raise Diverged

    def straight(self, length, patience):
        """An undisturbed run."""
        run = self.folder / f"straight-{length or 'whole'}-{patience}"
        self.prepare(self.launch(1, *self.arguments(run.name, length, patience)), run)
        return run

    def verify(self, run, ranks=1):
        self.finish(self.launch(ranks, *self.verification(run)))

    def verification(self, run):
        return ["verify", run, *(["--data", "data.h5"] if self.settings.data else []), *self.settings.apart, "--quiet"]

    # Segments

    def play_segment(self, segment):
        patience = self.settings.patience if segment.patience is None else segment.patience
        length = None if segment.length is None else self.short_length(segment.length)
        limit = ["--max-time", f"{segment.delay}s"] if segment.how == "max-time" else []
        arguments = [*self.arguments("run", length, patience), "--resume", *limit]
        # Only what is disturbed crashes, each evaluation once.
        crashing = ["env", "PLANTED_ONCE=marks"] if self.settings.apart else []
        code = self.disturb([*crashing, *self.launch(segment.ranks, *arguments)], segment)
        (self.run / "stop").unlink(missing_ok=True)  # A run that is finished does not look for it.
        self.counts[segment.how if code else "end"] += 1
        self.check_code(code, segment)
        self.is_damaged = self.is_damaged and code != 0
        if segment.verified and not self.is_damaged and checkpoints(self.run):
            self.verify("run")
        if code == 0:
            check_same(self.run, self.straight(length, patience), self.has_losses, self.bad, bool(self.settings.apart))
        if segment.damage:
            self.damage(*segment.damage)
        if segment.older:
            self.shell(OLDER_RECORD)
            self.counts["older record"] += 1

    def short_length(self, part):
        """Never less than what was reached. A newest checkpoint that was lost is made once more: a run that ends
        before it may lack an older one that --keep has removed."""
        sound = [iteration(path) for path in checkpoints(self.run) if path.read_bytes() != self.bad.get(path)]
        newest = max(sound, default=0)
        return max(round(part * self.settings.length), newest, min(newest + 1, self.lost), 1)

    def disturb(self, command, segment):
        """Starts the run, and returns its exit code."""
        if segment.how == "stop":
            self.shell("mkdir -p run; touch run/stop")
        if segment.how in ("end", "max-time", "stop"):
            self.commands.append(shlex.join(command))
            return self.wait(self.start(command))
        target = -1  # There are no checkpoints to wait for.
        if segment.at is not None:
            target = max(round(segment.at * self.settings.length), reached(self.run) + 1)
        self.commands.append(f"{shlex.join(command)} & {f'reached {target}; ' if target >= 0 else ''}"
                             f"sleep {segment.delay}; {DISTURBANCES[segment.how]}; wait")
        job = self.start(command)
        while job.poll() is None and reached(self.run) < target:
            time.sleep(0.002)
        time.sleep(segment.delay)
        self.strike(segment.how, job)
        return self.wait(job)

    def strike(self, how, job):
        """As DISTURBANCES say it."""
        ranks = self.ranks(job)
        if how == "terminate":
            kill(signal.SIGTERM, *ranks[-1:])
        elif how == "kill":
            kill(signal.SIGKILL, *([job.pid] if job.poll() is None else []), *ranks)
        elif how == "kill one":
            kill(signal.SIGKILL, *ranks[-1:])

    def check_code(self, code, segment):
        """After a kill it may be any."""
        words = self.last_words()
        allowed = {"end": [0], "stop": [0, STOPPED], "max-time": [0, STOPPED]}.get(segment.how)
        is_refused = code == REFUSED and segment.patience is not None and "--patience" in words
        if allowed and code not in allowed and not is_refused:
            raise Failure(f"exit code {code}: {words}")
        if "skipped" in words and not any(path.name in words for path in self.bad):
            raise Failure(f"damage that nobody has done: {words}")

    def damage(self, how, which):
        """Of the newest checkpoint, where another sound one is left, of the best, or of a journal, which a run can do
        without."""
        if which == "journal":
            self.damage_journal(how)
            return
        files = checkpoints(self.run)[1:] if which == "newest" else list(self.run.glob("checkpoints/best.h5"))
        if not files or (which == "newest" and self.is_damaged):
            return
        file = files[-1]
        if file.read_bytes() == self.bad.get(file):
            return  # A byte that is flipped twice is sound.
        data, middle = file.read_bytes(), file.stat().st_size // 2
        self.shell(DAMAGES[how].format(file=file.relative_to(self.folder), middle=middle, byte=data[middle] ^ 255))
        if which == "newest":
            self.lost = iteration(file)
        if file.exists():
            self.bad[file] = file.read_bytes()
        self.is_damaged = self.has_losses = True
        self.counts["damage"] += 1

    def damage_journal(self, how):
        files = sorted(self.run.glob("journal/*"))
        if files:
            data, middle = files[-1].read_bytes(), files[-1].stat().st_size // 2
            self.shell(DAMAGES[how].format(file=files[-1].relative_to(self.folder), middle=middle,
                                           byte=data[middle] ^ 255))
            self.counts["damaged journal"] += 1

    # After the end

    def resume_finished(self, straight):
        """Nothing changes, and the result is printed."""
        self.finish(self.launch(1, *self.arguments("run", None, self.settings.patience), "--resume"))
        if "digest: parameters" not in (self.folder / "out").read_text():
            raise Failure("the resume of a finished run does not print its digest")
        check_same(self.run, straight, self.has_losses, self.bad, bool(self.settings.apart))

    def forge(self, how):
        if how == "another failure" and not self.settings.planted:
            return
        if how == OTHER_ARITHMETIC and self.bad:
            return  # It would make the hash of a damaged checkpoint right.
        shutil.rmtree(self.folder / "forged", ignore_errors=True)
        self.shell("cp -r run forged")
        self.shell(FORGERIES[how])
        if how == OTHER_ARITHMETIC:
            self.finish(self.launch(1, *self.arguments("forged", None, self.settings.patience), "--resume"), (REFUSED,))
        if self.finish(self.launch(1, *self.verification("forged")), (0, 1, 2)) == 0:
            raise Failure("verify accepts a forgery")
        self.counts["forgery"] += 1
