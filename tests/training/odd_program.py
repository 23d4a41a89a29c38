# SPDX-License-Identifier: MIT
"""A model for --model-command, without dtrain_model, that misbehaves in one of many ways. What it does well: two
parameters, and the loss of a bowl.
    odd_program.py KIND [ARGUMENT...]      (KIND: a function below, with - for _)
"""
import json
import os
import shutil
import struct
import subprocess
import sys
import time

NAMES = "a", "b"
SCRATCH = os.environ["DTRAIN_SCRATCH"]
RANK = int(os.environ["DTRAIN_RANK"])
OUTSIDE = os.getcwd()  # dtrain's working folder, whatever becomes of the program's


def write(data, descriptor=4):
    if isinstance(data, dict):
        data = json.dumps(data).encode() + b"\n"
    data = memoryview(data)
    while data:
        data = data[os.write(descriptor, data):]


def lines():
    """Those that dtrain writes, one after the other."""
    with open(3, "rb", closefd=False) as requests:
        yield from requests


def hello(**members):
    return {"dtrain_model": 1, "name": "odd", "numbers": "text",
            "parameters": [{"name": name, "initial": 0.25} for name in NAMES], **members}


def good(question):
    return {"values": [sum((x - 0.1) ** 2 for x in question["theta"])]}


def serve(answer=good, greeting=None, on_ready=None):
    """Is a model whose answers are those: an object or bytes, or None where it has written them itself."""
    write(greeting or hello())
    requests = lines()
    next(requests)
    write(on_ready() if on_ready else {"ready": True})
    for line in requests:
        data = answer(json.loads(line))
        if data is not None:
            write(data)


def is_chosen(question):
    """One evaluation of a run, whatever the number of ranks."""
    return question["iteration"] == 2 and question["evaluate"] == 3


def odd_once(odd):
    """Is a good model but in that evaluation."""
    serve(lambda question: odd(question) if is_chosen(question) else good(question))


def hang():
    time.sleep(1000)


def die(number):
    os.kill(os.getpid(), number)
    hang()


def stream(size, descriptor, piece=b"x" * 65536):
    """Writes so many bytes."""
    while size > 0:
        size -= os.write(descriptor, piece[:size])


# Kinds that fail before a run begins.

def nothing():
    hang()


def half_hello():
    write(b'{"dtrain_model":1,"na')
    hang()


def exits(code):
    print("no luck", flush=True)
    sys.exit(int(code))


def dies(number):
    die(int(number))


def says(*words):
    """The bytes of a Python literal, as the first line; and waits."""
    write(" ".join(words).encode().decode("unicode_escape").encode("latin-1") + b"\n")
    hang()


def greets(members):
    """A hello with other members, and waits."""
    write(hello(**json.loads(members)))
    hang()


def deep_hello():
    write(b'{"dtrain_model":1,"x":' + b"[" * 100000 + b"]" * 100000 + b"}\n")
    hang()


def endless_hello():
    stream(2 << 30, 4)
    hang()


def huge_p():
    write(b'{"dtrain_model":1,"name":"odd","parameters":[' + b"{}," * (1 << 20) + b"{}]}\n")
    hang()


def wrong_p_on_rank_1():
    serve(greeting=hello(parameters=[{}] * (3 if RANK == 1 else 2)))


def residuals_on_rank_1():
    serve(greeting=hello(residuals=4 if RANK == 1 else 3))


def closes_at_once(descriptor):
    os.close(int(descriptor))
    hang()


def leaves_a_child():
    """Ends, and leaves a child that holds the pipes open."""
    if os.fork() == 0:
        hang()


def after_hello(word):
    """Something else than that it is ready."""
    serve(on_ready=lambda: word.encode() + b"\n")


def exits_before_ready():
    serve(on_ready=lambda: sys.exit(0))


def hangs_before_ready():
    serve(on_ready=hang)


def long_ready():
    serve(on_ready=lambda: stream(2 << 30, 4))


def ready_on_two_ranks():
    serve(on_ready=lambda: {"failed": "no licence"} if RANK == 1 else {"ready": True})


# Kinds that fail in the first evaluation of all.

def exits_after_ready():
    serve(answer=lambda question: sys.exit(0))


def reads_nothing():
    write(hello())
    write({"ready": True})
    hang()


def answers_beforehand():
    """All answers at once, before there is a question."""
    write(hello())
    write({"ready": True})
    write(b'{"values":[1]}\n' * 1000)
    for _ in lines():
        pass


def two_answers():
    """To each question, in one write."""
    serve(lambda question: 2 * (json.dumps(good(question)).encode() + b"\n"))


def two_residuals():
    serve(lambda question: {"values": [1, 2]}, greeting=hello(residuals=3))


def long_reason():
    serve(lambda question: {"failed": "r" * 100000})


# Kinds that fail in one evaluation.

def answers(*words):
    """That line."""
    line = " ".join(words).encode().decode("unicode_escape").encode("latin-1") + b"\n"
    odd_once(lambda question: line)


