"""Which units are judged, and in which order.

Without a file: passages as `pop suggest` chooses them, of a large corpus among those that the tags say the model is
unsure of; quotes and problems of which the model is least sure first; blind, a random order. The choice is kept beside
the outputs, so that the same command goes on where the coder was.
"""

import itertools
import random
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from pipeline import jsonl
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.files import sha256_text, write_bytes
from pipeline.learning import suggest
from pipeline.learning.linear import Floats
from pipeline.review.meaning import vectors_of
from pipeline.review.survey import Entry
from pipeline.review.units import Kind
from pipeline.tools import Tools

FOLDER = "review"
"""Where, in the outputs, the queues of coders lie."""

RANDOM_SHARE = 0.2
"""The share of passages drawn at random, as in `pop suggest`."""

MOST_READ: Final = 2_000
"""Passages that are read anew for a choice, in a minute; of more of them, the tags tell where the model is unsure."""


class _Line(msgspec.Struct, frozen=True):
    id: str


@dataclass(frozen=True)
class Request:
    """What a coder asked for. `document`: a part of its path or title; `file`: a queue that was written before."""

    unit: Kind = "passages"
    n: int = 50
    blind: bool = False
    themes: tuple[str, ...] = ()
    document: str | None = None
    file: Path | None = None

    def key(self, seed: int) -> str:
        """Return what tells this request from another."""
        facts = [self.unit, self.n, self.blind, self.themes, self.document, seed]
        return sha256_text(msgspec.json.encode(facts).decode())[:10]


def of_file(path: Path, known: Collection[str]) -> list[str]:
    """Return the ids that a queue names: JSONL with an `id` in each line, such as `pop suggest` writes.

    Raises:
        PipelineError: no such file, a broken line, or none of its ids is known.
    """
    found = [one.id for one in jsonl.read(path, _Line, code=ErrorCode.INVALID_LABELS) if one.id in known]
    if not found:
        raise PipelineError(
            ErrorCode.INVALID_LABELS,
            found=f"{path}: none of its ids stands in the outputs",
            expected="a queue made from these outputs (pop suggest -o queue.jsonl)",
            do="make the queue anew, or name its outputs with --outputs",
        )
    return found


def chosen(
    entries: Sequence[Entry], request: Request, outputs: Path, tools: Tools, labelled: Collection[str]
) -> list[str]:
    """Choose what the coder has not judged, by id.

    Args:
        entries: all that could be judged.
        request: how many, which.
        outputs: the folder that they come from.
        tools: model, encoder, codebook and seed, for suggestions.
        labelled: texts that need no labels any more.
    """
    seed = tools.settings.seed
    if request.unit == "passages" and (request.themes or not request.blind):
        done = {*labelled, *(one.text for one in entries if one.is_judged)}
        choose = _suggested if len(entries) <= MOST_READ else by_tags
        found = choose(entries, request, outputs, tools, done)
        return shuffled(found, seed) if request.blind else found
    # All are put in order before any is left out: coders who have judged different things still meet.
    judged = {one.id for one in entries if one.is_judged}
    ordered = shuffled([one.id for one in entries], seed) if request.blind else by_doubt(entries)
    return [one for one in ordered if one not in judged][: request.n]


def _suggested(
    entries: Sequence[Entry], request: Request, outputs: Path, tools: Tools, done: Collection[str]
) -> list[str]:
    """Read all passages, and choose as `pop suggest` does."""
    known = {one.id for one in entries}
    documents = [(kind, held) for kind, held in suggest.read_documents(outputs) if any(one.id in known for one in held)]
    listed, _ = suggest.choose(documents, done, tools, request.themes, request.n, RANDOM_SHARE)
    return [one.id for one in listed if one.id in known]


def by_tags(
    entries: Sequence[Entry], request: Request, outputs: Path, tools: Tools, done: Collection[str]
) -> list[str]:
    """Choose passages by the tags that stand in the outputs: of those nearest to a threshold, unlike ones; and random.

    What lies just below a threshold has no tag, and comes only at random. Where too few have a tag, more are random.
    """
    places = suggest.columns(tools.codebook, request.themes or tools.codebook.ids)
    themes = [tools.codebook.ids[place] for place in places]
    words = {suggest.same_words(text) for text in done}
    order = np.random.default_rng(tools.settings.seed).permutation(len(entries)).tolist()
    free = _unlike((entries[i] for i in order if not entries[i].is_judged), words)
    drawn = list(itertools.islice(free, round(request.n * RANDOM_SHARE)))
    unsure, apart = _unsure(entries, themes, request.n - len(drawn), words)
    vectors = vectors_of(unsure, outputs, tools.encoder)
    picks = suggest.by_turns(apart, vectors, request.n - len(drawn), np.ones(len(unsure), dtype=bool))
    words.update(suggest.same_words(unsure[one.row].text) for one in picks)
    drawn += itertools.islice(free, request.n - len(drawn) - len(picks))
    return [one.id for one in _mixed([unsure[pick.row] for pick in picks], drawn)]


