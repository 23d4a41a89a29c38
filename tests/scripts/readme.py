#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks the documents: their commands print what they show, and their links work.

    readme.py run SOURCE BUILD DOCUMENT [MODULE...]     runs the commands of SOURCE/DOCUMENT, in their order
    readme.py links FOLDER                              checks links, names of files, and the README's length

A command is a line of a code block that begins with "$ "; what follows is its output. Numbers,
names of hosts and folders may differ; "..." stands for any lines, "^C" for Ctrl-C. A block of Python
must run to its end; the blocks of a document share their variables. Where Python lacks a MODULE that
they need, the document is skipped with exit code 77. FOLDER is that of the sources or
one where the documents are installed.
"""
import contextlib
import importlib.util
import io
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

# The beginnings of commands that are not run here, and why.
LEFT_OUT = {
    "scripts/test.sh": "this is one of its tests",
    "scripts/bench.sh": "takes an hour: tests/scripts/bench.sh has a part of it",
    "scripts/examples/optimizers.sh": "takes six minutes",
    "scripts/bench/": "takes minutes: agreement.sh and growth.sh in tests/scripts have a part of it",
    "git worktree add build-older": "needs the repository",
    "cmake -S build-older": "needs an older version",
    "sbatch": "needs a cluster: tests/slurm",
    "tail -f": "follows the log of such a job",
    "mpirun --host": "needs two hosts: tests/faults/hosts.sh",
    "cd build && cpack": "tests/install/installed.sh makes the package",
    "dtrain import mnist.h5": "the original files are not in the repository",
    "from=/usr/share/datasets": "needs a package that few have",
    "mpirun -np 2 dtrain --data fashion.h5": "needs that package",
    "from two_layer_net import": "needs the book's class; tests/formulas.py has its formulas",
}
# Lines of the scripts that are left out, as the sources are built already.
SCRIPT_SAYS = ("Building in", "Training:")
SECONDS_MAX = 300
SKIPPED = 77
DIGEST = r"\b[0-9a-f]{32}\b"
README_LINES_MAX = 250


def examples(text):
    """The code blocks' commands, as ("shell", command, lines that it prints) or ("python", code, [])."""
    for kind, block in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if kind == "python":
            yield kind, block, []
        elif block.startswith("$ "):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                # A backslash at the end of a line continues the command.
                command, _, output = re.sub(r"\\\n *", "", part).partition("\n")
                yield "shell", command, output.splitlines()


def shape(line):
    """A line without the parts that depend on machine, time or chance."""
    line = re.sub(r"(ranks +\d+) on 1 host: .*", r"\1 on 1 host", line)
    line = re.sub(r"/\S+/mnist.h5", "DATA", line)
    line = re.sub(r"  +", "  ", line).strip()
    # A digest is no such part: it is the same everywhere.
    return re.sub(rf"({DIGEST})|-?\d[\d.,:]*(e[-+]?\d+)?", lambda match: match[1] or "#", line)


def is_shown(expected, got):
    """Whether the output has the shown lines, in order; only "..." lets lines be left out."""
    if not expected:
        return not got
    if expected[0] == "...":
        return any(is_shown(expected[1:], got[i:]) for i in range(len(got) + 1))
    return bool(got) and shape(expected[0]) == shape(got[0]) and is_shown(expected[1:], got[1:])


def run_shell(command, interrupt_after):
    """The lines that a command prints, and its exit code; where a line is given, Ctrl-C is pressed
    after it."""
    process = subprocess.Popen(["bash", "-c", command], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, start_new_session=True)
    hanging = threading.Timer(SECONDS_MAX, os.killpg, (process.pid, signal.SIGKILL))
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
    return lines, process.returncode


def try_shell(command, expected):
    """Ends with what is wrong where a command fails, or does not print what is expected."""
    expected = [line for line in expected if not line.startswith(SCRIPT_SAYS)]
    interrupt_after = None
    if "^C" in expected:
        expected = [*expected[:expected.index("^C")], "..."]
        interrupt_after = [line for line in expected if line != "..."][-1]
    got, code = run_shell(command.replace("scripts/train.sh", "mpirun -np 8 build/dtrain"), interrupt_after)
    if not is_shown(expected, got):
        sys.exit(f"$ {command}\nshould print\n" + "\n".join(expected) + "\nbut prints\n" + "\n".join(got))
    if code != 0 and not interrupt_after:
        sys.exit(f"$ {command}\nends with exit code {code}")


