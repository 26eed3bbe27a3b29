"""The licences of the packages, as their metadata state them, and which of them may be here."""

import re
from dataclasses import dataclass
from importlib import metadata

from locked import Package

ALLOWED = {
    "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0",
    "PSF-2.0", "Python-2.0", "Unlicense", "ZPL-2.1", "Zlib",
}  # fmt: skip
"""Licences under which a package may be used beside a program under the MIT licence and passed on with it."""

EXCEPTIONS = {
    "pypdfium2": "BSD-3-Clause and Apache-2.0 for the package; “dependency licenses” are those of PDFium inside, "
    "BSD-3-Clause and Apache-2.0 with permissive parts",
    "waitress": "its metadata name the Zope Public License without the version, which is 2.1",
}
"""Packages whose metadata say something else than a licence that is allowed, and what a person found them to be."""

_NAMES = {
    "MIT License": "MIT",
    "BSD License": "BSD",
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""Classifiers and the like → SPDX; "BSD" is what says no more than that."""


@dataclass(frozen=True)
class Licence:
    """What the metadata say. `version`: that is installed; `None`: it is not installed here."""

    package: Package
    version: str | None
    says: str

    @property
    def refused(self) -> str | None:
        """Why the package may not be here; `None`: it may, or nobody can tell because it is not for this computer."""
        if self.package.name in EXCEPTIONS or self.version is None:
            return None if self.version or not self.package.is_for_here else "not installed, so its licence is not read"
        bad = sorted(set(parts(self.says)) - ALLOWED)
        chosen = " OR " in self.says and any(part in ALLOWED for part in parts(self.says))
        return f"licence {', '.join(bad)}" if bad and not chosen else None


def of(package: Package) -> Licence:
    """Read the licence of a package, if it is installed."""
    try:
        about = metadata.metadata(package.name)
    except metadata.PackageNotFoundError:
        return Licence(package, None, "")
    kinds = [text.split(" :: ")[-1] for text in about.get_all("Classifier") or [] if text.startswith("License")]
    written = about.get("License-Expression") or "; ".join(kinds) or (about.get("License") or "none").splitlines()[0]
    return Licence(package, about["Version"], _NAMES.get(written, written))


def parts(says: str) -> list[str]:
    """Return the licences that an expression names."""
    found = [part.strip(" ()") for part in re.split(r" AND | OR |; |, | WITH ", says)]
    return [_NAMES.get(part, part) for part in found if part]