def _unlike(entries: Iterable[Entry], words: set[str]) -> Iterator[Entry]:
    """Yield entries whose words are not known yet, and note them."""
    for one in entries:
        own = suggest.same_words(one.text)
        if own and own not in words:
            words.add(own)
            yield one


def _unsure(
    entries: Sequence[Entry], themes: Sequence[str], n: int, words: Collection[str]
) -> tuple[list[Entry], Floats]:
    """Return for each theme the passages nearest to its threshold, as many as it is to choose among.

    Args:
        entries: all that could be judged.
        themes: that are asked for.
        n: how many passages are to be chosen.
        words: of passages that are not asked about.

    Returns:
        The passages, and how far the p of each theme is from its threshold, shape (passages, themes); infinite where
        it has no tag.
    """
    column = {theme: j for j, theme in enumerate(themes)}
    marks = [
        (i, column[mark.theme], mark)
        for i, one in enumerate(entries)
        if one.marks and not one.is_judged and len(one.text.split()) >= suggest.FEWEST_WORDS
        for mark in one.marks
        if mark.theme in column
    ]
    p, thresholds = (np.array([getattr(mark, name) for _, _, mark in marks]) for name in ("p", "threshold"))
    apart = {(i, j): d for (i, j, _), d in zip(marks, suggest.distance(p, thresholds).tolist(), strict=True)}
    most, known = suggest.POOL * -(-n // len(themes)), set(words)
    found: list[Entry] = []
    rows: list[int] = []
    for j in range(len(themes)):
        near = sorted((d, i) for (i, theme), d in apart.items() if theme == j)
        place = {id(entries[i]): i for _, i in near}
        new = list(itertools.islice(_unlike((entries[i] for _, i in near), known), most))
        found += new
        rows += [place[id(one)] for one in new]
    matrix = [[apart.get((i, j), np.inf) for j in range(len(themes))] for i in rows]
    return found, np.array(matrix).reshape(len(rows), len(themes))


def _mixed(chosen_: Sequence[Entry], drawn: Sequence[Entry]) -> list[Entry]:
    """Spread the random ones evenly among the others."""
    both = [*chosen_, *drawn]
    picks = [suggest.Pick(row, None if row >= len(chosen_) else 0) for row in range(len(both))]
    return [both[pick.row] for pick in suggest.spread(picks[: len(chosen_)], picks[len(chosen_) :])]


def kept(folder: Path, coder: str, key: str, known: Collection[str]) -> list[str]:
    """Return the queue that was kept for a coder's request; none, where there is none that still holds."""
    path = _path(folder, coder, key)
    if not path.is_file():
        return []
    try:
        ids = msgspec.json.decode(path.read_bytes(), type=list[str])
    except (OSError, UnicodeDecodeError, msgspec.DecodeError):
        return []
    return [one for one in ids if one in known]


def keep(folder: Path, coder: str, key: str, ids: Sequence[str]) -> None:
    """Keep a queue.

    Raises:
        PipelineError: the folder cannot be written.
    """
    write_bytes(_path(folder, coder, key), msgspec.json.encode(ids) + b"\n")


def shuffled(ids: Sequence[str], seed: int) -> list[str]:
    """Return ids in a random order that follows from the seed and from them alone."""
    mixed = sorted(ids)
    random.Random(seed).shuffle(mixed)
    return mixed


def by_doubt(entries: Sequence[Entry]) -> list[str]:
    """Return by id what the model is least sure of first; problems of practice before other segments."""
    return [one.id for one in sorted(entries, key=lambda one: (not one.is_first, one.sure))]


def nothing(outputs: Path, request: Request) -> PipelineError:
    """Describe outputs without anything to review."""
    where = f"no document like {request.document!r} with {request.unit}" if request.document else f"no {request.unit}"
    return PipelineError(
        ErrorCode.INVALID_QUERY,
        found=f"{where} in {outputs}",
        expected=f"a document of the outputs with {request.unit} to review",
        do="run pop run, or check --outputs and --document",
        exit_code=ExitCode.BAD_INPUT,
    )


def _path(folder: Path, coder: str, key: str) -> Path:
    return folder / FOLDER / f"{coder}-{key}.json"
