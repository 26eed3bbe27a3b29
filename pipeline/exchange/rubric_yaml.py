"""A rubric as YAML that people read and edit: long texts folded, in the form of the shipped corpus/rubric.yaml.

>>> folded("They plan.", indent=4)
'>-\\n    They plan.'
"""

import re
import textwrap
from collections.abc import Iterator

import yaml

from pipeline.rubric import Practice, Rubric

_WIDTH = 107  # characters of a line
_PLAIN = re.compile(r"[A-Za-z](?:[\w ,’'()&/.–—-]*[\w)’])?")
_WORDS_OF_YAML = frozenset("null true false yes no on off y n".split())
_UNPRINTABLE = re.compile("[^\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029]")


def to_yaml(rubric: Rubric, comment: str) -> str:
    """Return the file of a rubric. Its texts must have no white space but single blanks."""
    return "\n".join(_lines(rubric, comment)) + "\n"


def scalar(text: str) -> str:
    """Return a short text as it stands where YAML allows it, or else between quotation marks.

    >>> scalar("Build trust"), scalar("12"), scalar("Trust: how it grows"), scalar("No")
    ('Build trust', '"12"', '"Trust: how it grows"', '"No"')
    """
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS_OF_YAML:
        return text
    return yaml.dump(text, default_style='"', allow_unicode=True, width=float("inf")).rstrip("\n")


def folded(text: str, indent: int) -> str:
    """Return a long text as a block that YAML reads as one line; between quotation marks if no block can hold it."""
    if _UNPRINTABLE.search(text):
        return scalar(text)
    lines = textwrap.wrap(text, _WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    return ">-\n" + "\n".join(" " * indent + line for line in lines)


def _lines(rubric: Rubric, comment: str) -> Iterator[str]:
    yield f"# {comment}"
    yield f"name: {scalar(rubric.name)}"
    if rubric.version:
        yield f'version: "{rubric.version}"'
    yield f"levels: [{', '.join(map(scalar, rubric.levels))}]"
    yield "areas:"
    for area in rubric.areas:
        yield f"  - name: {scalar(area.name)}"
        yield "    practices:"
        for practice in area.practices:
            yield from _practice(practice)


def _practice(practice: Practice) -> Iterator[str]:
    yield f"      - id: {_id(practice.id)}"
    yield f"        text: {folded(practice.text, 10)}"
    yield "        indicators:"
    for indicator in practice.indicators:
        yield f"          - id: {_id(indicator.id)}"
        yield "            levels:"
        for name, text in indicator.levels.items():
            yield f"              {scalar(name)}: {folded(text, 16)}"


def _id(text: str) -> str:
    """Return an id between quotation marks, as all are, so that nobody wonders which need them."""
    shown = scalar(text)
    return shown if shown.startswith('"') else f'"{shown}"'
