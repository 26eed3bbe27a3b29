"""What changed between two codebooks, and what that asks of the labels: for people (text) and programs (structs)."""

import csv
import difflib
import io
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from pipeline.codebook import Codebook, Theme
from pipeline.learning.labels import ThemeLabel
from pipeline.learning.recoding import Recoded

Kind = Literal["renamed", "merged", "split", "added", "removed", "changed"]

WIDTH = 80
_FIELDS = ("name", "definition", "include", "exclude", "examples")
BYTE_ORDER_MARK = "\N{BYTE ORDER MARK}"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change. `old`, `new`: ids before and after. `fields`: what of the wording differs. `hint`: what to look at.

    `labels`: how many labels it touches; `None` where no labels were given.
    """

    kind: Kind
    old: list[str]
    new: list[str]
    fields: list[str] = []
    labels: int | None = None
    hint: str = ""


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """All that `pop codebook` tells. `unchanged`: themes with the same id and wording.

    `relabel`: decisions for a person, by why; `texts`: in how many labels.
    """

    changes: list[Change]
    unchanged: list[str]
    labels: int | None = None
    texts: int = 0
    relabel: dict[str, int] = {}


def compare(old: Codebook, new: Codebook) -> list[Change]:
    """Return what changed from one codebook to the next, in the order of the new one, what was removed last."""
    return list(_changes(old.ids, {theme.id: theme for theme in old.themes}, new))


def compare_with_labels(labels: Iterable[ThemeLabel], new: Codebook) -> list[Change]:
    """Return what changed since labels were made, as far as they tell: their themes stand for the old codebook."""
    used = dict.fromkeys(theme for label in labels for theme in (*label.themes, *label.open))
    never = [theme.id for theme in new.themes if theme.was and not {theme.id, *theme.was} & set(used)]
    return list(_changes([*used, *never], {}, new))


def _changes(old_ids: Sequence[str], old: dict[str, Theme], new: Codebook) -> Iterator[Change]:
    heirs = {theme_id: new.heirs(theme_id) for theme_id in old_ids}
    gone = [theme_id for theme_id in old_ids if not heirs[theme_id]]
    told: set[str] = set()
    for theme in new.themes:
        sources = [theme_id for theme_id in old_ids if theme.id in heirs[theme_id]]
        whole = [theme_id for theme_id in sources if len(heirs[theme_id]) == 1]
        for theme_id in sources:
            if theme_id not in whole and theme_id not in told:
                told.add(theme_id)
                yield Change(kind="split", old=[theme_id], new=heirs[theme_id])
        if not sources:
            yield Change(kind="added", old=[], new=[theme.id], hint=_hint(theme, [old[i] for i in gone if i in old]))
        elif len(sources) > 1:
            yield Change(kind="merged", old=sources, new=[theme.id])
        elif whole:
            yield from _kept(whole[0], old.get(whole[0]), theme)
    for theme_id in gone:
        yield Change(kind="removed", old=[theme_id], new=[], hint="" if theme_id in old else _close(theme_id, new))


def _kept(old_id: str, old: Theme | None, new: Theme) -> Iterator[Change]:
    fields = [name for name in _FIELDS if old and getattr(old, name) != getattr(new, name)]
    if old_id != new.id:
        yield Change(kind="renamed", old=[old_id], new=[new.id], fields=fields)
    elif fields:
        yield Change(kind="changed", old=[old_id], new=[new.id], fields=fields)


def _hint(theme: Theme, gone: Sequence[Theme]) -> str:
    """Recognise a theme that got another id without saying so."""
    for other in gone:
        if other.name == theme.name or other.definition == theme.definition:
            return f"the same name or definition as {other.id}, which is gone; if it is that one: was: [{other.id}]"
    return ""


def _close(theme_id: str, new: Codebook) -> str:
    close = difflib.get_close_matches(theme_id, new.ids, n=1)
    return f"did you mean {close[0]}?" if close else ""


def summarise(changes: Sequence[Change], new: Codebook, labels: Sequence[ThemeLabel], recoded: Recoded) -> Changes:
    """Add what the changes ask of the labels."""
    body = sum(label.kind == "body" for label in labels)
    told = {theme for change in changes for theme in change.old}
    strange = [
        Change(
            kind="removed", old=[theme], new=[], hint=f"in neither codebook; {_close(theme, new)}".removesuffix("; ")
        )
        for theme in recoded.gone
        if theme not in told
    ]
    counted = [
        msgspec.structs.replace(change, labels=body if change.kind == "added" else _touched(change, labels))
        for change in [*changes, *strange]
    ]
    why = [entry.why for entry in recoded.relabel]
    return Changes(
        changes=counted,
        unchanged=_unchanged(changes, new),
        labels=len(labels),
        texts=len({entry.label for entry in recoded.relabel}),
        relabel={reason: why.count(reason) for reason in dict.fromkeys(why)},
    )


def without_labels(changes: Sequence[Change], new: Codebook) -> Changes:
    """Return the changes alone."""
    return Changes(changes=list(changes), unchanged=_unchanged(changes, new))


def _touched(change: Change, labels: Iterable[ThemeLabel]) -> int:
    return sum(any(theme in label.themes or theme in label.open for theme in change.old) for label in labels)


def _unchanged(changes: Sequence[Change], new: Codebook) -> list[str]:
    named = {theme for change in changes for theme in change.new}
    return [theme for theme in new.ids if theme not in named]


_ASKS = {
    "renamed": "{n} carried over",
    "merged": "{n} carried over, the highest grade",
    "split": "{n} to relabel, open for each part until then",
    "added": "{n} open: nobody has looked for it",
    "removed": "{n} kept without it",
    "changed": "{n} to look at: do they still fit?",
}


def to_text(found: Changes, title: str) -> str:
    """Return the changes as text of at most 80 columns."""
    lines = [*textwrap.wrap(title, WIDTH), ""]
    for change in found.changes:
        lines += _lines(change)
    lines += textwrap.wrap(f"unchanged  {', '.join(found.unchanged) or 'none'}", WIDTH, subsequent_indent=" " * 11)
    return "\n".join([*lines, *_asked(found)]) + "\n"


def _lines(change: Change) -> list[str]:
    ids = " → ".join(part for part in (" + ".join(change.old), ", ".join(change.new)) if part)
    if change.kind == "changed":
        ids = change.new[0]
    wording = f" ({', '.join(change.fields)})" if change.fields else ""
    lines = textwrap.wrap(f"{change.kind:9}  {ids}{wording}", WIDTH, subsequent_indent=" " * 11)
    if change.labels is not None:
        lines.append(" " * 13 + _ASKS[change.kind].format(n=_number(change.labels, "label")))
        if change.kind == "renamed" and set(change.fields) - {"name"}:
            lines.append(" " * 13 + "the wording has changed, too: do they still fit?")
    return lines + textwrap.wrap(change.hint, WIDTH, initial_indent=" " * 13, subsequent_indent=" " * 13)


def _asked(found: Changes) -> list[str]:
    if found.labels is None:
        return []
    if not found.relabel:
        return ["", f"{_number(found.labels, 'label')}: nothing must be relabelled."]
    told = {
        "split": "{n} because a theme was split",
        "open": "{n} that were open before",
        "added": "{n} because a theme is new",
    }
    one = len(found.relabel) == 1
    parts = [told[why].format(n="" if one else f"{n:,}").strip() for why, n in found.relabel.items()]
    total = sum(found.relabel.values())
    text = f"To relabel: {_number(total, 'decision')} in {found.texts:,} of {_number(found.labels, 'label')}"
    return ["", *textwrap.wrap(f"{text}{', ' if one else '; '}{', '.join(parts)}.", WIDTH)]


def _number(n: int, noun: str) -> str:
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


def to_relabel(recoded: Recoded) -> list[ThemeLabel]:
    """Return the labels that have something open, those of split themes first, each once."""
    split = {entry.label for entry in recoded.relabel if entry.why == "split"}
    return sorted((label for label in recoded.labels if label.open), key=lambda label: label.id not in split)


def to_csv(labels: Iterable[ThemeLabel], themes: Sequence[str]) -> bytes:
    """Return labels as a sheet to fill in: a row per text, a column per theme, `?` where it is open."""
    stream = io.StringIO(newline="")
    rows = csv.writer(stream, lineterminator="\r\n")
    rows.writerow(["id", "group", "checked", "text", *themes])
    for label in labels:
        marks = ["?" if theme in label.open else str(label.themes.get(theme, "")) for theme in themes]
        rows.writerow([label.id, label.group or "", "", label.text, *marks])
    return (BYTE_ORDER_MARK + stream.getvalue()).encode()
