"""Tasks for annotation tools, and the answers of people back as decisions."""

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from builders import codebook, document, passages, tag, theme_decision
from click.testing import CliRunner, Result
from exchanging import HARD, SOME, completed, made_of, written
from hypothesis import given, settings

from pipeline.cli import main
from pipeline.corrections import log
from pipeline.corrections.decisions import PassageDecision
from pipeline.errors import ErrorCode, PipelineError
from pipeline.exchange.annotation import argilla, doccano, label_studio, prodigy
from pipeline.exchange.annotation.answers import Answer, Stretch, decide, merge
from pipeline.exchange.annotation.offsets import from_utf16, to_utf16
from pipeline.exchange.annotation.reading import coders, utc
from pipeline.exchange.annotation.tasks import Asking, Task, facts_of, suggested, tasks_of, themes_of
from pipeline.exchange.returning import UNKNOWN_TIME, Verdict
from pipeline.records import Bundle

CODES = codebook("succession", "equity")
PASSAGES = Asking(unit="passage", themes=CODES.themes, model="themes-1")
DOCUMENTS = Asking(unit="document", themes=CODES.themes, model="themes-1")

Write = Callable[[Sequence[Task], Asking], bytes]
Read = Callable[[bytes], list[Answer]]
TOOLS: dict[str, tuple[Write, Read]] = {
    "label-studio": (label_studio.tasks, label_studio.read),
    "prodigy": (prodigy.tasks, prodigy.read),
    "doccano": (doccano.tasks, lambda content: doccano.read(content, complete=True)),
    "argilla": (argilla.tasks, argilla.read),
}


def meeting() -> Bundle:
    return made_of(
        ["Nobody knew who would follow her.", "They asked families first.", "Lunch was served at noon, as ever."]
    )


def expected(tasks: Sequence[Task]) -> list[tuple[str, str, list[str]]]:
    return [(task.id, task.text, sorted({mark.theme for mark in task.marks})) for task in tasks]


def back(answers: Sequence[Answer]) -> list[tuple[str, str, list[str]]]:
    return [
        (one.facts["pop_id"], one.text, sorted({*one.labels, *(span.label for span in one.stretches)}))
        for one in answers
    ]


@pytest.mark.parametrize("tool", TOOLS)
@given(texts=SOME)
def test_passages_come_back_as_they_went_out(tool: str, texts: list[str]) -> None:
    write, read = TOOLS[tool]
    tasks = tasks_of(made_of(texts), PASSAGES)
    assert back(read(completed(tool, write(tasks, PASSAGES)))) == expected(tasks)


@pytest.mark.parametrize("form", ["min", "csv"])
@given(texts=SOME)
def test_label_studio_in_its_other_forms(form: str, texts: list[str]) -> None:
    tasks = tasks_of(made_of(texts), PASSAGES)
    assert back(
        label_studio.read(completed("label-studio", label_studio.tasks(tasks, PASSAGES), form=form))
    ) == expected(tasks)


@pytest.mark.parametrize(
    ("tool", "form"), [("label-studio", ""), ("label-studio", "min"), ("prodigy", ""), ("doccano", "")]
)
@given(texts=SOME)
def test_stretches_of_documents_come_back_on_the_same_words(tool: str, form: str, texts: list[str]) -> None:
    write, read = TOOLS[tool]
    [task] = tasks_of(made_of(texts), DOCUMENTS)
    [answer] = read(completed(tool, write([task], DOCUMENTS), form=form))
    assert answer.text == task.text
    assert {(one.start, one.end, one.label) for one in answer.stretches} == {
        (mark.start, mark.end, mark.theme) for mark in task.marks
    }


