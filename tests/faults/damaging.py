"""Damages every file of an output folder, every field of every kind of record, and every model; asks `pop verify`."""

import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from pipeline import manifest
from pipeline.config import HOME, Settings
from pipeline.errors import PipelineError
from pipeline.files import sha256_file
from pipeline.records import RECORD_TYPES
from pipeline.tools import MODELS, Tools
from pipeline.verify import Verdict, verify

N_FLIPS = 3


@dataclass
class Folders:
    """What is damaged: outputs with their corpus, its decisions, and models."""

    corpus: Path
    outputs: Path
    tools: Tools

    def verdict(self) -> Verdict:
        labels = self.tools.labels_path
        return verify(self.outputs, self.corpus, labels, self.tools, same_models=True)


@dataclass
class Damage:
    """A damage to a file. `named`: how a problem that names it must begin, or what it must hold."""

    what: str
    path: Path
    named: str
    make: Callable[[bytes], bytes | None]


def damages(folders: Folders, seed: int) -> Iterator[Damage]:
    """Yield all damages to whole files: flipped, cut, emptied, lengthened, deleted."""
    rng = random.Random(seed)
    for path, named in _files(folders):
        end = path.read_bytes().find(b'"run": {') if path.name == manifest.FILE else path.stat().st_size
        for _ in range(N_FLIPS if end else 0):
            place = (rng.randrange(end), rng.randrange(8))
            yield Damage(f"byte and bit {place} flipped", path, named, lambda was, at=place: _flipped(was, *at))
        if end:
            yield Damage("cut in half", path, named, lambda was: was[: len(was) // 2])
            yield Damage("last byte lost", path, named, lambda was: was[:-1] if was[-1:] != b"\n" else was[:-2])
            yield Damage("emptied", path, named, lambda _: b"")
        yield Damage("a line added", path, named, lambda was: was + b"{}\n")
        yield Damage("deleted", path, named, lambda _: None)


def _files(folders: Folders) -> Iterator[tuple[Path, str]]:
    outputs, labels, models = folders.outputs, folders.tools.labels_path, folders.tools.models_path
    for entry in manifest.load(outputs).outputs:
        yield outputs / entry.path, entry.path
    yield outputs / manifest.FILE, manifest.FILE
    for entry in manifest.load(outputs).inputs:
        yield folders.corpus / entry.path, entry.path
    for path in sorted(labels.glob("*.jsonl")) if labels else ():
        yield path, path.name
    for path in sorted(models.glob("*/*")):
        yield path, path.parent.name


def _flipped(was: bytes, place: int, bit: int) -> bytes:
    changed = bytearray(was)
    changed[place] ^= 1 << bit
    return bytes(changed)


def forgeries(outputs: Path) -> Iterator[Damage]:
    """Yield a change of each field of each kind of record, and a lost record; the manifest is made to fit."""
    for kind in RECORD_TYPES:
        path = outputs / f"{kind}.jsonl"
        lines = path.read_bytes().splitlines(keepends=True)
        if lines:
            yield Damage(f"{kind}: a record lost", path, "", lambda was: b"".join(was.splitlines(keepends=True)[:-1]))
        for field in sorted({name for line in lines for name in json.loads(line)}):
            number = next((n for n, line in enumerate(lines) if _can_change(json.loads(line), field)), None)
            if number is not None:
                yield Damage(f"{kind}.{field}", path, "", lambda was, n=number, f=field: _forged(was, n, f))


def _can_change(record: dict[str, Any], field: str) -> bool:
    return record.get(field) not in (None, [], {})


def _forged(was: bytes, number: int, field: str) -> bytes:
    lines = was.splitlines(keepends=True)
    record = json.loads(lines[number])
    record[field] = _other(record[field])
    lines[number] = msgspec.json.encode(record) + b"\n"
    return b"".join(lines)


def _other(value: Any) -> Any:
    """Return another value of the same type."""
    if isinstance(value, str):
        return value[:-1] + ("0" if value[-1:] != "0" else "1")
    if isinstance(value, float):
        return value / 2 if value else 0.5
    if isinstance(value, int):
        return value + 1
    if isinstance(value, list):
        return value[:-1]
    return {**value, next(iter(value)): _other(next(iter(value.values())))} if isinstance(value, dict) else value


def is_named(folders: Folders, damage: Damage) -> bool:
    """Make a damage, ask whether `pop verify` names it, and make it good."""
    was = damage.path.read_bytes()
    _put(damage.path, damage.make(was))
    try:
        return any(damage.named in problem for problem in folders.verdict().problems)
    except PipelineError as error:
        return damage.named in error.found
    finally:
        _put(damage.path, was)


def is_found(folders: Folders, forgery: Damage) -> bool:
    """Forge a record, make the manifest fit, ask whether `pop verify` finds it, and make it good."""
    was, state = forgery.path.read_bytes(), (folders.outputs / manifest.FILE).read_bytes()
    _put(forgery.path, forgery.make(was))
    _refit(folders.outputs, forgery.path)
    try:
        return bool(folders.verdict().problems)
    finally:
        _put(forgery.path, was)
        _put(folders.outputs / manifest.FILE, state)


def _refit(outputs: Path, path: Path) -> None:
    state = manifest.load(outputs)
    n = len(path.read_bytes().splitlines())
    entries = [
        msgspec.structs.replace(entry, sha256=sha256_file(path), records=n) if entry.path == path.name else entry
        for entry in state.outputs
    ]
    manifest.save(msgspec.structs.replace(state, outputs=entries), outputs)


def _put(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)


def small(desk: Path, outputs: Path, corpus: Path) -> Folders:
    """Copy outputs, their corpus and the shipped models, to be damaged."""
    shutil.copytree(outputs, desk / "outputs")
    shutil.copytree(corpus, desk / "corpus")
    for name in MODELS.values():
        shutil.copytree(HOME / "models" / name, desk / "models" / name)
    instruments = (HOME / "corpus" / name for name in ("codebook.yaml", "rubric.yaml"))
    tools = Tools(Settings(), *instruments, desk / "models", labels_path=desk / "corpus" / "labels")
    return Folders(desk / "corpus", desk / "outputs", tools)


def tried(folders: Folders, seed: int) -> tuple[int, list[str]]:
    """Try all damages; return how many there were, and those that nobody noticed."""
    made = [(one, is_named) for one in damages(folders, seed)] + [(one, is_found) for one in forgeries(folders.outputs)]
    missed = [f"{one.path.name}: {one.what}: not noticed" for one, notice in made if not notice(folders, one)]
    return len(made), missed
