#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The bar on terminals of any width: it never wraps, and shows more on a wider terminal.

    terminal.py DTRAIN
"""
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios

OPTIONS = "--hidden 2 --gradient backprop --batch-size 10 --iterations 1000 --eval-every 500 --progress bar --run-dir".split()
# What a line of the bar looks like at each width.
SHAPES = {
    120: r"\[[#.]{40}\] \d+/1000  epoch \d\.\d  loss \d\.\d{4}  accuracy 0\.\d{4}  \d+/s  0:\d\d left",
    80: r"\[[#.]{3,}\] \d+/1000  epoch \d\.\d  loss \d\.\d{4}  accuracy 0\.\d{4}  \d+/s  0:\d\d left",
    40: r"\[[#.]{3,}\] \d+/1000  loss \d\.\d{4}  0:\d\d left",
    15: r"\[[#.]{3,}\] \d+/1000",
    5: r"\d+%",
}


def output_on_terminal(columns, command):
    """What the command prints on a terminal of that many columns."""
    own, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(command, stdin=its, stdout=its, env={**os.environ, "TERM": "xterm"}) as process:
        os.close(its)
        output = b""
        while True:
            try:
                output += os.read(own, 1 << 16)
            except OSError:  # The terminal's other end is closed.
                break
    os.close(own)
    assert process.returncode == 0, (columns, process.returncode)
    return output.decode()


with tempfile.TemporaryDirectory() as folder:
    for columns, shape in SHAPES.items():
        run = os.path.join(folder, str(columns))
        lines = re.findall(r"\r([^\r\n]*)\x1b\[K", output_on_terminal(columns, [sys.argv[1], *OPTIONS, run]))
        assert len(lines) >= 3, (columns, lines)
        for line in lines:
            assert len(line) < columns, (columns, line)
        assert re.fullmatch(shape, lines[-2]), (columns, lines)
print("bars of every width stay on one line")
