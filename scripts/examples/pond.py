# SPDX-License-Identifier: MIT
"""A pond that fills and drains: three numbers are fitted to ten measured levels. It has no data set.

    mpirun -np 7 dtrain --model-command 'python3 pond.py' --optimizer adam --learning-rate 0.01 --iterations 300
"""
import dtrain_model

LEVELS = [1.00, 1.31, 1.52, 1.68, 1.79, 1.88, 1.94, 1.99, 2.02, 2.05]  # in metres, one a day
STEPS = 100  # of the simulation, in a day


def loss(theta, call):
    """The mean square of the errors of the levels."""
    inflow, outlet, seepage = theta
    level, error = LEVELS[0], 0.0
    for day, measured in enumerate(LEVELS):
        error += (level - measured) ** 2
        for _ in range(STEPS):
            level += (inflow - outlet * max(level, 0.0) ** 1.5 - seepage * level) / STEPS
        if not 0 < level < 3:
            raise dtrain_model.Failed(f"the pond is dry or floods on day {day}: {level:.3g} m")
    return error / len(LEVELS)


dtrain_model.serve(loss, name="pond", parameters=[
    {"name": "inflow", "initial": 1.0, "lower": 0.0, "upper": 5.0},
    {"name": "outlet", "initial": 0.2, "lower": 0.0, "upper": 2.0},
    {"name": "seepage", "initial": 0.1, "lower": 0.0, "upper": 2.0}])
