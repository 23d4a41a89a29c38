# SPDX-License-Identifier: MIT
"""Runs a command whose output nobody reads: SIGPIPE ends it silently.

    closed_pipe.py COMMAND [ARGUMENT...]
"""
import os
import signal
import subprocess
import sys

reader, writer = os.pipe()
os.close(reader)
ended = subprocess.run(sys.argv[1:], stdout=writer, stderr=subprocess.PIPE)
assert (ended.returncode, ended.stderr) == (-signal.SIGPIPE, b""), ended
