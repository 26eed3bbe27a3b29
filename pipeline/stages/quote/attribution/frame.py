"""A parsed paragraph, seen around its quotations."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.stages.quote.spans import Span, Stretch

if TYPE_CHECKING:
    from spacy.tokens import Token

TERMINATORS = frozenset({".", "!", "?"})


@dataclass(frozen=True, slots=True)
class Frame:
    """A parsed paragraph, seen around its quotations.

    `text`: the document. `tokens`: those outside the marks. `shift`: what to add to a token's offset.
    """

    text: str
    start: int
    end: int
    tokens: "tuple[Token, ...]"
    shift: int
    stretches: tuple[Stretch, ...]

    def span(self, first: "Token", last: "Token") -> Span:
        """Return where a run of tokens stands in the document."""
        return first.idx + self.shift, last.idx + len(last.text) + self.shift

    def between(self, start: int, end: int) -> "list[Token]":
        """Return the tokens outside the marks that lie in a stretch of the document."""
        return [t for t in self.tokens if t.idx + self.shift >= start and t.idx + len(t.text) + self.shift <= end]


def region_before(frame: Frame, n: int) -> "list[Token]":
    """Return the tokens from the start of the sentence to the opening mark."""
    return frame.between(*text_before(frame, n))


def text_before(frame: Frame, n: int) -> Span:
    """Return the stretch from the start of the sentence to the opening mark."""
    end = frame.stretches[n].outer_start
    start = frame.start
    for stretch in frame.stretches[:n]:
        follows = frame.text[stretch.outer_end : end].lstrip()
        if frame.text[stretch.end - 1] in ".!?" and not follows[:1].islower() and not follows.startswith(","):
            start = max(start, stretch.outer_end)
    for token in frame.between(start, end):
        if token.text in TERMINATORS:
            start = frame.span(token, token)[1]
    return start, end


def region_after(frame: Frame, n: int) -> "list[Token]":
    """Return the tokens from the closing mark to the end of the sentence."""
    limit = frame.stretches[n + 1].outer_start if n + 1 < len(frame.stretches) else frame.end
    region: list[Token] = []
    for token in frame.between(frame.stretches[n].outer_end, limit):
        if token.text in TERMINATORS or token.text == ";":
            break
        region.append(token)
    return region


def sentences_before(frame: Frame, position: int) -> "list[list[Token]]":
    """Return the sentences outside the marks before `position`, the nearest first."""
    sentences: list[list[Token]] = [[]]
    for token in frame.between(frame.start, position):
        crossed = sentences[-1] and _ends_between(frame, sentences[-1][-1], token)
        if crossed or (sentences[-1] and sentences[-1][-1].text in TERMINATORS):
            sentences.append([])
        sentences[-1].append(token)
    return [sentence for sentence in reversed(sentences) if any(token.is_alpha for token in sentence)]


def _ends_between(frame: Frame, left: "Token", right: "Token") -> bool:
    """Whether a quotation that ends a sentence stands between two tokens."""
    start, end = frame.span(left, left)[1], right.idx + frame.shift
    inside = _within(frame, start, end)
    return any(frame.text[s.end - 1] in ".!?" and right.text[:1].isupper() for s in inside)


def _within(frame: Frame, start: int, end: int) -> Iterator[Stretch]:
    return (stretch for stretch in frame.stretches if start <= stretch.start and stretch.end <= end)


def content(frame: Frame, n: int) -> str:
    """Return the quoted words."""
    return frame.text[frame.stretches[n].start : frame.stretches[n].end]


def skip(frame: Frame, at: int) -> int:
    """Return the first place from `at` that is neither space nor comma."""
    while at < frame.end and frame.text[at] in " ,":
        at += 1
    return at
