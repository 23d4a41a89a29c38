# SPDX-License-Identifier: MIT
"""What a run's network predicts for the rows of the run's dataset."""
import json

import numpy as np

from dtrain.failure import Failure
from dtrain.hdf5 import find_set, open_file, read_rows
from dtrain.recipes import read_text


def read_rows_of(run, network, split):
    """The images of a split as stored, as (N, D) numbers, and their labels, or their targets (N, M)."""
    path = run.record["dataset"]["path"]
    check_recipe(run, path)
    name = "targets" if run.predicts_numbers else "labels"
    with open_file(path) as file:
        images, targets = (read_rows(array) for array in find_set(file, split, name))
    values = images.reshape(len(images), -1)
    inputs, *_, outputs = network.widths
    if run.predicts_numbers:
        targets = targets.reshape(len(targets), -1).astype(float)
        fits = targets.shape[1] == outputs
    else:
        targets = targets.astype(int)
        fits = targets.min() >= 0 and targets.max() < outputs
    if values.shape[1] != inputs or not fits:
        raise Failure(f"{path}: does not fit the network, which has {inputs} inputs and {outputs} "
                      f"{'targets' if run.predicts_numbers else 'classes'}")
    if values.dtype == np.uint8:
        values = values / np.float32(255)
    return images, values.astype(float), targets


def check_recipe(run, path):
    """Raises Failure where the dataset was imported otherwise since the run."""
    text = read_text(path)
    if (text and json.loads(text)) != run.record["dataset"].get("recipe"):
        raise Failure(f"{path}: was imported otherwise than the data of the run {run.name}: import it again as it was")


def split_to_show(run):
    """The test set, or the training set where there is none."""
    return "test" if run.record["dataset"]["test_rows"] > 0 else "train"
