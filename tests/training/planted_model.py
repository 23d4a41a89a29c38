# SPDX-License-Identifier: MIT
"""planted_model.c in Python, for --model-command: the same losses, bit by bit, and the same failures. Of its variables
it knows PLANTED_FAIL, _HANG, _CRASH, _ONCE, _HEAL, _INITIAL, _LOWER, _UPPER, _UNIT, _STEP and _P, and has one of its
own:

    PLANTED_START   a trouble at the start: "raise", "slow" (6 s), "name" (another name), "rank" (another name on rank
                    1), "data" (it needs data), "setup" (that fails on rank 1), "options" (options of dtrain are in
                    its environment)
"""
import ctypes
import math
import os
import resource
import signal
import struct
import time

import dtrain_model

MASK = (1 << 64) - 1
# What dtrain tells a model; all other DTRAIN_... variables are options.
TOLD = {"DTRAIN_RANK", "DTRAIN_RANKS", "DTRAIN_SCRATCH", "DTRAIN_PYTHON"}


def number(name, otherwise):
    return float(os.environ.get(name) or otherwise)


FAIL, HEAL = number("PLANTED_FAIL", 0), number("PLANTED_HEAL", 1000)
HANG, CRASH, ONCE = number("PLANTED_HANG", 0), number("PLANTED_CRASH", 0), os.environ.get("PLANTED_ONCE")
START = os.environ.get("PLANTED_START", "")


def mix(x):
    x = (x + 0x9e3779b97f4a7c15) & MASK
    x = ((x ^ (x >> 30)) * 0xbf58476d1ce4e5b9) & MASK
    x = ((x ^ (x >> 27)) * 0x94d049bb133111eb) & MASK
    return x ^ (x >> 31)


def uniform(key):
    return ((mix(key) >> 11) + 0.5) * 2.0 ** -53


def bowl(theta, call):
    total = 0.0
    if call.inputs:
        error = theta[len(call.inputs)]
        for parameter, value in zip(theta, call.inputs):
            error += parameter * value
        error -= call.targets[0] if call.targets else call.label
        return error * error / 2
    for p, parameter in enumerate(theta):
        off = parameter - 0.5 - 0.1 * uniform((call.seed + p) & MASK)
        total += (1.0 + p) * off * off
    return total / 2


def run_out_of_memory():
    resource.setrlimit(resource.RLIMIT_AS, (1 << 26, 1 << 26))
    bytearray(1 << 30)


def hang():
    while True:
        signal.pause()


CRASHES = {"segv": lambda: ctypes.string_at(0), "abort": os.abort, "exit0": lambda: os._exit(0),
           "exit3": lambda: os._exit(3), "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
           "memory": run_out_of_memory}


def be_hit(key):
    """Hangs or crashes, unless the evaluation has done so before. Those that fail never do."""
    drawn = uniform(key ^ 3) - FAIL
    if not ONCE or not 0 <= drawn < HANG + CRASH:
        return
    way = "hang" if drawn < HANG else list(CRASHES)[mix(key ^ 4) % len(CRASHES)]
    try:
        open(f"{ONCE}/{way}-{key:016x}", "x").close()
    except FileExistsError:
        return
    {"hang": hang, **CRASHES}[way]()


def loss(theta, call):
    key = mix(call.row) ^ call.seed
    for bits in struct.unpack(f"={len(theta)}Q", theta.tobytes()):
        key = mix(key ^ bits)
    be_hit(key)
    if call.attempt >= HEAL or uniform(key ^ 3) >= FAIL:
        return bowl(theta, call)
    if mix(key) & 1:
        return math.nan
    raise dtrain_model.Failed()


def describe(place):
    if START == "data" and place.inputs == 0:
        raise dtrain_model.Failed("needs data")
    count = place.inputs + 1 if place.inputs else int(number("PLANTED_P", 6))
    parameters = [{"name": f"p{p}", "initial": number("PLANTED_INITIAL", 0.25), "step": number("PLANTED_STEP", 1e-3)}
                  for p in range(count)]
    for parameter in parameters[2::3]:
        parameter.update(lower=number("PLANTED_LOWER", -1), upper=number("PLANTED_UPPER", 0.505))
    for parameter in parameters[1::3]:
        parameter["scale"] = number("PLANTED_UNIT", 2)
    return parameters


def setup(place):
    if START == "setup" and place.rank == 1:
        raise dtrain_model.Failed("no licence")


if START == "raise":
    raise RuntimeError("the mesh is missing")
if START == "slow":
    time.sleep(6)
OPTIONS = sorted(name for name in os.environ if name.startswith("DTRAIN_") and name not in TOLD)
if START == "options" and OPTIONS:
    raise RuntimeError(f"knows {OPTIONS}")
RENAMED = START == "name" or (START == "rank" and os.environ["DTRAIN_RANK"] == "1")
dtrain_model.serve(loss, name="renamed" if RENAMED else "planted", parameters=describe, setup=setup)
