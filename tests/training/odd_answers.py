# SPDX-License-Identifier: MIT
"""Programs behind --model-command that misbehave in an evaluation. With --on-failure stop the run ends with exit code 6
and one line that names the evaluation and what is wrong; with skip it goes on, and the failure is on record.
    odd_answers.py MPIRUN DTRAIN MODEL      in an empty folder
"""
import resource
import shlex
import sys
from pathlib import Path

from formulas import read_lines
from odd_runs import OddRuns

LENGTH = "--iterations", "3", "--replicates", "2"
SKIP = "--on-failure", "skip", "--max-failures", "0.6"
# Enough for a start on a busy machine, as that has the same limit.
TIMEOUT = "--evaluation-timeout", "8"
NO_JSON = "spoke nonsense, what it wrote is not an object of JSON"
NOT_FINITE = "its result is not finite"

# What the program answers once, and the reason that dtrain gives.
ANSWERS = [
    (r"", r"spoke nonsense, what it wrote is empty"),
    (r"nonsense\x1b[2J", NO_JSON + r".*: nonsense\\x1b\[2J"),
    (r"[1]", NO_JSON + r": \[1\]"),
    (r'{"values":[NaN]}', NOT_FINITE),
    (r'{"values":[-Infinity]}', NOT_FINITE),
    (r'{"values":[null]}', NOT_FINITE),
    (r'{"values":[1e999]}', NO_JSON + r", real number overflow .*"),
    (r'{"values":["text"]}', r"spoke nonsense, a value is not a number: .*"),
    (r'{"values":[true]}', r"spoke nonsense, a value is not a number: .*"),
    (r'{"values":[]}', r"spoke nonsense, 0 values instead of 1: .*"),
    (r'{"values":[1,2]}', r"spoke nonsense, 2 values instead of 1: .*"),
    (r'{"values":1}', r'spoke nonsense, "values" is not a list: .*'),
    (r'{"value":[1]}', r'spoke nonsense, not one of "values", .*'),
    (r'{"values":[1],"failed":"x"}', r'spoke nonsense, not one of "values", .*'),
    (r'{"class":1}', r'spoke nonsense, a "class", and no values: .*'),
    (r'{"ready":true}', r'spoke nonsense, not one of "values", .*'),
    (r'{"failed":7}', r'spoke nonsense, "failed" is not a text: .*'),
    (r'{"failed":""}', r"reported by the model"),
    (r'{"failed":"no\\nluck\\u001b[31m"}', r"no\\x0aluck\\x1b\[31m"),
    (r'{"values":[1]}\x00', NO_JSON + r".*\}\\x00"),
    (r'{"values":[1],"x":"\xff\xfe"}', NO_JSON + r".*\\xff\\xfe.*"),
    (r'{"bytes":16}', r'spoke nonsense, "bytes" is not 8: .*'),
    (r'{"bytes":-8}', r'spoke nonsense, "bytes" is not 8: .*'),
    (r'{"bytes":1e300}', r'spoke nonsense, "bytes" is not 8: .*'),
]
# What it does once, the reason, the cause on record, and options.
KINDS = [
    ("answers-bytes 8 4", r"ended with exit code 0", "crash"),
    ("answers-bits nan", NOT_FINITE, "not finite"),
    ("answers-bits inf", NOT_FINITE, "not finite"),
    ("half-an-answer end", r"ended with exit code 0", "crash"),
    ("half-an-answer hang", r"gave no answer within the 8 s of --evaluation-timeout", "timeout", *TIMEOUT),
    ("no-answer", r"gave no answer within the 8 s of --evaluation-timeout", "timeout", *TIMEOUT),
    ("endless-answer", r"gave a line that is too long to be its answer", "nonsense"),
    ("deep-answer", r"spoke nonsense, what it wrote has more than \d+ values: .*\.\.\.", "nonsense"),
    ("exits-in-an-answer 0", r"ended with exit code 0", "crash"),
    ("exits-in-an-answer 1", r"ended with exit code 1", "crash"),
    ("dies-in-an-answer 9", r"was killed by signal 9 \(Killed\)", "crash"),
    ("dies-in-an-answer 6", r"was killed by signal 6 \(Aborted\)", "crash"),
    ("dies-in-an-answer 11", r"was killed by signal 11 \(Segmentation fault\)", "crash"),
    ("closes 3", r"closed descriptor 3", "crash"),
    ("closes 4", r"closed descriptor 4", "crash"),
    ("leaves-a-child-in-an-answer", r"ended with exit code 3", "crash"),
]
# Those that fail in the evaluation that every run begins with.
AT_ONCE = [
    ("exits-after-ready", r"crash: ended with exit code 0"),
    ("reads-nothing", r"timeout: gave no answer within the 8 s of --evaluation-timeout", *TIMEOUT),
    ("answers-beforehand", r"nonsense: spoke nonsense, it has written more than the answers to what it was asked"),
    ("two-residuals", r"nonsense: spoke nonsense, 2 values instead of 3: .*"),
    ("long-reason", r"failed: r{100,200}\.\.\."),
]


