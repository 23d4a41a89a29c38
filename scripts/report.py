#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes one HTML page about a run, with all its pictures inside it: nothing is loaded from
anywhere.

    report.py RUN [-o FILE]

By default FILE is RUN/report.html. The run's dataset and newest checkpoint must be there.
"""
import argparse
import base64
import html
import io
from pathlib import Path

from runs import Run, predict  # before matplotlib.pyplot: it chooses how to draw
from plot import draw_accuracy, draw_loss

import matplotlib.pyplot as plt
import numpy as np

PHASES = (("compute", "tab:blue"), ("reduction", "tab:orange"), ("waiting", "lightgray"),
          ("evaluation", "tab:green"), ("checkpoint", "tab:purple"))
WRONG_SHOWN, UNITS_SHOWN, CLASSES_SHOWN = 24, 100, 20

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 60rem; margin: 2rem auto;
       padding: 0 1rem; }
h1 { font-size: 1.7rem; margin-bottom: 0; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { padding: .15rem .6rem; text-align: right; font-weight: normal; }
th, .left { text-align: left; color: #555; } .left { color: inherit; }
.confusion td { min-width: 2.6rem; text-align: center; border: 1px solid #eee; }
.confusion th { text-align: center; }
.figures { display: flex; gap: 2rem; margin: 1.5rem 0; flex-wrap: wrap; }
.figures div { min-width: 8rem; } .figures b { display: block; font-size: 1.7rem; }
img { max-width: 100%; height: auto; } code { background: #f4f4f4; padding: 0 .2rem; }
.changed { font-weight: bold; } .note { color: #555; }
"""


def picture(figure, text):
    """The figure as an image inside the page."""
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=130)
    plt.close(figure)
    code = base64.b64encode(data.getvalue()).decode()
    return f'<img alt="{html.escape(text)}" src="data:image/png;base64,{code}">'


def curves(run):
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6))
    draw_loss(left, [run])
    draw_accuracy(right, [run])
    figure.tight_layout()
    return picture(figure, "loss over iterations, accuracy over epochs")


def seconds_by_phase(line):
    """The mean over the ranks; a rank that is not the last to come to a reduction waits there."""
    reduction = line["reduction"]
    return {"compute": line["compute"]["mean"], "reduction": reduction["minimum"],
            "waiting": reduction["mean"] - reduction["minimum"],
            "evaluation": line["evaluation"]["mean"], "checkpoint": line["checkpoint"]["mean"]}


def timing(run):
    blocks = [seconds_by_phase(line) for line in run.timing]
    at = np.array([line["iteration"] for line in run.timing])
    width = 0.8 * (np.min(np.diff(at)) if len(at) > 1 else 1)
    figure, axes = plt.subplots(figsize=(10, 2.8))
    bottom = np.zeros(len(at))
    total = sum(sum(block.values()) for block in blocks)
    for phase, color in PHASES:
        seconds = np.array([block[phase] for block in blocks])
        share = 100 * seconds.sum() / total if total else 0
        axes.bar(at, seconds, width, bottom, color=color, label=f"{phase}, {share:.0f} %")
        bottom += seconds
    axes.set_xlabel("iteration")
    axes.set_ylabel("seconds since the\nevaluation before")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    figure.tight_layout()
    return picture(figure, "seconds by phase")


def confusion(labels, predicted, classes):
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (labels, predicted), 1)
    wrong = counts - np.diag(np.diag(counts))
    lines = ['<table class="confusion"><tr><th></th>']
    lines += [f"<th>{k}</th>" for k in range(classes)] + ["<th>recall</th></tr>"]
    for k, row in enumerate(counts):
        lines.append(f"<tr><th>{k}</th>")
        for j, count in enumerate(row):
            shade = count / row.sum() if j == k and row.sum() else count / max(1, wrong.max())
            color = "60,120,200" if j == k else "220,70,50"
            lines.append(f'<td style="background:rgba({color},{0.75 * shade:.2f})">{count}</td>')
        lines.append(f"<td>{100 * row[k] / max(1, row.sum()):.1f} %</td></tr>")
    return "".join(lines + ["</table>"])


