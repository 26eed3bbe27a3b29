"""The commands of REFI-QDA, and the whole way: out, coded by a person, back in, run, trained."""

from dataclasses import replace
from pathlib import Path

import builders
import pytest
from click.testing import CliRunner, Result
from refi import RUBRIC, Edited, edit, project
from refi import outputs as write_outputs
from topics import TOPICS, labels, write_codebook

from pipeline import jsonl
from pipeline.cli import main
from pipeline.config import Settings
from pipeline.corrections import folder, importing
from pipeline.exchange.refi import tree
from pipeline.exchange.refi.coming_back import come_back
from pipeline.exchange.refi.people import Asked
from pipeline.learning import training
from pipeline.plan import Plan
from pipeline.privacy import sending
from pipeline.records import Passage, Tag
from pipeline.run import run
from pipeline.stages import STAGES
from pipeline.tools import Tools

WORK = [name for name in STAGES if name not in {"index", "report"}]


@pytest.fixture(autouse=True)
def nothing_leaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked for in exports is tested elsewhere."""
    monkeypatch.setattr(sending, "leaks_in", lambda *_: [])


def pop(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_out_coded_by_a_person_back_in_and_shown(plan: Plan, tmp_path: Path) -> None:
    where = ("--outputs", plan.outputs, "--corpus", plan.corpus)
    sent = pop("export", "qdpx", "-o", tmp_path / "p.qdpx", *where, "--target", "qualcoder")
    assert (sent.exit_code, sent.stderr.split(",")[0]) == (0, "3 documents")

    def change(one: Edited) -> None:
        place = next(n for n in range(3) if "Three of the schools" in one.text(n))
        one.add("theme:equity", "Three of the schools have had nine principals in ten years", place=place)

    edit(tmp_path / "p.qdpx", change, tmp_path / "back.qdpx")
    dry = pop("import", "qdpx", tmp_path / "back.qdpx", *where, "--coder", "Ana Ruiz=ana", "--dry-run")
    assert "1 decision would be added" in dry.stderr
    assert not (plan.corpus / "labels").exists()
    first = pop("import", "qdpx", tmp_path / "back.qdpx", *where, "--coder", "Ana Ruiz=ana")
    assert "1 decision added (1 of ana)" in first.stderr
    again = pop("import", "qdpx", tmp_path / "back.qdpx", *where, "--coder", "Ana Ruiz=ana")
    assert "0 decisions added, 0 there already" in again.stderr
    untouched = pop("import", "qdpx", tmp_path / "p.qdpx", *where, "--quiet")
    assert (untouched.exit_code, untouched.stderr) == (0, "")

    run(replace(plan, tools=replace(plan.tools, labels_path=plan.corpus / "labels")), WORK)
    texts = {one.id: one.text for one in jsonl.read(plan.outputs / "passages.jsonl", Passage)}
    people = [one for one in jsonl.read(plan.outputs / "tags.jsonl", Tag) if one.source == "human"]
    assert [(texts[one.passage_id][:20], one.theme, one.decision, one.coder) for one in people] == [
        ("Three of the schools", "equity", "yes", "ana")
    ]
    late = pop("import", "qdpx", tmp_path / "back.qdpx", *where, "--coder", "Ana Ruiz=ana")
    assert "0 decisions added" in late.stderr


def test_what_people_coded_elsewhere_trains_a_model(tools: Tools, tmp_path: Path) -> None:
    path = write_codebook(tmp_path / "codebook.yaml", list(TOPICS))
    own = replace(tools, codebook_path=path, models_path=tmp_path / "models", settings=Settings(bootstrap=100))
    codes = tree.all_codes(own.codebook, RUBRIC)
    groups: dict[str, list[dict[str, object]]] = {}
    for one in labels():
        groups.setdefault(str(one["group"]), []).append(one)
    bundles = [
        builders.bundle(builders.document("\n\n".join(f"{one['text']}." for one in held), id=name))
        for name, held in groups.items()
    ]
    project(tmp_path / "p.qdpx", *bundles, codes=codes)

    def change(one: Edited) -> None:
        for place, held in enumerate(groups.values()):
            for label in held:
                for theme in label["themes"]:  # type: ignore[attr-defined]
                    one.add(f"theme:{theme}", str(label["text"]), place=place)

    edit(tmp_path / "p.qdpx", change, tmp_path / "back.qdpx")
    folder_of = write_outputs(tmp_path / "o", *bundles)
    found = come_back(tmp_path / "back.qdpx", folder_of, codes, RUBRIC, (), Asked(is_complete=True))
    taken = importing.take_all(found.decisions, tmp_path / "labels")
    assert taken.added == {"ana-ruiz": len(found.decisions)}
    assert len(folder.read(tmp_path / "labels").recorded) == len(found.decisions) > 30
    result = training.train_themes(tmp_path / "labels", own, quiet=True, force=True)
    assert result.metrics["micro"]["f1"] > 0.8
    texts = ["She watered the roses and the tulips.", "The captain sailed the boat."]
    p = own.theme_model.predict(texts, [False, False], own.encoder, own.codebook).p
    assert p.argmax(axis=1).tolist() == [0, 1]


def test_a_project_that_never_was_ours_becomes_a_corpus(tmp_path: Path) -> None:
    text = "Interview\n\nNobody knew who would follow the principal.\n\nWe share the work, said Ana Ruiz to the board."
    one = builders.bundle(builders.document(text, path="i/Interview 1.docx"))
    project(tmp_path / "p.qdpx", one)

    def change(one: Edited) -> None:
        one.root.set("origin", "NVivo 14")
        one.add("theme:succession", "Nobody knew who would follow the principal.", "Ben Lee")

    edit(tmp_path / "p.qdpx", change, tmp_path / "theirs.qdpx")
    made = pop("import", "qdpx", tmp_path / "theirs.qdpx", "--new-corpus", tmp_path / "new")
    assert (made.exit_code, made.stderr.splitlines()[-1]) == (
        0, f"1 decision added (1 of ben-lee), 0 there already, 0 lines refused → {tmp_path / 'new' / 'labels'}",
    )  # fmt: skip
    assert (tmp_path / "new" / "interview-1.txt").read_text(encoding="utf-8") == text
    [judged] = folder.read(tmp_path / "new" / "labels").recorded
    assert (judged.judgement.anchor.document, judged.judgement.anchor.text) == (
        "interview-1.txt", "Nobody knew who would follow the principal.",
    )  # fmt: skip
    again = pop("import", "qdpx", tmp_path / "theirs.qdpx", "--new-corpus", tmp_path / "new")
    assert again.exit_code == 3


def test_codebooks_on_the_command_line(tmp_path: Path) -> None:
    sent = pop("export", "qdc", "-o", tmp_path / "c.qdc")
    assert (sent.exit_code, sent.stderr) == (0, f"10 codes → {tmp_path / 'c.qdc'}\n")
    read = pop("import", "qdc", tmp_path / "c.qdc", "-o", tmp_path / "c.yaml")
    assert read.exit_code == 0
    assert "10 themes: teacher_leadership, succession" in read.stderr
    assert pop("import", "qdc", tmp_path / "c.qdc", "-o", tmp_path / "c.yaml").exit_code == 3
    assert pop("export", "qdc", "-o", tmp_path / "c.qdc").exit_code == 3


@pytest.mark.parametrize("pair", ["ana", "=ana", "Ana Ruiz="])
def test_a_pair_that_is_none(pair: str, tmp_path: Path) -> None:
    assert pop("import", "qdpx", tmp_path / "p.qdpx", "--coder", pair).exit_code == 2


def test_a_document_that_is_not_there(outputs: Path, tmp_path: Path) -> None:
    found = pop("export", "qdpx", "-o", tmp_path / "p.qdpx", "--outputs", outputs, "--document", "nowhere")
    assert (found.exit_code, "no document with 'nowhere'" in found.stderr) == (3, True)


def test_ours_into_theirs(outputs: Path, tmp_path: Path) -> None:
    where = ("--outputs", outputs)
    assert pop("export", "qdpx", "-o", tmp_path / "p.qdpx", *where, "--certain").exit_code == 0
    added = pop("export", "qdpx", "-o", tmp_path / "q.qdpx", *where, "--into", tmp_path / "p.qdpx")
    assert added.exit_code == 0
    assert added.stderr.startswith("3 documents found in it, ")
    assert pop("export", "qdpx", "-o", tmp_path / "q.qdpx", *where, "--into", tmp_path / "p.qdpx").exit_code == 3
