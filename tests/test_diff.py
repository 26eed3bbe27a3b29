"""`pop diff` on runs and decisions built by hand: what is found again, what differs, what is printed."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import builders
import msgspec
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from pipeline import jsonl, manifest
from pipeline.cli import main
from pipeline.config import Settings
from pipeline.corrections import log
from pipeline.corrections.decisions import (
    AnatomyWords,
    Anchor,
    Judgement,
    PassageDecision,
    PracticesDecision,
    QuoteDecision,
    SegmentDecision,
    SpeakerWords,
    Undo,
    Words,
)
from pipeline.diff import Change, compare_coders, compare_runs, to_list, to_text
from pipeline.diff.pairing import pair_documents, pair_equal, pair_passages
from pipeline.records import Bundle, Document, Passage

TEXT = """Staffing

Ana Ruiz said, “We share the work.” Nobody else did.

The board wants evidence on attendance. It has none.

Nobody is next in line when the principal leaves."""

KINDS = ("passages", "segments", "quotes", "tags", "mappings")


def run(folder: Path, *bundles: Bundle, without: Sequence[str] = (), **settings: Any) -> Path:
    """Write bundles as the outputs of a run."""
    folder.mkdir()
    jsonl.write(folder / "documents.jsonl", [one.document for one in bundles])
    for kind in KINDS:
        if kind not in without:
            jsonl.write(folder / f"{kind}.jsonl", [record for one in bundles for record in getattr(one, kind)])
    manifest.save(manifest.Manifest(settings=Settings(**settings)), folder)
    return folder


def meeting(text: str = TEXT, /, **changes: Any) -> tuple[Document, list[Passage]]:
    doc = builders.document(text, **changes)
    return doc, builders.passages(doc)


def told(changes: Sequence[Change]) -> list[tuple[str, str, str | None, str | None, str | None]]:
    return [(one.kind, one.change, one.name, one.a, one.b) for one in changes]


def pop(*words: object) -> Result:
    return CliRunner().invoke(main, ["diff", *map(str, words)])


# Finding passages again


def texts(*words: str) -> list[Passage]:
    doc = builders.document("\n\n".join(words))
    return builders.passages(doc)


LONG = "The superintendent asked each table to list what a principal does in a week"


@pytest.mark.parametrize(
    ("a", "b", "pairs"),
    [
        (["One.", "Two.", "Three."], ["One.", "Two.", "Three."], [(0, 0), (1, 1), (2, 2)]),
        (["One.", "Two."], ["Zero.", "One.", "Two."], [(0, 1), (1, 2)]),
        (["One.", "Two."], ["Two.", "One."], [(0, 1), (1, 0)]),  # moved
        (["“One.”", "Two."], ["one.", "TWO."], [(0, 0), (1, 1)]),  # marks and case do not matter
        (["Yes.", "One.", "Yes.", "Two."], ["One.", "Yes.", "Two."], [(1, 0), (2, 1), (3, 2)]),  # by neighbours
        (["One.", f"{LONG}.", "Two."], ["One.", f"{LONG} and month.", "Two."], [(0, 0), (1, 1), (2, 2)]),  # edited
        (["One.", f"{LONG}.", "Two."], ["One.", "Something else was asked.", "Two."], [(0, 0), (2, 2)]),
        ([], ["One."], []),
        (  # what is repeated is not taken for what stands elsewhere
            ["Go on.", "Yes.", "One.", "Go on.", "Yes.", "Two.", "Go on.", "Yes."],
            ["Go on.", "One.", "Go on.", "Yes.", "Two.", "Go on.", "Yes."],
            [(0, 0), (2, 1), (3, 2), (4, 3), (5, 4), (6, 5), (7, 6)],
        ),
    ],
)
def test_passages_are_found_again(a: list[str], b: list[str], pairs: list[tuple[int, int]]) -> None:
    found = pair_passages(texts(*a) if a else [], texts(*b) if b else [])
    assert [(one.index, other.index) for one, other in found.pairs] == pairs
    assert len(found.only_a) == len(a) - len(pairs)
    assert len(found.only_b) == len(b) - len(pairs)


@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcd")))
def test_equal_keys_are_paired_as_often_as_both_have_them(a: list[str], b: list[str]) -> None:
    found = pair_equal(a, b)
    assert all(a[i] == b[j] for i, j in found.items())
    assert len(set(found.values())) == len(found) == sum(min(a.count(key), b.count(key)) for key in "abcd")


@given(st.permutations("abcde"), st.sets(st.sampled_from("abcde")))
def test_every_document_comes_once_in_whatever_order(order: list[str], missing: set[str]) -> None:
    def of(names: Sequence[str]) -> list[Bundle]:
        return [builders.bundle(builders.document(f"Words of {name}.", id=name)) for name in names]

    kept = [name for name in order if name not in missing]
    pairs = list(pair_documents(of("abcde"), of(kept)))
    assert sorted(one.document.path for one, _ in pairs if one) == [f"{name}.txt" for name in "abcde"]
    assert {one.document.path for one, other in pairs if one and not other} == {f"{name}.txt" for name in missing}
    assert all(one.document.path == other.document.path for one, other in pairs if one and other)


# Two runs


def full(text: str = TEXT, /, **changes: Any) -> Bundle:
    """A document with a problem of practice, a quote, themes and an indicator."""
    doc, held = meeting(text, **changes)
    first, second = (next(one for one in held if words in one.text) for words in ("We share", "evidence"))
    said = builders.quote(first, "We share the work.", speaker="Ana Ruiz", cue="said")
    return builders.bundle(
        doc,
        passages=held,
        segments=[
            builders.segment(
                held, kind="problem_of_practice", anatomy=[builders.anatomy(held[-1], "Nobody is next in line")]
            )
        ],
        quotes=[said],
        tags=[
            builders.tag(first, "teacher_leadership"),
            builders.tag(second, "evidence_use", 0.5, decision="review"),
        ],
        mappings=[builders.mapping(said, "12b")],
    )


def changed(one: Bundle, kind: str, place: int, /, **fields: Any) -> Bundle:
    """Replace fields of a record of a bundle."""
    records = list(getattr(one, kind))
    records[place] = msgspec.structs.replace(records[place], **fields)
    return msgspec.structs.replace(one, **{kind: records})


def test_the_same_outputs_do_not_differ(tmp_path: Path) -> None:
    found = compare_runs(run(tmp_path / "a", full()), run(tmp_path / "b", full()))
    assert found.changes == found.setup == found.missing == []
    assert all(one.same == one.a == one.b and not one.changed for one in found.tallies.values())
    assert "Nothing differs." in to_text(found)


def test_other_ids_and_offsets_do_no_harm(tmp_path: Path) -> None:
    """An added paragraph shifts all that follows, and another hash gives other ids."""
    longer = TEXT.replace("Staffing\n\n", "Staffing\n\nA paragraph was added later on.\n\n")
    moved = full(longer, id="another", path="d1.txt")
    found = compare_runs(run(tmp_path / "a", full()), run(tmp_path / "b", moved))
    assert told(found.changes) == [
        ("documents", "words", None, "4 passages", "5 passages"),
        ("passages", "added", None, None, "paragraph"),
    ]


Edit = Callable[[Bundle], Bundle]


def _without(kind: str) -> Edit:
    return lambda one: msgspec.structs.replace(one, **{kind: []})


def _speaker(one: Bundle) -> Bundle:
    return changed(one, "quotes", 0, speaker=builders.speaker(one.passages[1], "Nobody", role="principal"))


def _shorter(one: Bundle) -> Bundle:
    said = builders.quote(one.passages[1], "We share", speaker="Ana Ruiz", id=one.quotes[0].id)
    return msgspec.structs.replace(one, quotes=[said])


def _split(one: Bundle) -> Bundle:
    first, second = one.passages[:3], one.passages[3:]
    return msgspec.structs.replace(
        one, segments=[builders.segment(first, kind="problem_of_practice"), builders.segment(second)]
    )


def _turned(changes: Sequence[Change]) -> list[Change]:
    """Return changes as they would be if A and B changed places."""
    other = {"added": "removed", "removed": "added"}
    return [msgspec.structs.replace(one, a=one.b, b=one.a, change=other.get(one.change, one.change)) for one in changes]


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            _without("quotes"),
            [("quotes", "removed", None, "Ana Ruiz", None), ("mappings", "decision", "12b", "match", None)],
        ),
        (_speaker, [("quotes", "speaker", None, "Ana Ruiz", "Nobody, principal")]),
        (_shorter, [("quotes", "extent", None, "We share the work.", "We share")]),
        (
            _split,
            [
                (
                    "segments",
                    "boundary",
                    None,
                    "4 passages, from “Staffing” to “Nobody is next in line when…”",
                    "3 passages, from “Staffing” to “The board wants evidence on attendance.…”",
                ),
                ("segments", "anatomy", "problem", "Nobody is next in line", None),
                ("segments", "added", None, None, "discussion"),
            ],
        ),
        (
            lambda one: changed(one, "segments", 0, kind="discussion", anatomy=[]),
            [
                ("segments", "kind", None, "problem_of_practice", "discussion"),
                ("segments", "anatomy", "problem", "Nobody is next in line", None),
            ],
        ),
        (lambda one: changed(one, "tags", 1, decision="yes"), [("tags", "decision", "evidence_use", "review", "yes")]),
        (
            lambda one: changed(one, "tags", 0, theme="equity"),
            [("tags", "decision", "equity", "no", "yes"), ("tags", "decision", "teacher_leadership", "yes", "no")],
        ),
        (
            lambda one: changed(one, "mappings", 0, decision="review"),
            [("mappings", "decision", "12b", "match", "review")],
        ),
        (lambda one: changed(one, "mappings", 0, p=0.8), []),  # a p alone is no change
        (
            lambda one: changed(one, "passages", 2, kind="list_item"),
            [("passages", "kind", None, "paragraph", "list_item")],
        ),
    ],
)
def test_what_changed_is_told(tmp_path: Path, edit: Edit, expected: list[tuple[str, ...]]) -> None:
    a, b = run(tmp_path / "a", full()), run(tmp_path / "b", edit(full()))
    assert told(compare_runs(a, b).changes) == expected
    back = compare_runs(b, a).changes
    assert told(_turned(back)) == expected


def test_a_document_that_is_gone_takes_its_tags_with_it(tmp_path: Path) -> None:
    other = full(TEXT.replace("Staffing", "Another meeting"), id="d2")
    a, b = run(tmp_path / "a", full(), other), run(tmp_path / "b", full())
    found = compare_runs(a, b)
    assert told(found.changes) == [
        ("documents", "removed", None, "4 passages", None),
        ("tags", "decision", "teacher_leadership", "yes", None),
        ("tags", "decision", "evidence_use", "review", None),
        ("mappings", "decision", "12b", "match", None),
    ]
    assert (found.tallies["passages"].only_a, found.tallies["passages"].same) == (4, 4)


def test_a_renamed_document_is_the_same(tmp_path: Path) -> None:
    a, b = run(tmp_path / "a", full(path="old.txt")), run(tmp_path / "b", full(path="new.txt"))
    assert told(compare_runs(a, b).changes) == [("documents", "renamed", None, "old.txt", "new.txt")]


def test_a_persons_tag_counts_and_not_the_models(tmp_path: Path) -> None:
    one = full()
    person = builders.tag(
        one.passages[1], "teacher_leadership", id="x", decision="no", source="human", coder="ana", model_version=None
    )
    both = msgspec.structs.replace(one, tags=[person, *one.tags])
    found = compare_runs(run(tmp_path / "a", one), run(tmp_path / "b", both))
    assert told(found.changes) == [("tags", "decision", "teacher_leadership", "yes", "no")]


def test_settings_and_moves_of_p_stand_in_the_summary(tmp_path: Path) -> None:
    a = run(tmp_path / "a", full())
    b = run(tmp_path / "b", changed(full(), "tags", 0, p=0.7, model_version="other"), precision=0.8)
    found = compare_runs(a, b)
    assert [(one.name, one.a, one.b) for one in found.setup] == [
        ("precision", "0.9", "0.8"),
        ("model of tags", "test", "other, test"),
    ]
    (tags, _) = found.moves
    assert (tags.n, tags.moved, tags.mean) == (2, 1, 0.1)
    assert "teacher_leadership" in to_text(found)


def test_what_one_run_lacks_is_said(tmp_path: Path) -> None:
    a, b = run(tmp_path / "a", full()), run(tmp_path / "b", full(), without=["mappings", "quotes"])
    found = compare_runs(a, b)
    assert found.changes == []
    assert [line.split(",")[0] for line in found.missing] == ["Not compared: quotes", "Not compared: mappings"]
    assert "mappings" not in found.tallies


# Coders


def anchor(text: str, start: int = 0, document: str = "d1.txt", **around: str) -> Anchor:
    return Anchor(document=document, start=start, end=start + len(text), text=text, **around)


SAID = {"coder": "ana", "at": "2026-01-01T10:00:00Z"}


def themes(number: int, text: str, held: dict[str, Any], /, *, start: int = 0, **fields: Any) -> PassageDecision:
    where = anchor(text, start)
    return PassageDecision(id=f"ana:{number}", record_id=f"r{number}", anchor=where, themes=held, **SAID | fields)


def coder(folder: Path, name: str, *decisions: Any) -> Path:
    for one in decisions:
        log.add(folder, msgspec.structs.replace(one, coder=name))
    return log.path_of(folder, name)


BOARD = "The board wants evidence on attendance. It has none."
NEXT = "Nobody is next in line when the principal leaves."


def test_two_coders_are_compared_on_what_both_judged(tmp_path: Path) -> None:
    a = coder(
        tmp_path,
        "ana",
        themes(1, BOARD, {"evidence_use": 2, "equity": 1}),
        themes(2, NEXT, {"succession": 2}),
        themes(3, "Only Ana has read this.", {"equity": 2}),
    )
    b = coder(
        tmp_path,
        "ben",
        themes(1, BOARD.replace(" It", "  It"), {"evidence_use": 1}, open=["equity"]),
        themes(2, NEXT, {"equity": 1}, start=40),
    )
    found = compare_coders(a, b)
    assert told(found.changes) == [
        ("tags", "grade", "evidence_use", "2", "1"),
        ("tags", "decision", "equity", "no", "1"),
        ("tags", "decision", "succession", "2", "no"),
    ]
    assert {one.name: (one.n, one.a, one.b) for one in found.agreement} == {
        "equity": (1, 0, 1),  # what is open is not compared
        "evidence_use": (2, 1, 1),
        "succession": (2, 1, 0),
    }
    assert (found.tallies["tags"].a, found.tallies["tags"].b, found.tallies["tags"].only_a) == (3, 2, 1)


def test_a_theme_that_one_of_two_was_not_asked_is_not_compared(tmp_path: Path) -> None:
    a = coder(tmp_path, "ana", themes(1, BOARD, {"evidence_use": 2}, asked=["evidence_use", "equity"]))
    b = coder(tmp_path, "ben", themes(1, BOARD, {"equity": 1, "succession": 1}))
    found = compare_coders(a, b)
    assert [change.name for change in found.changes] == ["equity", "evidence_use"]
    assert [(one.name, one.n) for one in found.agreement] == [("equity", 1), ("evidence_use", 1), ("succession", 0)]


def test_the_last_word_of_a_coder_counts(tmp_path: Path) -> None:
    first, second = themes(1, BOARD, {"equity": 2}), themes(2, BOARD, {})
    undo = Undo(id="ana:3", coder="ana", at=SAID["at"], undoes="ana:2")
    other = coder(tmp_path, "ben", themes(1, BOARD, {}))
    assert told(compare_coders(coder(tmp_path, "ana", first), other).changes) != []
    assert told(compare_coders(coder(tmp_path, "ana", second), other).changes) == []
    assert told(compare_coders(coder(tmp_path, "ana", undo), other).changes) != []


def test_equal_words_are_told_apart_by_their_surroundings(tmp_path: Path) -> None:
    def said(number: int, before: str, held: dict[str, Any], start: int) -> PassageDecision:
        one = themes(number, "We agreed to go on.", held)
        return msgspec.structs.replace(one, anchor=anchor(one.anchor.text, start, before=before))

    a = coder(tmp_path, "ana", said(1, "Castor", {"equity": 2}, 10), said(2, "Penfield", {}, 90))
    b = coder(tmp_path, "ben", said(1, "Penfield", {}, 95), said(2, "Castor", {"equity": 2}, 15))
    assert compare_coders(a, b).changes == []


def quote(
    number: int, is_quote: bool = True, speaker: str | None = None, words: str = "We share the work."
) -> Judgement:
    where = anchor("Ana Ruiz said, “We share the work.” Nobody else did.", 10)
    start = where.start + where.text.index("We share")
    parts = [Words(start=start, end=start + len(words), text=words)] if is_quote else []
    return QuoteDecision(
        id=f"ana:{number}",
        record_id="d1-p1-q26",
        anchor=where,
        is_quote=is_quote,
        parts=parts,
        speaker=SpeakerWords(name=speaker) if speaker else None,
        **SAID,
    )


def practices(held: dict[str, Any], **levels: str | None) -> Judgement:
    where = anchor("We share the work.", 26)
    return PracticesDecision(
        id="ana:5", record_id="q", anchor=where, rubric="Test rubric", practices=held, levels=levels, **SAID
    )


def segment(kind: Any, *parts: tuple[Any, str]) -> Judgement:
    made = [
        AnatomyWords(role=role, start=TEXT.index(text), end=TEXT.index(text) + len(text), text=text)
        for role, text in parts
    ]
    return SegmentDecision(id="ana:6", record_id="s", anchor=anchor(TEXT), kind=kind, anatomy=made, **SAID)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (quote(1), quote(1), []),
        (quote(1), quote(1, is_quote=False), [("quotes", "quote", None, "yes", "no")]),
        (quote(1, speaker="Ana Ruiz"), quote(1), [("quotes", "speaker", None, "Ana Ruiz", "nobody named")]),
        (
            quote(1, speaker="Ana Ruiz"),
            quote(1, speaker="Ben Ode"),
            [("quotes", "speaker", None, "Ana Ruiz", "Ben Ode")],
        ),
        (quote(1), quote(1, words="We share"), [("quotes", "extent", None, "We share the work.", "We share")]),
        (practices({"12b": 2}), practices({"12b": 1}), [("mappings", "grade", "12b", "2", "1")]),
        (practices({"12b": 2}), practices({}), [("mappings", "decision", "12b", "2", "no")]),
        (
            practices({"12b": 2}, **{"12b": "mastery"}),
            practices({"12b": 2}, **{"12b": None}),
            [("mappings", "level", "12b", "mastery", "no level")],
        ),
        (
            segment("problem_of_practice", ("problem", "It has none.")),
            segment("discussion"),
            [
                ("segments", "anatomy", "problem", "It has none.", "none"),
                ("segments", "kind", None, "problem_of_practice", "discussion"),
            ],
        ),
    ],
)
def test_coders_differ_on_quotes_practices_and_segments(
    tmp_path: Path, one: Judgement, other: Judgement, expected: list[tuple[str, ...]]
) -> None:
    found = compare_coders(coder(tmp_path, "ana", one), coder(tmp_path, "ben", other))
    assert told(found.changes) == expected


def test_a_coder_beside_a_run(tmp_path: Path) -> None:
    ana = coder(
        tmp_path,
        "ana",
        themes(1, BOARD, {"evidence_use": 2}, start=63),
        themes(2, NEXT, {}, start=5),
        themes(3, "These words were taken out.", {"equity": 2}),
        quote(4, speaker="Ana Ruiz"),
        practices({"12b": 2, "3": 1}),
        segment("discussion"),
    )
    outputs = run(tmp_path / "outputs", full())
    found = compare_coders(ana, outputs)
    assert told(found.changes) == [
        ("segments", "anatomy", "problem", "none", "Nobody is next in line"),
        ("segments", "kind", None, "discussion", "problem_of_practice"),
        ("tags", "decision", "evidence_use", "2", "review"),
        ("mappings", "decision", "3", "1", "reject"),
    ]
    assert found.missing == [f"Not compared: 1 of 6 judgements, whose words do not stand in {outputs} as they did."]
    (tag,) = [one for one in found.changes if one.kind == "tags"]
    assert (tag.p_a, tag.p_b) == (None, 0.5)
    back = compare_coders(outputs, ana)
    assert [(one.a, one.b) for one in back.changes] == [(one.b, one.a) for one in found.changes]


def test_a_line_that_a_crash_cut_short_is_named(tmp_path: Path) -> None:
    ana, ben = (coder(tmp_path, name, themes(1, BOARD, {"equity": 2})) for name in ("ana", "ben"))
    with ben.open("a", encoding="utf-8") as stream:
        stream.write('{"target": "passage", "id": "ben:2", "cod')
    found = compare_coders(ana, ben)
    assert found.changes == []
    assert found.missing == [f"Left out of {ben}: lines that are no decisions (2)."]


# The command


def test_the_summary_and_the_list_fit_a_terminal(tmp_path: Path) -> None:
    hostile = "=cmd() \x1b[31mred " + "words and more words " * 30 + "end."
    a = run(tmp_path / "a", full())
    b = run(
        tmp_path / "b",
        changed(full(TEXT.replace("Nobody is", f"{hostile}\n\nNobody is")), "tags", 1, decision="yes"),
        precision=0.5,
    )
    result, listed = pop(a, b), pop(a, b, "--list")
    assert result.exit_code == listed.exit_code == 0, result.output
    for line in (result.output + listed.output).splitlines():
        assert len(line) <= 80, line
        assert line == line.rstrip()
    assert "\x1b" not in listed.output
    assert "decision evidence_use: review (.50) → yes (.50)" in listed.output


def test_forms(tmp_path: Path) -> None:
    a, b = run(tmp_path / "a", full()), run(tmp_path / "b", changed(full(), "tags", 1, decision="yes"))
    (line,) = pop(a, b, "--format", "jsonl").output.splitlines()
    assert json.loads(line)["name"] == "evidence_use"
    assert pop(a, b, "--output", tmp_path / "changes.csv").exit_code == 0
    head, row = (tmp_path / "changes.csv").read_text(encoding="utf-8-sig").splitlines()
    assert head.startswith("kind,change,document,name,a,b,")
    assert row.startswith("tags,decision,d1.txt,evidence_use,review,yes,0.5,0.5,")
    assert json.loads(pop(a, b, "--json").output)["changes"] == 1
    assert pop(a, b).output == pop(a, b).output


@pytest.mark.parametrize(
    ("words", "n"),
    [
        ([], 2),
        (["--only", "tags"], 1),
        (["--only", "tags", "--only", "quotes"], 2),
        (["--only", "documents"], 0),
        (["--theme", "evidence_use"], 1),
        (["--theme", "teacher_leadership"], 0),
    ],
)
def test_what_is_asked_for_is_shown(tmp_path: Path, words: list[str], n: int) -> None:
    a, b = run(tmp_path / "a", full()), run(tmp_path / "b", _speaker(changed(full(), "tags", 1, decision="yes")))
    result = pop(a, b, "--format", "jsonl", "--exit-code", *words)
    assert len(result.output.splitlines()) == n
    assert result.exit_code == (4 if n else 0)
    assert pop(a, b, *words).exit_code == 0


def _empty(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _labels(folder: Path) -> Path:
    folder.mkdir()
    (folder / "labels.jsonl").write_text('{"id": "a", "text": "b", "themes": {}}\n', encoding="utf-8")
    return folder / "labels.jsonl"


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (_empty, 3, "without documents.jsonl and passages.jsonl"),
        (lambda path: path / "nothing", 3, "a folder of outputs, or the decisions of a coder"),
        (_labels, 3, "pop agree"),
    ],
)
def test_what_cannot_be_compared_is_said(tmp_path: Path, make: Callable[[Path], Path], code: int, words: str) -> None:
    result = pop(run(tmp_path / "a", full()), make(tmp_path / "b"))
    assert result.exit_code == code
    assert words in result.output


def test_an_unknown_theme_is_refused(tmp_path: Path) -> None:
    a = run(tmp_path / "a", full())
    result = pop(a, a, "--theme", "sucession")
    assert result.exit_code == 2
    assert "evidence_use, teacher_leadership" in result.output


def test_no_change_in_the_list() -> None:
    assert to_list([]) == "No change.\n"
