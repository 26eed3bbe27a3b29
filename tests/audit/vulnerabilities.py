"""Known vulnerabilities, by pip-audit; and what it does not say loudly: which packages it could not look up at all."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Found:
    """`known`: package, version, id, versions that mend it. `looked_up`, `skipped`: names of packages."""

    known: list[tuple[str, str, str, str]] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    failed: str = ""

    @property
    def nothing(self) -> bool:
        """Whether nothing was audited, whatever pip-audit calls that."""
        return not self.looked_up


def ask(lock: Path) -> Found:
    """Ask pip-audit about a lock file."""
    command = [sys.executable, "-m", "pip_audit", "-r", str(lock), "--require-hashes", "--disable-pip", "-f", "json"]
    done = subprocess.run([*command, "--progress-spinner", "off"], capture_output=True, text=True, check=False)
    if done.stdout.strip():
        return read(done.stdout)
    return Found(failed=(done.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1])


def read(content: str) -> Found:
    """Read what pip-audit wrote as JSON."""
    try:
        entries = list(json.loads(content)["dependencies"])
    except (ValueError, KeyError, TypeError) as error:
        return Found(failed=f"what pip-audit wrote cannot be read ({error})")
    known = [
        (one["name"], one["version"], vulnerability["id"], ", ".join(vulnerability.get("fix_versions", [])))
        for one in entries
        for vulnerability in one.get("vulns", [])
    ]
    skipped = {one["name"]: one["skip_reason"] for one in entries if "skip_reason" in one}
    return Found(known, [one["name"] for one in entries if "skip_reason" not in one], skipped)
