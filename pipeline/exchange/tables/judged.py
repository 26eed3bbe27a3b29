"""What is known of the themes of passages and the practices of quotes: 1, 0, or nothing where nobody judged.

model: equity yes, succession review, nothing else    → equity 1, succession unknown, all other themes 0
ana: {succession: 2}, open: culture_change            → succession 1, culture_change unknown, all others 0
both                                                  → what people say counts; where they differ: unknown
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.codebook import Codebook
from pipeline.corrections.anchoring import Text
from pipeline.corrections.folder import Recorded
from pipeline.corrections.placing import place
from pipeline.corrections.themes import in_words_of
from pipeline.records import Bundle, is_coded

Cell = int | None
Key = tuple[str, str]
"""A passage and a theme, or a quote and a practice, by their ids."""


@dataclass
class Judged:
    """What is known of one document. `model`, `p`: of the model; `people`: coder → key → 0 or 1, absent where open."""

    model: dict[Key, Cell] = field(default_factory=dict)
    p: dict[Key, float] = field(default_factory=dict)
    people: dict[str, dict[Key, int]] = field(default_factory=dict)

    def value(self, key: Key) -> Cell:
        """Return what holds: of people if any judged and none differs, else of the model."""
        said = {held[key] for held in self.people.values() if key in held}
        if said:
            return said.pop() if len(said) == 1 else None
        return self.model.get(key)

    def of(self, coder: str, key: Key) -> Cell:
        """Return what one person says."""
        return self.people.get(coder, {}).get(key)


def themes(bundle: Bundle, codebook: Codebook, recorded: Iterable[Recorded], *, review: bool) -> Judged:
    """Return what is known of the themes of the passages of a document.

    Args:
        bundle: with its passages and tags.
        codebook: the themes.
        recorded: what people decided; those about other documents are passed over.
        review: what the model left for review is unknown; otherwise it counts as absent.
    """
    judged = Judged()
    coded = [one for one in bundle.passages if is_coded(one)]
    if bundle.document.kind != "rubric":  # an instrument, which the model does not read
        judged.model = {(one.id, theme): 0 for one in coded for theme in codebook.ids}
    _of_decisions(bundle, codebook, [one for one in recorded if _is_about(one, bundle)], judged)
    for tag in bundle.tags:
        key = tag.passage_id, tag.theme
        if tag.source == "human":
            judged.people.setdefault(tag.coder, {})[key] = int(tag.decision == "yes")
        else:
            judged.model[key] = _cell(tag.decision, review=review)
            judged.p[key] = tag.p
    return judged


def practices(bundle: Bundle, ids: Sequence[str], *, review: bool) -> Judged:
    """Return what is known of the practices of the quotes of a document; of several indicators, the best counts.

    Args:
        bundle: with its quotes and mappings.
        ids: of the practices of the rubric.
        review: as for themes.
    """
    judged = Judged(model={(quote.id, practice): 0 for quote in bundle.quotes for practice in ids})
    for mapping in bundle.mappings:
        key = mapping.quote_id, mapping.practice
        if mapping.source == "human":
            held = judged.people.setdefault(mapping.coder or "human", {})
            held[key] = max(held.get(key, 0), int(mapping.decision == "match"))
        else:
            judged.model[key] = _better(judged.model.get(key, 0), _cell(mapping.decision, review=review))
            judged.p[key] = max(judged.p.get(key, 0.0), mapping.p)
    return judged


def together(cells: Iterable[Cell]) -> Cell:
    """Return what holds of a whole whose parts are judged: 1 if of any, unknown if that is unknown or nothing is."""
    held = list(cells)
    if 1 in held:
        return 1
    return None if None in held or not held else 0


def _of_decisions(bundle: Bundle, codebook: Codebook, recorded: Sequence[Recorded], judged: Judged) -> None:
    coded = [one for one in bundle.passages if is_coded(one)]
    placed, _ = place(recorded, Text(bundle.document.text), coded)
    for one in placed:
        label = in_words_of(codebook, one.recorded.judgement)
        held = judged.people.setdefault(one.recorded.judgement.coder, {})
        for theme in codebook.ids:
            if theme in label.themes or (theme not in label.open and one.is_whole):
                held[coded[one.number].id, theme] = int(theme in label.themes)


def _is_about(one: Recorded, bundle: Bundle) -> bool:
    return one.judgement.anchor.document == bundle.document.path


def _cell(decision: str, *, review: bool) -> Cell:
    if decision in {"yes", "match"}:
        return 1
    return None if decision == "review" and review else 0


def _better(one: Cell, other: Cell) -> Cell:
    return 1 if 1 in (one, other) else None if None in (one, other) else 0
