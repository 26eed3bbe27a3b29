"""Reads a project of whatever program: users, codes, and texts with the codings on them.

Programs differ in all that the standard leaves open: the case of the folder, braces around GUIDs, the version in the
namespace, where the coder stands. Texts of PDF sources are read from their representation as text.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Final

from pipeline.exchange.refi.container import Container, read_project
from pipeline.exchange.refi.names import Element, child, children, local, same_guid, text_of, utc
from pipeline.exchange.refi.positions import RULES, Program, Rule, Ruler
from pipeline.exchange.refi.tree import ForeignCode

_TEXTS: Final = ("TextSource", "PDFSource")
_SELECTIONS: Final = (
    "PictureSelection",
    "PDFSelection",
    "AudioSelection",
    "VideoSelection",
    "TranscriptSelection",
)
_HINT: Final = 8
"""Characters of a selection's name that speak for a rule if the words begin with them."""

_MOST_HINTS: Final = 2_000


@dataclass(frozen=True)
class ForeignCoding:
    """A code on a stretch of a text, as the file has it. `start`, `end`: as the program counts. `at`: UTC."""

    guid: str
    code: str
    user: str
    at: str | None
    start: int
    end: int
    name: str
    description: str


@dataclass(frozen=True)
class ForeignText:
    """A text of a file. `raw`: with its line ends; `None`: it is not in the container."""

    guid: str
    name: str
    description: str
    raw: str | None
    codings: list[ForeignCoding]
    element: Element = field(compare=False)


@dataclass(frozen=True)
class Project:
    """What a file holds. `users`: GUID → name. `other`: what is not read → how many, such as coded pictures.

    `at`: when it was last changed; `editor`: GUID of who changed it.
    """

    container: Container
    origin: str
    description: str
    users: dict[str, str]
    codes: list[ForeignCode]
    texts: list[ForeignText]
    other: dict[str, int]
    at: str | None
    editor: str


def read(path: Path) -> Project:
    """Read a project.

    Raises:
        PipelineError: it is none, is damaged, or may be a trap.
    """
    container = read_project(path)
    root = container.root
    texts = _unique(_texts(container, child(root, "Sources")))
    times = [one.at for text in texts for one in text.codings if one.at]
    return Project(
        container=container,
        origin=root.get("origin") or "",
        description=text_of(root, "Description"),
        users={same_guid(one.get("guid")): one.get("name") or "" for one in children(child(root, "Users"), "User")},
        codes=codes_below(child(child(root, "CodeBook"), "Codes")),
        texts=texts,
        other=_others(root),
        at=utc(root.get("modifiedDateTime")) or max(times, default=None),
        editor=same_guid(root.get("modifyingUserGUID")),
    )


def codes_below(element: Element | None) -> list[ForeignCode]:
    """Return the codes of an element `Codes`, each after the one above it."""
    found: list[ForeignCode] = []
    waiting: list[tuple[Element, tuple[str, ...]]] = [(one, ()) for one in reversed(list(children(element, "Code")))]
    while waiting:
        code, above = waiting.pop()
        path: tuple[str, ...] = (*above, code.get("name") or "")
        found.append(
            ForeignCode(
                guid=same_guid(code.get("guid")),
                name=path[-1],
                path=path,
                description=text_of(code, "Description"),
                is_codable=(code.get("isCodable") or "true").strip() not in {"false", "0"},
            )
        )
        waiting += [(one, path) for one in reversed(list(children(code, "Code")))]
    return found


def rule_of(project: Project, program: Program, known: Iterable[tuple[str, ForeignCoding, str]] = ()) -> Rule:
    """Return how positions are counted: of all rules the one by which most selections begin as they should.

    What a program is known to do is tried first, and holds where nothing speaks against it.

    Args:
        project: the file.
        program: that wrote it.
        known: texts with a coding on them whose words are known: raw text, coding, words.
    """
    hints = [*islice(known, _MOST_HINTS), *islice(_hints(project), _MOST_HINTS)]
    order = [program.rule, *(rule for rule in RULES if rule != program.rule)]
    return max(order, key=lambda rule: (_fitting(rule, hints), -order.index(rule)))


