"""Vectors of labelled texts, kept from one training to the next: only what is new is read by the encoder.

The file holds no text, only hashes and vectors; texts can be guessed from vectors, though, so it is as confidential as
the labels. It may be deleted at any time.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.encoder import DIMENSIONS, NAME, Encoder
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
    key: str, folder: Path | None, shape: tuple[int, ...], make: Callable[[], npt.NDArray[np.float64]]
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
        connection = sqlite3.connect(folder / FILE if folder else ":memory:", timeout=_PATIENCE)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("CREATE TABLE IF NOT EXISTS readings (key TEXT PRIMARY KEY, vectors BLOB NOT NULL)")
    except sqlite3.DatabaseError as error:
        raise not_writable(folder or Path(), OSError(str(error))) from error
    except OSError as error:
        raise not_writable(folder or Path(), error) from error
    return connection
