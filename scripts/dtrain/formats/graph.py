# SPDX-License-Identifier: MIT
"""A network as a graph of ONNX, from "inputs" to "probabilities" or "targets"."""
import json

import numpy as np

from dtrain import outputs
from dtrain.failure import Failure, tell
from dtrain.weights import named_arrays

OPERATORS = {"sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "Relu"}
OPERATORS_VERSION = 13
# Of a deviation: what rounding to single precision may cost an input before the user is told.
ROUNDING_MAX = 1e-3
TYPES = {np.float64: "DOUBLE", np.float32: "FLOAT", np.uint8: "UINT8"}


def type_number(kind):
    from onnx import TensorProto
    return TensorProto.DataType.Value(TYPES[kind])


class Graph:
    """Collects the operations and constants of a network's graph. `kind` is the type of its numbers: np.float64, or
    np.float32 for single precision."""

    def __init__(self, network, ends, kind):
        self.network, self.ends, self.kind = network, ends, kind
        self.nodes, self.constants = [], {}
        self.result = "targets" if network.predicts_numbers else "probabilities"
        self.add_layers(self.add_scaling())

    def add(self, operator, inputs, output, **attributes):
        from onnx.helper import make_node
        self.nodes.append(make_node(operator, inputs, [output], **attributes))
        return output

    def cast(self, value, output, kind):
        return self.add("Cast", [value], output, to=type_number(kind))

    def constant(self, name, values, kind=None):
        exact = np.asarray(values, np.float64)
        with np.errstate(over="ignore", under="ignore"):
            array = exact.astype(kind or self.kind)
        # A deviation of 0 would divide by it.
        if (np.isinf(array) | ((array == 0) & (exact != 0) & name.endswith("deviation"))).any():
            raise Failure(f"{name}: holds a number out of the range of single precision: leave out --float32")
        self.constants[name] = array
        return name

    def of_columns(self, member, columns, prefix=""):
        return self.constant(prefix + member, [getattr(one, member) for one in columns])

    def add_scaling(self):
        """From "inputs" to the inputs of the first layer, whose name is returned: as in training, rounded to single
        precision."""
        if self.ends.is_bytes:
            pixels = self.cast("inputs", "pixels", np.float32)
            rounded = self.add("Div", [pixels, self.constant("largest_pixel", 255, np.float32)], "rounded")
        elif self.ends.inputs:
            rounded = self.add_column_scaling()
        else:
            return "inputs"
        return rounded if self.kind == np.float32 else self.cast(rounded, "x", np.float64)

    def add_column_scaling(self):
        numbers, columns = "inputs", self.ends.inputs
        if self.ends.has_fill:
            missing = self.add("IsNaN", ["inputs"], "missing")
            numbers = self.add("Where", [missing, self.of_columns("fill", columns), "inputs"], "filled")
        centered = self.add("Sub", [numbers, self.of_columns("mean", columns)], "centered")
        scaled = self.add("Div", [centered, self.of_columns("deviation", columns)], "scaled")
        return scaled if self.kind == np.float32 else self.cast(scaled, "rounded", np.float32)

    def add_layers(self, below):
        """The results are called x_W1, a1, z, z_W2 and a2; with more layers x_W1, a1, z1, z1_W2, a2, z2 and so on."""
        last, prefix = len(self.network.layers), "x"
        for name, values in named_arrays(self.network.layers).items():
            self.constant(name, values)
        for n in range(1, last + 1):
            product = self.add("MatMul", [below, f"W{n}"], f"{prefix}_W{n}")
            is_result = n == last and self.network.predicts_numbers and not self.ends.targets
            sums = self.add("Add", [product, f"b{n}"], self.result if is_result else f"a{n}")
            if n < last:
                prefix = "z" if last == 2 else f"z{n}"
                below = self.add(OPERATORS[self.network.activation], [sums], prefix)
        if not self.network.predicts_numbers:
            self.add("Softmax", [sums], self.result, axis=1)
        elif self.ends.targets:
            self.add_target_scaling(sums)

    def add_target_scaling(self, sums):
        targets = self.ends.targets
        product = self.add("Mul", [sums, self.of_columns("deviation", targets, "target_")], "in_units")
        self.add("Add", [product, self.of_columns("mean", targets, "target_")], self.result)

    def metadata(self):
        """Names, as JSON texts."""
        found = {"inputs": [one.name for one in self.ends.inputs], "classes": self.ends.classes,
                 "targets": [one.name for one in self.ends.targets]}
        return {key: json.dumps(names) for key, names in found.items() if names}

    def model(self):
        from onnx import helper
        from onnx.numpy_helper import from_array

        inputs, *_, count = self.network.widths
        taken = np.uint8 if self.ends.is_bytes else self.kind
        graph = helper.make_graph(
            self.nodes, "dtrain",
            [helper.make_tensor_value_info("inputs", type_number(taken), ["N", inputs])],
            [helper.make_tensor_value_info(self.result, type_number(self.kind), ["N", count])],
            [from_array(values, name) for name, values in self.constants.items()])
        model = helper.make_model(graph, producer_name="dtrain",
                                  opset_imports=[helper.make_opsetid("", OPERATORS_VERSION)])
        helper.set_model_props(model, self.metadata())
        return model


def tell_rounding(inputs):
    """Names an input that single precision rounds too coarsely, such as a time in seconds since 1970."""
    unit = np.finfo(np.float32).eps / 2
    coarse = [one for one in inputs if abs(one.mean) * unit > ROUNDING_MAX * abs(one.deviation)]
    if coarse:
        more = f", as do {len(coarse) - 1} others" if len(coarse) > 1 else ""
        tell(f"'{coarse[0].name}': has a mean of {coarse[0].mean:g} and a deviation of {coarse[0].deviation:g}, and "
             f"loses digits in single precision{more}: predictions may differ")


def write_onnx(network, ends, path, kind):
    from onnx import checker, save

    model = Graph(network, ends, kind).model()
    if kind == np.float32:
        tell_rounding(ends.inputs)
    checker.check_model(model)
    save(model, str(path))


def is_onnx(path):
    """The file begins with the version of ONNX, one byte, and the producer's name."""
    return outputs.head(path)[2:].startswith(b"\x12\x06dtrain")
