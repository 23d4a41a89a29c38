# SPDX-License-Identifier: MIT
"""A model of C in a process of its own, asked through pipes as dtrain does: the program dtrain-model, and a program
that calls dtrain_model_serve(). The same formula in Python, by dtrain_model.py, gives the same bits.

    served.py DTRAIN_MODEL MODEL.so PROGRAM
"""
import math
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

from model_pipes import TIMEOUT, Model

TWO = {"inputs": 2, "targets": 1}


def formula(theta, call):
    """The same operations in the same order as in served_model.c."""
    total = call.seed % 7 + call.row / 3 + call.attempt
    for number in theta:
        total = total * number + 1 / (1 + number * number)
    for number in call.inputs:
        total += number / 7
    return total - (call.targets[0] if call.targets else call.label), -1 if call.label is None else call.label


def serve_in_python():
    import dtrain_model
    dtrain_model.serve(formula, "python", [{"name": name} for name in "abc"], residuals=2,
                       predict=lambda theta, call: int(theta[0] + call.inputs[1]))


class Programs:
    def __init__(self, dtrain_model, model, program):
        self.of_file, self.program = [dtrain_model, model], [program]
        self.python = [sys.executable, __file__, "serve"]

    def start(self, words, served="", **place):
        environment = {**os.environ, "SERVED": served}
        return Model(words, env=environment, **place)


def test_hello(programs):
    for words in programs.of_file, programs.program:
        model = programs.start(words, **TWO)
        hello = model.begin()
        assert hello == {"dtrain_model": 1, "name": 'served "model"', "residuals": 2, "numbers": "binary",
                         "predicts": False, "parameters": [
                             {"name": "a", "initial": 0.1, "lower": -1, "upper": 1, "scale": 1},
                             {"name": "b", "initial": -2.5, "lower": -1e300, "scale": 1, "step": 0.001},
                             {"name": "theta[2]", "initial": 3, "scale": 0.5}]}, hello
        code, out, err = model.end()
        assert code == 0 and "set up as rank 0 of 1" in out and not err, (code, out, err)


def test_same_bits(programs):
    """Of 300 random calls, with and without targets, in C and in Python."""
    numbers = random.Random(1)
    for place in TWO, {"inputs": 2, "classes": 3}:
        models = [programs.start(words, **place) for words in (programs.of_file, programs.program, programs.python)]
        for model in models:
            model.begin()
        for _ in range(300):
            theta = [numbers.gauss(0, 1) * 10 ** numbers.randint(-9, 9) for _ in range(3)]
            inputs = [0.1, numbers.random()]
            targets, label = ([numbers.random()], None) if "targets" in place else ([], numbers.randint(0, 2))
            members = {"seed": numbers.randrange(2**53), "row": numbers.randrange(10**6), "label": label,
                       "attempt": numbers.randint(0, 3)}
            answers = [model.ask(theta, inputs, targets, **members)["values"] for model in models]
            assert len({struct.pack("2d", *values) for values in answers}) == 1, answers
        for model in models:
            assert model.end()[0] == 0


def test_predict(programs):
    for words in programs.of_file, programs.python:
        model = programs.start(words, inputs=2, classes=3)
        assert model.begin()["predicts"] is True
        for k in 0, 2, -1, 7:
            assert model.ask([k, 0, 0], [0, 0], question="predict") == {"class": k}
        model.end()


def test_what_is_no_result(programs):
    model = programs.start(programs.of_file, "failed", **TWO)
    model.begin()
    assert model.ask([1, 2, 3], [1, 2], [3]) == {"failed": ""}
    model.end()
    model = programs.start(programs.of_file, "nothing", **TWO)
    model.begin()
    assert all(map(math.isnan, model.ask([1, 2, 3], [1, 2], [3])["values"]))
    model.end()
    model = programs.start(programs.of_file, **TWO)
    model.begin()
    assert not math.isfinite(model.ask([1e308, 1e308, 1e308], [1, 2], [3])["values"][0])
    model.end()


