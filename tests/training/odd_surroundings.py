# SPDX-License-Identifier: MIT
"""What a program behind --model-command finds and leaves: no shell, no options of dtrain, no descriptors of its rank;
and what becomes of what it prints, and of its scratch folder.
    odd_surroundings.py MPIRUN DTRAIN MODEL      in an empty folder
"""
import json
import os
import re
import shutil
import sys
from pathlib import Path

from formulas import read_lines
from odd_runs import OddRuns

LENGTH = "--iterations", "3", "--replicates", "2"
SKIP = "--on-failure", "skip", "--max-failures", "0.6"
STANDARD_SIGNALS = (1 << 31) - 1
TOLD = {"DTRAIN_RANK", "DTRAIN_RANKS", "DTRAIN_SCRATCH", "DTRAIN_PYTHON"}


def check_surroundings(runs):
    """On all ranks; with options of dtrain in its environment, and a descriptor that its launcher has left open."""
    words = ["a b", ";", "touch", "hacked", "|", "$HOME", "*", "~", "$(touch hacked)", "`touch", "hacked`", "\"'\\"]
    kind = "tells found 'a b' ; touch hacked | $HOME * ~ \"\\$(touch hacked)\" `touch hacked` \\\"\\'\\\\"
    launcher = ["sh", "-c", 'exec 9</dev/null; exec "$@"', "sh"]
    for ranks in 1, 3:
        code, text = runs.start(ranks, kind, "--quiet", launcher=launcher, DTRAIN_ITERATIONS="3", DTRAIN_REPLICATES="2",
                                DTRAIN_UNKNOWN="1")
        assert code == 0, text
        assert not Path("hacked").exists(), "a shell has run"
        for rank in range(ranks):
            found = json.loads(Path(f"found.{rank}").read_text())
            variables = found["environment"]
            assert found["words"] == words, found["words"]
            assert {name for name in variables if name.startswith("DTRAIN_")} == TOLD
            assert (variables["DTRAIN_RANK"], variables["DTRAIN_RANKS"]) == (str(rank), str(ranks))
            assert not any(name.startswith(("OMPI_COMM_WORLD_", "PMIX_RANK")) for name in variables)
            assert variables["DTRAIN_SCRATCH"].startswith(f"{runs.scratch}/") and found["scratch mode"] == 0o700
            assert found["folder"] == os.getcwd() and found["input"] == ""
            # The last one is that of the list.
            assert found["descriptors"] == [0, 1, 2, 3, 4, 5], found["descriptors"]
            assert all(number & STANDARD_SIGNALS == 0 for number in found["ignored"]), found["ignored"]


def check_writes_nowhere_else(runs):
    """Everything that the rank and its guard have opened to be written, made, renamed or removed."""
    if not shutil.which("strace"):
        print("not looked at, for lack of strace: where files are written")
        return
    trace = Path("trace").resolve()
    changes = "openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,rmdir,symlink,link,linkat"
    code, text = runs.start(1, "well", "--quiet", *LENGTH,
                            launcher=["strace", "-f", "-y", "-qq", "-o", str(trace), "-e", f"trace={changes}"])
    assert code == 0, text
    changed = [line for line in trace.read_text(errors="replace").splitlines()
               if re.search(r"\) += \d", line) and ("open" not in line or re.search("O_WRONLY|O_RDWR|O_CREAT", line))]
    # Open MPI has folders of its own, and all have /dev and /proc.
    elsewhere = [line for line in changed if not re.search(
        rf'"run[/"]|{re.escape(os.getcwd())}/(run|scratch)[/">]|"scratch/|ompi\.|/dev/|/proc/|pmix|vader_segment', line)]
    assert changed and not elsewhere, "\n".join(elsewhere)
    trace.unlink()


def check_folders(runs):
    """A program may move, and do with its scratch folder as it likes: the rest stays as it was."""
    Path("precious").mkdir()
    Path("precious/file").touch()
    runs.check(3, "well", None, *LENGTH, code=0, run="right")
    shutil.rmtree("run")
    before = os.listdir()
    for kind in "moves-away", "removes-scratch", "scratch-is-a-link", "fills-scratch":
        runs.check(3, kind, None, *LENGTH, code=0)
        shutil.rmtree("run/journal", ignore_errors=True)
        assert Path("run/metrics.jsonl").read_bytes() == Path("right/metrics.jsonl").read_bytes(), kind
        assert os.listdir("precious") == ["file"], f"{kind}: a link was followed"
        assert sorted(os.listdir()) == sorted([*before, "run"]), f"{kind}: {os.listdir()}"
        shutil.rmtree("run")