@given(texts=SOME)
@settings(max_examples=20)
def test_the_decisions_are_what_was_suggested(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    made = made_of(texts, path="notes/spring.txt")
    outputs = written(tmp_path_factory.mktemp("o"), made)
    answers = prodigy.read(completed("prodigy", prodigy.tasks(tasks_of(made, PASSAGES), PASSAGES)))
    outcome = decide(answers, outputs, CODES, {"ana@school.example": "ana"}, [])
    assert [(one.record_id, sorted(one.themes), sorted(one.asked)) for one in outcome.decisions] == [
        (one.id, sorted({tag.theme for tag in made.tags if tag.passage_id == one.id}), ["equity", "succession"])
        for one in made.passages
    ]
    assert (outcome.lost, outcome.unknown.total()) == ([], 0)


@pytest.mark.parametrize(
    ("text", "place", "units"), [("🎓 plan", 2, 3), ("plan", 2, 2), ("a🎓", 2, 3), ("🎓🎓", 1, 2), ("", 0, 0)]
)
def test_offsets_of_browsers(text: str, place: int, units: int) -> None:
    assert to_utf16(text, place) == units
    assert from_utf16(text, units) == place


def test_an_offset_inside_an_emoji_is_that_of_the_emoji() -> None:
    assert from_utf16("🎓a", 1) == 0


def test_an_offset_beyond_the_text_stays_beyond() -> None:
    assert from_utf16("🎓a", 9) > 2


def test_doccano_counts_as_browsers_do() -> None:
    doc = made_of(["🎓 Nobody knew.", "Families were asked."])
    [line] = doccano.tasks(tasks_of(doc, DOCUMENTS), DOCUMENTS).splitlines()
    assert json.loads(line)["label"] == [[0, 15, "succession"], [17, 37, "equity"]]


def test_what_is_suggested_in_label_studio() -> None:
    [first, second, _] = json.loads(label_studio.tasks(tasks_of(meeting(), PASSAGES), PASSAGES))
    assert first["predictions"][0]["model_version"] == "themes-1"
    assert first["predictions"][0]["score"] == 0.84
    assert first["predictions"][0]["result"][0]["value"] == {"choices": ["succession"]}
    assert second["data"]["suggested"] == "equity 0.41 (review)"


@pytest.mark.parametrize("asking", [PASSAGES, DOCUMENTS])
def test_the_interface_of_label_studio_names_what_the_tasks_have(asking: Asking) -> None:
    view = ET.fromstring(label_studio.interface(asking))
    [task] = json.loads(label_studio.tasks(tasks_of(meeting(), asking)[:1], asking))
    [result] = task["predictions"][0]["result"][:1]
    text, control = view.find("Text"), view.find(".//*[@toName]")
    assert text is not None
    assert control is not None
    assert (control.get("name"), control.get("toName")) == (
        result["from_name"],
        result["to_name"] == text.get("name") and "text",
    )
    assert str(text.get("value")).removeprefix("$") in task["data"]
    assert [one.get("alias") for one in control] == ["succession", "equity"]


def test_settings_of_argilla_offer_every_theme_and_none() -> None:
    made = json.loads(argilla.settings(PASSAGES))
    [question] = made["questions"]
    assert [one["value"] for one in question["settings"]["options"]] == ["succession", "equity", "none"]
    assert made["fields"][0]["name"] in json.loads(argilla.tasks(tasks_of(meeting(), PASSAGES), PASSAGES))[0]["fields"]


@pytest.mark.parametrize("tool", TOOLS)
def test_blind_tasks_show_nothing_of_the_model(tool: str) -> None:
    asking = Asking(unit="passage", themes=CODES.themes, model="themes-1", blind=True)
    shown = TOOLS[tool][0](tasks_of(meeting(), asking), asking).decode()
    assert "0.84" not in shown
    assert "themes-1" not in shown
    assert "predictions" not in shown


def test_what_is_left_for_review_can_stay_here() -> None:
    marks = [[mark.theme for mark in task.marks] for task in tasks_of(meeting(), PASSAGES, review=False)]
    assert marks == [["succession"], [], ["succession"]]


def test_only_what_is_wanted_is_asked() -> None:
    assert [one.id for one in tasks_of(meeting(), PASSAGES, wanted={"d1:p0001"})] == ["d1:p0001"]


def test_a_rubric_is_no_task() -> None:
    assert tasks_of(made_of(["Leaders plan."], kind="rubric"), PASSAGES) == []


def test_touched_on_is_a_choice_of_its_own_where_asked() -> None:
    asking = Asking(unit="passage", themes=CODES.themes[1:], grades=True)
    assert [one.label for one in asking.offers] == ["equity", "equity (touched on)"]
    [second] = tasks_of(meeting(), asking, wanted={"d1:p0001"})
    assert asking.label(second.marks[0]) == "equity (touched on)"


@pytest.mark.parametrize(
    ("labels", "themes", "unknown"),
    [
        (["succession"], {"succession": 2}, []),
        (["Succession", "EQUITY"], {"succession": 2, "equity": 2}, []),
        (["equity (touched on)"], {"equity": 1}, []),
        (["equity (touched on)", "equity"], {"equity": 2}, []),
        (["none"], {}, []),
        (["Budget", "equity"], {"equity": 2}, ["Budget"]),
        ([], {}, []),
    ],
)
def test_the_themes_that_labels_mean(labels: list[str], themes: dict[str, int], unknown: list[str]) -> None:
    assert themes_of(labels, CODES) == (themes, unknown)


def label_studio_task(**annotation: Any) -> bytes:
    known = {"completed_by": 3, "result": [], "was_cancelled": False, "created_at": "2026-11-22T10:00:00Z"}
    return json.dumps([{"id": 7, "data": {"text": "x"}, "annotations": [known | annotation]}]).encode()


@pytest.mark.parametrize(
    ("content", "is_judged", "coder"),
    [
        (label_studio_task(), True, "annotator-3"),
        (label_studio_task(was_cancelled=True), False, "annotator-3"),
        (label_studio_task(completed_by={"id": 4, "email": "ben@x.org"}), True, "ben@x.org"),
        (b'[{"id": 1, "text": "x", "annotator": 3, "annotation_id": null}]', False, "annotator-3"),
        (b'\xef\xbb\xbf"text","annotator","annotation_id"\r\n"x","3","9"\r\n', True, "annotator-3"),
    ],
)
def test_who_answered_in_label_studio_and_whether(content: bytes, is_judged: bool, coder: str) -> None:
    [one] = label_studio.read(content)
    assert (one.is_judged, one.coder) == (is_judged, coder)


@pytest.mark.parametrize(
    ("line", "is_judged", "labels", "asked"),
    [
        ({"answer": "accept", "accept": ["equity"], "pop_themes": "equity succession"}, True, ["equity"], None),
        ({"answer": "ignore", "accept": ["equity"]}, False, ["equity"], None),
        ({"answer": "reject", "accept": ["equity"]}, False, ["equity"], None),
        ({"accept": ["equity"]}, False, ["equity"], None),
        ({"answer": "accept", "accept": [], "options": [{"id": "equity"}]}, True, [], ["equity"]),
        ({"answer": "accept", "label": "equity"}, True, ["equity"], ["equity"]),
        ({"answer": "reject", "label": "equity"}, True, [], ["equity"]),
    ],
)
def test_what_an_answer_of_prodigy_says(
    line: dict[str, Any], is_judged: bool, labels: list[str], asked: list[str] | None
) -> None:
    [one] = prodigy.read(json.dumps({"text": "x", **line}).encode())
    assert (one.is_judged, one.labels, one.asked) == (is_judged, labels, asked)


def test_two_tasks_of_prodigy_about_one_theme_each_are_one_judgement() -> None:
    first = Verdict(passage_id="p", coder="ana", themes={"equity": 2}, asked=["equity"], at="2026-01-01T00:00:00Z")
    second = Verdict(passage_id="p", coder="ana", themes={}, asked=["succession"], at="2026-01-02T00:00:00Z")
    [one] = merge([second, first])
    assert (one.themes, sorted(one.asked), one.at) == ({"equity": 2}, ["equity", "succession"], second.at)


def test_what_doccano_does_not_tell_is_not_taken_for_a_judgement() -> None:
    sent = doccano.tasks(tasks_of(meeting(), PASSAGES), PASSAGES)
    lines = [json.loads(line) for line in completed("doccano", sent).decode().splitlines()]
    assert not any(one.is_judged for one in doccano.read(completed("doccano", sent)))
    lines[0]["label"] = ["equity"]
    lines[2]["label"] = ["none"]
    changed = "".join(json.dumps(line) + "\n" for line in lines).encode()
    assert [(one.is_judged, one.labels) for one in doccano.read(changed)] == [
        (True, ["equity"]), (False, ["equity"]), (True, ["none"]),
    ]  # fmt: skip


def zipped(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.jsonl", content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (zipped(**{"../ana": b"{}"}), ErrorCode.DAMAGED_FILE),
        (zipped(ana=b"{}")[:-30], ErrorCode.DAMAGED_FILE),
        (zipped(ana=b"[" * 100_000), ErrorCode.INVALID_EXCHANGE),
    ],
    ids=["out of the ZIP", "cut short", "an abyss"],
)
def test_a_zip_of_doccano_may_be_a_trap(content: bytes, code: ErrorCode) -> None:
    with pytest.raises(PipelineError) as refused:
        doccano.read(content)
    assert refused.value.code is code


