# SPDX-License-Identifier: MIT
"""Starts simulations behind the guard, in the ways in which processes get out of reach, and kills the process that
has started them (with SIGKILL) at random instants. Nothing of a simulation may be left then: no process, however it
has moved away, and no scratch folder. How long it takes is printed, and not judged.

    guards.py MPIRUN GUARDING DTRAIN_GUARD KILLS SEED
"""
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

SIMULATIONS = {
    # A process that sleeps, with children in groups of their own.
    "groups": """
for _ in range(3):
    if os.fork() == 0:
        os.setpgid(0, 0)
        break
time.sleep(1000)""",
    "sessions": """
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
time.sleep(1000)""",
    "daemons": """
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() > 0:
            os._exit(0)
        break
time.sleep(1000)""",
    # Deaf to all signals that can be ignored.
    "deaf": """
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
    signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
time.sleep(1000)""",
    # Children that come and go all the time, from several processes.
    "forks": """
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.fork(), os.fork()
while True:
    if os.fork() == 0:
        os.setpgid(0, 0)
        time.sleep(0.02)
        os._exit(0)
    time.sleep(0.005)""",
    # A process that changes its PID and session all the time.
    "comet": """
if os.fork() > 0:
    time.sleep(1000)
while True:
    if os.fork() > 0:
        os._exit(0)
    os.setsid()""",
    # It ends by itself, soon after the others are there: the guard may be at work when its rank dies.
    "ended": """
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        time.sleep(1000)
time.sleep(0.1)""",
    "mpirun": "time.sleep(1000)",
}
SCRIPT = """import os, signal, sys, time
open(os.path.join(os.environ["DTRAIN_SCRATCH"], "file-%d" % os.getpid()), "w").close()
"""


def marked(scratch):
    """The PIDs of the guard and of all processes of the simulation: they have inherited its environment."""
    mark, found = f"DTRAIN_SCRATCH={scratch}".encode(), []
    for process in pathlib.Path("/proc").iterdir():
        try:
            if process.name.isdigit() and mark in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:
            pass  # it has just ended
    return found


def seconds_until_gone(scratch, patience=10):
    """Waits until nothing is left; returns the seconds that it took, or None if something is left for too long."""
    begin = time.monotonic()
    while time.monotonic() - begin < patience:
        # Twice, as a process may have forked while the others were looked at.
        if not scratch.exists() and not marked(scratch) and not marked(scratch):
            return time.monotonic() - begin
        time.sleep(0.01)
    return None


def run(kind, guarding, guard, mpirun, delay):
    """Starts a simulation, kills the process that has started it; returns how many were there, and the seconds."""
    scratch = pathlib.Path(f"scratch-{kind}").resolve()
    scratch.mkdir()
    pathlib.Path(f"{kind}.py").write_text(SCRIPT + SIMULATIONS[kind])
    command = f"/usr/bin/python3 {kind}.py"
    if kind == "mpirun":
        command = f"{mpirun} -np 2 {command}"
    process = subprocess.Popen([guarding, guard, scratch, command], stderr=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL)
    time.sleep(delay)
    count = len(marked(scratch))
    process.kill()
    process.wait()
    return count, seconds_until_gone(scratch)


def main():
    mpirun, guarding, guard, kills, seed = sys.argv[1:]
    rng = random.Random(int(seed))
    longest, most = dict.fromkeys(SIMULATIONS, 0.0), dict.fromkeys(SIMULATIONS, 0)
    for number in range(int(kills)):
        kind = list(SIMULATIONS)[number % len(SIMULATIONS)]
        count, seconds = run(kind, guarding, guard, mpirun, rng.choice((0.02, 0.3, 1)) * rng.random())
        if seconds is None:
            left = marked(pathlib.Path(f"scratch-{kind}").resolve())
            for process in left:
                os.kill(process, signal.SIGKILL)
            sys.exit(f"{kind}, kill {number}: left are {len(left)} processes, and these folders: {os.listdir()}")
        longest[kind], most[kind] = max(longest[kind], seconds), max(most[kind], count)
    for kind in SIMULATIONS:
        print(f"{kind:10} up to {most[kind]:3} processes, gone after {longest[kind]:.2f} s at the most")
    # Otherwise nothing was tried.
    if int(kills) >= 50 and min(most.values()) < 2:
        sys.exit("some simulations never began")


if __name__ == "__main__":
    main()