def check_names(runs):
    """Names that a shell, a format or a path could take for something else."""
    long = "n" * 3000
    runs.check(3, "greets-well '%s'" % json.dumps({"parameters": [{"name": "../../%s%n;$(touch hacked)"}]}), None,
               *LENGTH, code=0)
    assert not Path("hacked").exists() and len(read_lines("run/metrics.jsonl")) >= 3
    code, text = runs.start(1, "greets-well '%s'" % json.dumps({"name": "\x1b[31m" + long}), "--progress", "none",
                            *LENGTH)
    assert code == 0, text
    text = runs.check(3, "greets-well '%s'" % json.dumps({"name": "%s%n\x1b[2J" + long, "residuals": 2}),
                      r"the model %s%n\\x1b\[2Jn+(\.\.\.)? cannot be evaluated at the initial parameters .*", *LENGTH,
                      code=6)
    assert len(text) < 1200, len(text)


def check_patience(runs):
    """No limit is guessed: an evaluation of 5 s stands among those of milliseconds."""
    runs.check(3, "slow", None, *LENGTH, code=0)
    assert not read_lines("run/failures.jsonl")


def lines_of(text):
    return sorted(re.findall(r"^rank \d+: .*", text, re.MULTILINE))


def check_printing(runs):
    kind, ranks = "prints-lines", range(3)
    warnings = [f"rank {rank}: warns" for rank in ranks]
    lines = sorted([*warnings, *(f"rank {rank}: {line}" for rank in ranks for line in ("begins", "from a child"))])
    for options, wanted in (((), lines), (("--quiet",), warnings), (("--progress", "none"), warnings)):
        code, text = runs.start(3, kind, *options, *LENGTH)
        assert code == 0 and lines_of(text) == wanted, f"{options}: {text}"


def check_crash_shows_lines(runs):
    """The last 20 lines of standard output; all of them, and once, where they are printed anyway."""
    error = r"rank 0: \x1b[31mred\x07 \x9b2J \xff"
    for options, first in ((("--quiet",), 10), (("--progress", "none"), 10), ((), 0)):
        for policy, wanted in ((SKIP, 0), ((), 6)):
            code, text = runs.start(1, "says-a-lot-and-exits", *options, *LENGTH, *policy)
            assert code == wanted, text
            shown = [line for line in text.splitlines() if line.startswith("rank 0: ")]
            printed = [line for line in shown if line != error]
            assert printed == [f"rank 0: line {number}" for number in range(first, 30)], f"{options}: {text}"
            assert len(shown) == len(printed) + 1, f"{options}: {text}"


def check_floods(runs):
    """A line is cut at 1,000 bytes; 200 MB go by; and nothing gets to the terminal as it was printed."""
    code, text = runs.start(1, "prints-much", *LENGTH)
    assert code == 0, text[:1000]
    shown = [line for line in text.splitlines() if line.startswith("rank 0: ")]
    assert shown == ["rank 0: " + "y" * 1000] * 1600 + ["rank 0: " + "x" * 1000], (len(shown), shown[-1][:80])
    runs.check(3, "prints-much", None, *LENGTH, code=0)
    _, text = runs.start(1, "prints-controls", *LENGTH)
    assert sorted(re.sub(" +", " ", line) for line in text.splitlines() if line.startswith("rank 0: ")) == [
        "rank 0: 2 %", r"rank 0: \x1b]0;title\x07\x1b[2J\x00\x7f\x9b31m\xc2\x9b1m ok", r"rank 0: \x1bcerror",
        "rank 0: \u2002wide"], text
    code, text = runs.start(1, "prints-controls", "--quiet", *LENGTH)
    assert code == 0 and lines_of(text) == [r"rank 0: \x1bcerror"], text


def main():
    runs = OddRuns(*sys.argv[1:3])
    check_surroundings(runs)
    check_writes_nowhere_else(runs)
    check_names(runs)
    check_patience(runs)
    check_printing(runs)
    check_crash_shows_lines(runs)
    check_floods(runs)
    check_folders(runs)
    print("programs find what they should, and nothing is left of them")


main()