def test_a_zip_of_doccano_has_a_file_for_each_person() -> None:
    answers = doccano.read(zipped(ana=b'{"text": "x", "label": ["equity"]}', all=b'{"text": "y", "label": []}'))
    assert [(one.coder, one.place) for one in answers] == [("ana", "ana.jsonl, line 1"), (None, "all.jsonl, line 1")]


@pytest.mark.parametrize(
    ("response", "is_judged"),
    [
        ({"value": ["equity"], "user_id": "u1", "status": "submitted"}, True),
        ({"value": ["equity"], "user_id": "u1"}, True),
        ({"value": ["equity"], "user_id": "u1", "status": "draft"}, False),
        ({"value": None, "user_id": "u1", "status": "discarded"}, False),
    ],
)
def test_only_submitted_responses_of_argilla_count(response: dict[str, Any], is_judged: bool) -> None:
    record = {"id": "p1", "fields": {"text": "x"}, "responses": {"themes": [response]}}
    [one] = argilla.read(json.dumps([record]).encode())
    assert (one.is_judged, one.coder, one.facts["pop_id"]) == (is_judged, "u1", "p1")


def test_flat_records_of_argilla() -> None:
    record = {
        "id": "p1", "text": "x", "themes.responses": [["equity"], ["succession"]],
        "themes.responses.users": ["u1", "u2"], "themes.responses.status": ["submitted", "draft"],
        "metadata.pop_start": 5,
    }  # fmt: skip
    found = argilla.read(json.dumps(record).encode())
    assert [(one.coder, one.labels, one.is_judged) for one in found] == [
        ("u1", ["equity"], True), ("u2", ["succession"], False),
    ]  # fmt: skip
    assert found[0].facts["pop_start"] == 5


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    "content", [b"{", b"\xff\xfe", b"[[1]]", b'["x"]', b"nonsense", b"PK\x03\x04broken", b"[" * 2000, b'{"data": 5}'],
    ids=lambda content: repr(content[:12]),
)  # fmt: skip
def test_what_is_no_export_is_refused(tool: str, content: bytes) -> None:
    with pytest.raises(PipelineError):
        TOOLS[tool][1](content)


