"""Takes over decisions that were made elsewhere, on an exported review page: each goes to the file of its coder."""

import codecs
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from pipeline.corrections import log
from pipeline.corrections.decisions import Decision
from pipeline.errors import ErrorCode, PipelineError
from pipeline.safe_json import decode_with

_DECODER: Final = msgspec.json.Decoder(Decision)


@dataclass
class Taken:
    """What became of the lines of a file. `refused`: their numbers, from 1, and why."""

    added: Counter[str] = field(default_factory=Counter)
    known: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)

    def summary(self) -> str:
        """Say it in a line."""
        by_coder = ", ".join(f"{n} of {coder}" for coder, n in sorted(self.added.items()))
        told = f"{_number(self.added.total())} added" + (f" ({by_coder})" if by_coder else "")
        return f"{told}, {self.known} there already, {_number(len(self.refused), 'line')} refused"


def take_over(path: Path, folder: Path) -> Taken:
    """Add the decisions of a file to the coders' files in a folder.

    Raises:
        PipelineError: the file cannot be read, holds no decision, or the folder cannot be written.
    """
    taken = Taken()
    known: dict[str, dict[str, Decision]] = {}
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            one = decode_with(_DECODER, line)
            if one.coder not in known:
                known[one.coder] = _known(folder, one.coder)
            in_file = known[one.coder]
        except msgspec.DecodeError as error:
            taken.refused.append((number, f"no decision ({error})"))
        except PipelineError as error:
            taken.refused.append((number, f"{error.found}, expected {error.expected}"))
        else:
            _take(one, number, in_file, folder, taken)
    if not taken.added and not taken.known and not taken.refused:
        raise PipelineError(
            ErrorCode.INVALID_LABELS,
            found=f"{path}, which holds nothing",
            expected="decisions, one a line, as an exported review page saves them",
            do="save the decisions on the page first",
        )
    return taken


def take_all(decisions: Sequence[Decision], folder: Path) -> Taken:
    """Add decisions to the coders' files in a folder; those that stand there already are counted and left alone.

    Raises:
        PipelineError: the folder cannot be written, or a coder's name will not do.
    """
    taken = Taken()
    known: dict[str, dict[str, Decision]] = {}
    for number, one in enumerate(decisions, start=1):
        if one.coder not in known:
            known[one.coder] = _known(folder, one.coder)
        _take(one, number, known[one.coder], folder, taken)
    return taken


def _take(one: Decision, number: int, known: dict[str, Decision], folder: Path, taken: Taken) -> None:
    there = known.get(one.id)
    if there == one:
        taken.known += 1
    elif there is not None:
        taken.refused.append(
            (number, f"the file of {one.coder} has another decision with the id {one.id}; both pages were used at once")
        )
    else:
        log.add(folder, one)
        known[one.id] = one
        taken.added[one.coder] += 1


def _known(folder: Path, coder: str) -> dict[str, Decision]:
    path = log.path_of(folder, coder)
    return {one.id: one for one in log.read(path).decisions} if path.is_file() else {}


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().removeprefix(codecs.BOM_UTF8).split(b"\n")
    except OSError as error:
        raise PipelineError(
            ErrorCode.UNREADABLE,
            found=f"{path} ({error.strerror or error})",
            expected="a file of decisions",
            do="check the name",
        ) from error


def _number(n: int, noun: str = "decision") -> str:
    return f"{n:,} {noun}" + ("" if n == 1 else "s")
