#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes one HTML page about a run, with all its pictures inside it: nothing is loaded from
anywhere.

RUN is a run directory, whose newest intact checkpoint is taken for the network's mistakes, or a
checkpoint in one. By default FILE is report.html in the run directory. Sections that need the run's
dataset are left out if it is not there.
"""
import base64
import html
import io
from pathlib import Path

from dtrain.command import load_matplotlib, parser, run, start

start()
load_matplotlib()
import matplotlib.pyplot as plt
import numpy as np

from dtrain import evaluations, outputs, weights
from dtrain.beginning import first_network
from dtrain.failure import Failure, describe, tell
from dtrain.figures import (accuracy_figure, gradient_norm_figure, loss_figure, predictions_figure,
                            weight_norms_figure)
from dtrain.histograms import activation_figure
from dtrain.predictions import read_rows_of, split_to_show
from dtrain.run import OVER_RANKS, Run, best_checkpoint, checkpoints, has_norms, has_shape

# The names are those that dtrain prints when a run is finished.
PHASES = {"compute": "#3b76af", "reduction": "#ee8636", "waiting for other ranks": "#c9c9c9",
          "evaluation": "#529e3e", "checkpoints": "#8d69b8"}
STYLE = Path(__file__).with_name("report.css")
HEAD = '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
START = {"ranks": int, "hosts": [str]}
FIGURE_SIZE = (5.4, 3.7)
# The size of a figure that keeps it.
PIXELS_AN_INCH = 88
# How the page calls the splits of the data.
NAMES = {"train": "training", "validation": "validation", "test": "test"}
MISTAKES_SHOWN, UNITS_SHOWN, UNITS_ACROSS, CLASSES_SHOWN = 24, 100, 10, 20
ROWS_OF_HISTOGRAMS = 1000


def escape(value):
    return html.escape(str(value))


def picture(png, text, kind="", attributes=""):
    """A PNG as an image inside the page."""
    code = base64.b64encode(png).decode()
    return f'<img class="{kind}" alt="{escape(text)}"{attributes} src="data:image/png;base64,{code}">'


def drawing(figure, text, attributes=""):
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=160)
    plt.close(figure)
    return picture(data.getvalue(), text, attributes=attributes)


def pixels(values, text, kind="", **colors):
    """An array as an image, one pixel for each element."""
    data = io.BytesIO()
    plt.imsave(data, values, format="png", **colors)
    return picture(data.getvalue(), text, kind)


def table(rows, kind=""):
    """Rows are HTML. A table that is too wide scrolls in a box of its own."""
    return f'<div class="scroll"><table class="{kind}">{"".join(rows)}</table></div>'


def boxes(run, line, split):
    """The numbers of a split in the headline, and what they are."""
    if f"{split}_rmse" in line:
        r2 = line[f"{split}_r2"]
        return [(f"{run.rmse(line, split):.4g}", f"{NAMES[split]} RMSE"),
                ("&ndash;" if r2 is None else f"{r2:.4f}", f"{NAMES[split]} R2")]
    loss = (f"{line[f'{split}_loss']:.4f}", f"{NAMES[split]} loss")
    if not run.measure:
        return [loss]
    return [(f"{100 * line[f'{split}_accuracy']:.2f} %", f"{NAMES[split]} accuracy"), loss]


def loss_box(run):
    """Of a run without data, whose loss is all that is known of it."""
    loss = run.losses[-1]["loss"] if run.losses else None
    return [(number(loss), "loss")]


def headline(run):
    """With validation rows, the score on the test set is known at the end of the run only."""
    last = run.evaluations[-1]
    if not run.splits:
        numbers = loss_box(run)
    else:
        numbers = boxes(run, run.test, "test") if run.test else boxes(run, last, run.held_out)
    if run.validation_rows:
        shown, what = boxes(run, run.best(), "validation")[0]
        numbers.append((shown, f"best {what}"))
    if len(run.splits) > 1:
        numbers += boxes(run, last, "train")
    numbers.append((f"{last['iteration']:,}", "iterations"))
    return ('<div class="numbers">'
            + "".join(f"<div><b>{number}</b>{what}</div>" for number, what in numbers) + "</div>")


def curves(run):
    width = "" if run.measure else f' width="{round(PIXELS_AN_INCH * FIGURE_SIZE[0])}"'
    loss = drawing(loss_figure([run], FIGURE_SIZE), "loss of the mini-batch over the iterations", width)
    if not run.measure:
        return loss
    sets = " and ".join(NAMES[split] for split in run.splits)
    return ('<div class="pair">' + loss
            + drawing(accuracy_figure([run], FIGURE_SIZE),
                      f"{'R2' if run.predicts_numbers else 'accuracy'} on {sets} set over the epochs")
            + "</div>")


def validation(run):
    """What the validation rows were for."""
    if not run.validation_rows:
        return ""
    best, path = run.best(), best_checkpoint(run.folder)
    # A model that predicts no classes is judged by its loss.
    score = (f"accuracy, {100 * best['validation_accuracy']:.2f} %," if best.get("validation_accuracy", 0) > 0
             else f"loss, {best['validation_loss']:.4f},")
    text = (f"{run.validation_rows:,} of the training rows were held out for validation. Their best "
            f"{score} is that of iteration {best['iteration']:,}.")
    if path.exists():
        text += f" Its weights are in <code>{escape(path)}</code>."
    if run.reason_of_end():
        text += f" <code>{escape(run.reason_of_end())}</code> ended the run."
    return f'<p class="note">{text}</p>'


def norms(run):
    """Older runs have no norms."""
    lines = [line for line in run.evaluations if has_norms(line)]
    if not lines:
        return ""
    return ('<h2>Gradient and weights</h2><div class="pair">'
            + drawing(gradient_norm_figure(lines), "norm of the gradient over the iterations")
            + drawing(weight_norms_figure(lines), "norms of the weights over the iterations")
            + '</div><p class="note">Euclidean norms: of the gradient of the mini-batch, and of each '
            "array of weights.</p>")


def number(value):
    return "&ndash;" if value is None else f"{value:.6g}"


def counted(count, what):
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def theta(run):
    """The parameters of a model that has few of them."""
    course, parameters = run.theta(), run.parameters
    if not course:
        return ""
    bounds = {parameter["name"]: (parameter["lower"], parameter["upper"]) for parameter in parameters}
    rows = ["<tr><th>parameter</th><th>first</th><th>last</th><th>lower bound</th><th>upper bound</th></tr>"]
    for name, points in course.items():
        cells = points[0][1], points[-1][1], *bounds.get(name, (None, None))
        rows.append(f"<tr><th>{escape(name)}</th>"
                    + "".join(f'<td class="number">{number(cell)}</td>' for cell in cells) + "</tr>")
    figure = evaluations.theta_figure(course, parameters)
    width = round(PIXELS_AN_INCH * figure.get_figwidth())
    return ('<h2>Parameters</h2><p class="note">At every evaluation. Bounds are dashed, where they are near.</p>'
            + drawing(figure, "parameters over the iterations", f' width="{width}"') + table(rows))


def failures(run):
    """The evaluations that failed, by parameter and cause."""
    lines = run.failures()
    if lines is None:
        return ""
    if not lines:
        return '<h2>Failures</h2><p class="note">No evaluation failed.</p>'
    counts = evaluations.count_failures(lines)
    rows = ["<tr><th>parameter</th><th>cause</th><th>evaluations</th><th>lost</th></tr>"]
    for name, cause, count, lost in counts[:CLASSES_SHOWN]:
        rows.append(f'<tr><th>{escape(name) or "none: the loss of a row"}</th><td>{escape(cause)}</td>'
                    f'<td class="number">{count:,}</td><td class="number">{lost:,}</td></tr>')
    iterations = len({line["iteration"] for line in lines})
    text = f"{counted(len(lines), 'evaluation')} failed, in {counted(iterations, 'iteration')}."
    if len(counts) > CLASSES_SHOWN:
        text += f" These are the {CLASSES_SHOWN} most frequent of {len(counts):,} pairs of parameter and cause."
    missing = sum(line["loss"] is None for line in run.losses)
    if missing:
        text += f" The loss of {counted(missing, 'iteration')} is missing, as no evaluation of it succeeded."
    return f'<h2>Failures</h2><p class="note">{text} Lost are those that have no value in the end.</p>{table(rows)}'


def evaluation_times(run):
    """How long the evaluations of a model took."""
    lines = run.evaluation_times()
    counts = evaluations.counts_by_octave(lines)
    if not counts:
        return ""
    rows = ["<tr><th>longest</th><th>iteration</th><th>evaluation</th><th>row</th><th>parameter</th></tr>"]
    for one in evaluations.longest(lines):
        moved = f"{one['parameter']} {one.get('side', '')}" if "parameter" in one else "none"
        rows.append(f'<tr><th>{evaluations.in_seconds(one["seconds"])}</th>'
                    + "".join(f'<td class="number">{one[name]:,}</td>' for name in ("iteration", "evaluation", "row"))
                    + f'<td class="words">{escape(moved)}</td></tr>')
    done, retried, lost = (sum(line[name] for line in lines) for name in ("count", "retried", "lost"))
    text = (f"{counted(done, 'evaluation')} took {evaluations.in_seconds(sum(line['seconds']['sum'] for line in lines))} in "
            f"all; {retried:,} of them were tried again, and {lost:,} lost.")
    busy, ideal = (evaluations.overall(lines, share) for share in ("busy", "ideal"))
    if busy and ideal:
        text += f" The ranks were busy with them {100 * busy:.0f} % of the time, of {100 * ideal:.0f} % at best."
    return (f'<h2>Evaluations</h2><p class="note">{text}</p><div class="pair">'
            + drawing(evaluations.times_figure(counts), "how many evaluations took how long") + table(rows) + "</div>")


def seconds_by_phase(line):
    """Means over the ranks. Waiting is a part of the reduction."""
    reduction, waiting = line["reduction"], line.get("waiting")
    if has_shape(waiting, OVER_RANKS):
        waited = waiting["mean"]
    else:  # An older version of dtrain wrote the line. The last rank to come did not wait.
        waited = reduction["mean"] - reduction["minimum"]
    return {"compute": line["compute"]["mean"], "reduction": reduction["mean"] - waited,
            "waiting for other ranks": waited, "evaluation": line["evaluation"]["mean"],
            "checkpoints": line["checkpoint"]["mean"]}


def shares(blocks):
    """A bar and a table of what dtrain prints when a run is finished."""
    seconds = {phase: sum(block[phase] for block in blocks) for phase in PHASES}
    total = sum(seconds.values()) or 1
    bar = "".join(f'<span style="background:{color};width:{100 * seconds[phase] / total:.2f}%"></span>'
                  for phase, color in PHASES.items())
    rows = [f'<tr><td><span class="key" style="background:{color}"></span>{phase}</td>'
            f'<td class="number">{100 * seconds[phase] / total:.0f} %</td>'
            f'<td class="number">{seconds[phase]:.2f} s</td></tr>' for phase, color in PHASES.items()]
    return (f'<div><div class="bar">{bar}</div>{table(rows)}<p class="note">Means over the ranks, of '
            f"the {total:.1f} s in timing.jsonl. Where ranks share a core, one waits while others "
            "compute on it. The program&rsquo;s start is not recorded there; the summary at the end "
            "of a run counts it, too.</p></div>")


def timing(run):
    """The shares of time, and the time of an iteration in the course of the run."""
    blocks = [seconds_by_phase(line) for line in run.timing]
    ends = [line["iteration"] for line in run.timing]
    spans = [(begin, end - begin, block) for begin, end, block in zip(ends, ends[1:], blocks[1:])
             if end > begin]
    if not spans:
        return shares(blocks)
    begins, widths = (np.array([span[i] for span in spans]) for i in (0, 1))
    figure, axes = plt.subplots(figsize=FIGURE_SIZE, layout="constrained")
    bottom = np.zeros(len(spans))
    for phase, color in PHASES.items():
        height = 1e3 * np.array([block[phase] for _, _, block in spans]) / widths
        axes.bar(begins, height, widths, bottom, align="edge", color=color, edgecolor="white",
                 linewidth=0.5)
        bottom += height
    axes.set_xlabel("iteration")
    axes.set_ylabel("milliseconds an iteration")
    return ('<div class="pair">' + shares(blocks)
            + drawing(figure, "milliseconds an iteration, by phase") + "</div>")


def confusion(labels, predicted, names, split):
    if len(names) > CLASSES_SHOWN:
        return ""
    counts = np.zeros((len(names), len(names)), int)
    np.add.at(counts, (labels, predicted), 1)
    wrong = counts - np.diag(np.diag(counts))
    rows = ["<tr><th></th>" + "".join(f"<th>{escape(name)}</th>" for name in names) + "<th>recall</th></tr>"]
    for k, row in enumerate(counts):
        cells = [f"<tr><th>{escape(names[k])}</th>"]
        for j, count in enumerate(row):
            shade = count / max(1, row.sum() if j == k else wrong.max())
            color = "60,120,200" if j == k else "220,70,50"
            cells.append(f'<td style="background:rgba({color},{0.75 * shade:.2f})">{count}</td>')
        recall = f"{100 * row[k] / row.sum():.1f} %" if row.sum() else "&ndash;"
        rows.append("".join(cells) + f'<td class="number">{recall}</td></tr>')
    return (f'<h2>Confusion matrix</h2><p class="note">{NAMES[split].capitalize()} set: the true class down, the '
            "predicted class across.</p>" + table(rows, "confusion"))


def mistakes(images, labels, predicted, probabilities, names, split):
    """The mistakes of which the network was most certain."""
    wrong = np.flatnonzero(predicted != labels)
    certainty = probabilities[wrong, predicted[wrong]]
    worst = wrong[np.argsort(-certainty, kind="stable")[:MISTAKES_SHOWN]]
    shown = []
    for row in worst:
        text = (f"is {escape(names[labels[row]])}, predicted {escape(names[predicted[row]])} "
                f"({100 * probabilities[row, predicted[row]]:.0f} %)")
        image = pixels(images[row], f"{NAMES[split]} image {row}", cmap="gray_r") if images.ndim == 3 else ""
        shown.append(f'<figure>{image}<figcaption>{text}<br><span class="note">row {row}</span>'
                     "</figcaption></figure>")
    return ("<h2>Most confidently wrong</h2>"
            f'<p class="note">{len(wrong):,} of {len(labels):,} rows of the {NAMES[split]} set are predicted '
            f'wrongly; these most confidently.</p><div class="mistakes">{"".join(shown)}</div>')


def units(W1, images):
    """The weights of each hidden unit as an image like the inputs, with gaps between the units."""
    if images.ndim != 3:
        return ""
    tiles = W1.T[:UNITS_SHOWN].reshape(-1, *images.shape[1:])
    tiles = np.pad(tiles, ((0, -len(tiles) % UNITS_ACROSS), (1, 1), (1, 1)))
    rows = [np.hstack(tiles[at:at + UNITS_ACROSS]) for at in range(0, len(tiles), UNITS_ACROSS)]
    # Scaled to the largest weights, all others would be pale.
    limit = np.quantile(np.abs(W1), 0.995) or 1
    # Each weight is 4 x 4 pixels, as browsers enlarge small images unevenly.
    image = pixels(np.kron(np.vstack(rows), np.ones((4, 4))), "the weights of the hidden units",
                   "units", cmap="RdBu_r", vmin=-limit, vmax=limit)
    return ('<h2>What the hidden units look for</h2><p class="note">W1, one picture a hidden unit: '
            f"red pixels raise its activation, blue ones lower it.</p>{image}")


def histograms(run, path, network, inputs, split):
    """The activations by the weights at the start, if they are still available, and by these."""
    rows = inputs[:ROWS_OF_HISTOGRAMS]
    networks, here = [(path.stem, network)], f"<code>{escape(path)}</code>"
    try:
        first, source = first_network(run, network)
        networks.insert(0, ("start", first))
        text = (f"In the upper row by the weights that the run began with, {escape(source)}; in the "
                f"lower row by those in {here}.")
    except (Failure, OSError) as error:
        text = (f"By the weights in {here}. Those that the run began with are not shown: "
                f"{escape(describe(error))}.")
    figure = activation_figure(networks, rows)
    width = round(PIXELS_AN_INCH * figure.get_figwidth())
    return ('<h2>Activations of the hidden layers</h2><p class="note">Of the first '
            f"{len(rows):,} rows of the {NAMES[split]} set. {text}</p>"
            + drawing(figure, "histograms of the activations, by layer", f' width="{width}"'))


def classes(images, labels, probabilities, names, split):
    """The sections on predicted classes."""
    predicted = probabilities.argmax(axis=1)
    yield confusion(labels, predicted, names, split)
    yield mistakes(images, labels, predicted, probabilities, names, split)


def errors(targets, predicted, names, split):
    """The section on predicted numbers, which are in their own units."""
    rows = ["<tr><th>target</th><th>RMSE</th><th>MAE</th><th>R2</th></tr>"]
    for m in range(min(targets.shape[1], CLASSES_SHOWN)):
        error, variance = predicted[:, m] - targets[:, m], targets[:, m].var()
        r2 = f"{1 - (error**2).mean() / variance:.4f}" if variance > 0 else "&ndash;"
        rows.append(f'<tr><th>{escape(names[m])}</th><td class="number">{np.sqrt((error**2).mean()):.4g}</td>'
                    f'<td class="number">{np.abs(error).mean():.4g}</td><td class="number">{r2}</td></tr>')
    yield (f'<h2>Predicted and true</h2><p class="note">Of the {len(targets):,} rows of the {NAMES[split]} set.'
           '</p><div class="pair">'
           + drawing(predictions_figure(targets, predicted, names, FIGURE_SIZE), "predicted against true numbers")
           + table(rows) + "</div>")


def network_sections(run):
    """The network's size in words, and the sections on its predictions and weights."""
    path, network = weights.read(run.source)
    if not isinstance(network, weights.Network):
        return f"model with {len(network):,} parameters", []
    data = run.record["dataset"]["path"]
    if not Path(data).exists():
        missing = f"{data}: the run's dataset is not here; what needs it is left out"
        tell(missing)
        return str(network), [f'<p class="note">{escape(missing)}.</p>']
    split = split_to_show(run)
    images, inputs, targets = read_rows_of(run, network, split)
    outputs_of_rows, names = network.forward(inputs), run.output_names(network.widths[-1])
    sections = [histograms(run, path, network, inputs, split),
                *(errors(run.in_units(targets), run.in_units(outputs_of_rows), names, split) if run.predicts_numbers
                  else classes(images, targets, outputs_of_rows, names, split)),
                units(network.layers[0][0], images),
                f'<p class="note">By the weights in <code>{escape(path)}</code>.</p>']
    return str(network), sections


