# SPDX-License-Identifier: MIT
"""Where rows come from: a module for each kind of file, each a row of the table in sources/find.py."""