@pytest.mark.parametrize(
    ("told", "at"),
    [
        ("2026-11-22T10:41:07.123Z", "2026-11-22T10:41:07Z"),
        ("2026-11-22T12:41:07+02:00", "2026-11-22T10:41:07Z"),
        (1_795_344_067, "2026-11-22T10:41:07Z"),
        ("2026-11-22 10:41:07", "2026-11-22T10:41:07Z"),
        ("never", UNKNOWN_TIME),
        (None, UNKNOWN_TIME),
        (1e300, UNKNOWN_TIME),
    ],
)
def test_times_are_utc(told: Any, at: str) -> None:
    assert utc(told) == at


def answer(text: str, coder: str | None = "ana@x.org", **changes: Any) -> Answer:
    return Answer(**{"place": "task 1", "text": text, "facts": {}, "coder": coder} | changes)


@pytest.mark.parametrize(
    ("people", "given", "found"),
    [
        (["ana@x.org"], [], {"ana@x.org": "ana"}),
        (["ana@x.org", "ana@y.org"], [], {"ana@x.org": "ana-x-org", "ana@y.org": "ana-y-org"}),
        (["annotator-3"], ["ben"], {"annotator-3": "ben"}),
        (["3", "4"], ["3=ana", "4=ben"], {"3": "ana", "4": "ben"}),
        (["3", "4"], ["3=ana", "ben"], {"3": "ana", "4": "ben"}),
        ([None], ["ben"], {None: "ben"}),
    ],
)
def test_the_names_of_coders(people: list[str | None], given: list[str], found: dict[str | None, str]) -> None:
    assert coders([answer("x", one) for one in people], given) == found


@pytest.mark.parametrize(("people", "given"), [([None], []), (["3", "4"], ["ben"]), (["3"], ["a", "b"]), (["…"], [])])
def test_coders_that_cannot_be_told(people: list[str | None], given: list[str]) -> None:
    with pytest.raises(PipelineError):
        coders([answer("x", one) for one in people], given)


