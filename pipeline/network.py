"""The network of the sentence encoder: a graph of our own that multiplies whole numbers, over the weights of a package.

The package's own graph turns its int8 weights into floats. Ours keeps them, and makes whole numbers of what they are
multiplied with, row by row: each word piece has its own scale, so that nothing depends on what is read beside it. A few
of the 384 numbers of a piece are far larger than the rest and would cost it their precision; they are split into
several smaller ones with the same weights. The vectors are those of the package's graph to a cosine of .999, for
two fifths of the time.

models/encoder/make_graph.py makes the graph, which holds no weights: they are handed over by name when it is loaded.
Outliers of transformers: Dettmers et al. 2022, https://arxiv.org/abs/2208.07339; splitting: Zhao et al. 2019,
https://arxiv.org/abs/1901.09504.
"""

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import onnxruntime

PROVIDERS = ["CPUExecutionProvider"]
LAYERS = 6
WIDTH = 384

SPLIT = {99: 6, 223: 4, 63: 3, 157: 3, 338: 3, 127: 3, 363: 2, 267: 2}
"""In how many parts the largest numbers of a piece are split, by their place; in every layer they are the same."""

COPIES = np.repeat(list(SPLIT), [parts - 1 for parts in SPLIT.values()])
"""What stands behind the numbers of a piece when they are split: the further parts of some, by their place."""

Array = npt.NDArray[Any]

_TYPES: dict[int, np.dtype[Any]] = {1: np.dtype("<f4"), 3: np.dtype("i1"), 7: np.dtype("<i8"), 9: np.dtype("?")}
"""The types of ONNX tensors that the package's file holds."""


def load(graph: Path, probe: Path, weights: Path) -> "onnxruntime.InferenceSession":
    """Return a session that turns the `ids` of word pieces and their `places_of`, shape (n,), into states, (n, 384).

    Args:
        graph: our file.
        probe: our file that tells whether the processor adds up exactly.
        weights: the package's file.
    """
    import onnxruntime  # noqa: PLC0415 - slow to import, and only some commands need it

    onnxruntime.disable_telemetry_events()  # on by default in builds for Windows
    options = _options()
    if not _is_exact(onnxruntime.InferenceSession(probe.read_bytes(), options, providers=PROVIDERS)):
        options.add_session_config_entry("session.x64quantprecision", "1")  # slower: its weights become unsigned
    given = {name: np.ascontiguousarray(one) for name, one in named(dict(_tensors(weights.read_bytes())))}
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(one) for one in given.values()]
    options.add_external_initializers(list(given), values)
    slow = ["SkipLayerNormFusion"]  # six times slower than the two operations that it joins
    return onnxruntime.InferenceSession(graph.read_bytes(), options, providers=PROVIDERS, disabled_optimizers=slow)


def _options() -> "onnxruntime.SessionOptions":
    import onnxruntime  # noqa: PLC0415

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _is_exact(probe: "onnxruntime.InferenceSession") -> bool:
    """Tell whether large sums are exact: Intel's and AMD's processors before about 2020 cut them off."""
    sums = probe.run(None, {"numbers": np.full((16, 64), 255, np.uint8)})[0]
    return bool((sums == 64 * 255 * 127).all())


def named(held: dict[str, Array]) -> Iterator[tuple[str, Array]]:
    """Yield the weights under the names that the graph knows them by.

    Args:
        held: the tensors of the package's file: matrices in the order in which they are used, six a layer.
    """
    yield "words", held["inner.embeddings.word_embeddings.weight_q"]
    yield "words.scale", held["inner.embeddings.word_embeddings.weight_scale"]
    place = "inner.embeddings.position_embeddings.weight"
    kind = held["inner.embeddings.token_type_embeddings.weight"][0]
    yield "places", held[f"{place}_q"].astype(np.float32) * held[f"{place}_scale"] + kind
    yield from _norm("norm", "inner.embeddings.LayerNorm", held)
    matrices = [name[:-2] for name in held if name.startswith("val_") and name.endswith("_q")]
    for layer in range(LAYERS):
        query, key, value, output, wide, narrow = matrices[6 * layer : 6 * layer + 6]
        own, theirs = f"{layer}.", f"inner.encoder.layer.{layer}."
        asked = [f"{theirs}attention.self.{name}.bias" for name in ("query", "key", "value")]
        yield from _dense(f"{own}asked", (query, key, value), asked, held, COPIES)
        yield from _dense(f"{own}heard", (output,), [f"{theirs}attention.output.dense.bias"], held)
        yield from _norm(f"{own}heard.norm", f"{theirs}attention.output.LayerNorm", held)
        yield from _dense(f"{own}wide", (wide,), [f"{theirs}intermediate.dense.bias"], held, COPIES)
        yield from _dense(f"{own}narrow", (narrow,), [f"{theirs}output.dense.bias"], held)
        yield from _norm(f"{own}narrow.norm", f"{theirs}output.LayerNorm", held)


def _norm(name: str, held_as: str, held: dict[str, Array]) -> Iterator[tuple[str, Array]]:
    yield f"{name}.weight", held[f"{held_as}.weight"]
    yield f"{name}.bias", held[f"{held_as}.bias"]


def _dense(
    name: str, matrices: tuple[str, ...], biases: list[str], held: dict[str, Array], copies: Array | None = None
) -> Iterator[tuple[str, Array]]:
    weight = np.concatenate([held[f"{one}_q"] for one in matrices], axis=1)
    yield f"{name}.weight", weight if copies is None else np.concatenate([weight, weight[copies]])
    yield f"{name}.scale", np.concatenate([held[f"{one}_scale"][0] for one in matrices])
    yield f"{name}.bias", np.concatenate([held[one] for one in biases])


def _tensors(model: bytes) -> Iterator[tuple[str, Array]]:
    """Yield the tensors of an ONNX file, as far as we need to know the format: graph (7), its tensors (5).

    https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
    """
    for graph in _fields(memoryview(model), 7):
        for tensor in _fields(graph, 5):
            shape = list(_fields(tensor, 1))
            values: Array = np.frombuffer(next(_fields(tensor, 9)), _TYPES[next(_fields(tensor, 2))], math.prod(shape))
            yield bytes(next(_fields(tensor, 8))).decode(), values.reshape(shape)


def _fields(message: memoryview, wanted: int) -> Iterator[Any]:
    """Yield the values of a field of a protobuf message: whole numbers, or bytes."""
    place = 0
    while place < len(message):
        tag, place = _number(message, place)
        size, place = _number(message, place)  # of what follows; for type 0 it is the value itself
        value: Any = size
        if tag & 7 == 2:
            value, place = message[place : place + size], place + size
        if tag >> 3 == wanted:
            yield value


def _number(message: memoryview, place: int) -> tuple[int, int]:
    """Return the whole number (seven bits a byte, the lowest first) that stands at a place, and where it ends."""
    found = shift = 0
    while True:
        byte = message[place]
        found |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return found, place
