# SPDX-License-Identifier: MIT
"""Shows on a terminal how far a command is, once its work takes long."""
import sys
import time

PROGRESS_AFTER = 1.0  # seconds


class Progress:
    """`total` is 0 where it is not known."""

    def __init__(self, what, total=0):
        self.what, self.total, self.done, self.started = what, total, 0, time.monotonic()

    def add(self, count):
        self.done += count
        if sys.stdout and sys.stdout.isatty() and time.monotonic() - self.started > PROGRESS_AFTER:
            share = f"{100 * self.done // self.total} %" if self.total else f"{self.done} rows"
            end = "\r\033[K" if self.done == self.total else ""
            print(f"\r{self.what}: {share}{end}", end="", flush=True)
