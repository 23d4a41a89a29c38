# SPDX-License-Identifier: MIT
"""A model for dtrain in Python: a program that calls serve(loss, ...) evaluates what dtrain asks for.

    mpirun -np 16 dtrain --model-command 'python3 pond.py'

`python3 pond.py --try [INPUTS [TARGETS]]` calls the loss once without dtrain, at the initial parameters, for a row of
these numbers if there are any: --try 1.5,298 0.9"""
import json
import math
import os
import stat
import struct
import sys
import tempfile
import time
import traceback
from array import array
from types import SimpleNamespace


MEMBERS = ("name", "initial", "lower", "upper", "scale", "step")  # of a parameter


class Failed(Exception):
    """Raise it where there is no loss: a solver has not converged, or a program has ended with an error."""


def serve(loss, name, parameters, residuals=0, setup=None, predict=None):
    """loss(theta, call) returns the loss or, if that is not 0, `residuals` numbers, half the sum of whose squares is
    the loss. `parameters` is a list of dicts with the members of struct dtrain_parameter, each of which may be left
    out: name, initial, lower, upper, scale, step; or a function of `place` that returns such a list.

    call.inputs, .targets and .label are those of the data's row call.row; None without data. call.seed is the same on
    both sides of a difference, call.attempt counts the failures of this evaluation so far, and call.state is what
    setup(place) returned. place.inputs, .targets and .classes are 0 without data; place.scratch is a folder of this
    process's own. An exception makes the evaluation fail; after KeyboardInterrupt, SystemExit and MemoryError the
    process ends. predict(theta, call) returns the class of a row. serve() returns when dtrain asks no more."""
    if "--try" in sys.argv:
        return _try(loss, name, parameters, residuals, setup)
    requests, answers = _open_pipes()
    encode = json.JSONEncoder(default=float).encode

    def write(message, numbers=b""):
        answers.write(encode(message).encode() + b"\n" + numbers)
        answers.flush()

    try:
        place = SimpleNamespace(**json.loads(requests.readline()))
        parameters = _list(parameters, place)
        write({"dtrain_model": 1, "name": name, "residuals": residuals, "numbers": "binary",
               "predicts": bool(predict and place.classes), "parameters": parameters})
        state = setup(place) if setup else None
        write({"ready": True})
    except Exception as error:
        write({"failed": _reason(error, set())})
        sys.exit(1)
    p, d, seen = len(parameters), len(parameters) + place.inputs, set()
    for line in requests:
        call, numbers = SimpleNamespace(**json.loads(line)), array("d")
        numbers.frombytes(requests.read(call.bytes))
        if sys.byteorder == "big":
            numbers.byteswap()
        call.inputs, call.targets, call.state = numbers[p:d] or None, numbers[d:] or None, state
        function = predict if hasattr(call, "predict") else loss
        answer = _answer(function, numbers[:p], call, max(residuals, 1), seen)
        sys.stdout.flush()
        write(*answer)


def _list(parameters, place):
    """The list of parameters. A misspelt member is refused: its parameter would have no bounds, for example."""
    parameters = list(parameters(place) if callable(parameters) else parameters)
    for index, parameter in enumerate(parameters):
        if not isinstance(parameter, dict):
            raise Failed("parameter %d is no dictionary but %.80r" % (index, parameter))
        for member in parameter:
            if member not in MEMBERS:
                raise Failed("parameter %d has no %.80r: it may have %s" % (index, member, ", ".join(MEMBERS)))
    return parameters


def _answer(function, theta, call, count, seen):
    """What is to be written: a message, and the numbers behind it."""
    try:
        result = function(theta, call)
        if hasattr(call, "predict"):
            return {"class": result.__index__()}, b""
        return {"bytes": 8 * count}, _pack(result, count)
    except MemoryError:
        raise
    except Exception as error:
        return {"failed": _reason(error, seen)}, b""


def _pack(result, count):
    """The numbers that a loss has returned, also in an array of numpy's, as little-endian doubles."""
    try:
        numbers = tuple(result)
    except TypeError:  # a single number
        numbers = result,
    try:
        return struct.pack("<%dd" % count, *numbers)
    except struct.error:
        wanted = "a number" if count == 1 else "%d numbers" % count
        raise TypeError("the loss must return %s, not %.80r" % (wanted, result)) from None


def _reason(error, seen):
    """Why an evaluation has failed. Prints the traceback, but only once of errors at the same place."""
    where = "".join(traceback.format_tb(error.__traceback__))
    if isinstance(error, Failed):
        text = str(error)
    else:
        text = traceback.format_exception_only(type(error), error)[-1].strip()
        if where not in seen:
            traceback.print_exc()
            sys.stderr.flush()
        seen.add(where)
    return text[:1000].encode("utf-8", "backslashreplace").decode()  # JSON has no lone surrogates


def _open_pipes():
    """The pipes to dtrain, which the programs that a loss starts do not get."""
    try:
        modes = [os.fstat(descriptor).st_mode for descriptor in (3, 4)]
    except OSError:
        modes = [0]
    if not all(stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) for mode in modes):
        command = "python3 " + sys.argv[0]
        sys.stderr.write("%s is a model for dtrain: run `dtrain --model-command '%s'`, or `%s --try`\n"
                         % (os.path.basename(sys.argv[0]), command, command))
        sys.exit(2)
    os.set_inheritable(3, False)
    os.set_inheritable(4, False)
    return os.fdopen(3, "rb"), os.fdopen(4, "wb")


def _try(loss, name, parameters, residuals, setup):
    """Prints parameters and loss, from a place with the rows that the command line gives."""
    rows = [array("d", map(float, row.split(","))) for row in sys.argv[sys.argv.index("--try") + 1:]]
    inputs, targets = (rows + [None, None])[:2]
    with tempfile.TemporaryDirectory() as scratch:
        place = SimpleNamespace(rank=0, ranks=1, inputs=len(inputs or ()), targets=len(targets or ()), classes=0,
                                seed=0, deviation=0.01, scratch=scratch)
        try:
            parameters = _list(parameters, place)
        except Failed as failure:
            sys.exit("%s: %s" % (name, failure))
        theta = array("d", [parameter.get("initial") or 0 for parameter in parameters])
        for index, parameter in enumerate(parameters):
            print("%s = %r" % (parameter.get("name") or "theta[%d]" % index, theta[index]))
        call = SimpleNamespace(evaluate=0, iteration=0, row=0, label=None, seed=0, attempt=0, inputs=inputs,
                               targets=targets, state=setup(place) if setup else None)
        begin = time.perf_counter()
        try:
            numbers = struct.unpack("<%dd" % max(residuals, 1), _pack(loss(theta, call), max(residuals, 1)))
        except Failed as failure:
            sys.exit("%s: the loss has failed: %s" % (name, failure))
        seconds = time.perf_counter() - begin
    value = sum(number * number for number in numbers) / 2 if residuals else numbers[0]
    if not math.isfinite(value):
        sys.exit("%s: the loss has failed: it is %r" % (name, value))
    print("%s: the loss is %r, in %.3g s" % (name, value, seconds))
