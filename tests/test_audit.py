"""`make audit`: what it refuses, what it does not pretend, and the list of parts."""

import json
import re
import sys
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from pipeline import encoder
from pipeline.config import HOME

sys.path.append(str(Path(__file__).parent / "audit"))
import audit
import licences
import locked
import names
import sbom
import vulnerabilities
from licences import Licence
from locked import Package

LOCK = HOME / "requirements.lock"
HASH = "a" * 64


def package(name: str = "flask", **changes: str) -> Package:
    fields = {"version": "3.1", "marker": "", "hashes": (HASH,), "wanted_by": ()} | changes
    return Package(name=name, **fields)


def test_a_lock_file_is_read(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text(
        f"Werkzeug==3.1 ; sys_platform == 'win32' \\\n    --hash=sha256:{HASH} \\\n    --hash=sha256:{'b' * 64}\n"
        "    # via\n    #   flask\n    #   problems-of-practice (pyproject.toml)\nflask==3.1\n    # via app\nloose>=1\n"
    )
    found, loose = locked.read(lock)
    assert found[0] == Package(
        "werkzeug", "3.1", "sys_platform == 'win32'", (HASH, "b" * 64), ("flask", "problems-of-practice")
    )
    assert found[1].wanted_by == ("app",)
    assert found[1].hashes == ()
    assert loose == ["loose>=1"]


def test_what_is_not_pinned_is_refused() -> None:
    problems = audit.wrong_with_pins("a.lock", [package(hashes=())], ["loose>=1"])
    assert problems == ["a.lock: not pinned: loose>=1", "a.lock: flask 3.1 has no hash"]


@pytest.mark.parametrize("lock", audit.LOCKS)
def test_our_lock_files_pin_every_file(lock: str) -> None:
    packages, loose = locked.read(HOME / lock)
    assert len(packages) == len(re.findall(r"(?m)^[\w.-]+==", (HOME / lock).read_text()))
    assert audit.wrong_with_pins(lock, packages, loose) == []


@pytest.mark.parametrize(
    ("name", "like"),
    [
        ("flask", None),
        ("fIask", "flask"),
        ("falsk", "flask"),
        ("numpy", None),
        ("nunpy", "numpy"),
        ("zebra-crossing", ""),
    ],
)
def test_a_look_alike_is_refused_and_said_to_be_one(name: str, like: str | None) -> None:
    found = names.unreviewed([name], {"flask", "numpy", "et-xmlfile"})
    assert found == ([] if like is None else [(name, like or None)])


def test_names_of_a_page_are_those_of_its_tables() -> None:
    page = "| package | why |\n|---|---|\n| et_xmlfile, six | x |\n| spacy 3.8.0 | y |\nno-table | z |\n"
    assert names.reviewed(page) == {"et-xmlfile", "six", "spacy"}


def test_every_name_of_our_lock_files_has_been_read() -> None:
    packages = [one for lock in audit.LOCKS for one in locked.read(HOME / lock)[0]]
    assert audit.wrong_with_names(packages, audit.PAGE.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("says", "refused"),
    [
        ("MIT", None),
        ("MIT License", None),
        ("BSD-3-Clause AND Zlib", None),
        ("GPL-3.0-only OR MIT", None),
        ("GPL-3.0-only", "licence GPL-3.0-only"),
        ("MIT AND AGPL-3.0-or-later", "licence AGPL-3.0-or-later"),
        ("GNU Lesser General Public License v3 (LGPLv3)", "licence GNU Lesser General Public License v3 (LGPLv3"),
        ("none", "licence none"),
    ],
)
def test_licences_are_judged(says: str, refused: str | None) -> None:
    assert Licence(package(), "3.1", says).refused == refused


def test_a_licence_that_nobody_could_read_is_not_sound_where_the_package_should_be_here() -> None:
    assert Licence(package(), None, "").refused
    assert Licence(package(marker="sys_platform == 'nowhere'"), None, "").refused is None


def test_an_exception_that_nothing_needs_is_named() -> None:
    assert audit.wrong_with_licences([Licence(package(), "3.1", "MIT")]) == [
        f"{name} is an exception, but not in the lock file" for name in sorted(licences.EXCEPTIONS)
    ]


@pytest.fixture
def without_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_written", lambda *_, **__: [])


RECORDED = {
    "sound": ({"name": "flask", "version": "3.1", "vulns": []}, 0),
    "vulnerable": ({"name": "flask", "version": "3.1", "vulns": [{"id": "V-1", "fix_versions": ["3.2"]}]}, 1),
    "not looked up": ({"name": "flask", "skip_reason": "Dependency not found: flask (3.1)"}, 3),
}


@pytest.mark.parametrize("case", RECORDED)
@pytest.mark.usefixtures("without_pages")
def test_vulnerabilities_decide_the_exit_code(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry, code = RECORDED[case]
    recorded = tmp_path / "audit.json"
    recorded.write_text(json.dumps({"dependencies": [entry], "fixes": []}))
    assert audit.main(["--check", "--recorded", str(recorded)]) == code
    said = capsys.readouterr().out
    assert ("NOTHING WAS AUDITED" in said) == (code == 3)
    assert ("REFUSED   flask 3.1: V-1, mended in 3.2" in said) == (code == 1)
    assert ("1 in 1 packages" in said) == (code == 1)


@pytest.mark.usefixtures("without_pages")
def test_what_was_looked_up_in_part_is_not_taken_for_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded = tmp_path / "audit.json"
    entries = [RECORDED["sound"][0], {"name": "numpy", "skip_reason": "no answer"}]
    recorded.write_text(json.dumps({"dependencies": entries}))
    assert audit.main(["--check", "--recorded", str(recorded)]) == 3
    assert "NOT AUDITED: numpy" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"dependencies": 3}'])
def test_what_pip_audit_did_not_write_is_no_audit(content: str) -> None:
    found = vulnerabilities.read(content)
    assert found.nothing
    assert found.failed


@pytest.fixture(scope="module")
def parts() -> dict[str, object]:
    return json.loads(sbom.FILE.read_text(encoding="utf-8"))


def test_the_list_of_parts_is_valid(parts: dict[str, object]) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(parts)) is None


