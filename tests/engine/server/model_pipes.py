# SPDX-License-Identifier: MIT
"""The side of dtrain in tests of models in processes of their own: Model(words) starts a command with its pipes on
descriptors 3 and 4, as the guard of dtrain does."""
import contextlib
import fcntl
import json
import os
import struct
import subprocess
import tempfile

TIMEOUT = 60  # far longer than any of these takes


def high(descriptor):
    """The same above those that the model gets."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return moved


class Model:
    def __init__(self, words, inputs=0, targets=0, classes=0, seed=0, deviation=0.01, scratch="/tmp", **more):
        read, requests = map(high, os.pipe())
        answers, write = map(high, os.pipe())

        def place():
            os.dup2(read, 3)
            os.dup2(write, 4)

        # Files, as nobody reads what it prints before it ends.
        self.out, self.err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err,
                                        pass_fds=(3, 4), preexec_fn=place, **more)
        os.close(read)
        os.close(write)
        self.requests, self.answers = os.fdopen(requests, "wb", 0), os.fdopen(answers, "rb")
        self.send({"rank": 0, "ranks": 1, "inputs": inputs, "targets": targets, "classes": classes, "seed": seed,
                   "deviation": deviation, "scratch": scratch})

    def send(self, message, numbers=()):
        data = json.dumps(message).encode() + b"\n" + struct.pack("<%dd" % len(numbers), *numbers)
        with contextlib.suppress(BrokenPipeError):  # it has ended; what it wrote before can still be read
            self.requests.write(data)

    def receive(self):
        """A message, with "values" for the bytes behind it; None where the model has ended."""
        line = self.answers.readline()
        if not line:
            return None
        message = json.loads(line)
        if "bytes" in message:
            data = self.answers.read(message.pop("bytes"))
            message["values"] = list(struct.unpack("<%dd" % (len(data) // 8), data))
        return message

    def begin(self):
        """The hello of a model that is ready."""
        hello = self.receive()
        assert self.receive() == {"ready": True}
        return hello

    def ask(self, theta, inputs=(), targets=(), question="evaluate", **members):
        call = {question: 7, "iteration": 3, "row": 5, "label": None, "seed": 12, "attempt": 0}
        numbers = [*theta, *inputs, *targets]
        self.send({**call, **members, "bytes": 8 * len(numbers)}, numbers)
        return self.receive()

    def printed(self):
        """What it has printed so far."""
        return tuple(os.pread(file.fileno(), 1 << 20, 0).decode() for file in (self.out, self.err))

    def end(self):
        """Ends its questions. Returns its exit code, what it has printed, and what to its standard error."""
        self.requests.close()
        code = self.process.wait(timeout=TIMEOUT)
        self.answers.close()
        return (code, *self.printed())