def try_python(code, names):
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            exec(code, names)
        except Exception as error:
            sys.exit(f"{code}\nfails: {type(error).__name__}: {error}")


def prepare(source, build):
    """Makes the current folder look like that of the sources, with a build and some images."""
    import h5py

    for name in ("scripts", "data", "slurm", "src", "tests", "include"):
        os.symlink(source / name, name)
    os.symlink(build, "build")
    os.environ["PATH"] = f"{build}:{os.environ['PATH']}"
    with h5py.File("digits.h5", "w") as digits, h5py.File("data/mnist.h5") as mnist:
        digits["mine"] = mnist["test/images"][:9]


def run(source, build, document):
    tried, names = 0, {}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        prepare(source, build)
        for kind, command, expected in examples((source / document).read_text()):
            if command.startswith(tuple(LEFT_OUT)):
                continue
            if kind == "python":
                try_python(command, names)
            else:
                try_shell(command, expected)
            tried += 1
        os.chdir(source)
    if tried == 0:
        sys.exit(f"{document}: no command was found")
    print(f"{tried} commands of {document} do what it says")


def skip_without(modules):
    """Ends with a line and the code of a skipped test where Python lacks one of the modules."""
    for module in modules:
        if not importlib.util.find_spec(module):
            print(f"skipped: no {module}")
            sys.exit(SKIPPED)


def anchors(text):
    """What a link may name after "#": the headings, as GitHub writes them."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}


def dead_links(folder, path):
    """The links of a document that lead nowhere."""
    text = re.sub(r"^```.*?^```$|`[^`\n]*`", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if re.match(r"\w+:", link):
            continue
        if not target.is_file():
            yield f"{path.relative_to(folder)}: {link}: there is no such file"
        elif anchor and anchor not in anchors(target.read_text()):
            yield f"{path.relative_to(folder)}: {link}: there is no such heading"


def wrong_names(folder, path):
    """The files and modules that a document names and that are not there."""
    floors = "|".join(p.name for p in (folder / "src").iterdir() if p.is_dir())
    for name in re.findall(r"`([^`\s]+)`", path.read_text()):
        is_module = re.fullmatch(rf"({floors})(/\w+)+(\.h|\.c)?", name)
        is_file = re.match(r"(src|tests|scripts|slurm|data|include)/[\w./-]+$", name)
        pattern = f"src/{name}*" if is_module and "." not in name else f"src/{name}" if is_module else name
        # FOLDER and the like stand for other names.
        if re.search(r"[A-Z]{4}", name):
            continue
        if (is_module or is_file) and not any(folder.glob(pattern)):
            yield f"{path.relative_to(folder)}: {name}: is not there"


def check_links(folder):
    documents = sorted([*folder.glob("*.md"), *folder.glob("*/*.md")])
    faults = [fault for path in documents for fault in dead_links(folder, path)]
    lines = (folder / "README.md").read_text().count("\n")
    if lines > README_LINES_MAX:
        faults.append(f"README.md: has {lines} lines, more than {README_LINES_MAX}")
    if (folder / "src" / "program.c").exists():
        faults += [fault for path in documents if path.name == "README.md"
                   for fault in wrong_names(folder, path)]
        commands = [command for path in documents for _, command, _ in examples(path.read_text())]
        faults += [f"LEFT_OUT: {start}: no document has this command" for start in LEFT_OUT
                   if not any(command.startswith(start) for command in commands)]
    if faults:
        sys.exit("\n".join(faults))
    print(f"the links of {len(documents)} documents lead somewhere")


if __name__ == "__main__":
    if len(sys.argv) >= 5 and sys.argv[1] == "run":
        skip_without(sys.argv[5:])
        run(Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve(), sys.argv[4])
    elif len(sys.argv) == 3 and sys.argv[1] == "links":
        check_links(Path(sys.argv[2]).resolve())
    else:
        sys.exit(__doc__)
