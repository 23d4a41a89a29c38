# SPDX-License-Identifier: MIT
"""Figures of matplotlib: the loss, the accuracies and the norms over the iterations or epochs of runs."""
import matplotlib.pyplot as plt
import numpy as np

TRAIN_COLOR, HELD_OUT_COLOR = "tab:blue", "tab:orange"
# The line and the marker of each split of the data.
STYLES = {"train": ("-", "o"), "validation": (":", "^"), "test": ("--", "s")}
# Letters of a run's name in a legend.
NAME_LETTERS = 32
# The lower panel of the accuracies leaves out the first steep part of the curves.
ZOOM_FROM = 0.2
# Inches.
NORM_SIZE = (5.4, 2.6)
TENSORS_IN_COLUMN = 8
# matplotlib's C0 to C9.
COLORS = 10


def plain(text):
    """A path as matplotlib shows it: without formulas, and not hidden from the legend."""
    return ("./" if text.startswith("_") else "") + text.replace("$", r"\$")


def label_of(run):
    """The run's name; only the end of a long path."""
    name = run.name
    return plain(name if len(name) <= NAME_LETTERS else "\u2026" + name[1 - NAME_LETTERS:])


def window_of(run):
    """The length of a run's running mean: a hundredth of the run, but at least 10 iterations."""
    return min(max(10, len(run.losses) // 100), len(run.losses))


def running_mean(values, window):
    """Of the values that are there; NaN where a window has none."""
    known = ~np.isnan(values)
    sums, counts = (np.cumsum(np.insert(terms, 0, 0.0)) for terms in (np.where(known, values, 0), known * 1.0))
    count = counts[window:] - counts[:-window]
    return np.divide(sums[window:] - sums[:-window], count, out=np.full(len(count), np.nan), where=count > 0)


def draw_losses(axes, run, color, several, label):
    """The loss of each iteration, thin, and the running mean."""
    window = window_of(run)
    iterations = np.array([line["iteration"] for line in run.losses])
    losses = np.array([line["loss"] for line in run.losses], float)
    axes.plot(iterations, losses, color=color, alpha=0.15 if several else 0.25, linewidth=0.5,
              label=None if several else "each iteration")
    # Means lie above the thin lines of all runs.
    axes.plot(iterations[window - 1:], running_mean(losses, window), color=color, linewidth=1.8,
              zorder=3, label=label)


def draw_loss(axes, runs):
    """The window of the running means is stated once if it is the same for all runs."""
    several, windows = len(runs) > 1, {window_of(run) for run in runs if run.losses}
    title = None
    if several and len(windows) == 1:
        title = f"running mean of {max(windows):,} iterations"
    for at, run in enumerate(runs):
        if not run.losses:
            continue
        words = [label_of(run)] if several else []
        if not title:
            words.append(f"running mean of {window_of(run):,} iterations")
        draw_losses(axes, run, f"C{at}", several, ", ".join(words))
    axes.set_xlabel("iteration")
    axes.set_ylabel("loss of the mini-batch")
    # A model's loss may be negative.
    if min((line["loss"] for run in runs for line in run.losses if line["loss"] is not None), default=0) >= 0:
        axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    if windows:
        axes.legend(loc="upper right", title=title)


def measured(run, split):
    """The accuracies in percent, or R2, of the evaluations."""
    values = [line[f"{split}_{run.measure}"] for line in run.evaluations]
    return [np.nan if value is None else value * (1 if run.predicts_numbers else 100) for value in values]


def zoomed_limits(runs):
    """From the lowest to the highest value, without the start of the runs."""
    values = [value for run in runs for split in run.splits
              for line, value in zip(run.evaluations, measured(run, split))
              if line["iteration"] >= ZOOM_FROM * run.evaluations[-1]["iteration"] and np.isfinite(value)]
    least = 5e-4 if runs[0].predicts_numbers else 0.05
    low, high = min(values, default=0), max(values, default=1)
    margin = max(0.05 * (high - low), least)
    return low - margin, high + margin


def draw_accuracies(axes, runs):
    """For one run, each split has a color; for several, each run."""
    several = len(runs) > 1
    for at, run in enumerate(runs):
        epochs = [line["iteration"] / run.epoch_iterations() for line in run.evaluations]
        for split, color in zip(run.splits, (TRAIN_COLOR, HELD_OUT_COLOR)):
            style, marker = STYLES[split]
            axes.plot(epochs, measured(run, split), style, marker=marker,
                      markersize=3.0 if several else 3.5, linewidth=1.1 if several else 1.5,
                      color=f"C{at}" if several else color, label=f"{split} set")


def add_legend_of_runs(axes, runs):
    """A line for the color of each run and one for the style of each split, beside the curves."""
    shown = [plt.Line2D([], [], color=f"C{at}", linewidth=3, label=label_of(run))
             for at, run in enumerate(runs)]
    for split, (style, marker) in STYLES.items():
        if any(split in run.splits for run in runs):
            shown.append(plt.Line2D([], [], linestyle=style, marker=marker, markersize=3.0,
                                linewidth=1.1, color="gray", label=f"{split} set"))
    axes.legend(handles=shown, loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0)


def draw_accuracy(whole, zoomed, runs):
    """Two panels above each other: from 0 to 100 %, or R2 from 0 to 1, and where the splits differ."""
    for axes in (whole, zoomed):
        draw_accuracies(axes, runs)
        axes.set_ylabel("R2" if runs[0].predicts_numbers else "accuracy, %")
        axes.grid(alpha=0.3)
    whole.set_ylim(0, 1 if runs[0].predicts_numbers else 100)
    zoomed.set_ylim(*zoomed_limits(runs))
    zoomed.set_xlabel("epoch")
    zoomed.text(0.01, 0.97, "enlarged", transform=zoomed.transAxes, va="top", color="gray")
    zoomed.xaxis.get_major_locator().set_params(integer=True)
    if len(runs) > 1:
        add_legend_of_runs(zoomed, runs)
    else:
        zoomed.legend(loc="best" if runs[0].predicts_numbers else "lower right")


def loss_figure(runs, size):
    figure, axes = plt.subplots(figsize=size, layout="constrained")
    draw_loss(axes, runs)
    return figure


def accuracy_figure(runs, size):
    figure, panels = plt.subplots(2, 1, figsize=size, sharex=True, layout="constrained",
                                  height_ratios=(2, 3))
    draw_accuracy(*panels, runs)
    return figure


def predictions_figure(true, predicted, names, size):
    """The predicted numbers (N, M) against the true ones, a color for each of the first ten."""
    figure, axes = plt.subplots(figsize=size, layout="constrained")
    for m in range(min(true.shape[1], COLORS)):
        axes.plot(true[:, m], predicted[:, m], ".", markersize=3, alpha=0.5, color=f"C{m}",
                  label=plain(names[m]) if true.shape[1] > 1 else None)
    low, high = (f(true[:, :COLORS]) for f in (np.min, np.max))
    axes.plot([low, high], [low, high], color="gray", linewidth=1)
    what = f" {plain(names[0])}" if true.shape[1] == 1 else ""
    axes.set_xlabel(f"true{what}")
    axes.set_ylabel(f"predicted{what}")
    axes.grid(alpha=0.3)
    if true.shape[1] > 1:
        axes.legend(fontsize="small")
    return figure


def empty_figure(label):
    figure, axes = plt.subplots(figsize=NORM_SIZE, layout="constrained")
    axes.set_xlabel("iteration")
    axes.set_ylabel(label)
    axes.grid(alpha=0.3)
    return figure, axes


def gradient_norm_figure(lines):
    """For evaluations that have norms; the first may have no gradient."""
    figure, axes = empty_figure("norm of the gradient")
    known = [line for line in lines if line["gradient_norm"] is not None]
    axes.plot([line["iteration"] for line in known], [line["gradient_norm"] for line in known], "o-",
              markersize=3)
    axes.set_ylim(bottom=0)
    return figure


def weight_norms_figure(lines):
    """A color for each layer; of its two tensors, the biases are dashed."""
    figure, axes = empty_figure("norm of the weights")
    names = list(lines[-1]["weight_norms"])
    for at, name in enumerate(names):
        known = [line for line in lines if name in line["weight_norms"]]
        axes.plot([line["iteration"] for line in known],
                  [line["weight_norms"][name] for line in known],
                  "--" if name.startswith("b") else "-", marker=".", markersize=3,
                  color=f"C{at // 2}", label=name)
    axes.set_ylim(bottom=0)
    axes.legend(fontsize="small", ncol=1 + (len(names) - 1) // TENSORS_IN_COLUMN)
    return figure
