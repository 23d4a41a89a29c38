#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times what exact sums cost, and prints a table.

Builds dtrain twice by the same preset: as it is, and from a copy of the sources in which the sums of
the gradient, and the reduction over the ranks, are of doubles that nothing rounds to a grid. Both
train in turns. A ratio is taken in each round; the table has medians and quartiles. The last column
compares two measurements of the same program: any difference no larger than that is noise.
"""
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

# The package dtrain is above this folder.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dtrain.command import parser, run, start
from dtrain.failure import Failure

start()
from bench import spread
from measurements import FULL, QUICK, SCRIPTS, iteration

# What the copy has in place of exact sums: files, what is found there, and what takes its place. Sums
# stay in quanta, so that exact_mean makes the mean of them as before; no range is checked.
CHANGES = [
    ("**/*.[ch]", r"u?int64_t (\*+(?:restrict )?(?:sums|totals|shared_totals|segment|counts))",
     r"double \1"),
    ("core/selftest/selftest.c", r"add_integers\(results, part, sums,", "add_doubles(results, part, sums,"),
    ("ranks/collective.[ch]", r"int64_t \*values", "double *values"),
    ("training/score.c", r"int64_t sums\[", "double sums["),
    ("training/step_sums.h", r"int64_t (\w+(\[\])?;)", r"double \1"),
    ("core/numbers/exact_sum.h", r"(exact_mean\(.*)int64_t sum", r"\1double sum"),
    ("ranks/*.c", "MPI_INT64_T", "MPI_DOUBLE"),
    ("core/gradient/sums_rounding.h", r"vector_bits (sums_round\(|quanta|before)", r"vector \1"),
    ("core/gradient/sums_rounding.h", r"const vector_bits count(?:.*\n)+?.*return .*half_range;",
     "(void)is_last;\n    return sums * (ELEMENTARY_ROUNDER / rounding->rounder);"),
    ("core/gradient/sums_rounding.h", r"\(int64_t\)quanta", "quanta"),
    ("core/gradient/group_sums_kernel.c", r"vector_bits quanta", "vector quanta"),
]


def build(source, folder, preset):
    """Builds dtrain, and returns the program."""
    for command in (["cmake", "--preset", preset, "-B", folder, "-DBUILD_TESTING=OFF"],
                    ["cmake", "--build", folder, "--target", "dtrain", "--parallel"]):
        process = subprocess.run(command, cwd=source, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if process.returncode:
            print(process.stdout, file=sys.stderr)
            raise Failure(f"{source}: cannot be built")
    return folder / "dtrain"


def change_to_doubles(source):
    for files, pattern, replacement in CHANGES:
        found = 0
        for file in source.glob(files):
            text, count = re.subn(pattern, replacement, file.read_text())
            file.write_text(text)
            found += count
        if not found:
            raise Failure(f"{files}: has nothing like '{pattern}' any more; change this script with it")


def build_both(folder, preset):
    """The programs with exact sums, and with sums of doubles."""
    source = folder / "source"
    source.mkdir(parents=True)
    for name in "CMakeLists.txt", "CMakePresets.json", "data", "include", "scripts", "src":
        copy = shutil.copytree if (SCRIPTS.parent / name).is_dir() else shutil.copy
        copy(SCRIPTS.parent / name, source / name)
    exact = build(source, folder / "exact", preset)
    change_to_doubles(source / "src")
    return exact, build(source, folder / "double", preset)


def main():
    arguments = parser(__doc__)
    arguments.add_argument("--preset", default="release", help="of CMakePresets.json")
    arguments.add_argument("--ranks", type=int, nargs="+", default=[1, 2], metavar="N")
    arguments.add_argument("--rounds", type=int, default=20, metavar="N")
    arguments.add_argument("--folder", type=Path, help="where to keep the two programs; default: nowhere")
    arguments.add_argument("--quick", action="store_true", help="few iterations: a trial")
    given = arguments.parse_args()
    amount = QUICK if given.quick else FULL
    with tempfile.TemporaryDirectory() as temporary:
        exact, doubles = build_both((given.folder or Path(temporary)).resolve(), given.preset)
        print("| ranks | exact, ms | doubles, ms | exact / doubles | quartiles | exact / exact | quartiles |\n"
              "|---|---|---|---|---|---|---|")
        for ranks in given.ranks:
            turns = [[iteration(program, amount, ranks) for program in (exact, doubles, exact)]
                     for _ in range(given.rounds)]
            before, between, after = (statistics.median(times) for times in zip(*turns))
            cost = [(first + last) / 2 / other for first, other, last in turns]
            noise = [first / last for first, _, last in turns]
            print(f"| {ranks} | {(before + after) / 2:.3f} | {between:.3f} | {spread(cost)} | {spread(noise)} |",
                  flush=True)


if __name__ == "__main__":
    run(main)
