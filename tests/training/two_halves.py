# SPDX-License-Identifier: MIT
"""A model whose simulation is an MPI program (two_halves.c), or the same sum without it.
    two_halves.py [MPIRUN TWO_HALVES [MARK]]

If MARK is a folder, the first evaluation of iteration 2 hangs, and leaves a file there, so that it does so once."""
import os
import subprocess
import sys

import dtrain_model


def hangs(call):
    if len(sys.argv) < 4 or call.iteration != 2:
        return False
    try:
        os.close(os.open(os.path.join(sys.argv[3], "hung"), os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def loss(theta, call):
    if len(sys.argv) == 1:
        squares = [(theta[i] - i) ** 2 for i in range(3)]
        return (squares[0] + squares[2]) + squares[1]
    numbers = ["hang"] if hangs(call) else ["%.17g" % number for number in theta]
    # What a killed mpirun leaves behind in TMPDIR goes with the scratch folder.
    ended = subprocess.run([sys.argv[1], "-np", "2", sys.argv[2], *numbers], stdout=subprocess.PIPE, text=True,
                           env=dict(os.environ, TMPDIR=os.environ["DTRAIN_SCRATCH"]))
    if ended.returncode != 0:
        raise dtrain_model.Failed("exit code %d" % ended.returncode)
    return float(ended.stdout)


dtrain_model.serve(loss, "halves", [{"initial": 0.5}] * 3, setup=lambda place: os.chdir(place.scratch))
