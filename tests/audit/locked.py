"""What a lock file holds: every package with its version, its hashes, where it is installed, and what asked for it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker

_PIN = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)==(?P<version>[^\s;\\]+)\s*(?:;\s*(?P<marker>[^\\]+))?")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_ROOT = "problems-of-practice"


@dataclass(frozen=True)
class Package:
    """An entry. `marker`: where it is installed, empty for everywhere. `wanted_by`: names of packages."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    wanted_by: tuple[str, ...]

    @property
    def ref(self) -> str:
        return f"pkg:pypi/{self.name}@{self.version}"

    @property
    def is_for_here(self) -> bool:
        return not self.marker or Marker(self.marker).evaluate()


def read(path: Path) -> tuple[list[Package], list[str]]:
    """Return the entries, and the lines that pin nothing."""
    packages, loose = [], []
    for entry in _entries(path.read_text(encoding="utf-8")):
        pin = _PIN.match(entry)
        if pin is None:
            loose.append(entry.splitlines()[0])
            continue
        wanted = [line.partition("#")[2].replace("via", "", 1).strip() for line in _via(entry)]
        packages.append(
            Package(
                name=pin["name"].lower(),
                version=pin["version"],
                marker=(pin["marker"] or "").strip(),
                hashes=tuple(sorted(_HASH.findall(entry))),
                wanted_by=tuple(sorted(word.split(" ")[0] for word in wanted if word)),
            )
        )
    return packages, loose


def _entries(text: str) -> Iterator[str]:
    held: list[str] = []
    for line in text.splitlines():
        if line and not line[0].isspace() and not line.startswith("#"):
            if held:
                yield "\n".join(held)
            held = []
        held.append(line)
    if any(line.strip() for line in held):
        yield "\n".join(held)


def _via(entry: str) -> list[str]:
    lines = [line.strip() for line in entry.splitlines() if line.strip().startswith("#")]
    return [line if line.startswith("# via") else f"# via {line[1:].strip()}" for line in lines]


def is_root(name: str) -> bool:
    """Tell the project itself from a package."""
    return name == _ROOT