def decided(outputs: Path, *answers: Answer) -> list[tuple[str, dict[str, int]]]:
    outcome = decide(answers, outputs, CODES, {one.coder: "ana" for one in answers}, [])
    return [(one.record_id, dict(one.themes)) for one in outcome.decisions]


@pytest.mark.parametrize(
    ("text", "facts", "found"),
    [
        ("They asked families first.", {"pop_id": "d1:p0001", "document": "d1.txt"}, ["d1:p0001"]),
        ("They  asked\r\nfamilies first.", {"pop_id": "d1:p0001", "document": "d1.txt"}, ["d1:p0001"]),
        ("They asked families first.", {"pop_id": "d1:p0000", "document": "d1.txt"}, ["d1:p0001"]),
        ("They asked families first.", {"document": "d1.txt", "pop_start": "x"}, ["d1:p0001"]),
        ("They asked families first.", {}, ["d1:p0001"]),
        ("They asked families first.", {"document": "renamed.txt"}, ["d1:p0001"]),
        ("They asked families last.", {"pop_id": "d1:p0001", "document": "d1.txt"}, []),
        ("Something else was said.", {"pop_id": "d1:p0001", "document": "d1.txt"}, []),
        ("", {"pop_id": "d1:p0001", "document": "d1.txt"}, []),
        ("…", {}, []),
    ],
)
def test_the_passage_that_an_answer_means(tmp_path: Path, text: str, facts: dict[str, Any], found: list[str]) -> None:
    outputs = written(tmp_path, meeting())
    assert [one for one, _ in decided(outputs, answer(text, facts=facts, labels=["equity"]))] == found


def test_a_document_is_judged_as_a_whole(tmp_path: Path) -> None:
    made = meeting()
    outputs = written(tmp_path, made)
    spans = [Stretch(0, 33, "succession"), Stretch(40, 50, "equity"), Stretch(5, 900, "equity")]
    one = answer(made.document.text, facts={"pop_id": "d1", "document": "d1.txt"}, stretches=spans)
    outcome = decide([one], outputs, CODES, {"ana@x.org": "ana"}, [])
    assert [(found.record_id, found.themes) for found in outcome.decisions] == [
        ("d1:p0000", {"succession": 2}), ("d1:p0001", {"equity": 2}), ("d1:p0002", {}),
    ]  # fmt: skip
    assert outcome.lost == [("task 1", "1 labelled stretches lie outside of its text")]


def test_of_a_document_that_changed_only_what_is_found_again_counts(tmp_path: Path) -> None:
    outputs = written(tmp_path, meeting())
    before = "A new line.\n\nNobody knew who would follow her."
    one = answer(before, facts={"pop_id": "d1", "document": "d1.txt"}, stretches=[Stretch(13, 46, "succession")])
    assert decided(outputs, one) == [("d1:p0000", {"succession": 2})]


def test_a_decision_says_what_was_asked_and_what_was_shown(tmp_path: Path) -> None:
    asking = Asking(unit="passage", themes=CODES.themes[:1], blind=True, model="themes-1")
    [task] = tasks_of(meeting(), asking, wanted={"d1:p0000"})
    one = answer(task.text, facts=facts_of(task, asking), labels=["succession"])
    [found] = decide([one], written(tmp_path, meeting()), CODES, {"ana@x.org": "ana"}, []).decisions
    assert (found.asked, found.blind, found.model_version) == (["succession"], True, None)


def test_a_theme_that_was_renamed_since_is_asked_under_its_new_name(tmp_path: Path) -> None:
    facts = {"pop_id": "d1:p0000", "document": "d1.txt", "pop_themes": "equity gone"}
    one = answer("Nobody knew who would follow her.", facts=facts, labels=["gone"])
    outcome = decide([one], written(tmp_path, meeting()), CODES, {"ana@x.org": "ana"}, [])
    assert [found.asked for found in outcome.decisions] == [["equity"]]
    assert outcome.unknown == {"gone": 1}


def test_suggested_names_each_theme_once() -> None:
    doc = document("They plan.\n\nThey plan more.")
    first, second = passages(doc)
    one = Bundle(document=doc, passages=[first, second], tags=[tag(first, "equity", 0.6), tag(second, "equity", 0.8)])
    [whole] = tasks_of(one, DOCUMENTS)
    assert suggested(whole) == "equity 0.80"


@pytest.fixture
def nothing_leaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.privacy.sending.leaks_in", lambda *_: [])


