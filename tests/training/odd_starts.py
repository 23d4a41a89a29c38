# SPDX-License-Identifier: MIT
"""Programs behind --model-command that are no models, or not the same on all ranks. Each start ends with exit code 1
and one line, which names the command and what is wrong, and leaves nothing behind.
    odd_starts.py MPIRUN DTRAIN MODEL      in an empty folder
"""
import resource
import shlex
import sys
from pathlib import Path

from odd_runs import OddRuns

NO_JSON = "its first line is not an object of JSON"
NOT_READY = "does not say that it is ready: "
# What the program does, the end of dtrain's line, and options.
HELLOS = [
    ("nothing", r"gave no hello within the 1 s of --evaluation-timeout", "--evaluation-timeout", "1"),
    ("half-hello", r"gave no hello within the 1 s of --evaluation-timeout", "--evaluation-timeout", "1"),
    ("exits 0", r"ended with exit code 0 before its hello .*; its last line: no luck"),
    ("exits 1", r"ended with exit code 1; its last line: no luck"),
    ("dies 9", r"was killed by signal 9 \(Killed\)"),
    ("dies 11", r"was killed by signal 11 \(Segmentation fault\)"),
    ("closes-at-once 3", r"closed descriptor 3"),
    ("closes-at-once 4", r"closed descriptor 4"),
    ("leaves-a-child", r"ended with exit code 0 before its hello .*"),
    ("endless-hello", r"gave a line that is too long to be its hello"),
    ("deep-hello", NO_JSON + r", maximum parsing depth reached .*: \{.*\[\[\[\.\.\."),
    ("huge-p", r"has 1048577 parameters, more than 1048576"),
]
# The first line that the program writes.
LINES = [
    (r"", r"its first line is empty"),
    (r"hello\x1b[31m\x00\xff", NO_JSON + r".*: hello\\x1b\[31m\\x00\\xff"),
    (r"[1,2]", NO_JSON + r": \[1,2\]"),
    (r'{"dtrain_model":1,"name":"m","parameters":[{}]}\x00', NO_JSON + r".*\}\\x00"),
    (r'{"dtrain_model":1,"name":"m\xff\xfe","parameters":[{}]}', NO_JSON + r".*m\\xff\\xfe.*"),
    (r'{"dtrain_model":1,"dtrain_model":1,"name":"m","parameters":[{}]}', NO_JSON + r", duplicate object key.*"),
    (r'{"dtrain_model":2,"name":"m","parameters":[{}]}', r"speaks version 2 of the protocol, .* a later dtrain"),
    (r'{"dtrain_model":"1","name":"m","parameters":[{}]}', r'its hello: "dtrain_model" is not a version .*'),
    (r'{"name":"m","parameters":[{}]}', r'its hello has no "dtrain_model", .*'),
    (r'{"values":[1]}', r'its hello has no "dtrain_model", .*'),
]
# Members of its hello.
MEMBERS = [
    (r'{"name":7}', r'its hello has no "name" that is a text'),
    (r'{"name":"a\u0000b"}', r'its hello has no "name" that is a text'),
    (r'{"parameters":[]}', r'its hello has no list "parameters" of one parameter or more'),
    (r'{"parameters":{"a":1}}', r'its hello has no list "parameters" of one parameter or more'),
    (r'{"parameters":[7]}', r"its hello: parameter 0 is not an object"),
    (r'{"parameters":[{"name":"\u001b[2J"}]}', r"the name of parameter 0 has a quote, .* control character, .*"),
    (r'{"parameters":[{"name":"a\nb"}]}', r"the name of parameter 0 has a quote, .* control character, .*"),
    (r'{"parameters":[{"name":"%s"}]}' % ("n" * 3000), r"the name of parameter 0 is longer than \d+ bytes"),
    (r'{"parameters":[{"name":"a"},{"name":"a"}]}', r"parameters 0 and 1 have the same name, a"),
    (r'{"parameters":[{"initial":"NaN"}]}', r'its hello: "initial" of parameter 0 is not finite'),
    (r'{"parameters":[{"initial":[1]}]}', r'its hello: "initial" of parameter 0 is not a number'),
    (r'{"parameters":[{"initial":5,"lower":0,"upper":1}]}', r"parameter theta\[0\]: its initial value, 5, is not .*"),
    (r'{"residuals":-1}', r'its hello: "residuals" is not an integer from 0 to 1000000'),
    (r'{"residuals":1e9}', r'its hello: "residuals" is not an integer from 0 to 1000000'),
    (r'{"numbers":"hex"}', r'its hello: "numbers" is neither "binary" nor "text"'),
    (r'{"predicts":3}', r'its hello: "predicts" is neither true nor false'),
    (r'{"failed":"no\nluck\u001b[31m"}', r"no\\x0aluck\\x1b\[31m"),
    (r'{"failed":7}', r"says that it has failed, and gives no text as the reason"),
]
READY = [
    ("after-hello ''", NOT_READY + r"its line is empty"),
    ("after-hello '{\"ready\":false}'", NOT_READY + r'\{"ready":false\}'),
    ("after-hello '{\"values\":[1]}'", NOT_READY + r'\{"values":\[1\]\}'),
    ("exits-before-ready", r"ended with exit code 0"),
    ("hangs-before-ready", r"gave no word that it is ready within the 5 s of --evaluation-timeout",
     "--evaluation-timeout", "5"),
    ("long-ready", r"gave a line that is too long to be its word that it is ready"),
    ("ready-on-two-ranks", r"no licence"),
    ("wrong-p-on-rank-1", r"says something else about itself than on rank 0"),
    ("residuals-on-rank-1", r"says something else about itself than on rank 0"),
]


def main():
    runs = OddRuns(*sys.argv[1:3])
    cases = [*HELLOS, *((f"says {shlex.quote(line)}", end) for line, end in LINES),
             *((f"greets {shlex.quote(members)}", end) for members, end in MEMBERS), *READY]
    for kind, end, *options in cases:
        # A command that is long is cut.
        runs.check(3, kind, r"--model-command '.{1,200}': " + end, *options, code=1)
        assert not Path("run").exists(), f"{kind}: a run has begun"
    # The hello of 2 GB was one of them.
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
    assert largest < 1024, f"a process has taken {largest} MB"
    print(f"{len(cases)} odd starts")


main()
