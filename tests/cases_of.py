"""Reads the documents of tests/cases: texts of several genres with what a person found in them.

    kind: news
    title: The title
                                       an empty line
    ## A heading :: kinds that are right, the best first :: sites, parted by ";"
    {p}A sentence that states the problem. {ar}One that may pass for approach or result. One without a role.

The letters are the first letters of the roles.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from builders import bundle, document, passage

from pipeline.records import AnatomyRole, Bundle, Passage

FOLDER = Path(__file__).parent / "cases"
_ROLES: dict[str, AnatomyRole] = {"p": "problem", "a": "approach", "c": "challenge", "r": "result"}
_MARK = re.compile(r"\{([pacr]+)\}")


@dataclass(frozen=True)
class Told:
    """A section as a person read it. `roles`: where a marked sentence starts → the roles it may be given."""

    heading: str
    kinds: list[str]
    sites: list[str]
    roles: dict[int, set[AnatomyRole]]


@dataclass(frozen=True)
class Case:
    bundle: Bundle
    told: list[Told]


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.txt"))


def read(name: str) -> Case:
    head, *blocks = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").strip().split("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    lines = [line for block in blocks for line in block.splitlines()]
    text, spans, told = "", [], []
    for line in lines:
        if line.startswith("#"):
            marks, rest = line.split(" ", 1)
            heading, kinds, *sites = [part.strip() for part in f"{rest} ".split("::")]
            told.append(
                Told(heading, kinds.split(), [one.strip() for one in ";".join(sites).split(";") if one.strip()], {})
            )
            plain, level = heading, len(marks)
        else:
            plain, level = _MARK.sub("", line), None
            told[-1].roles.update(_roles(line, len(text)))
        spans.append((len(text), plain, level))
        text += plain + "\n\n"
    doc = document(text, kind=fields["kind"], title=fields["title"], id=name)
    return Case(bundle(doc, passages=[_passage(doc, index, *span) for index, span in enumerate(spans)]), told)


def _passage(doc, index: int, start: int, text: str, level: int | None) -> Passage:
    kind = "paragraph" if level is None else "heading"
    return passage(doc, text, index=index, kind=kind, level=level, start=start, end=start + len(text))


def _roles(line: str, shift: int) -> dict[int, set[AnatomyRole]]:
    found, cut = {}, 0
    for match in _MARK.finditer(line):
        found[shift + match.start() - cut] = {_ROLES[letter] for letter in match[1]}
        cut += len(match[0])
    return found
