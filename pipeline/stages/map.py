"""map: quotes, passages, rubric, practice model → mappings.jsonl.

Every quote, as it is read in its document, is compared with every indicator of the rubric; the best candidates are kept
with their probability and decided: match, review, or reject. All rejected means that no practice fits. No level is
named: what a quote says seldom tells it (docs/practices.md).

    "You cannot coach somebody you see twice a year." → Mapping(indicator="12b", rank=1, p=0.71, decision="match", …)
"""

import re
from collections.abc import Iterator
from functools import cached_property

import numpy as np

from pipeline.config import Settings
from pipeline.encoder import Encoder
from pipeline.learning.linear import Floats
from pipeline.learning.practices import PracticeModel, Ranking
from pipeline.learning.practices.model import Band
from pipeline.learning.practices.reading import Asked, Located, joined, read_alone, read_quotes, some
from pipeline.records import Bundle, Mapping, MappingDecision, Passage, Quote, SegmentMapping, Span, is_coded
from pipeline.rubric import Row, Rubric

_WORD = re.compile(r"[^\W\d_]{3,}(?:[-'’][^\W\d_]+)*")
_ASIDE = re.compile(r"\[[^\[\]]{0,60}\]")
_MOST_WORDS = 3


def map_quotes(
    bundle: Bundle, model: PracticeModel, rubric: Rubric, encoder: Encoder, settings: Settings
) -> list[Mapping]:
    """Map the quotes of a document to the indicators of a rubric, the best candidates of each."""
    if not bundle.quotes:
        return []
    asked = read(bundle, encoder)
    ranking = model.rank(asked, rubric, encoder)
    rows, band = rubric.rows(), ranking.band(settings.precision)
    starts = {passage.id: passage.start for passage in bundle.passages}
    return [
        mapping
        for i, quote in enumerate(bundle.quotes)
        for mapping in _Candidates(
            quote, asked.contexts[i], starts.get(quote.passage_id, quote.start), ranking, i, band
        ).best(rows, rubric, model.config.version, settings.candidates)
    ]


def read(bundle: Bundle, encoder: Encoder) -> Asked:
    """Read the quotes of a document in their passages; one whose passage is missing is read by itself."""
    read_with = {quote.passage_id for quote in bundle.quotes}
    passages = [one for one in bundle.passages if one.kind == "heading" or is_coded(one) or one.id in read_with]
    place = {passage.id: i for i, passage in enumerate(passages)}
    found = [_locate(quote, place, passages) for quote in bundle.quotes]
    inside = [one for one in found if one is not None]
    lost = [quote.text for quote, one in zip(bundle.quotes, found, strict=True) if one is None]
    texts, headings = [one.text for one in passages], [one.kind == "heading" for one in passages]
    asked = joined(
        [
            *([read_quotes(inside, texts, headings, encoder)] if inside else []),
            *([read_alone(lost, [""] * len(lost), encoder)] if lost else []),
        ]
    )
    # Back to the order of the quotes: those by themselves were read last.
    order = np.argsort(np.argsort([one is None for one in found], kind="stable"), kind="stable").tolist()
    return some(asked, order)


def _locate(quote: Quote, place: dict[str, int], passages: list[Passage]) -> Located | None:
    if quote.passage_id not in place:
        return None
    passage = passages[place[quote.passage_id]]
    spans = [(part.start - passage.start, part.end - passage.start) for part in quote.parts]
    spans = spans or [(quote.start - passage.start, quote.end - passage.start)]
    return Located(quote.text, place[quote.passage_id], spans)


