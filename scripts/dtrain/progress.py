# SPDX-License-Identifier: MIT
"""Shows on a terminal how far a command is, once its work takes long."""
import sys
import time

PROGRESS_AFTER = 1.0  # seconds
BAR_LETTERS = 30


class Progress:
    """Shows a bar for each part of the work; or a number of rows, where it is not known how many there are."""

    def __init__(self):
        self.started = time.monotonic()
        self.is_shown = False

    def begin(self, what, total=0):
        """Begins a part of the work, with so many rows; 0: that is not known."""
        self.end()
        self.what, self.total, self.done = what, total, 0

    def add(self, rows):
        self.done += rows
        if not (sys.stdout and sys.stdout.isatty()) or time.monotonic() - self.started < PROGRESS_AFTER:
            return
        if self.total:
            full = BAR_LETTERS * self.done // self.total
            shown = f"[{'#' * full}{' ' * (BAR_LETTERS - full)}] {100 * self.done // self.total} %"
        else:
            shown = f"{self.done:,} rows"
        print(f"\r{self.what}: {shown}", end="", flush=True)
        self.is_shown = True

    def end(self):
        """Removes the line."""
        if self.is_shown:
            print("\r\033[K", end="", flush=True)
            self.is_shown = False
