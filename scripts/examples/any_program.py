# SPDX-License-Identifier: MIT
"""A model of any program that reads its parameters from a file and writes its result into another: here pond.awk.

    mpirun -np 4 dtrain --model-command 'python3 any_program.py'
"""
import os
import subprocess

import dtrain_model

PROGRAM = ["awk", "-f", os.path.join(os.path.dirname(os.path.abspath(__file__)), "pond.awk"), "pond.in"]
INPUT = """inflow = {inflow!r}
outlet = {outlet!r}
seepage = {seepage!r}
"""
PARAMETERS = [{"name": "inflow", "initial": 1.0, "lower": 0.0, "upper": 5.0},
              {"name": "outlet", "initial": 0.2, "lower": 0.0, "upper": 2.0},
              {"name": "seepage", "initial": 0.1, "lower": 0.0, "upper": 2.0}]


def loss(theta, call):
    """Runs the program once, in a scratch folder that no other process uses."""
    if os.path.exists("pond.out"):
        os.remove("pond.out")
    with open("pond.in", "w") as file:
        file.write(INPUT.format(**{parameter["name"]: value for parameter, value in zip(PARAMETERS, theta)}))
    ended = subprocess.run(PROGRAM, stderr=subprocess.PIPE, universal_newlines=True)
    if ended.returncode != 0 or not os.path.exists("pond.out"):
        raise dtrain_model.Failed(f"exit code {ended.returncode}: {ended.stderr.strip()[-200:]}")
    with open("pond.out") as file:
        return float(file.read().split("loss =")[1])


dtrain_model.serve(loss, "pond", PARAMETERS, setup=lambda place: os.chdir(place.scratch))
