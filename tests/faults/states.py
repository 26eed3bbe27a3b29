"""What lies in a folder, to be compared."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

State = dict[str, str]
"""Path → hash of what the file holds."""


def state(folder: Path, *, hidden: bool = False) -> State:
    """Return what lies in a folder; of a manifest without what varies from run to run."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    names = {path.relative_to(folder).as_posix(): path for path in paths}
    return {name: _hash(path) for name, path in names.items() if hidden or not _is_hidden(name)}


def hidden(folder: Path) -> set[str]:
    """Return the names of what is hidden in a folder."""
    paths = folder.rglob(".*") if folder.is_dir() else []
    return {path.relative_to(folder).as_posix() for path in paths}


def put(source: Path | None, target: Path) -> None:
    """Make a folder a copy of another; `None`: there is none."""
    shutil.rmtree(target, ignore_errors=True)
    if source is not None:
        shutil.copytree(source, target)


def differences(expected: State, found: State) -> list[str]:
    """Say what differs."""
    names = sorted({*expected, *found})
    return [f"{name} is not as it should be" for name in names if expected.get(name) != found.get(name)]


def neither(old: State, new: State, found: State, but: set[str] = frozenset()) -> list[str]:  # type: ignore[assignment]
    """Say which files are neither as before nor as they should become. `but`: those that have states of their own."""
    wrong = [name for name in found if name not in but and found[name] not in {old.get(name), new.get(name)}]
    lost = [name for name in old if name not in found and name in new]
    return [f"{name} is neither old nor new" for name in wrong] + [f"{name} is lost" for name in lost]


def without_run(manifest: bytes) -> dict[str, Any]:
    """Return a manifest without what varies from run to run."""
    content: dict[str, Any] = json.loads(manifest)
    content.pop("run", None)
    return content


def _hash(path: Path) -> str:
    content = path.read_bytes()
    if path.name == "manifest.json":
        content = json.dumps(without_run(content), sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))