def answers_bytes(announced, sent):
    """A number of bytes, and so many of them; and ends."""
    def odd(_):
        write({"bytes": int(announced)})
        write(bytes(int(sent)))
        sys.exit(0)
    odd_once(odd)


def answers_bits(value):
    odd_once(lambda question: b'{"bytes":8}\n' + struct.pack("<d", float(value)))


def half_an_answer(how):
    def odd(_):
        write(b'{"values":[0.')
        hang() if how == "hang" else sys.exit(0)
    odd_once(odd)


def no_answer():
    odd_once(lambda question: hang())


def endless_answer():
    odd_once(lambda question: stream(2 << 30, 4))


def deep_answer():
    odd_once(lambda question: b'{"values":' + b"[" * 100000 + b"]" * 100000 + b"}\n")


def exits_in_an_answer(code):
    odd_once(lambda question: sys.exit(int(code)))


def dies_in_an_answer(number):
    odd_once(lambda question: die(int(number)))


def closes(descriptor):
    def odd(_):
        os.close(int(descriptor))
        hang()
    odd_once(odd)


def leaves_a_child_in_an_answer():
    def odd(_):
        if os.fork() == 0:
            hang()
        os._exit(3)
    odd_once(odd)


def says_a_lot_and_exits():
    """Lines on standard output before the end, and one of control characters on standard error."""
    def odd(_):
        for number in range(30):
            print("line", number, flush=True)
        write(b"\x1b[31mred\x07 \x9b2J \xff\r\n", 2)
        os._exit(1)
    odd_once(odd)


def other_hello_after():
    """Ends in an evaluation, and is another model from then on."""
    path = os.path.join(OUTSIDE, "has-ended")

    def odd(_):
        open(path, "w").close()
        sys.exit(1)
    if os.path.exists(path):
        serve(greeting=hello(name="another"))
    odd_once(odd)


# Kinds that do what they may.

def well():
    serve()


def greets_well(members):
    serve(greeting=hello(**json.loads(members)))


def prints_much():
    """100 MB in long lines, and as much without any newline."""
    def answer(question):
        if is_chosen(question):
            stream(100 << 20, 1, b"y" * 65535 + b"\n")
            stream(100 << 20, 1)
        return good(question)
    serve(answer)


def prints_controls():
    write(b"\x1b]0;title\x07\x1b[2J\x00\x7f\x9b31m\xc2\x9b1m\tok\n1 %\r2 %\r\n\xe2\x80\x82wide", 1)
    write(b"\x1bcerror\n", 2)
    serve()


def moves_away():
    os.chdir("/")
    serve()


def removes_scratch():
    shutil.rmtree(SCRATCH)
    serve()


def scratch_is_a_link():
    """Its scratch folder leads to a folder that is not dtrain's."""
    shutil.rmtree(SCRATCH)
    os.symlink(os.path.join(OUTSIDE, "precious"), SCRATCH)
    serve()


def fills_scratch():
    """Megabytes, a link out, folders that nobody may read, and a path that is longer than any may be."""
    folder = os.open(SCRATCH, os.O_RDONLY)
    for name in "deep", "other", "other/inner", "0", "0/1":
        os.mkdir(name, dir_fd=folder)
    os.symlink(os.path.join(OUTSIDE, "precious"), "link", dir_fd=folder)
    with open(os.path.join(SCRATCH, "large"), "wb") as file:
        file.write(bytes(20 << 20))
    at = os.open("deep", os.O_RDONLY, dir_fd=folder)
    for _ in range(30):
        os.mkdir("d" * 200, dir_fd=at)
        at = os.open("d" * 200, os.O_RDONLY, dir_fd=at)
    os.chmod("other", 0, dir_fd=folder)
    serve()


def tells(path, *words):
    """Writes what it finds: its words, environment, descriptors and folders."""
    found = {"words": words, "environment": dict(os.environ), "folder": os.getcwd(), "input": os.read(0, 10).decode(),
             "scratch mode": os.stat(SCRATCH).st_mode & 0o7777, "ignored": ignored_signals(),
             "descriptors": sorted(int(name) for name in os.listdir("/proc/self/fd"))}
    with open(f"{path}.{RANK}", "w") as file:
        json.dump(found, file)
    serve()


def ignored_signals():
    """And those that are blocked, as of the kernel; of a child, as Python ignores some itself."""
    shown = subprocess.run(["grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status"], capture_output=True, text=True)
    return [int(line.split()[1], 16) for line in shown.stdout.splitlines()]


def slow():
    """One evaluation that takes 5 s."""
    def odd(question):
        time.sleep(5)
        return good(question)
    odd_once(odd)


def prints_lines():
    """On both streams, and by a process of its own."""
    print("begins", flush=True)
    write(b"warns\n", 2)
    subprocess.run(["sh", "-c", "echo from a child"], check=True)
    serve()


globals()[sys.argv[1].replace("-", "_")](*sys.argv[2:])
