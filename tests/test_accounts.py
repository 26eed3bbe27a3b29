"""What `pop why` and `pop methods` write for others: nobody's work is lost, and no name leaves unseen."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.accounts import Account
from pipeline.errors import ErrorCode, ExitCode, PipelineError

ENDINGS = {".md": "markdown", ".json": "json"}


def given(output: Path | None, **other: Any) -> dict[str, Any]:
    options = {"form": None, "as_json": False, "force": False, "strict": False, "roster": None, "key": None}
    return {**options, "output": output, "corpus": None, **other}


@pytest.mark.parametrize(
    ("name", "other", "form"),
    [
        (None, {}, "text"),
        ("a.md", {}, "markdown"),
        ("a.MD", {}, "markdown"),
        ("a.log", {}, "text"),
        ("a.md", {"form": "text"}, "text"),
        ("a.md", {"form": "text", "as_json": True}, "json"),
    ],
)
def test_the_form(tmp_path: Path, name: str | None, other: dict[str, Any], form: str) -> None:
    output = tmp_path / name if name else None
    assert Account.asked(given(output, **other), ENDINGS, "text").form == form


def test_the_places_are_left_to_the_command() -> None:
    options = given(None, outputs=Path("outputs"))
    Account.asked(options, ENDINGS, "text")
    assert options == {"corpus": None, "outputs": Path("outputs")}


def test_a_file_somebody_worked_on_is_written_over_only_with_force(tmp_path: Path) -> None:
    path = tmp_path / "methods.md"
    path.write_text("filled in")
    with pytest.raises(PipelineError) as caught:
        Account.asked(given(path), ENDINGS, "text")
    assert caught.value.code is ErrorCode.NOT_WRITABLE
    assert "--force" in caught.value.do
    Account.asked(given(path, force=True), ENDINGS, "text").give("new\n", "Trace")
    assert path.read_text() == "new\n"


def test_a_name_of_the_roster_does_not_leave(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("name,kind\nIda Lund,person\n")
    path = tmp_path / "a.md"
    Account.asked(given(path, roster=roster), ENDINGS, "text").give("said Ida Lund\n", "Trace")
    told = capsys.readouterr().err
    assert "Attention" in told
    assert f"Trace → {path}" in told
    path.unlink()
    with pytest.raises(PipelineError) as caught:
        Account.asked(given(path, roster=roster, strict=True), ENDINGS, "text").give("said Ida Lund\n", "Trace")
    assert caught.value.exit_code is ExitCode.INTEGRITY
    assert not path.exists()