def setting(name, option):
    mark = "" if option["origin"] == "default" else ' class="changed"'
    return (f'<tr{mark}><th>--{escape(name)}</th><td>{escape(option["value"]) or "&ndash;"}</td>'
            f'<td>{escape(option["origin"])}</td></tr>')


def settings(run):
    """The settings that differ from their defaults and, after a click, those that do not."""
    changed, default = [], []
    for name, option in run.record["options"].items():
        (default if option["origin"] == "default" else changed).append(setting(name, option))
    return ("<h2>Settings</h2>" + (table(changed) if changed else "<p>All by default.</p>")
            + f"<details><summary>{len(default)} settings that are as they are by default</summary>"
            + table(default) + "</details>")


def course(run):
    rows = []
    for event in run.record["events"]:
        where = ""
        if has_shape(event, START):
            where = f"{event['ranks']} ranks on {', '.join(dict.fromkeys(event['hosts']))}"
        when = event["time"].replace("T", " ").replace("Z", " UTC")
        rows.append(f"<tr><th>{escape(when)}</th><td>{escape(event['event'])}</td>"
                    f'<td class="number">iteration {event["iteration"]:,}</td>'
                    f'<td class="words">{escape(where)}</td></tr>')
    best = best_checkpoint(run.folder)
    files = "".join(f"<li><code>{escape(path)}</code></li>"
                    for path in [*checkpoints(run.folder), *([best] if best.exists() else [])])
    return f"<h2>Course and checkpoints</h2>{table(rows)}<ul>{files}</ul>"


