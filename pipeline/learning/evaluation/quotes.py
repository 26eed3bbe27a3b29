"""Scores quotes: are the words found, and are speaker, cue and form right where they are.

A predicted quote is a gold quote when their letters overlap enough (intersection over union), one for one. Overlaps of
.3 and .8 as in Pareti 2015 and the GenderGapTracker (Asr et al. 2021, https://doi.org/10.1371/journal.pone.0245533).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from pipeline.learning.evaluation.fitting import Fit, quote_letters
from pipeline.learning.evaluation.gold import GoldQuote
from pipeline.learning.evaluation.matching import matched
from pipeline.learning.evaluation.rows import Group, Row, Scorer, Unit, number, shown
from pipeline.records import Quote, Speaker

STRICT = 0.8
LOOSE = 0.3

Pair = tuple[GoldQuote, Quote]


class _Found(NamedTuple):
    """A gold quote and the quote that finds it."""

    document: int
    block: int
    gold: GoldQuote
    quote: Quote


_PRONOUNS = frozenset({"he", "she", "they", "his", "her", "their"})
BANDS = ((0.9, 1.0), (0.7, 0.9), (0.0, 0.7))
"""Of confidence: from the first to below the second, the last one included."""
_BRACKETS = re.compile(r"\([^)]{0,200}\)|\[[^\]]{0,200}\]")
_NAME = re.compile(r"[^\W\d_]+\.?(?:[-’'][^\W\d_]+)*|\d+")
# fmt: off
_STOP = frozenset({
    "of", "from", "in", "on", "at", "who", "whose", "whom", "which", "that", "with", "to", "for", "by", "as",
    "during", "after", "before", "above", "below", "under", "about", "he", "she", "they", "we", "i", "it", "has",
    "had", "have", "was", "were", "is", "are",
})
# fmt: on
_APPOSITION = re.compile(r"(?:[A-ZÀ-Þ][\w.’'-]*+\s*+)++")
_BEGINS_LOW = re.compile(r"[a-z]|(?:The|A|An|One|Another|Our|My|Their|His|Her|Its)\b")


def score(scorer: Scorer) -> Group:
    """Return the scores of the quotes of all documents."""
    held = [quote_letters(fit) for fit in scorer.fits]
    strict = [pairs(fit, letters, STRICT) for fit, letters in zip(scorer.fits, held, strict=True)]
    loose = [pairs(fit, letters, LOOSE) for fit, letters in zip(scorer.fits, held, strict=True)]
    found = scorer.prf(f"overlap ≥ {STRICT:.1f}", _units(scorer.fits, strict), "gold quotes")
    rows = [
        found,
        scorer.prf(f"overlap ≥ {LOOSE:.1f}", _units(scorer.fits, loose), "gold quotes"),
        *_attributes(scorer, strict),
        *_by_confidence(scorer, strict),
    ]
    n_predicted = sum(len(fit.bundle.quotes) for fit in scorer.fits)
    headline = (
        f"F1 {shown(found.figures['f1'])} at overlap ≥ {STRICT:.1f}; quotes in gold: {found.n}, "
        f"predicted: {n_predicted}; speaker {shown(rows[2].main)}"
    )
    return Group(name="Quotes", headline=headline, rows=rows)


def pairs(fit: Fit, gold_letters: Sequence[set[int]], least: float) -> list[tuple[int, int]]:
    """Return which gold quote is which predicted quote, by their numbers."""
    predicted = [fit.letters_in(quote.parts) for quote in fit.bundle.quotes]
    overlaps = {
        (i, j): len(gold & found) / len(gold | found)
        for i, gold in enumerate(gold_letters)
        for j, found in enumerate(predicted)
        if gold & found
    }
    return matched(overlaps, least)


def strict_pairs(fit: Fit) -> list[Pair]:
    """Return the gold quotes that were found, each with the quote that finds it."""
    return [(fit.gold.quotes[i], fit.bundle.quotes[j]) for i, j in pairs(fit, quote_letters(fit), STRICT)]


def same_speaker(gold: str | None, predicted: str | None) -> bool:
    """Whether two phrases name one speaker by the same head; both may be missing.

    The head is the last word before a preposition, relative clause, comma or bracket, without regard to case:
    "a principal at Elm School" is "one principal", "Superintendent Ana Ruiz" is "Ruiz". A name set beside a
    description counts too: "the director, Ana Ruiz" is "the director" and "Ruiz".
    """
    if gold is None or predicted is None:
        return gold is predicted
    return bool(heads(gold) & heads(predicted))


def heads(phrase: str) -> set[str]:
    """Return the head of a speaker phrase, and that of a name in apposition to a description."""
    first, _, rest = _BRACKETS.sub(" ", phrase).strip().partition(",")
    name = _APPOSITION.fullmatch(rest.partition(",")[0].strip())
    found = {_head(first)} | ({_head(name[0])} if name and _BEGINS_LOW.match(first) else set())
    return found - {""}


def same_cue(gold: str | None, predicted: str | None) -> bool:
    """Whether two cues agree: both missing, or the words of one stand in the other ("told", "had told")."""
    if gold is None or predicted is None:
        return gold is predicted
    one, other = set(gold.casefold().split()), set(predicted.casefold().split())
    return one <= other or other <= one


def _head(chunk: str) -> str:
    words = [word.casefold().rstrip(".") for word in _NAME.findall(chunk)]
    ends = [place for place, word in enumerate(words) if place and word in _STOP]
    kept = words[: ends[0]] if ends else words
    return re.sub(r"[’']s$", "", kept[-1]) if kept else ""


def _attributes(scorer: Scorer, matches: Sequence[list[tuple[int, int]]]) -> Iterator[Row]:
    pairs = [
        _Found(document, fit.gold.number[fit.gold.quotes[i].block], fit.gold.quotes[i], fit.bundle.quotes[j])
        for document, (fit, numbers) in enumerate(zip(scorer.fits, matches, strict=True))
        for i, j in numbers
    ]
    with_cue = [pair for pair in pairs if pair.gold.cue is not None]
    of = "matched quotes"
    yield scorer.share("speaker right", _judged(pairs, _is_speaker), of)
    yield scorer.share("cue right", _judged(pairs, _is_cue), of)
    yield scorer.share("cue right, if there is", _judged(with_cue, _is_cue), "matched quotes with a cue in gold")
    yield scorer.share("form right", _judged(pairs, lambda gold, quote: gold.form == quote.form), of)


def _by_confidence(scorer: Scorer, matches: Sequence[list[tuple[int, int]]]) -> Iterator[Row]:
    """Yield, for each band of confidence, the share of predicted quotes that are right: words and speaker."""
    for low, high in BANDS:
        units = [
            unit
            for document, (fit, numbers) in enumerate(zip(scorer.fits, matches, strict=True))
            for unit in _in_band(document, fit, numbers, (low, high))
        ]
        if units:
            yield scorer.share(f"right at {number(low)}–{number(high)}", units, "predicted quotes of this confidence")


def _in_band(document: int, fit: Fit, numbers: list[tuple[int, int]], band: tuple[float, float]) -> Iterator[Unit]:
    golds = {j: fit.gold.quotes[i] for i, j in numbers}
    for j, quote in enumerate(fit.bundle.quotes):
        if band[0] <= quote.confidence < band[1] or quote.confidence == band[1] == 1.0:
            right = j in golds and _is_speaker(golds[j], quote)
            yield Unit(document, fit.block_at(quote.start), (right, 1))


def _judged(pairs: Sequence[_Found], agree: Callable[[GoldQuote, Quote], bool]) -> list[Unit]:
    return [Unit(pair.document, pair.block, (agree(pair.gold, pair.quote), 1)) for pair in pairs]


def names_speaker(gold: str | None, speaker: Speaker | None) -> bool:
    """Whether a speaker is the one of gold: by the words, or by the name or role to which a pronoun was resolved.

    "She", resolved to a veteran teacher without a name, is "A veteran teacher at Elm Middle".
    """
    if gold is None or speaker is None:
        return gold is None and speaker is None
    described = speaker.role if speaker.name is None and speaker.text.lower() in _PRONOUNS else None
    meant = [words for words in (speaker.text, speaker.name, described) if words is not None]
    return any(same_speaker(gold, words) for words in meant)


def _is_speaker(gold: GoldQuote, quote: Quote) -> bool:
    return names_speaker(gold.speaker, quote.speaker)


def _is_cue(gold: GoldQuote, quote: Quote) -> bool:
    return same_cue(gold.cue, None if quote.cue is None else quote.cue.text)


def _units(fits: Sequence[Fit], matches: Sequence[list[tuple[int, int]]]) -> list[Unit]:
    return [
        unit
        for document, (fit, pairs) in enumerate(zip(fits, matches, strict=True))
        for unit in _of(document, fit, pairs)
    ]


def _of(document: int, fit: Fit, numbers: list[tuple[int, int]]) -> Iterator[Unit]:
    found, used = {i for i, _ in numbers}, {j for _, j in numbers}
    for i, gold in enumerate(fit.gold.quotes):
        yield Unit(document, fit.gold.number[gold.block], (i in found, i in found, 1))
    for j, quote in enumerate(fit.bundle.quotes):
        if j not in used:
            yield Unit(document, fit.block_at(quote.start), (0, 1, 0))
