#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Whatever happens to a run, its files follow from its settings and its length alone.

    histories.py MPIRUN DTRAIN [MODEL] [--seconds N] [--seed S] [--count N] [--jobs N] [--all]

A seed stands for the settings of a run and for its history: it is stopped, killed, declared finished and
extended, some of its files are damaged or lost, and it is resumed on other numbers of ranks. Wherever the
run says that it is finished, its files must be those of an undisturbed run of that length, and `dtrain
verify` must accept them; a forgery it must not accept. Every third seed is of a run of MODEL, planted_model.so,
whose evaluations may fail; it may be in processes of its own, which may crash. After a failure the history is made
shorter as long as it still fails, and printed as commands. With --all the next seeds are tried nevertheless.

By default seeds from 1 on are tried for a minute; SECONDS and SEED in the environment do what the options
do. By hand, for an hour: scripts/launch.sh tests/faults/histories.py mpirun build/dtrain --seconds 3600 --seed 1000
"""
import argparse
import itertools
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from history import (COMMAND, DAMAGES, DISTURBANCES, FORGERIES, PRELUDE, Diverged, Failure, History, Player, Segment,
                     Settings)

SHRINK_SECONDS = 120


# ------------------------------------------------------------------------------------------------ drawing


OPTIMIZER_NUMBERS = {
    "momentum": {"--momentum": ["0.5", "0.9"]},
    "nesterov": {"--momentum": ["0.5", "0.9"]},
    "rmsprop": {"--decay": ["0.9", "0.99"]},
    "adam": {"--beta1": ["0.8", "0.9"], "--beta2": ["0.99", "0.999"]},
}


def draw_optimizer(rng, kind):
    """With its numbers. An input that is always 0 has a gradient of 0, which --epsilon 0 divides by its own size."""
    name = rng.choice(["sgd", "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adam"])
    is_plain, has_zeros = name in ("sgd", "momentum", "nesterov"), kind == "zeros"
    rates = ["0.05", "0.2"] if is_plain else ["0.003", "0.02"]
    if kind == "numbers":
        rates = ["0.001", "0.003"] if is_plain else ["0.003", "0.02"]
    if kind == "large":
        rates = ["1e-11", "1e-10"] if is_plain else ["1e-8", "1e-7"]
    options = ["--optimizer", name, "--learning-rate", rng.choice(rates)]
    for number, values in OPTIMIZER_NUMBERS.get(name, {}).items():
        options += [number, rng.choice(values)]
    if not is_plain and (has_zeros or rng.random() < 0.3):
        options += ["--epsilon", "0" if has_zeros else rng.choice(["1e-6", "auto"])]
    return options


def draw_network(rng, kind):
    if kind == "large":
        return ["--hidden", rng.choice(["3", "8"]), "--activation", "relu", "--init-std", rng.choice(["1e-5", "3e-5"])]
    return ["--hidden", rng.choice(["3", "8", "16", "6,4"]), "--activation", rng.choice(["sigmoid", "tanh", "relu"]),
            "--init-std", rng.choice(["xavier", "he", "0.3"])]


def draw_schedule(rng, length):
    """Of the learning rate; its horizon is not the length of the run."""
    options = ["--warmup", str(rng.randint(1, length))] if rng.random() < 0.2 else []
    if rng.random() < 0.3:
        options += ["--learning-rate-schedule", rng.choice(["step", "cosine", "linear"]),
                    "--decay-every", str(rng.randint(1, 2 * length))]
    return options


def draw_period(rng, name, usage, length):
    """The default, 0, any number, or `auto` where the program knows that word."""
    number = str(rng.randint(3 + length // 100, 4 + length // 2))
    words = ["auto"] if re.search(name + r" \S*auto", usage) else []
    value = rng.choice([None, "0", number, number, number, *words])
    return [name, value] if value else []


def draw_length(rng, usage, gradient, epoch):
    """In iterations, and as options. It takes long enough for a kill on the way."""
    length = rng.randint(40, 400) if gradient == "literal" else rng.randint(100, 1500)
    if "--epochs " not in usage or rng.random() < 0.7:
        return length, ("--iterations", str(length))
    epochs = max(1, length // epoch)
    return epochs * epoch, ("--epochs", str(epochs))


def draw_settings(rng, usage):
    rows, batch, held_out = rng.randint(60, 600), rng.choice([5, 10, 20, 37]), 0
    if rng.random() < 0.7:
        held_out = rng.randint(1, rows // 3)
    gradient = rng.choice(["numerical", "literal", "literal", "backprop"])
    length, whole = draw_length(rng, usage, gradient, max(1, (rows - held_out) // batch))
    # Gradients of large features need a coarser grid now and then.
    kind = rng.choice(["zeros", "large", "weighted", "numbers", "numbers", *["floats", "bytes"] * 3])
    seed = rng.randint(0, 99)
    data = seed, rows, rng.randint(2, 12), rng.randint(2, 4), kind, seed % 2 == 1
    weights = rng.choice(["run", "checkpoint"]) if rng.random() < 0.2 else ""
    options = ["--batch-size", str(batch), "--seed", str(rng.randint(0, 9)), "--keep", str(rng.randint(1, 5)),
               "--sampling", rng.choice(["replacement", "epoch"]), *([] if weights else draw_network(rng, kind)),
               "--gradient", gradient, *draw_optimizer(rng, kind),
               *draw_period(rng, "--eval-every", usage, length), *draw_period(rng, "--checkpoint-every", usage, length)]
    options += draw_schedule(rng, length)
    if kind != "numbers" and rng.random() < 0.2:
        options += ["--class-weights", "balanced"]
    if held_out:
        options += ["--validation-rows", str(held_out)]
    patience = rng.choice([0, 1, 2, 5]) if held_out else 0
    return Settings(data, tuple(options), whole, length, patience, held_out > 0, weights)


def draw_planted_data(rng):
    """Few, as each row is evaluated twice for every parameter; or none."""
    if rng.random() < 0.6:
        return None, 0, ["--replicates", str(rng.randint(1, 5))]
    rows, seed = rng.randint(20, 60), rng.randint(0, 99)
    held_out = rng.randint(1, rows // 3) if rng.random() < 0.5 else 0
    options = ["--batch-size", str(rng.randint(1, 8)), "--sampling", rng.choice(["replacement", "epoch"]),
               "--validation-rows", str(held_out)]
    data = seed, rows, rng.randint(2, 4), 2, rng.choice(["floats", "bytes", "numbers"]), seed % 2 == 1
    return data, held_out, options


def draw_planted(rng, usage):
    """Settings of a run of the planted model. Its evaluations take so long that kills hit an iteration at work."""
    data, held_out, options = draw_planted_data(rng)
    length = rng.randint(20, 60)
    planted = {"PLANTED_P": str(rng.randint(1, 8)), "PLANTED_SLEEP": rng.choice(["0", "0.0005", "0.002"]),
               "PLANTED_FAIL": rng.choice(["0", "0.02", "0.1"]), "PLANTED_HEAL": rng.choice(["1", "2", "1000"])}
    apart = rng.choice([(), ("--isolate",), COMMAND])
    if apart:
        planted["PLANTED_CRASH"] = "0.003"
    options += ["--on-failure", rng.choice(["skip", "one-sided"]), "--max-failures", "1",
                "--retries", rng.choice(["1", "2"] if apart else ["0", "1", "2"]),
                "--difference", rng.choice(["central", "forward"]),
                "--random-numbers", rng.choice(["iteration", "run", "each"]),
                "--journal", rng.choice(["auto", "on", "on", "on", "off"]), "--seed", str(rng.randint(0, 9)),
                "--optimizer", "adam", "--learning-rate", rng.choice(["0.003", "0.02"]),
                "--keep", str(rng.randint(1, 5)), *(["--no-check"] if rng.random() < 0.5 else []),
                *draw_period(rng, "--eval-every", usage, length),
                *draw_period(rng, "--checkpoint-every", usage, length)]
    patience = rng.choice([0, 1, 2, 5]) if held_out else 0
    return Settings(data, tuple(options), ("--iterations", str(length)), length, patience, held_out > 0, "",
                    tuple(planted.items()), apart)


def draw_segment(rng, settings, at):
    how = "end" if rng.random() < 0.35 else rng.choice([*DISTURBANCES, "kill"])
    is_short = how == "end" or rng.random() < 0.3
    less = range(1, settings.patience or 4)
    is_blind = how == "max-time" or rng.random() < 0.25
    targets = ["newest", "best", *["journal"] * 4 * bool(settings.planted)]
    return Segment(ranks=rng.choice([1, 1, 1, 2, 3, 5]),
                   length=rng.choice([0, at]) if is_short else None,
                   patience=rng.choice(less) if settings.held_out and less and rng.random() < 0.25 else None,
                   how=how, at=None if is_blind else at,
                   delay=round(rng.uniform(0.2, 0.7) if is_blind else rng.uniform(0, 0.02), 3),
                   damage=(rng.choice([*DAMAGES]), rng.choice(targets)) if rng.random() < 0.3 else None,
                   verified=rng.random() < 0.4,
                   older=settings.weights != "" and rng.random() < 0.4)


def draw_history(rng, settings):
    instants = sorted(rng.uniform(0, 0.9) for _ in range(rng.choice([1, 1, 2, 2, 3, 4])))
    segments = [draw_segment(rng, settings, at) for at in instants]
    return History((*segments, Segment(ranks=rng.choice([1, 1, 2, 3, 5]))), again=rng.random() < 0.3,
                   forgery=rng.choice([None, None, *FORGERIES]))


# ---------------------------------------------------------------------------------------------- shrinking


def shorter(history):
    """The histories with a little less in them."""
    *segments, last = history.segments
    yield replace(history, forgery=None)
    yield replace(history, again=False)
    for i in range(len(segments)):
        yield replace(history, segments=(*segments[:i], *segments[i + 1:], last))
    yield replace(history, segments=tuple(replace(segment, ranks=1) for segment in history.segments))
    for i, segment in enumerate(segments):
        for less in ({"damage": None}, {"verified": False}, {"older": False}, {"patience": None},
                     {"length": None}):
            yield replace(history, segments=(*segments[:i], replace(segment, **less), *segments[i + 1:], last))


def failure_of(player, history):
    """Why it fails, with the commands of it; None if it does not."""
    try:
        player.play(history)
    except Failure as failure:
        return str(failure), player.commands
    return None


def is_alike(failure, other):
    """Whether both are of a kind: the reasons begin alike, but for numbers."""
    kinds = [re.sub("[0-9]+|whole", "", reason)[:40] for reason, _ in (failure, other)]
    return kinds[0] == kinds[1]


def shrink(player, history, failure):
    """The failure of the shortest history found, until the time is up."""
    end = time.monotonic() + SHRINK_SECONDS
    left = shorter(history)
    while (candidate := next(left, None)) and time.monotonic() < end:
        if candidate == history:
            continue
        # An instant is not hit every time.
        found = failure_of(player, candidate) or failure_of(player, candidate)
        if found and is_alike(found, failure):
            history, failure, left = candidate, found, shorter(candidate)
    return failure


# -------------------------------------------------------------------------------------------------- course


class Course:
    """The histories of one seed after another, until the time is up or one has failed."""

    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.usage = subprocess.run([arguments.dtrain, "--help"], capture_output=True, text=True, check=True).stdout
        self.seeds = itertools.islice(itertools.count(arguments.seed), arguments.count)
        self.end = time.monotonic() + arguments.seconds
        self.counts, self.failed = Counter(), []

    def follow(self):
        with ThreadPoolExecutor(self.arguments.jobs) as pool:  # Most of the time a start is waiting.
            for worker in [pool.submit(self.work) for _ in range(self.arguments.jobs)]:
                worker.result()

    def work(self):
        while time.monotonic() < self.end and (self.arguments.all or not self.failed):
            seed = next(self.seeds, None)
            if seed is None:
                break
            self.try_seed(seed)

    def try_seed(self, seed):
        rng = random.Random(seed)
        is_planted = self.arguments.model and seed % 3 == 0
        settings = draw_planted(rng, self.usage) if is_planted else draw_settings(rng, self.usage)
        history = draw_history(rng, settings)
        player = Player(self.arguments.mpirun, self.arguments.dtrain, self.arguments.model, self.folder / str(seed),
                        settings)
        try:
            failure = failure_of(player, history)
        except Diverged:
            self.counts["diverged"] += 1
            return
        self.counts.update(player.counts, histories=1, planted=int(bool(is_planted)), apart=int(bool(settings.apart)))
        if failure:
            self.failed.append(seed)
            print(self.report(seed, player, failure, shrink(player, history, failure)), flush=True)
        else:
            shutil.rmtree(player.folder)

    def report(self, seed, player, failure, shortest):
        """Under a failure stand the commands of the shortest history that was found to fail."""
        reason, commands = shortest
        inputs = [f"cp {player.folder}/data.h5 ."] if player.settings.data else []
        inputs += [f"export {name}={value}" for name, value in player.settings.planted]
        given = [sys.argv[0], player.mpirun, player.dtrain, *([self.arguments.model] if self.arguments.model else [])]
        return "\n".join([f"seed {seed}: {failure[0]}", f"the shortest history found that fails: {reason}", "",
                          "; ".join(['cd "$(mktemp -d)"', *inputs, f"dtrain={player.dtrain}"]), PRELUDE,
                          *(command.replace(player.dtrain, "$dtrain") for command in commands), "",
                          f"This seed again: {' '.join(given)} --seed {seed} --count 1",
                          ""])


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mpirun")
    parser.add_argument("dtrain", type=os.path.abspath)
    parser.add_argument("model", nargs="?", type=os.path.abspath)
    parser.add_argument("--seconds", type=float, default=os.environ.get("SECONDS", "60"))
    parser.add_argument("--seed", type=int, default=os.environ.get("SEED", "1"))
    parser.add_argument("--count", type=int, help="histories at most")
    parser.add_argument("--jobs", type=int, default=4, help="histories at a time")
    parser.add_argument("--all", action="store_true", help="go on after a failure")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    if not shutil.which("pgrep"):
        print("skipped: no pgrep")
        sys.exit(77)
    folder = Path(tempfile.mkdtemp(prefix="histories-")).resolve()
    course = Course(arguments, folder)
    course.follow()
    print(", ".join(f"{name}: {count}" for name, count in sorted(course.counts.items())))
    if course.failed:
        sys.exit(f"histories that failed: {len(course.failed)}")
    shutil.rmtree(folder)
    assert course.counts["histories"] > 0, "no history was tried"
    print("all files are those of undisturbed runs")


if __name__ == "__main__":
    main()
