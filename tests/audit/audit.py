"""`make audit`: vulnerabilities, licences, pins and hashes, names, and the list of parts of all that is installed.

Exit codes: 0 all is well · 1 something must not be here, or is known to be vulnerable · 3 vulnerabilities could not be
looked up, everything else is well. What was not audited is said, and never taken for sound.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # this copy of the project, whichever is installed
import licences
import names
import sbom
import vulnerabilities
from licences import EXCEPTIONS, Licence
from locked import Package, read

from pipeline.config import HOME

LOCKS = ("requirements.lock", "requirements-dev.lock")
PAGE = HOME / "docs" / "dependencies.md"
LIST = HOME / "docs" / "licences.md"
UNSOUND, UNKNOWN = 1, 3


def wrong_with_pins(lock: str, packages: Sequence[Package], loose: Sequence[str]) -> list[str]:
    """Return what is not pinned to exact files."""
    bare = [f"{lock}: {one.name} {one.version} has no hash" for one in packages if not one.hashes]
    return [f"{lock}: not pinned: {line}" for line in loose] + bare


def wrong_with_names(packages: Sequence[Package], page: str) -> list[str]:
    """Return names that nobody has read."""
    found = names.unreviewed(sorted({one.name for one in packages}), names.reviewed(page))
    return [
        f"{name} is not in docs/dependencies.md" + (f"; do not mistake it for {like}" if like else "")
        for name, like in found
    ]


def wrong_with_licences(read_licences: Sequence[Licence]) -> list[str]:
    """Return packages that may not be here, and exceptions that nothing needs."""
    found = [f"{one.package.name} {one.package.version}: {one.refused}" for one in read_licences if one.refused]
    gone = sorted(set(EXCEPTIONS) - {one.package.name for one in read_licences})
    return [*found, *(f"{name} is an exception, but not in the lock file" for name in gone)]


def wrong_with_safety(found: vulnerabilities.Found) -> list[str]:
    """Return known vulnerabilities."""
    return [
        f"{name} {version}: {vulnerability}" + (f", mended in {mended}" if mended else ", not mended yet")
        for name, version, vulnerability, mended in found.known
    ]


def page_of(read_licences: Sequence[Licence]) -> str:
    """Return docs/licences.md."""
    rows = [
        f"| {one.package.name} | {one.package.version} | {one.says or 'not installed here, not read'} | "
        f"{', '.join(one.package.wanted_by)} |"
        for one in read_licences
    ]
    reasons = [f"- `{name}`: {why}." for name, why in sorted(EXCEPTIONS.items())]
    return "\n".join(
        [
            "# Licences of all packages",
            "",
            "Written by `make audit` from the metadata of what `requirements.lock` installs. Why packages are here:",
            "[dependencies.md](dependencies.md). The same for machines: [sbom.cdx.json](sbom.cdx.json).",
            "",
            "| package | version | licence | comes with |",
            "|---|---|---|---|",
            *rows,
            "",
            "Exceptions, each read by a person:",
            "",
            *reasons,
            "",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Audit, write docs/licences.md and docs/sbom.cdx.json, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recorded", type=Path, help="what pip-audit wrote as JSON, instead of asking it")
    parser.add_argument("--check", action="store_true", help="write nothing; a page that is out of date is an error")
    given = parser.parse_args(arguments)
    read_locks = {lock: read(HOME / lock) for lock in LOCKS}
    run_time, _ = read_locks[LOCKS[0]]
    said = [licences.of(one) for one in run_time]
    found = vulnerabilities.read(given.recorded.read_text()) if given.recorded else vulnerabilities.ask(HOME / LOCKS[0])
    every = [one for packages, _ in read_locks.values() for one in packages]
    problems = [
        *(line for lock, (packages, loose) in read_locks.items() for line in wrong_with_pins(lock, packages, loose)),
        *wrong_with_names(every, PAGE.read_text(encoding="utf-8")),
        *wrong_with_licences(said),
        *wrong_with_safety(found),
        *_written(said, run_time, check=given.check),
    ]
    return _told(found, said, every, problems)


def _written(said: Sequence[Licence], packages: Sequence[Package], *, check: bool) -> list[str]:
    pages = {LIST: page_of(said).encode(), sbom.FILE: sbom.to_bytes(sbom.make(HOME / LOCKS[0], packages, said))}
    old = [path for path, content in pages.items() if not path.is_file() or path.read_bytes() != content]
    if check:
        return [f"{path.relative_to(HOME)} is out of date: make audit" for path in old]
    for path in old:
        path.write_bytes(pages[path])
    return []


def _told(
    found: vulnerabilities.Found, said: Sequence[Licence], every: Sequence[Package], problems: Sequence[str]
) -> int:
    n = len({one.name for one in every})
    installed = sum(one.version is not None for one in said)
    print(f"pins      {len(every)} entries in {len(LOCKS)} lock files, each with an exact version and its hashes")
    print(f"names     {n} names, each compared with docs/dependencies.md")
    print(f"licences  {installed} of {len(said)} read, {len(EXCEPTIONS)} exceptions; the others are for other systems")
    print(f"parts     {sbom.FILE.relative_to(HOME)}, {LIST.relative_to(HOME)}")
    print(f"known vulnerabilities  {_safety(found)}")
    for problem in problems:
        print(f"REFUSED   {problem}")
    if problems:
        return UNSOUND
    return UNKNOWN if found.nothing or found.skipped else 0


def _safety(found: vulnerabilities.Found) -> str:
    if found.nothing:
        why = found.failed or re.sub(r"\s*:.*", "", next(iter(found.skipped.values()), "no answer"))
        return f"NOTHING WAS AUDITED, of {len(found.skipped)} packages none could be looked up ({why})"
    left_out = f"; NOT AUDITED: {', '.join(sorted(found.skipped))}" if found.skipped else ""
    return f"{len(found.known)} in {len(found.looked_up)} packages that were looked up{left_out}"


if __name__ == "__main__":
    sys.exit(main())
