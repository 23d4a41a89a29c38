# SPDX-License-Identifier: MIT
"""Draws the norms of the gradient and of the weights over the iterations of a run."""
from drawing import plt

SIZE = (5.4, 2.6)
TENSORS_IN_COLUMN = 8


def empty_figure(label):
    figure, axes = plt.subplots(figsize=SIZE, layout="constrained")
    axes.set_xlabel("iteration")
    axes.set_ylabel(label)
    axes.grid(alpha=0.3)
    return figure, axes


def gradient_norm_figure(lines):
    """Of evaluations that have norms, of which the first may have no gradient."""
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
