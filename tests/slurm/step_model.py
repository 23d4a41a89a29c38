# SPDX-License-Identifier: MIT
"""A model each of whose evaluations is a step of the Slurm job that dtrain runs in, beside dtrain's own step.
    step_model.py [MARK]

The steps sleep a little, and hang while there is a file `hang` in the folder MARK; besides, each process has a child in
a session of its own. Without MARK there is no step, no sleep and no child."""
import os
import subprocess
import sys

import dtrain_model

PROGRAM = """
import os, sys, time
mark, numbers = sys.argv[1], [float(word) for word in sys.argv[2:]]
while os.path.exists(os.path.join(mark, "hang")):
    time.sleep(0.1)
time.sleep(0.2)
print(repr(sum((number - i) ** 2 for i, number in enumerate(numbers))))
"""
# Beside the step of dtrain, on the node of this rank. Without --overlap it would wait for that step to end.
STEP = ["srun", "--overlap", "--quiet", "--nodes=1", "--ntasks=1", "--ntasks-per-node=1", "--mpi=none"]


def loss(theta, call):
    if len(sys.argv) == 1:
        return sum((number - i) ** 2 for i, number in enumerate(theta))
    step = STEP + ["--nodelist=" + os.environ["SLURMD_NODENAME"], sys.executable, "-c", PROGRAM, sys.argv[1]]
    ended = subprocess.run(step + [repr(number) for number in theta], stdout=subprocess.PIPE, text=True)
    if ended.returncode != 0:
        raise dtrain_model.Failed("exit code %d" % ended.returncode)
    return float(ended.stdout)


def start_child(place):
    if len(sys.argv) > 1:
        subprocess.Popen(["sleep", "1000.125"], start_new_session=True)


dtrain_model.serve(loss, "steps", [{"initial": 0.5}] * 3, setup=start_child)