def test_what_cannot_begin(programs):
    for served, place, reason in (("setup", TWO, "its setup() has failed"),
                                  ("", {}, "needs data: give --data"),
                                  ("", {"inputs": 784, "classes": 10}, "is not for 784 inputs and 10 classes"),
                                  ("", {"inputs": 5, "targets": 4}, "is not for 5 inputs and 4 targets"),
                                  ("no data", TWO, "is not for 2 inputs and 1 targets"),
                                  ("plain parameters", TWO, "its describe() returned NULL")):
        model = programs.start(programs.of_file, served, **place)
        answer = model.receive()
        if served == "setup":
            answer = model.receive()
        assert answer == {"failed": reason}, answer
        assert model.receive() is None
        code, _, err = model.end()
        assert code == 1 and not err, (code, err)


def test_no_file(programs):
    for file, reason in ("absent.so", "absent.so: cannot open"), (programs.program[0], "cannot dynamically load"):
        model = programs.start([programs.of_file[0], file])
        assert reason in model.receive()["failed"]
        assert model.end()[0] == 1


def test_crash(programs):
    model = programs.start(programs.of_file, "crash", **TWO)
    model.begin()
    assert model.ask([1, 2, 3], [1, 2], [3]) is None
    assert model.end()[0] == -6


def test_teardown(programs):
    with tempfile.TemporaryDirectory() as folder:
        model = programs.start(programs.of_file, scratch=folder, **TWO)
        model.begin()
        model.ask([1, 2, 3], [1, 2], [3])
        assert not os.path.exists(folder + "/kept")
        model.end()
        assert os.path.exists(folder + "/kept")


def test_descriptors(programs):
    """A program that the model starts gets none of the pipes."""
    model = programs.start(programs.of_file, "descriptors", **TWO)
    model.begin()
    assert "values" in model.ask([1, 2, 3], [1, 2], [3])
    # 3 is then of the folder that ls reads.
    assert "4" not in model.end()[1].split("\n"), "descriptor 4"


def test_nonsense_of_dtrain(programs):
    for line, numbers in ({"what": 1}, ()), ({"evaluate": 0, "iteration": 0, "row": 0, "label": None, "seed": 0,
                                             "attempt": 0, "bytes": 16}, (1, 2)):
        model = programs.start(programs.of_file, **TWO)
        model.begin()
        model.send(line, numbers)
        assert model.receive() is None
        code, _, err = model.end()
        assert code == 1 and err == 'dtrain: the model served "model": dtrain has sent no question that it knows\n', err


def test_by_hand(programs):
    for words, code, text in ((programs.program, 1, "dtrain: this program is a model: `dtrain --model-command`"),
                              (programs.of_file, 1, "dtrain: this program is a model"),
                              (programs.of_file[:1], 2, "dtrain-model: run `dtrain --model FILE.so --isolate`")):
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=False)
        err = done.stderr.decode()
        assert done.returncode == code and err.startswith(text) and err.count("\n") == 1, err


def test_locale(programs):
    """A program with decimal commas speaks with points, and has its commas back afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", folder + "/de_DE.UTF-8"], capture_output=True,
                              timeout=TIMEOUT, check=False)
        if made.returncode != 0:
            print("without a locale with commas")
            return
        # glibc never frees its copy of LOCPATH.
        environment = {**os.environ, "LOCPATH": folder, "LC_ALL": "de_DE.UTF-8", "ASAN_OPTIONS": "detect_leaks=0"}
        model = Model(programs.program, env=environment, **TWO)
        assert model.begin()["parameters"][1]["initial"] == -2.5
        assert "values" in model.ask([1, 2, 3], [1, 2], [3])
        assert "served: 0,5" in model.end()[1]


def test_libraries(programs):
    libraries = subprocess.run(["ldd", programs.of_file[0]], capture_output=True, timeout=TIMEOUT, check=True).stdout
    assert b"jansson" in libraries and b"mpi" not in libraries and b"hdf5" not in libraries, libraries


def main():
    if sys.argv[1:] == ["serve"]:
        serve_in_python()
        return
    programs = Programs(*(str(pathlib.Path(path).resolve()) for path in sys.argv[1:]))
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test(programs)
            print(name)


if __name__ == "__main__":
    main()
