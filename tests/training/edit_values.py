#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Changes a kept table.

    edit_values.py FILE ulp NUMBER           makes a value the next larger number
    edit_values.py FILE set ARRAY I VALUE    changes an element
    edit_values.py FILE drop ARRAY           removes an array
    edit_values.py FILE cut ARRAY            leaves out the last element, or row
    edit_values.py FILE before N             changes the number of losses of the batch before
"""
import sys

import h5py
import numpy as np


def main():
    path, how, *rest = sys.argv[1:]
    with h5py.File(path, "r+") as file:
        if how == "ulp":
            values = file["values"]
            values[int(rest[0]), 0] = np.nextafter(values[int(rest[0]), 0], np.inf)
        elif how == "set":
            file[rest[0]][int(rest[1])] = float(rest[2])
        elif how == "before":
            file.attrs["before"] = int(rest[0])
        else:
            array = file[rest[0]][...]
            del file[rest[0]]
            if how == "cut":
                file[rest[0]] = array[:-1]


main()
