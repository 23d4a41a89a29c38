#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Models in processes of their own, in any language: the pond of scripts/examples, asked through pipes.

    clients.py EXAMPLES COMMAND...     asks the model of each command what pond.py is asked, and compares
    clients.py text                    is such a model, without a helper, that has its numbers as text
    clients.py gradients FILE FILE...  compares what dtrain gradient --output FILE.json has written
"""
import fcntl
import json
import os
import shlex
import struct
import subprocess
import sys
import threading

# Points, and whether the pond floods there.
POINTS = [([1.0, 0.2, 0.1], False), ([0.62194, 0.041986, 0.23449], False), ([0.0, 2.0, 2.0], False),
          ([5.0, 0.2, 0.1], True), ([1.0001, 1 / 3, 0.1 + 1e-16], False)]
PLACE = {"rank": 0, "ranks": 1, "inputs": 0, "targets": 0, "classes": 0, "seed": 0, "deviation": 0.01}
FLOODS = "the pond is dry or floods on day 0: "
# Squares by a power may be an ulp away from products; differences divide that by two steps of 1e-4.
LOSS_TOLERANCE, GRADIENT_TOLERANCE = 1e-15, 1e-11
SECONDS_MAX = 60


def pipe():
    """Both ends, above those that the shell moves to 3 and 4."""
    ends = []
    for end in os.pipe():
        ends.append(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10))
        os.close(end)
    return ends


class Client:
    """The model of a command. One that does not answer is killed."""

    def __init__(self, command, scratch):
        requests, to = pipe()
        back, answers = pipe()
        moved = f'exec "$@" 3<&{requests} 4>&{answers} {requests}<&- {answers}>&-'
        self.process = subprocess.Popen(
            ["bash", "-c", moved, "bash", *shlex.split(command)],
            pass_fds=(requests, answers), stdin=subprocess.DEVNULL, env={**os.environ, "DTRAIN_SCRATCH": scratch})
        os.close(requests)
        os.close(answers)
        self.hanging = threading.Timer(SECONDS_MAX, self.process.kill)
        self.hanging.start()
        self.requests, self.answers = os.fdopen(to, "wb", 0), os.fdopen(back, "rb")
        self.write({**PLACE, "scratch": scratch})
        self.hello = self.read()
        assert self.read() == {"ready": True}

    def write(self, message, numbers=b""):
        self.requests.write(json.dumps(message).encode() + b"\n" + numbers)

    def read(self):
        line = self.answers.readline()
        if not line.endswith(b"\n"):
            sys.exit(f"{shlex.join(self.process.args[4:])}: ends in place of an answer: {line}")
        return json.loads(line)

    def evaluate(self, number, theta):
        """The loss, or the reason of a failure."""
        question = {"evaluate": number, "iteration": 1, "row": 0, "label": None, "seed": 2 ** 53 - 1, "attempt": 0}
        if self.hello.get("numbers") == "text":
            self.write({**question, "theta": theta})
        else:
            self.write({**question, "bytes": 8 * len(theta)}, struct.pack(f"<{len(theta)}d", *theta))
        answer = self.read()
        if answer == {"bytes": 8}:
            return struct.unpack("<d", self.answers.read(8))[0]
        return answer["values"][0] if "values" in answer else answer["failed"]

    def end(self):
        """Its exit code, once dtrain asks no more."""
        self.requests.close()
        code = self.process.wait()
        self.hanging.cancel()
        return code


def ask(command, scratch):
    """What a model says of itself, and about each point."""
    client = Client(command, scratch)
    results = [client.evaluate(number, theta) for number, (theta, _) in enumerate(POINTS)]
    code = client.end()
    assert code == 0, f"{command}: exit code {code}"
    about = [(p["name"], p["initial"], p["lower"], p["upper"]) for p in client.hello["parameters"]]
    return (client.hello["dtrain_model"], client.hello["name"], about), results


def is_near(result, wanted, tolerance):
    return abs(result - wanted) <= tolerance * abs(wanted)


def compare(examples, commands):
    scratch = os.path.abspath("scratch")
    os.mkdir(scratch)
    hello, losses = ask(f"/usr/bin/python3 {examples}/pond.py", scratch)
    for (theta, floods), loss in zip(POINTS, losses):
        assert isinstance(loss, str) == floods, (theta, loss)
    for command in commands:
        said, results = ask(command, scratch)
        assert said == hello, f"{command}: says {said}, not {hello}"
        for (theta, floods), wanted, result in zip(POINTS, losses, results):
            good = FLOODS in str(result) if floods else is_near(result, wanted, LOSS_TOLERANCE)
            assert good, f"{command}: {result} at {theta}, not {wanted}"
        print(f"{command}: the losses of pond.py")


def serve_text():
    """A model by nothing but the protocol: the pond's loss is that of pond.py's own function."""
    import types

    source = open(sys.argv[2]).read().split("dtrain_model.serve")[0].replace("import dtrain_model", "")
    names = {"dtrain_model": types.SimpleNamespace(Failed=ValueError)}
    exec(source, names)
    requests, answers = open("/dev/fd/3"), open("/dev/fd/4", "w", 1)
    bounds = {"inflow": (1, 5), "outlet": (0.2, 2), "seepage": (0.1, 2)}
    print(json.dumps({"dtrain_model": 1, "name": "pond", "numbers": "text", "parameters": [
        {"name": name, "initial": initial, "lower": 0, "upper": upper}
        for name, (initial, upper) in bounds.items()]}), file=answers)
    json.loads(requests.readline())
    print('{"ready":true}', file=answers)
    for line in requests:
        try:
            print(json.dumps({"values": [names["loss"](json.loads(line)["theta"], None)]}), file=answers)
        except ValueError as failure:
            print(json.dumps({"failed": str(failure)}), file=answers)


def compare_gradients(paths):
    first, *others = [json.load(open(path)) for path in paths]
    for path, other in zip(paths[1:], others):
        near = is_near(other["value"], first["value"], LOSS_TOLERANCE) and all(
            abs(a - b) <= GRADIENT_TOLERANCE for a, b in zip(other["gradient"], first["gradient"]))
        assert near and other["theta"] == first["theta"], f"{path}: {other}, not {first}"


if __name__ == "__main__":
    if sys.argv[1] == "text":
        serve_text()
    elif sys.argv[1] == "gradients":
        compare_gradients(sys.argv[2:])
    else:
        compare(sys.argv[1], sys.argv[2:])