def call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.usefixtures("nothing_leaks")
@pytest.mark.parametrize("tool", ["label-studio", "prodigy", "argilla"])
def test_there_and_back_by_command(tool: str, tmp_path: Path) -> None:
    outputs, labels, sent = written(tmp_path / "o", meeting()), tmp_path / "labels", tmp_path / "tasks.json"
    assert call("export", tool, "-o", sent, "--outputs", outputs).exit_code == 0
    assert len(list(tmp_path.glob("tasks.*"))) == 2
    done = tmp_path / "done.json"
    done.write_bytes(completed(tool, sent.read_bytes()))
    first = call("import", tool, done, "--outputs", outputs, "--labels", labels, "--coder", "ana")
    assert (first.exit_code, first.stderr) == (
        0, f"3 answers: 3 decisions added (3 of ana), 0 as before, 0 not judged, 0 left out → {labels}\n",
    )  # fmt: skip
    before = (labels / "ana.jsonl").read_bytes()
    second = call("import", tool, done, "--outputs", outputs, "--labels", labels, "--coder", "ana")
    assert "0 decisions added, 3 as before" in second.stderr
    assert (labels / "ana.jsonl").read_bytes() == before
    held = [one for one in log.read(labels / "ana.jsonl").decisions if isinstance(one, PassageDecision)]
    assert [dict(one.themes) for one in held] == [{"succession": 2}, {"equity": 2}, {"succession": 2}]
    assert len(held[0].asked) == 10


@pytest.mark.usefixtures("nothing_leaks")
def test_exports_do_not_write_over_files(tmp_path: Path) -> None:
    outputs, sent = written(tmp_path / "o", meeting()), tmp_path / "tasks.json"
    (tmp_path / "tasks.xml").write_text("mine", encoding="utf-8")
    assert call("export", "label-studio", "-o", sent, "--outputs", outputs).exit_code == 3
    assert not sent.exists()
    assert call("export", "label-studio", "-o", sent, "--outputs", outputs, "--force").exit_code == 0


@pytest.mark.usefixtures("nothing_leaks")
def test_a_queue_is_asked_in_its_order(tmp_path: Path) -> None:
    outputs, sent, queue = written(tmp_path / "o", meeting()), tmp_path / "t.jsonl", tmp_path / "q.jsonl"
    queue.write_text('{"id": "d1:p0002"}\n{"id": "d1:p0000"}\n', encoding="utf-8")
    call("export", "prodigy", "-o", sent, "--outputs", outputs, "--queue", queue)
    assert [json.loads(line)["pop_id"] for line in sent.read_text("utf-8").splitlines()] == ["d1:p0002", "d1:p0000"]


@pytest.mark.usefixtures("nothing_leaks")
def test_an_unknown_document_is_named(tmp_path: Path) -> None:
    found = call(
        "export", "prodigy", "-o", tmp_path / "t", "--outputs", written(tmp_path / "o", meeting()), "--document", "zzz"
    )
    assert found.exit_code == 2
    assert "zzz" in found.stderr


def test_what_cannot_be_used_is_listed_and_the_rest_taken(tmp_path: Path) -> None:
    outputs, labels, done = written(tmp_path / "o", meeting()), tmp_path / "labels", tmp_path / "d.jsonl"
    lines = [
        {"text": "They asked families first.", "accept": ["equity", "Budget"], "answer": "accept"},
        {"text": "Nobody ever said this.", "accept": [], "answer": "accept"},
    ]
    done.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    found = call("import", "prodigy", done, "--outputs", outputs, "--labels", labels, "--coder", "ana")
    assert found.exit_code == 3
    assert "left out: line 2" in found.stderr
    assert "'Budget' (1)" in found.stderr
    assert len(log.read(labels / "ana.jsonl").decisions) == 1


def test_what_stands_decided_of_other_themes_is_kept(tmp_path: Path) -> None:
    made = meeting()
    standing = theme_decision(made.document, made.passages[0], {"succession": 1}, asked=["succession"])
    one = answer(made.passages[0].text, labels=["equity"], asked=["equity"])
    [found] = decide([one], written(tmp_path, made), CODES, {"ana@x.org": "ana"}, [standing]).decisions
    assert (found.themes, found.asked) == ({"equity": 2, "succession": 1}, ["equity", "succession"])


def test_the_hard_words_are_hard() -> None:
    assert len(HARD[-1]) == 10_000
    assert any("\r\n" in one for one in HARD)
