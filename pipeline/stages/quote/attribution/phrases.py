"""Finds how far the phrase of a speaker reaches: “the coach, Ida Lund”, “a teacher from the north side”."""

from typing import TYPE_CHECKING

from pipeline.stages.quote.attribution.frame import Frame
from pipeline.stages.quote.attribution.verbs import CueWord
from pipeline.stages.quote.people import PRONOUNS, is_role
from pipeline.stages.quote.people.lexicon import TITLE_WORDS
from pipeline.stages.quote.spans import Attribution, Span

if TYPE_CHECKING:
    from spacy.tokens import Token

NOMINAL = frozenset({"PRON", "PROPN", "DET", "NOUN", "ADJ", "NUM"})


def attributed(
    frame: Frame,
    head: "Token",
    cue: CueWord,
    side: str,
    start: "Token | None" = None,
    reach: "Token | None" = None,
) -> Attribution:
    """Return the attribution of a cue to the phrase around `head`."""
    limit = cue.span[0] if head.idx + frame.shift < cue.span[0] else frame.end
    speaker, full = phrase(frame, head, limit, start=start, reach=reach)
    return Attribution(speaker, cue.span, "direct", "after" if side == "after" else "before", full)


def phrase(
    frame: Frame, head: "Token", limit: int, start: "Token | None" = None, reach: "Token | None" = None
) -> tuple[Span, Span]:
    """Return the noun phrase around `head` as written, and with the apposition that follows it."""
    if head.lower_ in PRONOUNS:
        span = frame.span(head, head)
        return span, span
    first = _first_of_phrase(frame, head, start)
    right = max(head.right_edge.i, reach.i if reach is not None else head.i)
    tokens = [t for t in frame.tokens if first.i <= t.i <= right and frame.span(t, t)[1] <= limit]
    tokens = _contiguous(tokens) or [head]
    cut = _cut(tokens, head)
    return frame.span(tokens[0], tokens[cut]), frame.span(tokens[0], tokens[-1])


def _first_of_phrase(frame: Frame, head: "Token", start: "Token | None") -> "Token":
    if start is not None:
        return start
    inside = {token.i for token in frame.tokens}
    left = [token for token in head.doc[head.left_edge.i : head.i + 1] if token.i in inside]
    while len(left) > 1 and (left[0].is_punct or left[0].is_space or _leads(left[0])):
        left = left[1:]
    if head.pos_ == "PROPN":
        left = _without_stray(left)
    article = head.nbor(-1) if head.i else head
    if left == [head] and article.lower_ == "the":
        left = [article, head]  # "the first", whose article the parser hangs on the verb
    comma = max((n for n, token in enumerate(left[:-1]) if token.text in {",", ";", "—"}), default=-1)
    return left[comma + 1] if left else head


def _without_stray(left: "list[Token]") -> "list[Token]":
    """Drop a noun that is no title before a name: "Over coffee Ida Lund asked"."""
    for n, token in enumerate(left[:-1]):
        bare = token.is_lower and token.pos_ == "NOUN" and token.lower_ not in TITLE_WORDS
        if bare and left[n + 1].pos_ == "PROPN" and not any(one.pos_ in {"DET", "PRON", "PART"} for one in left[:n]):
            return left[n + 1 :]
    return left


def _leads(token: "Token") -> bool:
    return token.pos_ in {"ADV", "CCONJ", "SCONJ", "VERB"} and token.lower_ != "acting"


def _contiguous(tokens: "list[Token]") -> "list[Token]":
    """Stop where a quotation, a semicolon or a new sentence interrupts the phrase."""
    kept: list[Token] = []
    for token in tokens:
        if kept and (token.i != kept[-1].i + 1 or token.text in {";", ":", "—", "."}):
            break
        kept.append(token)
    while len(kept) > 1 and (
        kept[-1].tag_ == "POS"
        or kept[-1].is_punct
        or kept[-1].pos_ in {"AUX", "ADV"}
        or kept[-1].lower_ in {"who", "that"}
    ):
        kept = kept[:-1]
    return kept


