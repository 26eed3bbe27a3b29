"""No file is written over unasked, and every file for others is looked through by the same code."""

import contextlib
from pathlib import Path

import pytest

from pipeline.cli import outgoing
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.privacy.leaks import Watch

WATCH = Watch(names=(("Ida Lund", "person"),))


def test_a_clean_file_is_written_without_a_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    outgoing.give(tmp_path / "below" / "a.csv", b"id,text\n1,Principal A\n", WATCH, strict=True)
    assert (tmp_path / "below" / "a.csv").read_bytes() == b"id,text\n1,Principal A\n"
    assert capsys.readouterr().err == ""


def test_what_is_found_is_said_with_its_middle_hidden(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    outgoing.give(tmp_path / "a.csv", b"id,text\n1,Ida Lund\n2,ida@elm.example\n", WATCH, strict=False)
    told = capsys.readouterr().err
    assert "1 × person, 1 × email: I•• L••d (line 2)" in told
    assert "Lund" not in told
    assert (tmp_path / "a.csv").is_file()


def test_strict_writes_nothing_and_leaves_nothing_behind(tmp_path: Path):
    (tmp_path / "a.csv").write_text("old")
    with pytest.raises(PipelineError) as raised:
        outgoing.give(tmp_path / "a.csv", b"text\nIda Lund\n", WATCH, strict=True)
    assert (raised.value.code, raised.value.exit_code) == (ErrorCode.LEAK, ExitCode.INTEGRITY)
    assert "Lund" not in str(raised.value)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.csv", "old")]


def test_the_roster_of_the_corpus_is_used_and_a_key(tmp_path: Path):
    (tmp_path / "roster.csv").write_text("name,kind\nIda Lund,person\n")
    assert "roster.csv" in outgoing.watch_of(tmp_path, None, None).sources
    assert outgoing.watch_of(tmp_path / "elsewhere", None, None).names == ()


def test_folders_are_looked_through(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "a.svg").write_text("<svg><text>Ida <tspan>Lund</tspan></text></svg>")
    (tmp_path / "b.html").write_text("<p>nothing</p>")
    assert len(outgoing.look_through([tmp_path / "b.html", tmp_path / "figures"], WATCH)) == 1
    assert "a.svg" in capsys.readouterr().err


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
        outgoing.require_free(tmp_path / name, force=force, source=tmp_path / "source.docx")