def check_stop(runs, kind, reason, *options):
    runs.check(3, kind, rf"iteration 2: 1 of 10 evaluations of the model odd failed, the first at [ab] [+-] h, "
               rf"replicate [01] \({reason}[;,] tried 1 time\): --on-failure .*", *LENGTH, *options, code=6)


def check_skip(runs, kind, cause, *options):
    runs.check(1, kind, None, *LENGTH, *SKIP, *options, code=0)
    failures = read_lines("run/failures.jsonl")
    assert [failure["cause"] for failure in failures] == [cause], f"{kind}: {failures}"


def check_all(runs):
    for kind, reason, *options in AT_ONCE:
        for ranks in 1, 3:
            runs.check(ranks, kind, r"the model odd cannot be evaluated at the initial parameters "
                       rf"\({reason}\): begin with others or, .*", *LENGTH, *options, code=6)
    # What was not asked for is never taken for the next answer: those that count are right.
    more = "spoke nonsense, it has written more than the answers to what it was asked"
    runs.check(3, "two-answers", rf"iteration 1: \d of 8 evaluations .* \({more}; tried 1 time\): .*", *LENGTH, code=6)
    runs.check(1, "well", None, *LENGTH, "--retries", "1", code=0, run="right")
    runs.check(1, "two-answers", None, *LENGTH, "--retries", "1", code=0)
    assert Path("run/metrics.jsonl").read_bytes() == Path("right/metrics.jsonl").read_bytes()


def check_end_after_an_answer(runs):
    """What has come counts; it is the next evaluation that is lost."""
    runs.check(1, "answers-bytes 8 8", r"iteration 2: 1 of 10 evaluations of the model odd failed, the first at "
               r".* \(ended with exit code 0; tried 1 time\): .*", *LENGTH, code=6)


def check_restart(runs):
    """A process that takes the place of another must say the same."""
    for ranks in 1, 3:
        Path("has-ended").unlink(missing_ok=True)
        runs.check(ranks, "other-hello-after", r"--model-command '.*': says something else about itself than at its "
                   r"first start", *LENGTH, *SKIP, code=1)


def main():
    runs = OddRuns(*sys.argv[1:3])
    for line, reason in ANSWERS:
        check_stop(runs, f"answers {shlex.quote(line)}", reason)
    for kind, reason, cause, *options in KINDS:
        check_stop(runs, kind, reason, *options)
        check_skip(runs, kind, cause, *options)
    check_skip(runs, "answers nonsense", "nonsense")
    check_skip(runs, "answers '{\"failed\":\"no luck\"}'", "failed")
    check_all(runs)
    check_restart(runs)
    check_end_after_an_answer(runs)
    # The answer of 2 GB was one of them.
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
    assert largest < 512, f"a process has taken {largest} MB"
    print(f"{len(ANSWERS) + len(KINDS) + len(AT_ONCE) + 3} odd answers")


main()
