"""Makes graph.onnx, the encoder's network without its weights: python models/encoder/make_graph.py (needs `onnx`).

Beside it probe.onnx, which tells whether a processor adds up exactly.

pipeline/network.py says why it is as it is, and hands over the weights. Whoever changes this runs it, writes the new
hashes in pipeline/encoder.py, gives the encoder a new name there, and trains the models again.
"""

from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from pipeline.network import COPIES, LAYERS, SPLIT, WIDTH

HEADS = 12
WIDE = 4 * WIDTH
WORDS, PLACES = 30_522, 512
EPSILON = 1e-12
MICROSOFT = "com.microsoft"
"""The domain of operations that only onnxruntime knows."""


class Graph:
    """A graph that grows by one operation after the other; `n` word pieces are read."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._initializers: list[Any] = []

    def add(self, operation: str, *inputs: str, outputs: int = 1, domain: str = "", **attributes: Any) -> Any:
        """Add an operation and return the name of its output, or the names of all."""
        number = len(self._nodes)
        names = [f"{number}.{operation}.{i}" for i in range(outputs)]
        self._nodes.append(helper.make_node(operation, inputs, names, domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, name: str, value: Any) -> str:
        """Add a constant and return its name."""
        self._initializers.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def given(self, name: str, *shape: int, kind: int = TensorProto.FLOAT) -> str:
        """Add weights that are handed over when the graph is loaded."""
        tensor = TensorProto(name=name, data_type=kind, dims=shape, data_location=TensorProto.EXTERNAL)
        tensor.external_data.add(key="location", value="handed over")
        self._initializers.append(tensor)
        return name

    def model(self, states: str) -> ModelProto:
        """Return the whole graph."""
        self._nodes.append(helper.make_node("Identity", [states], ["states"]))
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["n"]) for name in ("ids", "places_of")]
        output = helper.make_tensor_value_info("states", TensorProto.FLOAT, ["n", WIDTH])
        graph = helper.make_graph(self._nodes, "encoder", inputs, [output], self._initializers)
        versions = [helper.make_opsetid("", 18), helper.make_opsetid(MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=versions, ir_version=9, producer_name="pop")


def make() -> ModelProto:
    """Return the graph of all layers."""
    graph = Graph()
    for name, value in (("last", [-1]), ("largest", np.float32(127)), ("least", np.float32(1e-12))):
        graph.constant(name, value)
    graph.constant("one", np.float32(1))
    graph.constant("middle", np.uint8(128))
    graph.constant("copies", COPIES.astype(np.int64))
    parts = np.ones(WIDTH, np.float32)
    parts[list(SPLIT)] = list(SPLIT.values())
    graph.constant("share", 1 / np.concatenate([parts, parts[COPIES]]))
    graph.constant("by head", [-1, HEADS, WIDTH // HEADS])
    graph.constant("by piece", [-1, WIDTH])
    graph.constant("sharpness", np.float32((WIDTH // HEADS) ** -0.5))
    states = embedded(graph)
    for layer in range(LAYERS):
        heard = attention(graph, f"{layer}.", states)
        states = norm(graph, f"{layer}.heard.norm", graph.add("Add", heard, states))
        wide, bias = dense(graph, f"{layer}.wide", split(graph, states), WIDTH + len(COPIES), WIDE)
        narrow, last = dense(graph, f"{layer}.narrow", graph.add("BiasGelu", wide, bias, domain=MICROSOFT), WIDE, WIDTH)
        states = norm(graph, f"{layer}.narrow.norm", graph.add("Add", graph.add("Add", narrow, last), states))
    return graph.model(states)


def embedded(graph: Graph) -> str:
    """Add what each word piece and each place means."""
    words = graph.given("words", WORDS, WIDTH, kind=TensorProto.INT8)
    scale = graph.given("words.scale", WORDS, 1)
    found = graph.add("Cast", graph.add("Gather", words, "ids"), to=TensorProto.FLOAT)
    found = graph.add("Mul", found, graph.add("Gather", scale, "ids"))
    place = graph.add("Gather", graph.given("places", PLACES, WIDTH), "places_of")
    return norm(graph, "norm", graph.add("Add", found, place))


def norm(graph: Graph, name: str, states: str) -> str:
    """Add a normalisation of each piece."""
    weight, bias = graph.given(f"{name}.weight", WIDTH), graph.given(f"{name}.bias", WIDTH)
    found: str = graph.add("LayerNormalization", states, weight, bias, axis=-1, epsilon=EPSILON)
    return found


def split(graph: Graph, states: str) -> str:
    """Add the copies of the largest numbers of each piece, each with its share."""
    both = graph.add("Concat", states, graph.add("Gather", states, "copies", axis=1), axis=1)
    found: str = graph.add("Mul", both, "share")
    return found


def dense(graph: Graph, name: str, states: str, width: int, new_width: int) -> tuple[str, str]:
    """Add a product in whole numbers; each piece has its own scale. Returns it, and the bias that is still to add."""
    weight = graph.given(f"{name}.weight", width, new_width, kind=TensorProto.INT8)
    scale, bias = graph.given(f"{name}.scale", new_width), graph.given(f"{name}.bias", new_width)
    most = graph.add("Max", graph.add("ReduceMax", graph.add("Abs", states), "last", keepdims=0), "least")
    steps = graph.add("Div", most, "largest")
    middles = graph.add("Expand", "middle", graph.add("Shape", steps))
    numbers = graph.add("QuantizeLinear", states, steps, middles, axis=0)
    zero = graph.constant(f"{name}.zero", np.int8(0))  # of its own: where weights are made unsigned, it is changed
    found = graph.add("MatMulIntegerToFloat", numbers, weight, "one", scale, "middle", zero, domain=MICROSOFT)
    return graph.add("Mul", found, graph.add("Unsqueeze", steps, "last")), bias


def attention(graph: Graph, layer: str, states: str) -> str:
    """Add what each piece hears from all."""
    asked = graph.add("Add", *dense(graph, f"{layer}asked", split(graph, states), WIDTH + len(COPIES), 3 * WIDTH))
    query, key, value = (
        graph.add("Reshape", one, "by head") for one in graph.add("Split", asked, outputs=3, axis=1, num_outputs=3)
    )
    query = graph.add("Transpose", graph.add("Mul", query, "sharpness"), perm=[1, 0, 2])
    key = graph.add("Transpose", key, perm=[1, 2, 0])
    value = graph.add("Transpose", value, perm=[1, 0, 2])
    share = graph.add("Softmax", graph.add("MatMul", query, key), axis=-1)
    heard = graph.add("Transpose", graph.add("MatMul", share, value), perm=[1, 0, 2])
    found: str = graph.add("Add", *dense(graph, f"{layer}heard", graph.add("Reshape", heard, "by piece"), WIDTH, WIDTH))
    return found


def make_probe() -> ModelProto:
    """Return a graph that multiplies the largest numbers: 255 with 127, 64 times."""
    tensor, n, one = helper.make_tensor_value_info, "n", numpy_helper.from_array
    node = helper.make_node("MatMulInteger", ["numbers", "weights"], ["sums"])
    return helper.make_model(
        helper.make_graph(
            [node],
            "probe",
            [tensor("numbers", TensorProto.UINT8, [n, 64])],
            [tensor("sums", TensorProto.INT32, [n, 64])],
            [one(np.full((64, 64), 127, np.int8), "weights")],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=9,
        producer_name="pop",
    )


if __name__ == "__main__":
    for file, made in (("graph.onnx", make()), ("probe.onnx", make_probe())):
        Path(__file__).with_name(file).write_bytes(made.SerializeToString(deterministic=True))
