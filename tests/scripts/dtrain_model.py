# SPDX-License-Identifier: MIT
"""The helper dtrain_model.py: what losses may return and raise, and --try.

    dtrain_model.py FOLDER_OF_HELPER EXAMPLES
"""
import math
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "engine/server"))
from model_pipes import TIMEOUT, Model


class Programs:
    def __init__(self, helper, examples, work):
        self.examples, self.work = pathlib.Path(examples), pathlib.Path(work)
        self.environment = {**os.environ, "PYTHONPATH": helper, "PYTHONDONTWRITEBYTECODE": "1"}
        self.environment.pop("PYTHONUNBUFFERED", None)

    def run(self, *words):
        """Runs it by hand: exit code, standard output and error."""
        done = subprocess.run([sys.executable, *map(str, words)], env=self.environment, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=TIMEOUT, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def write(self, body, arguments='"model", [{"initial": 0.5}, {}]'):
        """A model whose loss has that body."""
        path = self.work / "model.py"
        lines = "".join(f"    {line}\n" for line in body.splitlines())
        path.write_text(f"import math, os, sys\nimport dtrain_model\n\n\ndef loss(theta, call):\n{lines}\n\n"
                        f"dtrain_model.serve(loss, {arguments})\n")
        return path

    def start(self, *of_model, **place):
        return Model([sys.executable, str(self.write(*of_model))], env=self.environment, **place)

    def ask(self, *of_model, theta=(1, 2)):
        """The answer to one question."""
        model = self.start(*of_model)
        model.begin()
        answer = model.ask(theta)
        assert model.end()[0] == 0
        return answer


def test_try(programs):
    code, out, err = programs.run(programs.examples / "pond.py", "--try")
    assert code == 0 and not err, err
    assert out.startswith("inflow = 1.0\noutlet = 0.2\nseepage = 0.1\npond: the loss is 0.1519333723070"), out
    assert out.rstrip().endswith(" s"), out
    code, out, err = programs.run(programs.examples / "enzyme.py", "--try", "1.5,298", "0.9")
    assert code == 0 and not err and "enzyme: the loss is 0.0460998448" in out, (out, err)
    code, out, err = programs.run(programs.examples / "enzyme.py", "--try")
    assert code == 1 and err.startswith("enzyme: the loss has failed: it needs a row: "), err
    path = programs.write("return [theta[0], theta[1], len(call.inputs), call.state]",
                          '"m", lambda place: [{}] * place.inputs, 4, lambda place: place.targets')
    code, out, err = programs.run(path, "--try", "1,2", "3,4,5")
    assert code == 0 and out.startswith("theta[0] = 0.0\ntheta[1] = 0.0\nm: the loss is 6.5, in "), (out, err)
    code, out, err = programs.run(programs.write("return 1 / 0"), "--try")
    assert code == 1 and err.endswith("ZeroDivisionError: division by zero\n"), err
    for result, residuals, value in ("math.nan", 0, "nan"), ("[1, -math.inf]", 2, "inf"):
        code, _, err = programs.run(programs.write(f"return {result}", f'"m", [{{}}], {residuals}'), "--try")
        assert code == 1 and err == f"m: the loss has failed: it is {value}\n", err


def test_by_hand(programs):
    code, out, err = programs.run(programs.examples / "pond.py")
    command = f"python3 {programs.examples}/pond.py"
    assert code == 2 and not out
    line = f"pond.py is a model for dtrain: run `dtrain --model-command '{command}'`, or `{command} --try`\n"
    assert err == line, err


def test_results(programs):
    for result, value in (("0.25", 0.25), ("7", 7), ("True", 1), ("[0.5]", 0.5), ("(3,)", 3), ("iter([4])", 4),
                          ("theta[0] + theta[1]", 3), ("__import__('fractions').Fraction(1, 4)", 0.25),
                          ("__import__('decimal').Decimal('0.5')", 0.5), ("math.inf", math.inf),
                          ("-math.inf", -math.inf),
                          ("-0.0", -0.0), ("5e-324", 5e-324)):
        answer = programs.ask(f"return {result}")
        assert answer == {"values": [value]}, answer
        assert math.copysign(1, answer["values"][0]) == math.copysign(1, value), answer
    assert math.isnan(programs.ask("return math.nan")["values"][0])
    two = '"model", [{}, {}], 2'
    for result in "[0.1, math.inf]", "(x for x in (0.1, math.inf))", "__import__('array').array('d', [0.1, math.inf])":
        assert programs.ask(f"return {result}", two) == {"values": [0.1, math.inf]}


def test_arrays_of_numpy(programs):
    if subprocess.run([sys.executable, "-c", "import numpy"], capture_output=True, check=False).returncode != 0:
        print("without numpy")
        return
    for result in "np.float32(0.5)", "np.array(0.5)", "np.array([0.5])", "np.float64(0.5)", "(np.array(theta) / 2)[0]":
        answer = programs.ask(f"import numpy as np\nreturn {result}")
        assert answer == {"values": [0.5]}, (result, answer)
    answer = programs.ask("import numpy as np\nreturn np.array(theta) - 1", '"m", [{}, {}], 2')
    assert answer == {"values": [0, 1]}, answer
    answer = programs.ask("import numpy as np\nreturn np.ones((2, 2))", '"m", [{}, {}], 2')
    assert answer["failed"].startswith("TypeError: the loss must return 2 numbers, not array("), answer
    answer = programs.ask("return theta[0]", '"m", [{"initial": __import__("numpy").float32(1)}, {}]')
    assert answer == {"values": [1]}, answer


def test_what_is_no_result(programs):
    for result, shown in (("None", "None"), ("'3'", "'3'"), ("[]", r"[]"), ("[1, 2]", "[1, 2]"), ("1j", "1j"),
                          ("b'12'", "b'12'"), ("{}", "{}"), ("['1']", "['1']"), ("[None]", "[None]")):
        answer = programs.ask(f"return {result}")
        assert answer == {"failed": f"TypeError: the loss must return a number, not {shown}"}, answer
    answer = programs.ask("return 1", '"model", [{}, {}], 3')
    assert answer == {"failed": "TypeError: the loss must return 3 numbers, not 1"}, answer
    answer = programs.ask("return 10 ** 400")
    assert answer["failed"].startswith("TypeError: the loss must return a number, not 1000"), answer
    answer = programs.ask("return list(range(10000))")
    assert len(answer["failed"]) < 200, answer


def test_exceptions(programs):
    body = ("if theta[0] == 1:\n    raise dtrain_model.Failed('no convergence after 200 steps')\n"
            "if theta[0] == 2:\n    raise ValueError('a\\nb \\udc80 \\0 é')\n"
            "if theta[0] == 3:\n    raise KeyError('x' * 100000)\n"
            "if theta[0] == 4:\n    return loss(theta, call)\n"
            "return theta[0]")
    model = programs.start(body)
    model.begin()
    assert model.ask([1, 0]) == {"failed": "no convergence after 200 steps"}
    for _ in range(3):
        assert model.ask([2, 0]) == {"failed": "ValueError: a\nb \\udc80 \0 é"}
    assert len(model.ask([3, 0])["failed"]) == 1000
    assert model.ask([4, 0])["failed"].startswith("RecursionError: ")
    assert model.ask([5, 0]) == {"values": [5]}
    code, _, err = model.end()
    assert code == 0 and err.count("ValueError: a") == 1 and err.count("KeyError: ") == 1 and "Failed:" not in err, err
    assert "line 9, in loss" in err, err


def test_what_ends_the_process(programs):
    for statement, code, text in (("sys.exit(3)", 3, ""), ("raise MemoryError()", 1, "MemoryError"),
                                  ("raise KeyboardInterrupt()", -signal.SIGINT, "KeyboardInterrupt"),
                                  ("os.abort()", -signal.SIGABRT, "")):
        model = programs.start(statement)
        model.begin()
        assert model.ask([1, 2]) is None
        got, _, err = model.end()
        assert got == code and text in err, (statement, got, err)


def test_what_is_printed_comes_at_once(programs):
    model = programs.start("print('theta', theta[0])\nreturn 1")
    model.begin()
    model.ask([1, 2])
    assert model.printed() == ("theta 1.0\n", "")
    assert model.end()[0] == 0


def test_parameters(programs):
    arguments = ('"model \\"x\\"", lambda place: ({"name": f"p{i}", "initial": i} for i in range(place.inputs)), 0, '
                 "lambda place: [place.rank, place.ranks, place.scratch, place.targets, place.classes]")
    model = programs.start("assert call.state == [0, 1, '/tmp', 1, 0]\n"
                           "return theta[2] + call.inputs[0] + call.targets[0]", arguments, inputs=3, targets=1)
    hello = model.begin()
    assert hello == {"dtrain_model": 1, "name": 'model "x"', "residuals": 0, "numbers": "binary", "predicts": False,
                     "parameters": [{"name": f"p{i}", "initial": i} for i in range(3)]}, hello
    assert model.ask([1, 2, 3], [10, 20, 30], [100]) == {"values": [113]}
    assert model.end()[0] == 0


def test_members_of_parameters(programs):
    """What is misspelt would have no effect."""
    for parameters, reason in (
            ('[{}, {"name": "a", "minimum": 0}]',
             "parameter 1 has no 'minimum': it may have name, initial, lower, upper, scale, step"),
            ('["a", {}]', "parameter 0 is no dictionary but 'a'"), ('lambda place: [{}, {7: 0}]', "parameter 1 has no 7")):
        model = programs.start("return 1", f'"m", {parameters}')
        answer = model.receive()
        assert list(answer) == ["failed"] and answer["failed"].startswith(reason), answer
        assert model.end() == (1, "", "")
        code, out, err = programs.run(programs.write("return 1", f'"m", {parameters}'), "--try")
        assert code == 1 and not out and err.startswith(f"m: {reason}") and err.count("\n") == 1, (out, err)


def test_calls(programs):
    """What a call has, and that a loss may change theta."""
    model = programs.start("theta[0] += 1\nassert type(theta).__name__ == 'array' and len(theta) == 2\n"
                           "assert call.inputs is None and call.targets is None and call.label is None\n"
                           "return [theta[0], call.row, call.seed, call.attempt, call.iteration, call.evaluate]",
                           '"m", [{}, {}], 6')
    model.begin()
    for _ in range(2):
        answer = model.ask([1, 2], row=9, seed=2**53 - 1, attempt=4, unknown=[1])
        assert answer == {"values": [2, 9, 2**53 - 1, 4, 3, 7]}, answer
    assert model.end()[0] == 0


def test_predict(programs):
    model = programs.start("return 0", '"m", [{}, {}], predict=lambda theta, call: theta[0] if theta[1] else 3',
                           inputs=1, classes=4)
    assert model.begin()["predicts"] is True
    assert model.ask([1, 0], [1], question="predict") == {"class": 3}
    assert model.ask([1, 1], [1], question="predict")["failed"].startswith("AttributeError: ")
    assert model.end()[0] == 0
    model = programs.start("return 0", '"m", [{}, {}], predict=lambda theta, call: 3')
    assert model.begin()["predicts"] is False
    model.end()


def test_what_cannot_begin(programs):
    for arguments, reason, shown in (
            ('"m", [{}], 0, lambda place: 1 / 0', "ZeroDivisionError: division by zero", "Traceback"),
            ('"m", lambda place: place.absent', "AttributeError: ", "Traceback"),
            ('"m", [{"initial": object()}]', "TypeError: ", "Traceback"),
            ('"m", 3', "TypeError: 'int' object is not iterable", "Traceback")):
        model = programs.start("return 1", arguments)
        answer = model.receive()
        if "dtrain_model" in answer:
            answer = model.receive()
        assert answer["failed"].startswith(reason), answer
        code, _, err = model.end()
        assert code == 1 and err.count(shown) == 1, err
    path = programs.write("return 1", '"m", [{}], 0, set_up')
    set_up = "def set_up(place):\n    raise dtrain_model.Failed('no licence')\n\n\n"
    path.write_text(path.read_text().replace("def loss", set_up + "def loss"))
    model = Model([sys.executable, str(path)], env=programs.environment)
    model.receive()
    assert model.receive() == {"failed": "no licence"}
    assert model.end() == (1, "", "")


def test_processes_of_the_loss(programs):
    """Programs that a loss starts get no pipe of dtrain's, and forked ones do not disturb."""
    answer = programs.ask("import subprocess\nfrom multiprocessing import Pool\n"
                          "names = subprocess.run(['ls', '-l', '/proc/self/fd'], stdout=subprocess.PIPE, "
                          "close_fds=False, check=True).stdout\nassert b' 4 ->' not in names, names\n"
                          "with Pool(2) as pool:\n    return sum(pool.map(math.sqrt, [4, 9]))")
    assert answer == {"values": [5]}, answer


def main():
    with tempfile.TemporaryDirectory() as work:
        programs = Programs(*sys.argv[1:], work)
        for name, test in list(globals().items()):
            if name.startswith("test_"):
                test(programs)
                print(name)


if __name__ == "__main__":
    main()
