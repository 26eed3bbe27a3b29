"""What the readers of all annotation tools share: JSON that is what it should be, times, and who answered."""

import codecs
import datetime
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from pipeline import safe_json
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.exchange.returning import UNKNOWN_TIME, coder_name

T = TypeVar("T")
NO_TEXT = "not a text file in UTF-8"


class Given(Protocol):
    """An answer of any kind."""

    @property
    def coder(self) -> str | None:
        """Who gave it, as the program names the person; `None`: it does not."""

    @property
    def is_judged(self) -> bool:
        """Whether the person decided."""


def decoded(content: bytes, kind: type[T], what: str) -> T:
    """Read JSON as a type; `what`: the kind of file, for the message.

    Raises:
        PipelineError: it is no JSON, or not of this form.
    """
    try:
        return safe_json.decode(content.decode("utf-8-sig"), kind)
    except UnicodeDecodeError as error:
        raise refused(what, NO_TEXT) from error
    except msgspec.DecodeError as error:
        raise refused(what, str(error)) from error


def decoded_lines(content: bytes, kind: type[T], what: str) -> list[tuple[int, T]]:
    """Read JSON lines as a type, each with its number, from 1.

    Raises:
        PipelineError: a line is no JSON, or not of this form.
    """
    lines = content.removeprefix(codecs.BOM_UTF8).split(b"\n")
    return [
        (number, decoded(line, kind, f"{what}, line {number}"))
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]


def refused(what: str, why: str) -> PipelineError:
    """Describe a file that is not what a tool writes."""
    return PipelineError(
        ErrorCode.INVALID_EXCHANGE,
        found=f"{what}: {why}",
        expected="a file as the program itself exports it",
        do="export it again; docs/exchange.md names the form to choose, program by program",
    )


def utc(told: Any) -> str:
    """Return a time as UTC, "2026-11-22T10:41:07Z": from ISO 8601 or seconds since 1970; an unknown one where none."""
    try:
        if isinstance(told, int | float) and not isinstance(told, bool):
            moment = datetime.datetime.fromtimestamp(told, datetime.UTC)
        elif isinstance(told, str):
            moment = datetime.datetime.fromisoformat(told)
        else:
            return UNKNOWN_TIME
        known = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
        return known.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return UNKNOWN_TIME


def required_text(told: Any, what: str) -> str:
    """Return the words of a task.

    Raises:
        PipelineError: it has none, so that this is the file of another program.
    """
    if not isinstance(told, str):
        raise refused(what, "an entry without a text")
    return told


def text_of(told: Any) -> str:
    """Return words, or nothing where there are none."""
    return told if isinstance(told, str) else ""


def names(told: Any) -> list[str]:
    """Return a list of words: of a list, or of a single one."""
    if isinstance(told, str):
        return [told] if told else []
    return [one for one in told if isinstance(one, str)] if isinstance(told, list) else []


def dicts(told: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; nothing of anything else."""
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []


def whole(told: Any) -> int:
    """Return an offset; one that no text has where there is none."""
    return told if isinstance(told, int) and not isinstance(told, bool) else -1


def coders(answers: Iterable[Given], given: Sequence[str]) -> dict[str | None, str]:
    """Return the coder's name for everyone who answered.

    Args:
        answers: of a file.
        given: "ana" for the only one who answered, or "3=ana" for each of several, with the tool's name in front.

    Raises:
        PipelineError: nobody is named for somebody, or a single name is given for several.
    """
    told = {one.coder: None for one in answers if one.is_judged}
    pairs = dict(pair.rsplit("=", 1) for pair in given if "=" in pair)
    alone = [name for name in given if "=" not in name]
    left = [raw for raw in told if raw is None or raw not in pairs]
    if len(alone) > 1 or (alone and len(left) > 1):
        raise _ambiguous(left)
    if None in told and not alone:
        raise _nobody()
    named = {raw: alone[0] if alone else _short(raw or "", left) for raw in left}
    return {raw: coder_name(name) for raw, name in (named | {raw: pairs[raw] for raw in told if raw in pairs}).items()}


def _short(raw: str, others: Sequence[str | None]) -> str:
    """Return the part of an address before the @, unless somebody else has the same."""
    bare = raw.partition("@")[0]
    same = [one for one in others if one is not None and one.partition("@")[0] == bare]
    return bare if bare and len(same) == 1 else raw


def _ambiguous(told: Sequence[str | None]) -> PipelineError:
    shown = ", ".join("somebody without a name" if one is None else one for one in told[:5])
    return PipelineError(
        ErrorCode.INVALID_EXCHANGE,
        found=f"one name in --coder, and answers of {len(told)} people: {shown}",
        expected="a name for each",
        do=f"name them one by one, such as --coder {told[0] or 'x'}=ana, or leave --coder out",
        exit_code=ExitCode.USAGE,
    )


def _nobody() -> PipelineError:
    return PipelineError(
        ErrorCode.INVALID_EXCHANGE,
        found="answers that do not tell who gave them",
        expected="a short name for whoever decided, so that everybody's decisions stay apart",
        do="name them with --coder, such as --coder ana",
        exit_code=ExitCode.USAGE,
    )