def _parts(token: "Token") -> bool:
    """Whether a token parts a person from what is said of them: a comma, or "who"."""
    return token.text in {",", "(", "–"} or (
        token.lower_ in {"who", "whose", "which"} and token.head.pos_ in {"VERB", "AUX"}
    )


def _cut(tokens: "list[Token]", head: "Token") -> int:
    """Return the last token before the apposition or aside; "the coach, Ida Lund" keeps the name."""
    comma = next((n for n, t in enumerate(tokens) if t.i > head.i and _parts(t)), None)
    if comma is None or comma == 0:
        return len(tokens) - 1
    follows = tokens[comma + 1 : comma + 4]
    if head.pos_ != "PROPN" and follows and follows[0].pos_ == "PROPN":
        end = comma + 1
        while end + 1 < len(tokens) and (tokens[end + 1].pos_ == "PROPN" or _in_name(tokens, end + 1)):
            end += 1
        return end
    vague = head.lower_ in {"one", "other", "another"} and follows and follows[0].lower_ in {"a", "an", "the"}
    return len(tokens) - 1 if vague else comma - 1


def _in_name(tokens: "list[Token]", n: int) -> bool:
    """Whether a token joins two parts of a name, without a space: Webb-Cole."""
    before = tokens[n - 1]
    joined = not before.whitespace_ and (tokens[n].text in {"-", "‑"} or before.text in {"-", "‑"})
    return joined and not tokens[-1].is_punct


def reach_of(tokens: "list[Token]", head: "Token") -> "Token":
    """Return the end of "a teacher from the north side", which the parser may hang on the verb."""
    last = head
    allowed = {"of", "from"} if head.pos_ == "PROPN" else {"of", "from", "at", "in", "on", "for", "with"}
    for token in tokens:
        if token.i <= last.i:
            continue
        fits = token.lower_ in allowed or token.pos_ in NOMINAL | {"PART"}
        if token.i != last.i + 1 or not fits or token.ent_type_ in {"DATE", "TIME"}:
            break
        last = token
    return head if last.pos_ == "ADP" else last


def head_of_run(tokens: "list[Token]") -> "Token | None":
    """Return the head of the nominal words with which the tokens begin."""
    run: list[Token] = []
    for token in tokens:
        if token.pos_ not in NOMINAL | {"PART"}:
            break
        run.append(token)
    nouns = [token for token in run if token.pos_ in {"PROPN", "NOUN", "PRON"} or token.lower_ in {"one", "another"}]
    roles = [token for token in run if is_role(token.text)]
    return next(iter([*nouns[-1:], *roles[-1:]]), None)


def object_of(frame: Frame, cue: Span, limit: int, side: str) -> Attribution | None:
    """Return the person whom a phrase such as "according to" names."""
    rest = frame.between(cue[1], limit)
    heads = [token for token in rest if token.dep_ == "pobj" and token.head.idx + frame.shift < cue[1]]
    head = heads[0] if heads else head_of_run(rest)
    if head is None:
        return None
    speaker, full = phrase(frame, head, limit, start=rest[0], reach=_named_after(rest, head))
    return Attribution(speaker, cue, "direct", "before" if side == "before" else "after", full)


def _named_after(tokens: "list[Token]", head: "Token") -> "Token | None":
    """Return the last word of the name in "the director of research, Ida Lund," which the parser may cut off."""
    later = [token for token in tokens if token.i > head.right_edge.i or (token.i > head.i and token.text == ",")]
    if len(later) < 2 or later[0].text != "," or later[1].pos_ != "PROPN" or head.pos_ == "PROPN":
        return None
    last = later[1]
    for token in later[2:]:
        if token.pos_ != "PROPN":
            break
        last = token
    return last
