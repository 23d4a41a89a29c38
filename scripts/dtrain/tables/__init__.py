# SPDX-License-Identifier: MIT
"""From the columns of a table to the inputs and targets of a network, and back, by a recipe."""