def test_the_list_of_parts_names_every_package_with_its_version_and_hashes(parts: dict[str, object]) -> None:
    packages, _ = locked.read(LOCK)
    listed = {one["purl"]: one for one in parts["components"] if one["type"] == "library"}
    assert len(listed) == len(packages) > 90
    for one in packages:
        found = listed[one.ref]
        assert (found["name"], found["version"]) == (one.name, one.version)
        [reference] = found["externalReferences"]
        assert [entry["content"] for entry in reference["hashes"]] == list(one.hashes)
        assert found.get("licenses") or not one.is_for_here


def test_the_list_of_parts_holds_the_models_with_their_hashes(parts: dict[str, object]) -> None:
    models = {one["name"]: one for one in parts["components"] if one["type"] == "machine-learning-model"}
    assert set(models) == {"all-MiniLM-L6-v2", "pop-themes", "pop-practices", "pop-anatomy"}
    hashes = {file["name"]: file["hashes"][0]["content"] for file in models["all-MiniLM-L6-v2"]["components"]}
    assert hashes["models/encoder/graph.onnx"] == encoder.GRAPH_SHA256
    assert encoder.WEIGHTS_SHA256 in hashes.values()


def test_what_needs_what_names_only_what_is_listed(parts: dict[str, object]) -> None:
    refs = {one["bom-ref"] for one in parts["components"]} | {sbom.ROOT}
    needed = {one["ref"]: set(one["dependsOn"]) for one in parts["dependencies"]}
    assert set(needed) | set().union(*needed.values()) == refs - {"file"}
    [flask] = [ref for ref in refs if ref.startswith("pkg:pypi/flask@")]
    assert flask in needed[sbom.ROOT]
    assert any(ref.startswith("pkg:pypi/werkzeug@") for ref in needed[flask])


def test_the_list_of_parts_is_the_same_again(parts: dict[str, object]) -> None:
    packages, _ = locked.read(LOCK)
    made = sbom.make(LOCK, packages, [licences.of(one) for one in packages])
    assert json.loads(sbom.to_bytes(made)) == made
    assert [one for one in made["components"] if one["type"] == "library"] == [
        one for one in parts["components"] if one["type"] == "library"
    ]
    assert "timestamp" not in json.dumps(made)
    assert "serialNumber" not in made
