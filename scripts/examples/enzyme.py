# SPDX-License-Identifier: MIT
"""An enzyme, whose speed (targets, M = 1) is measured at a concentration and a temperature (inputs, D = 2).

    dtrain --model-command 'python3 enzyme.py' --data speeds.h5

Each row gives one residual, and its loss is half the square. To try it on a row: python3 enzyme.py --try 1.5,298 0.9
"""
import math

import dtrain_model

GAS = 8.314  # J / (mol K)
USUAL_KELVIN = 298.15  # at which `speed` is the largest speed


def residual(theta, call):
    """What is predicted for a row, less what is measured."""
    speed, half, energy = theta
    if call.inputs is None:
        raise dtrain_model.Failed("it needs a row: a concentration and a temperature, and the measured speed")
    concentration, kelvin = call.inputs
    factor = math.exp(-energy / GAS * (1 / kelvin - 1 / USUAL_KELVIN))
    return speed * factor * concentration / (half + concentration) - call.targets[0]


dtrain_model.serve(residual, name="enzyme", residuals=1, parameters=[
    {"name": "speed", "initial": 1.0, "lower": 0.0, "upper": 100.0},
    {"name": "half", "initial": 1.0, "lower": 1e-3, "upper": 100.0},
    {"name": "energy", "initial": 3e4, "lower": 0.0, "upper": 2e5, "scale": 1e4}])