def map_segments(
    bundle: Bundle, model: PracticeModel, rubric: Rubric, encoder: Encoder, settings: Settings
) -> list[SegmentMapping]:
    """Map the problems of practice of a document to the indicators of a rubric, the best candidates of each.

    Every passage of running text is asked about as if somebody had said it; a problem of practice is evidence of what
    its clearest passage is evidence of. The model was trained on quotes, and p is calibrated for these.
    """
    coded = {passage.id: passage for passage in bundle.passages if is_coded(passage)}
    held = {
        segment.id: [name for name in segment.passage_ids if name in coded]
        for segment in bundle.segments
        if segment.kind == "problem_of_practice"
    }
    asked = list(dict.fromkeys(name for names in held.values() for name in names))
    if not asked:
        return []
    read_all = [one for one in bundle.passages if one.kind == "heading" or one.id in coded]
    place = {passage.id: i for i, passage in enumerate(read_all)}
    quotes = [Located(coded[name].text, place[name], [(0, len(coded[name].text))]) for name in asked]
    texts, headings = [one.text for one in read_all], [one.kind == "heading" for one in read_all]
    ranking = model.rank(read_quotes(quotes, texts, headings, encoder), rubric, encoder)
    rows, band, number = rubric.rows(), ranking.band(settings.precision), {name: i for i, name in enumerate(asked)}
    found = []
    for segment_id, names in held.items():
        if not names:
            continue
        p = ranking.p[[number[name] for name in names]]
        best = np.argsort(-p.max(axis=0), kind="stable")[: settings.candidates].tolist()
        for rank, j in enumerate(best, start=1):
            clearest = names[int(p[:, j].argmax())]
            found.append(
                SegmentMapping(
                    id=f"{segment_id}:{rows[j].indicator}",
                    document_id=bundle.document.id,
                    segment_id=segment_id,
                    passage_id=clearest,
                    rubric=rubric.name,
                    area=rows[j].area,
                    practice=rows[j].practice,
                    indicator=rows[j].indicator,
                    rank=rank,
                    p=(highest := round(float(p[:, j].max()), 4)),
                    decision=decide(highest, band),
                    evidence=ranking.sentences[j][int(ranking.nearest[j][number[clearest]])],
                    model_version=model.config.version,
                )
            )
    return found


def decide(p: float, band: Band) -> MappingDecision:
    """Decide match, review or reject."""
    if p >= band.match:
        return "match"
    return "review" if p >= band.review else "reject"


class _Candidates:
    """The candidates for one quote. `passage`: where it stands, from `start` in the document."""

    def __init__(self, quote: Quote, passage: str, start: int, ranking: Ranking, i: int, band: Band) -> None:
        self._quote, self._passage, self._start = quote, passage, start
        self._ranking, self._i, self._band = ranking, i, band

    def best(self, rows: list[Row], rubric: Rubric, version: str, most: int) -> list[Mapping]:
        """Return the best candidates, first the best."""
        p = self._ranking.p[self._i]
        return [
            self._mapping(rows[j], j, rank, rubric.name, version)
            for rank, j in enumerate(np.argsort(-p, kind="stable")[:most].tolist(), start=1)
        ]

    def _mapping(self, row: Row, j: int, rank: int, rubric: str, version: str) -> Mapping:
        ranking, p = self._ranking, round(float(self._ranking.p[self._i, j]), 4)
        decision = decide(p, self._band)
        return Mapping(
            id=f"{self._quote.id}:{row.indicator}",
            document_id=self._quote.document_id,
            quote_id=self._quote.id,
            rubric=rubric,
            area=row.area,
            practice=row.practice,
            indicator=row.indicator,
            level=None,
            rank=rank,
            p=p,
            decision=decision,
            evidence=ranking.sentences[j][int(ranking.nearest[j][self._i])],
            words=self._words(j) if decision != "reject" else [],
            coder=version,
            model_version=version,
        )

    @cached_property
    def _spoken(self) -> list[tuple[Floats, int, int]]:
        """How much each word of the quote that says something speaks for each indicator, and where it stands."""
        weights, spans = self._ranking.words[self._i]
        pieces = [
            (np.searchsorted(spans[:, 1], start, side="right"), np.searchsorted(spans[:, 0], end), start, end)
            for start, end in _content_words(self._passage)
        ]
        return [(weights[first:last].sum(axis=0), start, end) for first, last, start, end in pieces if first < last]

    def _words(self, j: int) -> list[Span]:
        """Return the words of the quote that speak most for an indicator, in text order; no stop words."""
        spoke = [(float(weights[j]), start, end) for weights, start, end in self._spoken]
        best = sorted((one for one in spoke if one[0] > 0), reverse=True)[:_MOST_WORDS]
        places = sorted((start, end) for _, start, end in best)
        return [Span(start=self._start + start, end=self._start + end) for start, end in places]


def _content_words(passage: str) -> Iterator[tuple[int, int]]:
    """Yield where words that say something stand; what a transcriber put between square brackets is nobody's words."""
    from spacy.lang.en.stop_words import STOP_WORDS  # noqa: PLC0415 - slow to import

    asides = [match.span() for match in _ASIDE.finditer(passage)]
    for word in _WORD.finditer(passage):
        aside = any(start <= word.start() < end for start, end in asides)
        if not aside and _without_ending(word[0].casefold()) not in STOP_WORDS:
            yield word.span()


def _without_ending(word: str) -> str:
    """Return a word without what an apostrophe joins to it, as stop words are listed: "couldn't" → "could"."""
    return re.sub(r"(?s)n?['’].*", "", word)