def words_at(ruler: Ruler, one: ForeignCoding) -> str:
    """Return the words of a coding."""
    return ruler.text[ruler.ours(one.start) : ruler.ours(one.end)]


def _fitting(rule: Rule, hints: Sequence[tuple[str, ForeignCoding, str]]) -> int:
    rulers: dict[int, Ruler] = {}
    n = 0
    for raw, one, words in hints:
        ruler = rulers.setdefault(id(raw), Ruler(raw, rule))
        n += " ".join(words_at(ruler, one).split()).startswith(words)
    return n


def _hints(project: Project) -> Iterator[tuple[str, ForeignCoding, str]]:
    for text in project.texts:
        for one in text.codings:
            words = " ".join(one.name.rstrip("….").split())
            if text.raw is not None and len(words) >= _HINT and words in " ".join(text.raw.split()):
                yield text.raw, one, words


def _texts(container: Container, sources: Element | None) -> Iterator[ForeignText]:
    for source in children(sources, *_TEXTS):
        holder = source if local(source) == "TextSource" else child(source, "Representation")
        if holder is not None:
            yield ForeignText(
                guid=same_guid(source.get("guid")),
                name=source.get("name") or holder.get("name") or "",
                description=text_of(source, "Description"),
                raw=_raw(container, holder),
                codings=list(_codings(holder)),
                element=holder,
            )


def _unique(texts: Iterable[ForeignText]) -> list[ForeignText]:
    """Give a text whose GUID is missing, or another one's, one of its own."""
    found: dict[str, ForeignText] = {}
    for place, text in enumerate(texts):
        own = text.guid if text.guid and text.guid not in found else f"{text.guid}#{place}"
        found[own] = replace(text, guid=own)
    return list(found.values())


def _raw(container: Container, holder: Element) -> str | None:
    where = holder.get("plainTextPath")
    if where is None:
        inline = child(holder, "PlainTextContent")
        return (inline.text or "") if inline is not None else None
    content = container.text(where)
    return decoded(content) if content is not None else None


def decoded(content: bytes) -> str:
    """Return a text; without the mark that some programs put before it, and do not count."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    return content.decode("utf-8-sig", "replace")


def _codings(holder: Element) -> Iterator[ForeignCoding]:
    for selection in children(holder, "PlainTextSelection"):
        start, end = _number(selection.get("startPosition")), _number(selection.get("endPosition"))
        if start is None or end is None or end < start:
            continue
        for coding in children(selection, "Coding"):
            code = child(coding, "CodeRef")
            yield ForeignCoding(
                guid=same_guid(coding.get("guid")),
                code=same_guid(code.get("targetGUID")) if code is not None else "",
                user=same_guid(coding.get("creatingUser") or _user(selection)),
                at=utc(coding.get("creationDateTime") or selection.get("creationDateTime")),
                start=start,
                end=end,
                name=selection.get("name") or "",
                description=text_of(selection, "Description"),
            )


def _user(selection: Element) -> str:
    return str(selection.get("creatingUser") or selection.get("modifyingUser") or "")


def _number(written: str | None) -> int | None:
    bare = (written or "").strip()
    return int(bare) if bare.isascii() and bare.isdecimal() and len(bare) <= 12 else None


def _others(root: Element) -> dict[str, int]:
    """Count what is coded and not read: pictures, sounds, pages of a PDF; and codings of whole sources."""
    counts: dict[str, int] = {}
    sources = child(root, "Sources")
    for element in sources.iter() if sources is not None else ():
        name = local(element)
        if name in _SELECTIONS and child(element, "Coding") is not None:
            counts[name] = counts.get(name, 0) + 1
        elif name == "Coding" and local(element.getparent()).endswith("Source"):
            counts["Coding of a whole source"] = counts.get("Coding of a whole source", 0) + 1
    return counts
