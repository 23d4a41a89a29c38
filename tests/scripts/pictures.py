# SPDX-License-Identifier: MIT
"""Python of pictures.sh.

    pictures.py columns             the CSV of the run `held` has the numbers of its metrics
    pictures.py norms               curves of norms show the numbers of the metrics
    pictures.py histograms          histograms of activations count what NumPy counts
    pictures.py evil                copies the run `one`, with HTML in its name and in all that run.json says
    pictures.py others              writes `deep`, a run of three layers, and `model`, of a model; prints how
                                    many rows `deep` gets wrong
    pictures.py frame PAGE WIDTH EXPRESSION...      writes shown.html, whose title becomes the values of
                                                    JavaScript expressions in that page
"""
import csv
import html
import json
import os
import shutil
import sys

import numpy as np

from formulas import OPERATIONS, probabilities, read_lines, read_split


def columns():
    with open("csv") as file:
        rows = {int(row["iteration"]): row for row in csv.DictReader(file)}
    lines = read_lines("held/metrics.jsonl")
    assert len(rows) == 901
    for line in lines:
        row = rows[line["iteration"]]
        norms = {f"weight_norm_{name}": norm for name, norm in line.pop("weight_norms", {}).items()}
        for name, value in (line | norms).items():
            assert row[name] == "" if value is None else float(row[name]) == value, (name, row)
    assert "test_accuracy" in lines[-1] and "train_accuracy" not in lines[-1] and rows[300]["test_accuracy"] == ""


def norms():
    from dtrain import Run, figures, weights

    lines = Run("one").evaluations
    assert [Run(name).epoch_iterations() for name in ("one", "old", "held")] == [600, 600, 550]
    curve, = figures.gradient_norm_figure(lines).axes[0].lines
    assert curve.get_xydata().tolist() == [[line["iteration"], line["gradient_norm"]] for line in lines[1:]]
    axes = figures.weight_norms_figure(lines).axes[0]
    assert [curve.get_label() for curve in axes.lines] == ["W1", "b1", "W2", "b2"]
    arrays = weights.named_arrays(weights.read("one")[1].layers)
    for curve in axes.lines:
        assert abs(curve.get_ydata()[-1] - np.linalg.norm(arrays[curve.get_label()])) < 1e-9, curve.get_label()


def check_row(panels, layers, activation, x, bins):
    """The panels of one network, one for each hidden layer."""
    z = x
    for axes, (W, b) in zip(panels, layers):
        z = OPERATIONS[activation.capitalize()](z @ W + b)
        low, high = axes.get_xlim()
        values = z[(z > 0) | (activation != "relu")]
        counts = np.histogram(values, bins, (low, high))[0]
        assert [bar.get_height() for bar in axes.patches] == counts.tolist(), (activation, low, high)
        # Nearly all are in the picture, and of relu the number of zeros is told.
        assert counts.sum() >= 0.995 * len(values)
        told = [f"{100 * (z == 0).mean():.0f} % are 0"] if activation == "relu" else []
        assert [text.get_text() for text in axes.texts] == told


def histograms():
    from dtrain import histograms
    from dtrain.weights import Network

    rng = np.random.default_rng(6)

    def network(activation, scale):
        return Network([(scale * rng.normal(size=shape), rng.normal(size=shape[1])) for shape in ((5, 8), (8, 7), (7, 3))],
                       activation)

    x = rng.normal(size=(100, 5))
    for activation in ("sigmoid", "tanh", "relu"):
        networks = [(name, network(activation, scale)) for name, scale in (("start", 0.3), ("end", 2))]
        panels = histograms.activation_figure(networks, x).axes
        assert [axes.get_title() for axes in panels] == ["hidden layer 1", "hidden layer 2", "", ""]
        assert [axes.get_ylabel() for axes in panels] == ["start", "", "end", ""]
        for row, (_, drawn) in zip((panels[:2], panels[2:]), networks):
            check_row(row, drawn.layers, activation, x, histograms.BINS)
            assert row[0].get_xlim() == row[1].get_xlim()
    # Units that pass nothing on leave an empty panel, and no warning.
    dead = Network([(np.zeros((5, 8)), np.zeros(8)), (np.zeros((8, 3)), np.zeros(3))], "relu")
    assert histograms.activation_figure([("end", dead)], x).axes[0].texts[0].get_text() == "100 % are 0"


def read_record(run):
    with open(f"{run}/run.json") as file:
        return json.load(file)


def write_record(run, record):
    with open(f"{run}/run.json", "w") as file:
        json.dump(record, file)


def evil():
    evil = "<script>document.title = 'evil'</script>\"'><b class=evil>&amp;"
    run = "<b class=evil>&amp;"
    shutil.copytree("one", run)
    record = read_record(run)
    shutil.copy(record["dataset"]["path"], "<b class=evil>.h5")
    record["dataset"]["path"] = "<b class=evil>.h5"
    record["version"] = record["revision"] = evil
    for name in ("gradient", "batch-size"):
        record["options"][name]["origin"] = evil
    record["options"]["gradient"]["value"] = evil
    record["options"][evil] = {"value": evil, "origin": "default"}
    for event in record["events"]:
        event.update(event=evil, time=evil, ranks=2, hosts=[evil, evil])
    write_record(run, record)


def copy_with(run, arrays, **attributes):
    """Copies the run `one`, with other parameters in its last checkpoint."""
    import h5py
    from user_block import USER_BLOCK_BYTES, renew

    shutil.copytree("one", run)
    path = f"{run}/checkpoints/iteration-0000900.h5"
    with h5py.File(path, "w", userblock_size=USER_BLOCK_BYTES) as file:
        for name, values in arrays.items():
            file[f"parameters/{name}"] = values
        file["parameters"].attrs.update(attributes)
    renew(path)


def others():
    rng, widths = np.random.default_rng(4), (784, 30, 20, 10)
    arrays = {f"{kind}{n}": rng.normal(size=shape) / np.sqrt(below)
              for n, (below, above) in enumerate(zip(widths, widths[1:]), 1)
              for kind, shape in (("W", (below, above)), ("b", above))}
    copy_with("deep", arrays, activation=np.bytes_("tanh"))
    copy_with("model", {"theta": np.ones(1234)})
    record = read_record("deep")
    for name, value in (("hidden", "30,20"), ("activation", "tanh"), ("init-std", "xavier")):
        record["options"][name] = {"value": value, "origin": "command line"}
    write_record("deep", record)
    x, t = read_split(os.environ["MNIST_FILE"], "test")
    print(f"{(probabilities(arrays, x, 'tanh').argmax(axis=1) != t).sum():,} of 10,000 rows")


def frame(path, width, *expressions):
    with open(path) as file:
        page = file.read()
    script = f"<script>parent.document.title = [{', '.join(expressions)}].join(' ');</script>"
    shown = html.escape(page.replace("</body>", script + "</body>"))
    with open("shown.html", "w") as file:
        file.write(f'<title></title><iframe width="{width}" height="900" srcdoc="{shown}"></iframe>')


globals()[sys.argv[1]](*sys.argv[2:])
