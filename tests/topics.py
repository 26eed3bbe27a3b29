"""A small world for tests of learning: three topics, labels of them, and an encoder that knows words only.

    labels() → 48 labels in eight groups; WordEncoder().encode(["Tulips grew"]) → a vector of length 1

`WordEncoder` takes the encoder's place where meaning does not matter: every word has a direction of its own.
"""

import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.encoder import DIMENSIONS, VOCABULARY, Tokens, Vectors, normalised

TOPICS = {
    "garden": "The gardener watered the roses|Tulips grew in the flower bed|She pruned the apple tree|The soil was dug",
    "sea": "The boat sailed out of the harbour|Waves broke over the deck|The captain read the tide|Fish filled the net",
    "kitchen": "The cook salted the soup|Bread baked in the oven|He chopped onions for dinner|The pan was full of rice",
}
TIMES = ("before noon", "in the evening", "last week", "on Sunday")

_WORD = re.compile(r"\w+")


class WordEncoder:
    """An encoder of words without their order; it counts the texts that it read."""

    def __init__(self) -> None:
        self.n_read = 0

    def encode(self, texts: Sequence[str], label: str | None = None) -> Vectors:
        self.n_read += len(texts)
        made = [
            np.sum([_direction(word) for word in _WORD.findall(text.lower())] or [np.zeros(DIMENSIONS)], axis=0)
            for text in texts
        ]
        return normalised(np.array(made, dtype=np.float32).reshape(len(texts), DIMENSIONS))

    def read_document(self, texts: Sequence[str], headings: Sequence[bool]) -> Iterator[Tokens]:
        self.n_read += len(texts)
        for text in texts:
            words = list(_WORD.finditer(text))
            states = [_direction(word.group().lower()) for word in words]
            spans = [word.span() for word in words]
            yield Tokens(
                np.array(states, np.float32).reshape(-1, DIMENSIONS),
                np.array(spans, np.int64).reshape(-1, 2),
                np.array([zlib.crc32(word.group().lower().encode()) % VOCABULARY for word in words], np.int64),
            )


@lru_cache(maxsize=10_000)
def _direction(word: str) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
    return normalised(np.random.default_rng(seed).normal(size=(1, DIMENSIONS)).astype(np.float32))[0]


def labels(themes_of: Callable[[str], dict[str, int]] = lambda topic: {topic: 2}) -> list[dict[str, Any]]:
    """48 labels in eight groups."""
    return [
        {
            "id": f"{topic}-{i}-{j}",
            "text": f"{sentence} {time}. The day was long.",
            "themes": themes_of(topic),
            "group": f"g{(i + 2 * j) % 8}",
        }
        for topic, sentences in TOPICS.items()
        for i, sentence in enumerate(sentences.split("|"))
        for j, time in enumerate(TIMES)
    ]


def shuffled(records: Sequence[dict[str, Any]], seed: int = 0) -> list[dict[str, Any]]:
    """Return the same texts with each other's themes."""
    order = np.random.default_rng(seed).permutation(len(records)).tolist()
    return [record | {"themes": records[i]["themes"]} for record, i in zip(records, order, strict=True)]


def write(path: Path, records: Sequence[dict[str, Any]]) -> Path:
    """Write records as JSONL."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def write_codebook(path: Path, ids: Sequence[str], **said: dict[str, Any]) -> Path:
    """Write a codebook; `said`: more of a theme, by its id."""
    entries = [{"id": i, "name": i, "definition": f"About {i}.", **said.get(i, {})} for i in ids]
    path.write_text(json.dumps({"version": "1", "themes": entries}), encoding="utf-8")  # JSON is YAML
    return path
