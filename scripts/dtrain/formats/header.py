# SPDX-License-Identifier: MIT
"""A network as a header of C99: static arrays, and a function that predicts."""
import textwrap
from string import Template

from dtrain import outputs
from dtrain.formats import header_text
from dtrain.formats.c_text import distinct_identifiers, identifier, quoted, string
from dtrain.weights import named_arrays

LINE_LETTERS = 100


def number(value):
    """The shortest text that a compiler reads as this very number."""
    return "NAN" if value is None else repr(float(value))


def listed(items):
    """The items of an array, in lines."""
    return textwrap.fill(", ".join(items), LINE_LETTERS, initial_indent="    ", subsequent_indent="    ",
                         break_long_words=False, break_on_hyphens=False)


class Header:
    """Makes the text of a header in which all names begin with `prefix`."""

    def __init__(self, network, ends, prefix):
        self.network, self.ends = network, ends
        self.inputs = distinct_identifiers([one.name for one in ends.inputs])
        self.result = "targets" if network.predicts_numbers else "probabilities"
        widths = network.widths
        self.words = {
            "net": prefix, "NET": prefix.upper(), "inputs": widths[0], "units": widths[1], "outputs": widths[-1],
            "RESULT": "TARGETS" if network.predicts_numbers else "CLASSES", "widths": "-".join(map(str, widths)),
            "activation": network.activation, "activate": header_text.ACTIVATIONS[network.activation],
            "source": f", trained on {quoted(ends.source)}" if ends.source else "",
            "type": "unsigned char" if ends.is_bytes else "double",
            "input": f"{prefix}_input(inputs, i)" if ends.is_bytes or ends.inputs else "inputs[i]",
            "number": f"isnan(inputs[i]) ? {prefix}_fill[i] : inputs[i]" if ends.has_fill else "inputs[i]",
            "nan": f"NAN, and its {prefix}_fill too" if ends.has_fill else "NAN",
            "unit": ", each in its own unit" if ends.targets else ""}

    def text(self):
        parts = [self.opening(), self.input_names(), self.output_names(), self.arrays(), self.functions()]
        return "".join(parts) + "#endif\n"

    def fill(self, template, **more):
        return Template(template).substitute(self.words, **more)

    def opening(self):
        lines = ["$type inputs[${NET}_INPUTS] = {...};"]
        if self.inputs:
            lines = ["$type inputs[${NET}_INPUTS];", f"inputs[${{NET}}_INPUT_{self.inputs[0]}] = ...;"]
        if self.network.predicts_numbers:
            lines += ["double targets[${NET}_TARGETS];", "${net}_predict(inputs, targets);"]
        else:
            lines += ["double probabilities[${NET}_CLASSES];",
                      "int best = ${net}_predict(inputs, probabilities);"]
        return self.fill(header_text.OPENING, usage="\n".join(" *     " + self.fill(line) for line in lines))

    def input_names(self):
        """What the inputs are, as indices of the array or in words."""
        if not self.inputs:
            kind = "bytes from 0 to 255" if self.ends.is_bytes else "numbers as in the dataset, of bytes v / 255"
            return f"/* The inputs are {kind}. */\n\n"
        lines = []
        for name, one, meaning in zip(self.inputs, self.ends.inputs, self.ends.meanings):
            notes = [quoted(one.name), *filter(None, [meaning, "NAN if missing" if one.fill is not None else ""])]
            lines.append(self.fill("    ${NET}_INPUT_") + f"{name}, /* {', '.join(notes)} */\n")
        return "/* The index of each input, which is a number as in the table. */\nenum {\n" + "".join(lines) + "};\n\n"

    def output_names(self):
        names = self.ends.classes or [one.name for one in self.ends.targets]
        if not names:
            return ""
        listed_names = "".join(f"        {string(name)},\n" for name in names)
        # A function, as compilers warn of an array that is not used.
        return self.fill(header_text.NAME, kind=self.words["RESULT"].lower()).replace("NAMES\n", listed_names)

    def array(self, name, shape, values, comment=""):
        size = " * ".join(map(str, shape))
        return (comment + self.fill("static const double ${net}_$name[$size] = {\n", name=name, size=size)
                + listed(map(number, values)) + "};\n\n")

    def arrays(self):
        inputs, targets = self.ends.inputs, self.ends.targets
        parts = []
        if inputs:
            parts += [self.array(of, [len(inputs)], [getattr(one, of) for one in inputs])
                      for of in ("mean", "deviation")]
        if self.ends.has_fill:
            parts.append(self.array("fill", [len(inputs)], [one.fill for one in inputs],
                                    "/* What takes the place of an input that is NAN. */\n"))
        if targets:
            parts += [self.array(f"target_{of}", [len(targets)], [getattr(one, of) for one in targets])
                      for of in ("mean", "deviation")]
        for name, values in named_arrays(self.network.layers).items():
            shape = f"/* ({', '.join(map(str, values.shape))}), row by row. */\n" if values.ndim == 2 else ""
            parts.append(self.array(name, values.shape, values.ravel(), shape))
        return "".join(parts)

    def layers(self):
        """The calls from the inputs to the sums of the last layer."""
        hidden = self.network.widths[1:-1]
        lines = ["double " + ", ".join(f"z{n}[{units}]" for n, units in enumerate(hidden, 1)) + ";",
                 "${net}_first_layer(inputs, z1);", f"${{net}}_activate(z1, {hidden[0]});"]
        for n, (below, units) in enumerate(zip(hidden, self.network.widths[2:]), 2):
            is_last = n == len(self.network.layers)
            sums = self.result if is_last else f"z{n}"
            lines.append(f"${{net}}_layer(z{n - 1}, {below}, ${{net}}_W{n}, ${{net}}_b{n}, {sums}, {units});")
            if not is_last:
                lines.append(f"${{net}}_activate(z{n}, {units});")
        return "\n".join("    " + self.fill(line) for line in lines)

    def functions(self):
        parts = [header_text.ADD, header_text.FIRST_LAYER, header_text.ACTIVATE, header_text.LAYER]
        if self.ends.is_bytes:
            parts.insert(0, header_text.BYTE_INPUT)
        elif self.inputs:
            parts.insert(0, header_text.SCALED_INPUT)
        if self.network.predicts_numbers:
            parts += [header_text.PREDICT_NUMBERS]
        else:
            parts += [header_text.SOFTMAX, header_text.PREDICT_CLASS]
        layers = self.layers() + (self.fill(header_text.SCALE_TARGETS) if self.ends.targets else "")
        return "".join(self.fill(part, layers=layers) for part in parts)


def prefix_of(path):
    """How all names in a header begin: as the name of its file."""
    name = identifier(path.stem)
    return name if name and not name[0].isdigit() else f"net_{name}".rstrip("_")


def write_header(network, ends, path, prefix):
    path.write_text(Header(network, ends, prefix).text(), encoding="utf-8")


is_header = outputs.starts_with(b"/* Written by dtrain export: a network of ")
