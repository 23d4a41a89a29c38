# SPDX-License-Identifier: MIT
"""The formats in which a network is written for other programs."""