def rows_in_words(run):
    """What the batches are drawn from."""
    if not run.data:
        return f"{run.number('replicates', int, default=1):,} replicates, no data"
    held_out = f"{run.validation_rows:,} + " if run.validation_rows else ""
    return (f"batches of {run.option('batch-size')}, {run.train_rows:,} + {held_out}{run.data['test_rows']:,} rows of "
            f"{Path(run.data['path']).name}")


def page(run):
    network, sections = network_sections(run)
    title = escape(f"dtrain: {run.name}")
    facts = (f"{network}, {run.option('gradient')} gradients, {rows_in_words(run)}; dtrain {run.record['version']} "
             f"({run.record['revision']}) on {run.record['ranks']} ranks")
    parts = [f'<h1>{title}</h1><p class="note">{escape(facts)}</p>', headline(run),
             "<h2>Training</h2>", curves(run), validation(run), theta(run), failures(run), evaluation_times(run),
             norms(run), "<h2>Where the time went</h2>", timing(run), *sections, settings(run), course(run)]
    return (f'{HEAD}<title>{title}</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<style>{STYLE.read_text()}</style></head><body>{''.join(parts)}</body></html>\n")


def is_report(path):
    return outputs.head(path).startswith(f"{HEAD}<title>dtrain".encode())


def main():
    arguments = parser(__doc__)
    arguments.add_argument("run", metavar="RUN")
    arguments.add_argument("-o", "--output", type=Path, metavar="FILE")
    given = arguments.parse_args()
    run = Run(given.run)
    output = given.output or run.folder / "report.html"
    text = page(run)
    with outputs.replacing(output, is_report) as path:
        path.write_text(text, encoding="utf-8", errors="replace")
    print(output)


if __name__ == "__main__":
    run(main)
