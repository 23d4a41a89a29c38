#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the README's commands, in its order, and compares what they print with what it shows.

    readme.py README BUILD_FOLDER

A command is a line of a code block that begins with "$ "; what follows is its output. Numbers,
names of hosts and folders may differ; "..." stands for any lines, "^C" for Ctrl-C. Commands that
install, test or need a cluster are left to other tests.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

readme, build = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
LEFT_OUT = ("scripts/test.sh", "sbatch", "tail -f")
# The script's own words; a build of the tested sources is there already.
SCRIPT_SAYS = ("Building in", "Training:")


def blocks(text):
    """Pairs of a command and the lines it prints."""
    for block in re.findall(r"^```\n(\$ .*?)^```$", text, re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            # A backslash goes on with the command.
            command, _, output = re.sub(r"\\\n", "", part).partition("\n")
            yield command, output.splitlines()


def shape(line):
    """What of a line does not depend on machine, time or chance."""
    line = re.sub(r"(\d+ ranks?) on 1 host: .*", r"\1 on 1 host", line)
    line = re.sub(r"/\S+/mnist.h5", "DATA", line)
    return re.sub(r"-?\d[\d.,:]*(e[-+]?\d+)?", "#", re.sub(r"  +", "  ", line)).strip()


def is_shown(expected, got):
    """Whether the output has the shown lines, in order; only "..." lets lines be left out."""
    if not expected:
        return not got
    if expected[0] == "...":
        return any(is_shown(expected[1:], got[i:]) for i in range(len(got) + 1))
    return bool(got) and shape(expected[0]) == shape(got[0]) and is_shown(expected[1:], got[1:])


def run(command, interrupt_after):
    """The lines that a command prints; where a line is given, Ctrl-C is pressed after it."""
    process = subprocess.Popen(["bash", "-c", command], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, start_new_session=True)
    hanging = threading.Timer(150, os.killpg, (process.pid, signal.SIGKILL))
    hanging.start()
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if interrupt_after and shape(line) == shape(interrupt_after):
            # As a terminal does: to all that run in the foreground.
            os.killpg(process.pid, signal.SIGINT)
            interrupt_after = None
    process.wait()
    hanging.cancel()
    return lines


def main():
    tried = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.symlink(readme.parent / "scripts", "scripts")
        os.environ["PATH"] = f"{build}:{os.environ['PATH']}"
        subprocess.run(["/usr/bin/python3", "-c",
                        "import h5py, os; f = h5py.File('digits.h5', 'w'); "
                        f"f['mine'] = h5py.File('{readme.parent}/data/mnist.h5')['test/images'][:9]"],
                       check=True)
        for command, expected in blocks(readme.read_text()):
            if command.startswith(LEFT_OUT):
                continue
            expected = [line for line in expected if not line.startswith(SCRIPT_SAYS)]
            last = None
            if "^C" in expected:
                expected = [*expected[:expected.index("^C")], "..."]
                last = [line for line in expected if line != "..."][-1]
            got = run(command.replace("scripts/train.sh", "mpirun -np 8 dtrain"), last)
            if not is_shown(expected, got):
                sys.exit(f"$ {command}\nshould print\n" + "\n".join(expected) + "\nbut prints\n"
                         + "\n".join(got))
            tried += 1
    if tried < 10:
        sys.exit(f"only {tried} commands were found")
    print(f"{tried} commands of the README do what it says")


if __name__ == "__main__":
    main()