def images_grid(images, titles, columns, colors):
    rows = -(-len(images) // columns)
    figure, grid = plt.subplots(rows, columns, figsize=(10, 10 / columns * rows * (1.3 if titles else 1)),
                                squeeze=False)
    limit = None if colors == "gray_r" else np.abs(images).max()
    for axes, at in zip(grid.flat, range(rows * columns)):
        axes.axis("off")
        if at < len(images):
            axes.imshow(images[at], cmap=colors, vmin=-limit if limit else None, vmax=limit)
            if titles:
                axes.set_title(titles[at], fontsize=8)
    figure.tight_layout(pad=0.4)
    return figure


def wrong_section(images, labels, predicted, probabilities):
    """The mistakes the network was surest of."""
    wrong = np.flatnonzero(predicted != labels)
    certainty = probabilities[wrong, predicted[wrong]]
    worst = wrong[np.argsort(-certainty, kind="stable")[:WRONG_SHOWN]]
    if len(worst) == 0 or images.ndim != 3:
        return ""
    titles = [f"row {row}: {labels[row]}\ntaken for {predicted[row]}, "
              f"{100 * probabilities[row, predicted[row]]:.1f} %" for row in worst]
    figure = images_grid(images[worst], titles, 6, "gray_r")
    return ("<h2>Most confidently wrong</h2>" + picture(figure, "test images the network got wrong")
            + f'<p class="note">{len(wrong)} of {len(labels)} test images are taken for another '
              "class.</p>")


def units_section(W1, images):
    """A hidden unit's weights, laid out as the image they look at."""
    if images.ndim != 3:
        return ""
    units = W1.T[:UNITS_SHOWN].reshape(-1, *images.shape[1:])
    figure = images_grid(units, None, 10, "RdBu_r")
    return ("<h2>What the hidden units look for</h2>" + picture(figure, "weights of the hidden units")
            + '<p class="note">W1 by hidden unit: red raises its activation, blue lowers it.</p>')


def settings(run):
    lines = ["<table>"]
    for name, option in run.record["options"].items():
        mark = "" if option["origin"] == "default" else ' class="changed"'
        lines.append(f"<tr{mark}><th>--{name}</th>"
                     f'<td class="left">{html.escape(option["value"]) or "&ndash;"}</td>'
                     f'<td class="left">{option["origin"]}</td></tr>')
    return "".join(lines + ["</table>"])


def course(run):
    lines = ["<table>"]
    for event in run.record["events"]:
        hosts = event.get("hosts", [])
        where = f"{event['ranks']} ranks on {', '.join(dict.fromkeys(hosts))}" if hosts else ""
        lines.append(f'<tr><th>{event["time"]}</th><td class="left">{event["event"]}</td>'
                     f'<td>iteration {event["iteration"]}</td><td class="left">{html.escape(where)}</td></tr>')
    for path in run.checkpoints():
        lines.append(f'<tr><th>checkpoint</th><td class="left" colspan="3"><code>{html.escape(str(path))}'
                     f"</code>, {path.stat().st_size / 1024:.0f} KB</td></tr>")
    return "".join(lines + ["</table>"])


def headline(run):
    last = run.evaluations[-1]
    numbers = [(f"{100 * last['test_accuracy']:.2f} %", "test accuracy"),
               (f"{last['test_loss']:.4f}", "test loss"),
               (f"{100 * last['train_accuracy']:.2f} %", "training accuracy"),
               (f"{last['iteration']:,}", "iterations")]
    return ('<div class="figures">'
            + "".join(f"<div><b>{number}</b>{what}</div>" for number, what in numbers) + "</div>")


def page(run):
    weights = run.weights()
    images, inputs, labels = run.test_set()
    probabilities = predict(weights, inputs)
    predicted = probabilities.argmax(axis=1)
    classes = len(weights[3])
    data = run.record["dataset"]
    title = f"dtrain: {run.name}"
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        f'<p class="note">{data["inputs"]}-{len(weights[1])}-{classes}, '
        f'{run.option("gradient")} gradients, batches of {run.option("batch-size")}, '
        f'{data["train_rows"]:,} + {data["test_rows"]:,} rows of {html.escape(Path(data["path"]).name)}; '
        f'dtrain {run.record["version"]} ({run.record["revision"]}) on {run.record["ranks"]} ranks</p>',
        headline(run), "<h2>Training</h2>", curves(run),
        "<h2>Where the time went</h2>", timing(run)]
    if classes <= CLASSES_SHOWN:
        parts += ["<h2>Confusion matrix</h2>",
                  '<p class="note">Test images: true class down, predicted class across.</p>',
                  confusion(labels, predicted, classes)]
    parts += [wrong_section(images, labels, predicted, probabilities),
              units_section(weights[0], images), "<h2>Settings</h2>", settings(run),
              "<h2>Course and checkpoints</h2>", course(run)]
    return (f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}'
            f"</title><style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", metavar="RUN")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    run = Run(arguments.run)
    output = arguments.output or run.folder / "report.html"
    output.write_text(page(run), encoding="utf-8")
    print(output)


if __name__ == "__main__":
    main()
