"""Codebooks as REFI-QDA has them (QDC): ours out, theirs in.

    themes: [{id: succession, name: Leadership succession, definition: Who follows whom., include: [Searches.]}]
    ↔ <Code guid="…" name="Leadership succession" isCodable="true" color="#88CCEE">
        <Description>Who follows whom.⏎Include:⏎- Searches.⏎[pop theme succession]</Description></Code>

A codebook of another program has names and descriptions; ids are made of the names.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pipeline.codebook import Codebook, Theme
from pipeline.exchange.codings import Code
from pipeline.exchange.refi import container, tree
from pipeline.exchange.refi.described import LISTS, theme_parts
from pipeline.exchange.refi.names import CODEBOOK, child, children, marks, top
from pipeline.exchange.refi.reading import codes_below
from pipeline.exchange.refi.tree import ForeignCode
from pipeline.exchange.rubric_yaml import folded, scalar
from pipeline.records import PROGRAM

_NOT: Final = re.compile(r"[^a-z0-9]+")


@dataclass
class CameIn:
    """A codebook that was read. `bare`: names without a definition; `groups`: names that only hold others together."""

    codebook: Codebook
    bare: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    sets: int = 0

    def lines(self) -> list[str]:
        """Say it, a line for each matter."""
        told = [f"{_n(len(self.codebook.themes), 'theme')}: {', '.join(self.codebook.ids)}"]
        if self.bare:
            told.append(f"without a definition, which you should write: {', '.join(self.bare)}")
        if self.groups:
            told.append(f"left out, as they only hold others together: {', '.join(self.groups)}")
        if self.sets:
            told.append(f"left out: {_n(self.sets, 'set')} of codes")
        return told


def to_qdc(codes: Sequence[Code]) -> bytes:
    """Return codes as a codebook file."""
    root = top("CodeBook", {"origin": f"pop {PROGRAM.removeprefix('pop-')}"}, CODEBOOK)
    root.append(tree.elements(codes, CODEBOOK))
    return container.xml_bytes(root)


def read_codebook(path: Path, version: str = "1.0") -> CameIn:
    """Read the codes of a codebook file, or of a project, as themes.

    Raises:
        PipelineError: it is no such file, or no code in it can be put on words.
    """
    is_project = path.suffix.lower() in {".qdpx", ".qde"}
    root = container.read_project(path).root if is_project else container.read_xml(path, "CodeBook")
    codes = codes_below(child(child(root, "CodeBook") if is_project else root, "Codes"))
    meant = _themes_among(codes)
    if not meant:
        raise container.damaged(path, f"{_n(len(codes), 'code')}, none of which can be put on words")
    ids: set[str] = set()
    themes = [_theme(code, ids) for code in meant]
    bare = [theme.name for theme, code in zip(themes, meant, strict=True) if theme.definition == f"{code.name}."]
    groups = [one.name for one in codes if not one.is_codable]
    n_sets = sum(1 for _ in children(child(root, "Sets"), "Set"))
    return CameIn(Codebook(version=version, themes=themes), bare, [] if _is_ours(codes) else groups, n_sets)


def to_yaml(codebook: Codebook, comment: str) -> str:
    """Return the file of a codebook, in the form of the shipped corpus/codebook.yaml."""
    return "\n".join(_lines(codebook, comment)) + "\n"


def _is_ours(codes: Sequence[ForeignCode]) -> bool:
    return any("theme" in marks(one.description).values() for one in codes)


def _themes_among(codes: Sequence[ForeignCode]) -> list[ForeignCode]:
    """Return the codes that are themes: those that bear our mark, or (of others) all that can be put on words."""
    if not _is_ours(codes):
        return [one for one in codes if one.is_codable and one.name.strip()]
    ours = [one for one in codes if "theme" in marks(one.description).values()]
    beside = {one.path[:-1] for one in ours}
    return [one for one in codes if one in ours or (one.is_codable and one.path[:-1] in beside and one.name.strip())]


def _theme(code: ForeignCode, ids: set[str]) -> Theme:
    marked = next((name for name, kind in marks(code.description).items() if kind == "theme"), None)
    own = marked if marked and marked not in ids else _free(_slug(code.name), ids)
    ids.add(own)
    parts: dict[str, Any] = dict(theme_parts(code.description))
    name = " ".join(code.name.split())
    return Theme(id=own, name=name, **parts | {"definition": parts["definition"] or f"{code.name}."})


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return _NOT.sub("_", plain).lstrip("_0123456789")[:40].rstrip("_") or "theme"


def _free(name: str, ids: set[str]) -> str:
    n = 2
    free = name
    while free in ids:
        free, n = f"{name}_{n}", n + 1
    return free


def _lines(codebook: Codebook, comment: str) -> Iterator[str]:
    yield f"# {comment}"
    yield f'version: "{codebook.version}"'
    yield "themes:"
    for theme in codebook.themes:
        yield f"  - id: {scalar(theme.id)}"
        yield f"    name: {scalar(theme.name)}"
        yield f"    definition: {_text(theme.definition)}"
        for name in LISTS:
            entries: list[str] = getattr(theme, name)
            yield from [f"    {name}:", *(f"      - {scalar(entry)}" for entry in entries)] if entries else []


def _text(text: str) -> str:
    """Return a text as a folded block where YAML gives it back as it is."""
    return folded(text, 6) if text == " ".join(text.split()) else scalar(text)


def _n(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
