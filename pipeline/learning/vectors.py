"""Vectors of labelled texts and of the rubric, kept from one time to the next: the encoder reads only what is new.

The file holds no text, only hashes and vectors; texts can be guessed from vectors, though, so it is as confidential as
the labels. It may be deleted at any time.
"""

import io
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.encoder import DIMENSIONS, NAME, Encoder, Tokens, Vectors
from pipeline.files import not_writable, sha256_text
from pipeline.learning import features
from pipeline.learning.labels import ThemeLabel
from pipeline.progress import track

FILE = ".vectors.sqlite"
VERSION = "2"
_TYPE = np.float16
_PATIENCE = 60.0
"""Seconds to wait for another training that writes into the same file."""


def read_labels(
    labels: Sequence[ThemeLabel], encoder: Encoder, folder: Path | None, *, quiet: bool = False
) -> npt.NDArray[np.float32]:
    """Return the vectors of labelled texts, shape (labels, 1152); texts of a document are read together.

    Args:
        labels: those of a document follow one another.
        encoder: reads what is not known yet.
        folder: where vectors are kept; `None`: nowhere.
        quiet: show no progress.

    Raises:
        PipelineError: the folder cannot be written.
    """
    runs = list(_runs(labels))
    vectors = np.zeros((len(labels), features.IN_DOCUMENT), dtype=np.float32)
    with closing(_open(folder)) as known:
        for run in track(runs, "reading labels", len(runs), quiet=quiet):
            texts = [labels[i].text for i in run]
            headings = [labels[i].kind == "heading" for i in run]
            key = sha256_text(VERSION, NAME, *map(str, headings), *texts)
            kept = _kept(known, key)
            if kept is None:
                # Rounded whether kept or not, so that a model does not depend on what was kept.
                found = features.read_document(texts, headings, encoder).vectors.astype(_TYPE)
                _keep(known, {key: found.tobytes()})  # at once: what was read stays read if training is broken off
            else:
                found = np.frombuffer(kept, dtype=_TYPE).reshape(len(run), -1)
            vectors[run] = found
    return vectors


def read_texts(
    texts: Sequence[str], encoder: Encoder, folder: Path | None, *, quiet: bool = False
) -> npt.NDArray[np.float32]:
    """Return the vectors of texts by themselves, shape (texts, 384); kept in the same way.

    Raises:
        PipelineError: the folder cannot be written.
    """
    keys = [sha256_text(VERSION, NAME, "alone", text) for text in texts]
    with closing(_open(folder)) as known:
        found = {key: kept for key in keys if (kept := _kept(known, key)) is not None}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        encoded = encoder.encode(list(new.values()), None if quiet else "quotes").astype(_TYPE)
        made = {key: vector.tobytes() for key, vector in zip(new, encoded, strict=True)}
        _keep(known, made)
    both = {**found, **made}
    return np.array([np.frombuffer(both[key], _TYPE) for key in keys], np.float32).reshape(len(texts), DIMENSIONS)


def keep_array(
    key: str, folder: Path | None, shape: tuple[int, ...], make: Callable[[], npt.NDArray[np.floating[Any]]]
) -> npt.NDArray[np.float32]:
    """Return an array that is kept under a key, or make and keep it.

    Args:
        key: names all that the array depends on.
        folder: where it is kept; `None`: nowhere.
        shape: of the array.
        make: makes it.

    Raises:
        PipelineError: the folder cannot be written.
    """
    key = sha256_text(VERSION, NAME, key)
    with closing(_open(folder)) as known:
        kept = _kept(known, key)
        if kept is not None:
            return np.frombuffer(kept, np.float32).reshape(shape)
        made = make().astype(np.float32)
        _keep(known, {key: made.tobytes()})
    return made


class KeepingEncoder(Encoder):
    """An encoder that keeps what it has read, for texts that every run reads: those of codebook and rubric.

    Args:
        encoder: reads what is new.
        folder: of the models; where nothing can be written, nothing is kept.
    """

    def __init__(self, encoder: Encoder, folder: Path | None) -> None:
        self._encoder = encoder
        self._folder = folder if folder is not None and folder.is_dir() and os.access(folder, os.W_OK) else None

    def encode(self, texts: Sequence[str], label: str | None = None) -> Vectors:
        """Return one vector per text, shape (len(texts), 384)."""
        if not texts:
            return self._encoder.encode(texts)
        key = sha256_text("encode", *texts)
        return keep_array(key, self._folder, (-1, DIMENSIONS), lambda: self._encoder.encode(texts, label))

    def read_document(self, texts: Sequence[str], headings: Sequence[bool]) -> Iterator[Tokens]:
        """Yield the word pieces of each text of a document."""
        key = sha256_text(VERSION, NAME, "read", repr(list(headings)), *texts)
        with closing(_open(self._folder)) as known:
            kept = _kept(known, key)
            if kept is None:
                kept = _packed(list(self._encoder.read_document(texts, headings)))
                _keep(known, {key: kept})
        yield from _unpacked(kept)


def _packed(read: Sequence[Tokens]) -> bytes:
    stream = io.BytesIO()
    arrays = [array for one in read for array in (one.states, one.spans, one.ids)]
    np.savez(stream, *arrays)
    return stream.getvalue()


def _unpacked(content: bytes) -> Iterator[Tokens]:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        for i in range(0, len(arrays.files), 3):
            yield Tokens(*(arrays[f"arr_{i + j}"] for j in range(3)))


def _kept(known: sqlite3.Connection, key: str) -> bytes | None:
    row = known.execute("SELECT vectors FROM readings WHERE key = ?", (key,)).fetchone()
    return None if row is None else bytes(row[0])


def _keep(known: sqlite3.Connection, made: Mapping[str, bytes]) -> None:
    with known:
        known.executemany("INSERT OR REPLACE INTO readings VALUES (?, ?)", list(made.items()))


def _runs(labels: Sequence[ThemeLabel]) -> Iterable[list[int]]:
    """Yield the rows of each document, and each text that stands alone, in the order of the labels."""
    documents: dict[str, list[int]] = {}
    for i, label in enumerate(labels):
        documents.setdefault(label.document or f"\x00{i}", []).append(i)
    return documents.values()


def _open(folder: Path | None) -> sqlite3.Connection:
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        try:
            connection = _connected(folder)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            if folder is None:
                raise
            for suffix in ("", "-journal"):
                (folder / f"{FILE}{suffix}").unlink(missing_ok=True)
            connection = _connected(folder)
    except sqlite3.DatabaseError as error:
        raise not_writable(folder or Path(), OSError(str(error))) from error
    except OSError as error:
        raise not_writable(folder or Path(), error) from error
    return connection


def _connected(folder: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / FILE if folder else ":memory:", timeout=_PATIENCE)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("CREATE TABLE IF NOT EXISTS readings (key TEXT PRIMARY KEY, vectors BLOB NOT NULL)")
    return connection
