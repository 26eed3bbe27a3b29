"""No file is written over unasked, and every file for others is looked through by the same code."""

import contextlib
from pathlib import Path

import pytest

from pipeline.cli.outgoing import give, require_free
from pipeline.errors import ErrorCode, PipelineError
from pipeline.privacy.leaks import Watch


@pytest.mark.parametrize(
    ("name", "force", "is_free"),
    [
        ("new.csv", False, True),
        ("new.csv", True, True),
        ("old.csv", False, False),
        ("old.csv", True, True),
        ("source.docx", True, False),
        ("link.docx", True, False),
        ("folder", True, False),
    ],
)
def test_only_an_older_result_is_written_over_and_only_when_asked(
    tmp_path: Path, name: str, force: bool, is_free: bool
) -> None:
    (tmp_path / "old.csv").touch()
    (tmp_path / "source.docx").touch()
    (tmp_path / "link.docx").symlink_to("source.docx")
    (tmp_path / "folder").mkdir()
    refused: contextlib.AbstractContextManager[object] = (
        contextlib.nullcontext() if is_free else pytest.raises(PipelineError, match="there already")
    )
    with refused:
        require_free(tmp_path / name, force=force, source=tmp_path / "source.docx")


def test_what_is_found_is_told_and_the_file_stands_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    give(tmp_path / "hits.csv", b"who\nida@elm.example.org\n", Watch(), strict=False)
    assert "1 email: " in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["hits.csv"]


def test_strict_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "hits.csv"
    path.write_bytes(b"before")
    with pytest.raises(PipelineError) as refused:
        give(path, b"who\nida@elm.example.org\n", Watch(), strict=True)
    assert refused.value.code is ErrorCode.LEAK
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"before"]
