"""Labels made with an earlier codebook, carried over to the one at hand; what a person must judge anew is listed.

Worked example: the codebook says `fairness` was `equity`, and `coaching` and `pathways` both were `training`. Then

    {"equity": 2, "training": 1}  →  {"fairness": 2}, open: coaching, pathways
    {"succession": 1}             →  the same: where training was not, its parts are not

*Open* is what nobody has judged for a text: neither learned from nor measured on. A label that tells which themes were
`asked` is open for all others. Recoding twice is recoding once.
"""

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import msgspec

from pipeline.codebook import Codebook
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning.labels import Grade, ThemeLabel

Reason = Literal["split", "open", "added"]
"""Why a theme must be judged for a text: its old theme was split; it was open before; the theme is new."""

REASONS: tuple[Reason, ...] = get_args(Reason)


@dataclass(frozen=True, slots=True)
class Relabel:
    """A decision that a person must make: whether the text of a label has a theme."""

    label: str
    theme: str
    why: Reason
    text: str


@dataclass(frozen=True, slots=True)
class Recoded:
    """Labels in the words of the codebook at hand.

    `relabel`: what is open, the parts of split themes first, added themes last; else in the order of the labels.
    `notes`: what was done, a sentence for each theme that changed. `gone`: themes of the labels that the codebook has
    in no form, and how many labels had them.
    """

    labels: list[ThemeLabel]
    relabel: list[Relabel]
    notes: list[str]
    gone: dict[str, int]


def recode(
    labels: Sequence[ThemeLabel], codebook: Codebook, *, before: Codebook | None = None, strict: bool = False
) -> Recoded:
    """Carry labels over to a codebook; no label is left out.

    A renamed or merged theme keeps its grades, the highest where several meet. A text that had a theme which was split
    becomes open for each part. A theme that is gone is left out of the label and named.

    Args:
        labels: as a person made them, or as this function returned them.
        codebook: the codebook at hand; the `was` of its themes tells what became of earlier ones.
        before: the codebook that the labels were made with. A theme that it has in no form counts as added: nobody
            looked for it. `None`: a theme counts as added if it has no `was` and no label mentions it. Labels that tell
            what was asked need neither.
        strict: refuse themes that the codebook has in no form.

    Raises:
        PipelineError: with `strict`, names them.
    """
    known = _mentions(labels)
    heirs = {theme: codebook.heirs(theme) for theme in known}
    gone = {theme: known[theme] for theme in sorted(heirs) if not heirs[theme]}
    if gone and strict:
        raise _unknown(gone, codebook)
    added = _added(codebook, known, before)
    new_to = [_not_asked(codebook, label.asked) if label.asked else added for label in labels]
    recoded = [_recode(label, heirs, new, codebook.ids) for label, new in zip(labels, new_to, strict=True)]
    listed = [
        entry for old, now, new in zip(labels, recoded, new_to, strict=True) for entry in _relabel(old, now, heirs, new)
    ]
    notes = list(_notes(labels, heirs, added, gone, codebook))
    return Recoded(recoded, sorted(listed, key=lambda entry: REASONS.index(entry.why)), notes, gone)


def positives(labels: Iterable[ThemeLabel]) -> Counter[str]:
    """Count for each theme the labels that have it."""
    return Counter(theme for label in labels for theme in label.themes)


def _mentions(labels: Iterable[ThemeLabel]) -> Counter[str]:
    return Counter(theme for label in labels for theme in dict.fromkeys([*label.themes, *label.open]))


def _added(codebook: Codebook, known: Iterable[str], before: Codebook | None) -> list[str]:
    if before is not None:
        return _not_asked(codebook, before.ids)
    mentioned = set(known)
    return [theme.id for theme in codebook.themes if not theme.was and theme.id not in mentioned]


def _not_asked(codebook: Codebook, asked: Iterable[str]) -> list[str]:
    """Return the themes that nobody looked for who looked for these."""
    return [theme.id for theme in codebook.themes if not {theme.id, *theme.was}.intersection(asked)]


def _recode(label: ThemeLabel, heirs: dict[str, list[str]], added: Sequence[str], order: Sequence[str]) -> ThemeLabel:
    themes: dict[str, Grade] = {}
    for theme, grade in label.themes.items():
        if len(heirs[theme]) == 1:
            heir = heirs[theme][0]
            themes[heir] = max(themes.get(heir, grade), grade)
    opened = {*_parts(label, heirs), *(heir for theme in label.open for heir in heirs[theme])}
    if label.kind == "body":  # nobody codes headings
        opened.update(added)
    left = [theme for theme in order if theme in opened and theme not in themes]
    # What was not asked now stands in `open`, whence a later answer takes it.
    return msgspec.structs.replace(label, themes=themes, open=left, asked=list(order) if label.asked else [])


def _parts(label: ThemeLabel, heirs: dict[str, list[str]]) -> set[str]:
    """Return the parts of the split themes that a label has."""
    return {part for theme in label.themes if len(heirs[theme]) > 1 for part in heirs[theme]}


def _relabel(old: ThemeLabel, new: ThemeLabel, heirs: dict[str, list[str]], added: Sequence[str]) -> Iterable[Relabel]:
    parts = _parts(old, heirs)
    before = {heir for theme in old.open for heir in heirs[theme]}
    for theme in new.open:
        why: Reason = "split" if theme in parts else "open" if theme in before or theme not in added else "added"
        yield Relabel(new.id, theme, why, new.text)


def _notes(
    labels: Sequence[ThemeLabel],
    heirs: dict[str, list[str]],
    added: Sequence[str],
    gone: dict[str, int],
    codebook: Codebook,
) -> Iterable[str]:
    had = positives(labels)
    for theme, became in heirs.items():
        n = _labels(had[theme])
        if len(became) > 1:
            yield f"{theme} was split into {', '.join(became)}: {n} with it, open for each part"
        elif became and became != [theme]:
            yield f"{theme} is now {became[0]}: {n} carried over"
    before = sum(label.kind == "body" and not label.asked for label in labels)
    for theme in added:
        yield f"{theme} is new: open for all {_labels(before)} made before"
    for theme, n_gone in gone.items():
        yield f"{theme} is in this codebook in no form: {_labels(n_gone)} kept without it{_hint(theme, codebook)}"


def _labels(n: int) -> str:
    return f"{n:,} label" + ("" if n == 1 else "s")


def _hint(theme: str, codebook: Codebook) -> str:
    close = difflib.get_close_matches(theme, codebook.ids, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _unknown(gone: dict[str, int], codebook: Codebook) -> PipelineError:
    named = ", ".join(f"{theme!r} ({_labels(n)})" for theme, n in gone.items())
    return PipelineError(
        ErrorCode.INVALID_LABELS,
        found=f"labels with themes that the codebook does not have: {named}",
        expected=f"one of {', '.join(codebook.ids)}, or an id that one of them `was`",
        do="correct the name in the labels; or say in the codebook what it became (was: [old id]), or add it there",
    )
