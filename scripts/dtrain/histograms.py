# SPDX-License-Identifier: MIT
"""Draws how the activations of a network's hidden layers are distributed: the book's figure of the
initial weights, a panel for each layer, and a row for each network."""
import matplotlib.pyplot as plt
import numpy as np

BINS = 40
# The range of each activation; that of relu follows from the activations themselves.
RANGES = {"sigmoid": (0, 1), "tanh": (-1, 1)}
# For relu, a few large ones are left out, as all others would be near the edge.
SHOWN = 0.999
PANEL_WIDTH, ROW_HEIGHT, WIDTH_MAX = 2.6, 1.7, 10.8


def hidden_activations(network, inputs):
    """The activations of each hidden layer, (N, H)."""
    *hidden, _ = network.activations(inputs)
    return hidden


def range_of(activation, layers):
    """The range is the same for all layers of a row, so that they can be compared."""
    if activation in RANGES:
        return RANGES[activation]
    return 0, max(np.quantile(z, SHOWN) for z in layers) or 1


def draw_panel(axes, z, activation, limits):
    """The zeros of relu are shown as a number: as a bar, they would hide the others."""
    values = z.reshape(-1)
    if activation == "relu":
        axes.text(0.96, 0.94, f"{100 * (values == 0).mean():.0f} % are 0", transform=axes.transAxes,
                  ha="right", va="top", fontsize="small")
        values = values[values > 0]
    axes.hist(values, BINS, limits, color="tab:blue")
    axes.set_xlim(limits)
    axes.set_yticks([])
    axes.tick_params(axis="x", labelsize="small")


def activation_figure(networks, inputs):
    """`networks` have the same widths: pairs of the row's name and the Network."""
    count = len(networks[0][1].layers) - 1
    size = min(PANEL_WIDTH * count + 0.4, WIDTH_MAX), ROW_HEIGHT * len(networks) + 0.3
    figure, panels = plt.subplots(len(networks), count, figsize=size, squeeze=False,
                                  layout="constrained")
    for row, (name, network) in zip(panels, networks):
        layers = hidden_activations(network, inputs)
        limits = range_of(network.activation, layers)
        for axes, z in zip(row, layers):
            draw_panel(axes, z, network.activation, limits)
        row[0].set_ylabel(name)
    for n, axes in enumerate(panels[0], 1):
        axes.set_title(f"hidden layer {n}" if count <= 4 else f"layer {n}", fontsize="medium")
    return figure
