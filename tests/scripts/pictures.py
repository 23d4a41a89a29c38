# SPDX-License-Identifier: MIT
"""Python of pictures.sh.

    pictures.py columns             the CSV of the run `held` has the numbers of its metrics
    pictures.py norms               curves of norms show the numbers of the metrics
    pictures.py histograms          histograms of activations count what NumPy counts
    pictures.py evil                copies the run `one`, with HTML in its name and in all that run.json says
    pictures.py others              writes `deep`, a run of three layers, and `model`, of a model; prints how
                                    many rows `deep` gets wrong
    pictures.py pond            writes `pond`, a run without data of a model whose evaluations may fail
    pictures.py evaluations     its figures and counts show the numbers of its files
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


# Written by hand: what a run of such a model leaves behind.
POND_PARAMETERS = [{"name": "inflow", "initial": 1.0, "lower": 0.0, "upper": 5.0, "scale": 1.0, "step": 1e-4},
                   {"name": "<b class=evil>$x^2$", "initial": 0.5, "lower": None, "upper": 0.55, "scale": 1.0,
                    "step": 1e-4}]
POND_LOSSES = [-0.5, None, 0.25, *(1 / n for n in range(4, 31))]


def write_lines(path, lines):
    with open(path, "w") as file:
        for line in lines:
            file.write(json.dumps(line) + "\n")


def pond_theta(iteration):
    return {"inflow": 1 + 0.01 * iteration, POND_PARAMETERS[1]["name"]: 0.5 + 0.001 * iteration}


def pond_evaluation(iteration):
    return {"iteration": iteration, "epoch": iteration, "gradient_norm": None if iteration == 0 else 0.5,
            "weight_norms": {"theta": 1.2}, "theta": pond_theta(iteration)}


def pond_failure(iteration, parameter, cause, lost):
    side = {} if parameter is None else {"parameter": parameter, "side": "+"}
    return {"iteration": iteration, "evaluation": 17, **side, "row": 5, "cause": cause, "attempts": 2, "lost": lost}


def pond_timing(iteration, times):
    phases = {phase: {"minimum": 1, "mean": 1, "maximum": 1}
              for phase in ("compute", "reduction", "waiting", "evaluation", "checkpoint")}
    return {"iteration": iteration, **phases} | ({"evaluations": times} if times else {})


def pond_times(iteration, sum_of_seconds, busy, longest, histogram):
    named = [{"iteration": iteration, "evaluation": 10 * n, **side, "row": n, "seconds": seconds}
             for n, (seconds, side) in enumerate(longest)]
    return {"count": sum(count for _, count in histogram), "retried": 2, "lost": 1,
            "seconds": {"median": 0.1, "p90": 0.2, "longest": longest[0][0], "sum": sum_of_seconds}, "busy": busy,
            "ideal": 0.9, "longest": named, "histogram": histogram}


def pond():
    copy_with("pond", {"theta": np.array(list(pond_theta(30).values()))})
    evil = {"parameter": POND_PARAMETERS[1]["name"], "side": "-"}
    record = read_record("pond")
    record.update(dataset=None, model={"name": "pond", "residuals": 0, "parameters": POND_PARAMETERS})
    record["options"]["replicates"] = {"value": "3", "origin": "command line"}
    write_record("pond", record)
    lines = [pond_evaluation(0)]
    for iteration, loss in enumerate(POND_LOSSES, 1):
        lines.append({"iteration": iteration, "loss": loss} | ({"failures": 2} if iteration == 2 else {}))
        if iteration % 10 == 0:
            lines.append(pond_evaluation(iteration))
    write_lines("pond/metrics.jsonl", lines)
    write_lines("pond/failures.jsonl", [
        pond_failure(2, "inflow", "failed", True), pond_failure(2, None, "not finite", True),
        pond_failure(3, evil["parameter"], "failed", False), pond_failure(9, "inflow", "failed", False)])
    write_lines("pond/timing.jsonl", [
        pond_timing(0, None),
        pond_timing(10, pond_times(7, 30.0, 0.5, [(0.9, evil), (0.3, {}), (0.2, {}), (0.1, {})], [[-4, 5], [-1, 2]])),
        pond_timing(20, pond_times(17, 10.0, 1.0, [(0.5, {}), (0.04, {})], [[-6, 1], [-4, 20]]))])


def evaluations():
    from dtrain import Run, evaluations, figures

    run = Run("pond")
    assert (run.splits, run.held_out, run.measure, run.test, run.data) == ([], None, None, None, {})
    assert [line["loss"] for line in run.losses] == POND_LOSSES
    assert [line["iteration"] for line in run.evaluations] == [0, 10, 20, 30]
    name = POND_PARAMETERS[1]["name"]
    assert run.theta() == {key: [(t, pond_theta(t)[key]) for t in (0, 10, 20, 30)] for key in ("inflow", name)}
    first, second = evaluations.theta_figure(run.theta(), run.parameters).axes[:2]
    assert second.lines[0].get_ydata().tolist() == [pond_theta(t)[name] for t in (0, 10, 20, 30)]
    # The bounds 0 and 5 are too far from the curve, which would be flat. That of the other is in the picture.
    assert len(first.lines) == 1 and first.get_ylim()[1] < 1.5
    assert [line.get_ydata()[0] for line in second.lines[1:]] == [0.55] and second.get_ylim()[1] > 0.55
    assert evaluations.count_failures(run.failures()) == [
        ("inflow", "failed", 2, 1), ("", "not finite", 1, 1), (name, "failed", 1, 0)]
    assert run.failures() != Run("one").failures() == None
    times = run.evaluation_times()
    assert evaluations.counts_by_octave(times) == {-6: 1, -5: 0, -4: 25, -3: 0, -2: 0, -1: 2}
    bars = evaluations.times_figure(evaluations.counts_by_octave(times)).axes[0].patches
    assert [(bar.get_x(), bar.get_height()) for bar in bars] == [(-6, 1), (-5, 0), (-4, 25), (-3, 0), (-2, 0), (-1, 2)]
    assert [one["seconds"] for one in evaluations.longest(times)] == [0.9, 0.5, 0.3, 0.2, 0.1]
    # 40 s of 60 + 10.
    assert abs(evaluations.overall(times, "busy") - 40 / 70) < 1e-12
    assert [evaluations.in_seconds(x) for x in (90, 0.36, 2e-6, 3e-9)] == ["90 s", "360 ms", "2 \u00b5s", "3 ns"]
    # Null losses leave gaps, and the means are of the others.
    thin, mean = figures.loss_figure([run], (5, 4)).axes[0].lines
    assert np.isnan(thin.get_ydata()[1]) and np.isfinite(np.delete(thin.get_ydata(), 1)).all()
    wanted = [np.nanmean(np.array(POND_LOSSES[at:at + 10], float)) for at in range(21)]
    assert np.allclose(mean.get_ydata(), wanted, rtol=1e-12)
    assert figures.loss_figure([run], (5, 4)).axes[0].get_ylim()[0] < -0.5
    assert np.isnan(figures.running_mean(np.array([1, np.nan, np.nan]), 2)).tolist() == [False, True]


def frame(path, width, *expressions):
    with open(path) as file:
        page = file.read()
    script = f"<script>parent.document.title = [{', '.join(expressions)}].join(' ');</script>"
    shown = html.escape(page.replace("</body>", script + "</body>"))
    with open("shown.html", "w") as file:
        file.write(f'<title></title><iframe width="{width}" height="900" srcdoc="{shown}"></iframe>')


globals()[sys.argv[1]](*sys.argv[2:])
