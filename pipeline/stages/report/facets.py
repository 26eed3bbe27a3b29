"""What the words on the page can be filtered by: each value has a short token, which the words carry.

Worked example: a quote of document 3 at the first site, with the first theme to review and the second practice matched,
carries "q c d3 s0 t0r p1m r y"; a filter for theme 0 decided to review looks for "t0r".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.counts.coverage import site_key
from pipeline.stages.report.views import DocumentRow, PassageView, QuoteView

MAX_SITES = 300
"""Sites that can be chosen; those with most passages and quotes."""


@dataclass(frozen=True, slots=True)
class Option:
    """A value to choose. `value` stands in links, `token` with the words."""

    value: str
    label: str
    token: str


@dataclass(frozen=True)
class Facets:
    """The values that can be chosen."""

    theme: list[Option]
    site: list[Option]
    year: list[Option]
    document: list[Option]
    practice: list[Option]
    problem: list[Option]
    coder: list[Option]

    def tokens_of_quote(self, quote: QuoteView, document: DocumentRow) -> str:
        """Return what a quote carries."""
        people = [code.by for code in quote.passage.themes] + [mapped.by for mapped in quote.practices] + [quote.by]
        best = _best((mapped.practice, mapped.decision) for mapped in quote.practices if mapped.anchor)
        decided = [*_best((code.column, code.decision) for code in quote.passage.themes).values(), *best.values()]
        return _join(
            ["q", "" if quote.passage.repeated else "c", *self._place(document)],
            self._some(self.site, quote.sites),
            self._some(self.problem, quote.problems),
            self._themes(quote.passage),
            [option.token + _letter(best[option.value], "m") for option in self.practice if option.value in best],
            [_letter(decision, "y") for decision in decided],
            self._people(people),
        )

    def tokens_of_passage(self, passage: PassageView, document: DocumentRow) -> str:
        """Return what a passage carries."""
        return _join(
            ["v", "c" if passage.counted else "" if passage.repeated else "c o", *self._place(document)],
            self._some(self.site, map(site_key, passage.sites)),
            self._some(self.problem, passage.problems),
            self._themes(passage),
            [_letter(code.decision, "y") for code in passage.themes],
            self._people([code.by for code in passage.themes]),
        )

    def _place(self, document: DocumentRow) -> list[str]:
        return [f"d{document.number}", f"j{document.year}" if document.year else ""]

    def _some(self, options: Sequence[Option], values: Iterable[str]) -> list[str]:
        held = set(values)
        return [option.token for option in options if option.value in held] if held else []

    def _themes(self, passage: PassageView) -> list[str]:
        held = {code.column: code.decision for code in passage.themes}
        return [option.token + _letter(held[option.value], "y") for option in self.theme if option.value in held]

    def _people(self, names: Iterable[str]) -> list[str]:
        return ["h" if any(names := [name for name in names if name]) else "", *self._some(self.coder, names)]


def options(letter: str, values: Iterable[tuple[str, str]]) -> list[Option]:
    """Return options for values with their labels; the token is a letter and the place."""
    return [Option(value, label, f"{letter}{place}") for place, (value, label) in enumerate(values)]


def _best(decisions: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the decision for each key, a yes before a review."""
    best: dict[str, str] = {}
    for key, decision in decisions:
        if decision == "yes" or key not in best:
            best[key] = decision
    return best


def _letter(decision: str, yes: str) -> str:
    return yes if decision == "yes" else "r"


def _join(*tokens: Sequence[str]) -> str:
    return " ".join(dict.fromkeys(token for group in tokens for token in group if token))
