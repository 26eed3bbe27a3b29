"""Queries: each filter, what counts as evidence, the three forms, and whatever a person may type."""

import contextlib
import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from builders import bundle, codebook, document, mapping, passages, quote, rubric, segment, site, speaker, tag
from click.testing import CliRunner
from counted_slowly import coded_passages
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import query as querying
from pipeline.cli.query import command
from pipeline.corpus_records import CorpusRecords
from pipeline.counts import coverage_forms
from pipeline.counts.coverage import DIMENSIONS, mapped_quotes
from pipeline.counts.coverage import count as count_coverage
from pipeline.counts.theme_counts import GROUPINGS
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.forms import as_csv
from pipeline.forms.as_table import of_hits as to_table
from pipeline.forms.hit_grid import hit_grid
from pipeline.hits import Hit, ThemeHit
from pipeline.query import Filter, count, details, search
from pipeline.records import Bundle
from pipeline.stages.index import build_index

CODEBOOK = codebook("equity", "succession", "teacher_leadership")
RUBRIC = rubric({"Shared work": {"12": ["12a", "12b"]}, "Growing leaders": {"13": ["13"]}})


def meeting() -> Bundle:
    """Dated 2014: two sites, each with its problem of practice; the second has a sub-section."""
    doc = document(
        "Corliss: who comes next?\n\nTwo principals leave. “Nobody wants the job,” said Ana Ruiz, principal.\n\n"
        "Zürich Road: time\n\n“We don't meet,\nso we guess,” a coach from Zürich Road said.\n\n"
        "What was tried\n\n“Teachers lead the hour,” Lee Park said."
    )
    corliss, problem, zurich, time, tried, hour = passages(doc)
    first = segment([corliss, problem], kind="problem_of_practice", sites=[site(doc, "Corliss")])
    second = segment([zurich, time], kind="problem_of_practice", sites=[site(doc, "Zürich Road")])
    inner = segment([tried, hour], parent_id=second.id, level=2)
    job = quote(problem, "Nobody wants the job,", speaker=speaker(problem, "Ana Ruiz", role="principal"), id="job")
    coach = speaker(time, "a coach", name=None, role="coach", organization="Zürich Road")
    meet = quote(time, "We don't meet,\nso we guess,", speaker=coach, id="meet")
    lead = quote(hour, "Teachers lead the hour,", speaker="Lee Park", id="lead")
    return bundle(
        doc,
        segments=[first, second, inner],
        quotes=[job, meet, lead],
        tags=[
            tag(problem, "succession", 0.9),
            tag(problem, "equity", 0.4, decision="review"),
            tag(time, "equity", 0.8),
            tag(hour, "teacher_leadership", 0.7),
            tag(hour, "succession", 0.1, decision="no"),
        ],
        mappings=[
            mapping(job, "13", 0.8, area="Growing leaders"),
            mapping(meet, "12a", 0.5, decision="review"),
            mapping(lead, "12b", 0.9, level="keep_improving"),
            mapping(lead, "13", 0.1, rank=2, decision="reject", area="Growing leaders"),
        ],
    )


def minutes() -> Bundle:
    """Undated, without segments or a title: one turn of speech."""
    doc = document("RUIZ: Lead or leave.", id="d2", kind="minutes", title=None, date_start=None, date_end=None)
    turn = msgspec.structs.replace(passages(doc)[0], kind="turn", speaker="RUIZ")
    return bundle(doc, passages=[turn], quotes=[quote(turn, "Lead or leave.", id="turn", form="turn", speaker="RUIZ")])


def news() -> Bundle:
    doc = document("News. “Pay them,” he said.", id="d3", kind="news", date_start="2012-01-01", date_end="2012-12-31")
    return bundle(doc, quotes=[quote(passages(doc)[0], "Pay them,", id="pay")])


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("a folder?#") / "corpus.db"
    build_index(path, CorpusRecords.of([meeting(), minutes(), news()]), CODEBOOK, RUBRIC)
    return path


ALL = ["job", "meet", "lead", "turn", "pay"]


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({}, ALL),
        ({"themes": ("succession",)}, ["job"]),
        ({"themes": ("equity",)}, ["job", "meet"]),
        ({"themes": ("Teacher leadership",)}, ["lead"]),
        ({"themes": ("teacher-leadership",)}, ["lead"]),
        ({"themes": ("equity", "succession")}, ["job"]),
        ({"themes": ("equity",), "decision": "yes"}, ["meet"]),
        ({"themes": ("equity",), "decision": "match"}, ["meet"]),
        ({"themes": ("equity",), "decision": "review"}, ["job"]),
        ({"themes": ("equity",), "min_p": 0.5}, ["meet"]),
        ({"practice": "12"}, ["meet", "lead"]),
        ({"practice": "12", "decision": "match"}, ["lead"]),
        ({"practice": "12", "decision": "review"}, ["meet"]),
        ({"practice": "12", "min_p": 0.6}, ["lead"]),
        ({"indicator": "12A"}, ["meet"]),
        ({"indicator": "13"}, ["job"]),
        ({"area": "growing"}, ["job"]),
        ({"area": "Shared work", "indicator": "13"}, []),
        ({"decision": "review"}, ["job", "meet"]),
        ({"min_p": 0.85}, ["job", "lead"]),
        ({"site": "corliss"}, ["job"]),
        ({"site": "zurich"}, ["meet", "lead"]),
        ({"speaker": "ruiz"}, ["job", "turn"]),
        ({"speaker": "Principal"}, ["job"]),
        ({"speaker": "zürich"}, ["meet"]),
        ({"speaker": "uiz"}, []),
        ({"kind": "minutes"}, ["turn"]),
        ({"kind": "problem_of_practice"}, ["job", "meet", "lead"]),
        ({"kind": "discussion"}, ["lead"]),
        ({"date_from": "2013"}, ["job", "meet", "lead"]),
        ({"date_from": "2014-06-28"}, ["job", "meet", "lead"]),
        ({"date_from": "2014-06-29"}, []),
        ({"date_to": "2014-06"}, ["job", "meet", "lead", "pay"]),
        ({"date_to": "2014-06-25"}, ["pay"]),
        ({"date_from": "2012-06", "date_to": "2012-06"}, ["pay"]),
        ({"document": "d2"}, ["turn"]),
        ({"document": "d3.txt"}, ["pay"]),
        ({"document": "spring"}, ["job", "meet", "lead", "pay"]),
        ({"text": "leading"}, ["lead", "turn"]),
        ({"text": "don't"}, ["meet"]),
        ({"text": "hour lead"}, ["lead"]),
        ({"text": "“lead the hour”"}, ["lead"]),
        ({"text": "lead* OR job"}, ["job", "lead", "turn"]),
        ({"text": "lead NOT leave"}, ["lead"]),
        ({"text": "(pay)"}, ["pay"]),
        ({"text": "time: meet"}, []),
        ({"text": "—"}, []),
        ({"level": "Keep improving"}, ["lead"]),
        ({"level": "getting_started"}, []),
        ({"level": "keep_improving", "practice": "13"}, []),
        ({"role": "principal"}, ["job"]),
        ({"role": "ruiz"}, []),
        ({"organization": "zurich"}, ["meet"]),
        ({"speaker": "coach", "role": "principal"}, []),
        ({"speaker": "ana", "role": "princ"}, ["job"]),
        ({"themes": ("equity and not succession",)}, ["meet"]),
        ({"themes": ("(equity or succession) and equity",), "decision": "review"}, ["job"]),
        ({"source": "model"}, ALL),
        ({"source": "human"}, []),
        ({"coder": "Model"}, ["job", "meet", "lead"]),
        ({"text": "lead", "site": "Zürich Road", "themes": ("teacher_leadership",), "practice": "12"}, ["lead"]),
    ],
)
def test_quotes(database: Path, wanted: dict[str, Any], ids: list[str]) -> None:
    found = search(database, Filter(**wanted))
    assert [hit.id for hit in found] == ids
    assert count(database, Filter(**wanted)) == (len(ids), len({hit.document_id for hit in found}))


@pytest.mark.parametrize(
    ("unit", "wanted", "ids"),
    [
        ("passage", {"themes": ("equity",)}, ["d1-p1", "d1-p3"]),
        ("passage", {"practice": "12"}, ["d1-p3", "d1-p5"]),
        ("passage", {"site": "zürich road"}, ["d1-p2", "d1-p3", "d1-p4", "d1-p5"]),
        ("passage", {"speaker": "ruiz"}, ["d1-p1", "d2-p0"]),
        ("passage", {"text": "principal"}, ["d1-p1"]),
        ("passage", {"kind": "minutes"}, ["d2-p0"]),
        ("segment", {}, ["d1-s0", "d1-s2", "d1-s4"]),
        ("segment", {"themes": ("teacher_leadership",)}, ["d1-s2", "d1-s4"]),
        ("segment", {"indicator": "12b"}, ["d1-s2", "d1-s4"]),
        ("segment", {"speaker": "park", "text": "hour"}, ["d1-s4"]),
        ("segment", {"speaker": "coach"}, ["d1-s2"]),
        ("segment", {"kind": "problem_of_practice", "site": "corliss"}, ["d1-s0"]),
        ("passage", {"role": "coach"}, ["d1-p3"]),
        ("problem", {}, ["d1-s0", "d1-s2"]),
        # What a problem of practice holds is found in it with its sub-segments.
        ("problem", {"text": "hour"}, ["d1-s2"]),
        ("problem", {"text": "guess hour"}, ["d1-s2"]),
        ("problem", {"themes": ("teacher_leadership and equity",)}, ["d1-s2"]),
        ("problem", {"site": "corliss"}, ["d1-s0"]),
        ("document", {}, ["d1", "d2", "d3"]),
        ("document", {"themes": ("succession and teacher_leadership",)}, ["d1"]),
        ("document", {"themes": ("not equity",)}, ["d2", "d3"]),
        ("document", {"indicator": "12b"}, ["d1"]),
        ("document", {"site": "corliss"}, ["d1"]),
        ("document", {"kind": "problem_of_practice"}, ["d1"]),
        ("document", {"kind": "news"}, ["d3"]),
        ("document", {"speaker": "ruiz", "date_from": "2010"}, ["d1"]),
        ("document", {"text": "pay OR job"}, ["d1", "d3"]),
        ("document", {"document": "d2"}, ["d2"]),
    ],
)
def test_other_units(database: Path, unit: str, wanted: dict[str, Any], ids: list[str]) -> None:
    found = search(database, Filter(**wanted), unit=unit)
    assert [hit.id for hit in found] == ids
    assert {hit.unit for hit in found} == {unit}


def test_a_hit_tells_all_of_its_source(database: Path) -> None:
    (hit,) = search(database, Filter(text="guess"))
    shown = json.loads(msgspec.json.encode(hit))
    assert shown["themes"] == [{"theme": "equity", "p": 0.8, "decision": "yes"}]
    assert shown["practices"] == [
        {"indicator": "12a", "practice": "12", "area": "Shared work", "level": None, "p": 0.5, "decision": "review"}
    ]
    text = meeting().document.text
    assert text[hit.start : hit.end] == hit.text == "We don't meet,\nso we guess,"
    assert (hit.heading, hit.sites, hit.passage_id) == ("Zürich Road: time", ["Zürich Road"], "d1-p3")
    assert hit.speaker == "a coach, Zürich Road"
    assert hit.snippet == "We don't meet,\nso we [guess],"


def test_rejected_practices_are_not_shown(database: Path) -> None:
    (hit,) = search(database, Filter(text="hour"))
    assert [entry.indicator for entry in hit.practices] == ["12b"]
    assert [entry.theme for entry in hit.themes] == ["teacher_leadership"]


def test_a_problem_is_shown_with_its_sub_segments(database: Path) -> None:
    (hit,) = search(database, Filter(text="hour"), unit="problem")
    text = meeting().document.text
    assert hit.text == text[hit.start : hit.end] == text[text.index("Zürich Road: time") :]
    assert (hit.heading, hit.sites, hit.speaker) == (
        "Zürich Road: time",
        ["Zürich Road"],
        "a coach, Zürich Road; Lee Park",
    )
    assert [entry.theme for entry in hit.themes] == ["equity", "teacher_leadership"]
    assert [entry.indicator for entry in hit.practices] == ["12b", "12a"]


def test_a_document_tells_of_all_that_is_in_it(database: Path) -> None:
    hit = search(database, Filter(), unit="document")[0]
    assert (hit.document_id, hit.start, hit.end, hit.segment_id) == ("d1", 0, len(hit.text), None)
    assert hit.sites == ["Corliss", "Zürich Road"]
    assert [entry.theme for entry in hit.themes] == ["succession", "equity", "teacher_leadership"]


@pytest.mark.parametrize(
    ("unit", "context", "before", "after", "within"),
    [
        ("quote", 0, (), (), None),
        ("quote", 1, ("Zürich Road: time",), ("What was tried",), 3),
        ("passage", 1, ("Zürich Road: time",), ("What was tried",), None),
        ("passage", 9, (0, 1, 2), (4, 5), None),
        ("segment", 1, (1,), (), None),
        ("problem", 1, (1,), (), None),
        ("document", 1, (), (), None),
    ],
)
def test_context(
    database: Path, unit: str, context: int, before: tuple[Any, ...], after: tuple[Any, ...], within: int | None
) -> None:
    texts = [passage.text for passage in meeting().passages]
    shown = [tuple(texts[i] if isinstance(i, int) else i for i in numbers) for numbers in (before, after)]
    (hit,) = search(database, Filter(text="guess"), unit=unit, context=context)
    assert [hit.before, hit.after] == shown
    assert hit.context == (texts[within] if within is not None else None)


def test_context_stays_in_the_document(database: Path) -> None:
    (hit,) = search(database, Filter(document="d2"), context=5)
    assert (hit.before, hit.after, hit.context) == ((), (), "RUIZ: Lead or leave.")


def test_many_hits_are_told_as_few_are(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = search(database, Filter(), unit="passage", context=1)
    monkeypatch.setattr(details, "AT_ONCE", 2)
    assert search(database, Filter(), unit="passage", context=1) == whole


def test_order_limit_and_offset(database: Path) -> None:
    dated = search(database, Filter(), sort="date")
    assert [hit.id for hit in dated] == ["pay", "job", "meet", "lead", "turn"]
    ranked = search(database, Filter(text="lead"), sort="rank")
    assert [hit.id for hit in ranked] == ["turn", "lead"], "the shorter text comes first"
    assert [hit.id for hit in search(database, Filter(), limit=2, offset=1)] == ALL[1:3]
    assert search(database, Filter(), limit=0) == []


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ({"themes": ("equty",)}, "did you mean 'equity'"),
        ({"themes": ("equity", "money")}, "equity, succession, teacher_leadership"),
        ({"indicator": "12c"}, "12a, 12b, 13"),
        ({"level": "keep improvin"}, "did you mean 'keep_improving'"),
        ({"source": "person"}, "model, human"),
        ({"coder": "modle"}, "did you mean 'model'"),
        ({"role": "…"}, "leave it out"),
        ({"practice": "12b"}, "12, 13"),
        ({"area": "Grwing leaders"}, "did you mean 'Growing leaders'"),
        ({"site": "Corlis County"}, "Corliss, Zürich Road"),
        ({"document": "Sprng meeting"}, "did you mean 'Spring meeting'"),
        ({"kind": "minuets"}, "did you mean 'minutes'"),
        ({"decision": "maybe"}, "yes, review, match"),
        ({"date_from": "28.6.2014"}, "2014-06-28"),
        ({"date_to": "2014-13"}, "2014-06-28"),
        ({"date_to": "2014-02-30"}, "2014-06-28"),
        ({"date_from": "2015", "date_to": "2014"}, "earlier date first"),
        ({"min_p": 1.5}, "from 0 to 1"),
        ({"min_p": float("nan")}, "from 0 to 1"),
        ({"text": '"unclosed'}, "quotation mark"),
        ({"text": "AND"}, "quotation mark"),
        ({"text": "nobody: NEAR("}, "quotation mark"),
        ({"text": " "}, "leave it out"),
        ({"site": "…"}, "leave it out"),
        ({"speaker": "\udcff"}, "UTF-8"),
    ],
)
def test_a_value_that_makes_no_sense(database: Path, wanted: dict[str, Any], hint: str) -> None:
    with pytest.raises(PipelineError) as caught:
        search(database, Filter(**wanted))
    assert (caught.value.code, caught.value.exit_code) == (ErrorCode.INVALID_QUERY, ExitCode.USAGE)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"unit": "quotes"}, "did you mean 'quote'"),
        ({"sort": "size"}, "document, date, rank"),
        ({"sort": "similarity"}, "--like"),
        ({"context": 1000}, "context"),
        ({"sort": "rank"}, "text"),
        ({"limit": -1}, "limit"),
        ({"offset": 2**70}, "offset"),
    ],
)
def test_an_option_that_makes_no_sense(database: Path, options: dict[str, Any], hint: str) -> None:
    with pytest.raises(PipelineError, match=r"Found") as caught:
        search(database, Filter(), **options)
    assert hint in str(caught.value)


def test_no_index_and_no_index_of_ours(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="pop run") as caught:
        search(tmp_path / "corpus.db", Filter())
    assert caught.value.code == ErrorCode.MISSING_FILE
    for content in (b"", b"not a database, but long enough to look at" * 9):
        (tmp_path / "corpus.db").write_bytes(content)
        with pytest.raises(PipelineError, match="pop index") as caught:
            search(tmp_path / "corpus.db", Filter())
        assert caught.value.code == ErrorCode.DAMAGED_FILE


TYPED = st.text(max_size=30) | st.text(alphabet=list("\"'*():;%_-^+{}=, \0\udc80aeORANDT\u0301"), max_size=20)
NAMES = ["practice", "indicator", "area", "site", "speaker", "kind", "date_from", "date_to", "document", "decision"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=st.sampled_from([*NAMES, "text", "themes"]), typed=TYPED, unit=st.sampled_from(["quote", "segment"]))
def test_whatever_is_typed_is_answered_or_refused(database: Path, name: str, typed: str, unit: str) -> None:
    before = database.read_bytes()
    wanted = Filter(**{name: (typed,) if name == "themes" else typed})  # type: ignore[arg-type]
    with contextlib.suppress(PipelineError):
        assert len(search(database, wanted, unit=unit)) == count(database, wanted, unit=unit)[0]
    assert database.read_bytes() == before


@pytest.mark.parametrize("name", [*NAMES, "text", "themes"])
@pytest.mark.parametrize("attack", ["' OR '1'='1", "x'); DROP TABLE quotes; --", "z_rich%", "%", "1 OR 1=1", "z OR z"])
def test_no_value_becomes_sql(database: Path, name: str, attack: str) -> None:
    value = (attack,) if name == "themes" else attack
    try:
        found = search(database, Filter(**{name: value}))  # type: ignore[arg-type]
    except PipelineError:
        found = []
    assert found == []
    assert len(search(database, Filter())) == len(ALL)


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1), heading=st.none() | st.text("a\r\n,;\"' "))
def test_csv_gives_back_every_word(text: str, heading: str | None) -> None:
    content = as_csv.of_grid(hit_grid([hit_of(text=text, heading=heading)], ["equity", "succession"]))
    (row,) = csv.DictReader(io.StringIO(content.decode(), newline=""))
    assert (row["text"], row["heading"]) == (text, heading or "")
    assert (row["themes"], row["themes_to_review"]) == ("equity", "succession")
    assert (row["theme_equity"], row["theme_succession"]) == ("1", "0")


@given(text=st.text(min_size=1), title=st.text(min_size=1, max_size=200))
def test_a_table_keeps_to_80_columns_and_lets_no_control_through(text: str, title: str) -> None:
    shown = to_table([hit_of(text=text, title=title), hit_of(text=text, unit="segment")])
    lines = shown.split("\n")
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in shown
    assert "\r" not in shown


def test_csv_for_excel() -> None:
    content = as_csv.of_grid(
        hit_grid([hit_of(text="=1+1"), hit_of(text="a" * 40_000), hit_of(text="fine")], []), excel=True
    )
    assert content.startswith(b"\xef\xbb\xbfunit,id,")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [row["text"][:5] for row in rows] == ["'=1+1", "aaaaa", "fine"]
    assert len(rows[1]["text"]) == 32_767


def test_table() -> None:
    hit = hit_of(
        text="“The chairs write it now, and if I want ten minutes I have to ask them for it like anybody else does.”",
        speaker="Ana Ruiz, principal", heading="Staffing", sites=["Corliss"], page=3,
    )  # fmt: skip
    assert to_table([hit], first=21) == (
        " 21  “The chairs write it now, and if I want ten minutes I have to ask them for\n"
        "     it like anybody else does.”\n"
        "     – Ana Ruiz, principal · Corliss\n"
        "     themes    equity 0.91, succession 0.55 (review)\n"
        "     Spring meeting · 2014-06-26 · Staffing · p. 3 · 0–99\n"
    )


def hit_of(**changes: Any) -> Hit:
    fields: dict[str, Any] = {
        "id": "q1", "unit": "quote", "document_id": "d1", "path": "d1.txt", "title": "Spring meeting",
        "document_kind": "news", "date_start": "2014-06-26", "date_end": None, "segment_id": None, "segment_kind": None,
        "heading": None, "passage_id": "p1", "start": 0, "end": 99, "page": None, "text": "Words.", "speaker": None,
        "sites": [], "practices": [], "snippet": None,
        "themes": [
            ThemeHit(theme="equity", p=0.91, decision="yes"), ThemeHit(theme="succession", p=0.55, decision="review"),
        ],
    }  # fmt: skip
    return Hit(**fields | changes)


def ask(database: Path, *arguments: str) -> tuple[str, str]:
    result = CliRunner().invoke(command, [*arguments, "--outputs", str(database.parent)], catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    return result.stdout, result.stderr


def test_the_command(database: Path, tmp_path: Path) -> None:
    shown, summary = ask(database, "guess")
    assert shown.startswith("  1  “We don't meet, so we guess,”\n     – a coach, Zürich Road · Zürich Road\n")
    assert summary == "1 quote in 1 document\n"
    shown, summary = ask(database, "--format", "jsonl", "--limit", "2", "--date-to", "2014")
    assert [json.loads(line)["id"] for line in shown.splitlines()] == ["job", "meet"]
    assert summary == (
        "4 quotes in 2 documents; 2 shown (--limit 0 shows all, --offset skips); "
        "1 document has no date and was left out\n"
    )
    assert ask(database, "--json", "--quiet", "guess")[0].startswith('{"id":"meet","schema_version":1,')
    assert ask(database, "--quiet", "nothing") == ("", "")
    shown, _ = ask(database, "--theme", "equity", "--format", "csv", "--output", str(tmp_path / "out.csv"))
    assert shown == ""
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as stream:
        assert [row["id"] for row in csv.DictReader(stream)] == ["job", "meet"]


def test_a_query_starts_without_what_only_others_need() -> None:
    slow = "numpy pandas pyarrow openpyxl matplotlib flask spacy sklearn onnxruntime yaml jinja2".split()
    program = f"import sys, pipeline.cli, pipeline.cli.query; print([name for name in {slow} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"


def test_the_command_lets_errors_pass(database: Path) -> None:
    with pytest.raises(PipelineError, match="equity"):
        ask(database, "--theme", "equality")


@pytest.mark.parametrize(
    ("speakers", "named"),
    [
        (["Ms. Lindqvist (union)", "Lindqvist, president, Teachers' Union"], ["Lindqvist, president, Teachers' Union"]),
        (["Ana Ruiz", "Supt. Okafor", "Ana Ruiz, principal"], ["Ana Ruiz, principal", "Supt. Okafor"]),
        (["one principal", "another principal"], ["one principal", "another principal"]),
        ([], []),
    ],
)
def test_a_person_is_named_once(speakers: list[str], named: list[str]) -> None:
    assert details.each_once(speakers) == named


@pytest.mark.parametrize(
    ("name", "role", "said"),
    [("She", "teacher", "teacher"), ("She", None, "She"), ("Ana Ruiz", "principal", "Ana Ruiz, principal")],
)
def test_a_pronoun_names_nobody(name: str, role: str | None, said: str) -> None:
    assert details.described(name, role, None) == said


# --- counts -----------------------------------------------------------------------------------------------------------


def test_themes_are_counted_among_the_passages_of_a_query(database: Path) -> None:
    coded = coded_passages(database, Filter())
    rows = {
        row["theme"]: row
        for row in map(json.loads, ask(database, "--counts", "--format", "jsonl", "--quiet")[0].splitlines())
    }
    assert {row["n"] for row in rows.values()} == {len(coded)}
    for theme, row in rows.items():
        assert row["found"] == sum(theme in passage.yes for passage in coded)
        assert row["to_review"] == sum(theme in passage.review for passage in coded)
        assert row["corrected"]["why"]


def test_counts_by_group_keep_to_80_columns(database: Path) -> None:
    for by in GROUPINGS:
        shown, _ = ask(database, "--counts", "--by", by)
        assert max(map(len, shown.splitlines())) <= 80
        assert "Not corrected" in shown


def test_counts_as_csv(database: Path) -> None:
    shown, _ = ask(database, "--counts", "--by", "year", "--format", "csv")
    rows = list(csv.DictReader(shown.splitlines()))
    assert [row["group"] for row in rows] == sorted(row["group"] for row in rows)
    assert {"found", "corrected", "corrected_low", "corrected_high", "not_corrected_because"} <= set(rows[0])


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({}, ""),
        ({"kind": "minutes", "site": "corliss", "date_from": "2014"}, ""),
        ({"themes": ("equity",)}, "decided"),
        ({"min_p": 0.5}, "decided"),
        ({"text": "lead"}, "words"),
    ],
)
def test_passages_that_were_chosen_by_their_content_are_not_corrected(wanted: dict[str, Any], why: str) -> None:
    reason = querying.chosen_by(Filter(**wanted))
    assert why in reason
    assert bool(why) == bool(reason)


def test_by_needs_counts(database: Path) -> None:
    result = CliRunner().invoke(command, ["--by", "year", "--outputs", str(database.parent)])
    assert result.exit_code == 2


# --- coverage ---------------------------------------------------------------------------------------------------------


def covered(found: Any) -> dict[str, list[tuple[int, int]]]:
    """Return the cells of each line, the total first."""
    return {
        line.indicator or line.practice: [(len(cell.matched), len(cell.review)) for cell in [line.total, *line.cells]]
        for line in found.lines
    }


@pytest.mark.parametrize("by", DIMENSIONS)
@pytest.mark.parametrize("indicators", [False, True])
def test_the_index_covers_what_the_records_do(database: Path, by: Any, indicators: bool) -> None:
    quotes = [one for made in (meeting(), minutes(), news()) for one in mapped_quotes(made, RUBRIC.name)]
    expected = count_coverage(quotes, RUBRIC.rows(), by, indicators=indicators)
    assert querying.coverage(database, Filter(), by, indicators=indicators) == expected


def test_the_index_covers_repetitions_and_other_rubrics_as_the_records_do(tmp_path: Path) -> None:
    one, two = meeting(), news()
    member = msgspec.structs.replace(two.passages[0], duplicate_of=one.passages[1].id)
    foreign = mapping(one.quotes[0], "12a", rubric="Another", id="foreign")
    strange = mapping(one.quotes[0], "77", id="strange")
    made = [
        msgspec.structs.replace(one, mappings=[*one.mappings, foreign, strange]),
        msgspec.structs.replace(two, passages=[member], mappings=[mapping(two.quotes[0], "12a")]),
    ]
    build_index(tmp_path / "corpus.db", CorpusRecords.of(made), CODEBOOK, RUBRIC)
    for by in DIMENSIONS:
        quotes = [one for each in made for one in mapped_quotes(each, RUBRIC.name)]
        found = querying.coverage(tmp_path / "corpus.db", Filter(), by)
        assert found == count_coverage(quotes, RUBRIC.rows(), by)
        assert found.n_quotes == 3


SITES = ["zürich road", "corliss", ""]


@pytest.mark.parametrize(
    ("wanted", "columns", "expected"),
    [
        ({}, SITES, {"12": [(1, 1), (1, 1), (0, 0), (0, 0)], "13": [(1, 0), (0, 0), (1, 0), (0, 0)]}),
        ({"practice": "13"}, SITES, {"13": [(1, 0), (0, 0), (1, 0), (0, 0)]}),
        ({"area": "shared", "site": "zurich"}, ["zürich road"], {"12": [(1, 1), (1, 1)]}),
        ({"min_p": 0.6}, SITES, {"12": [(1, 0), (1, 0), (0, 0), (0, 0)], "13": [(1, 0), (0, 0), (1, 0), (0, 0)]}),
        ({"themes": ("succession",), "decision": "yes"}, ["corliss"], {"12": [(0, 0), (0, 0)], "13": [(1, 0), (1, 0)]}),
        ({"text": "guess"}, ["zürich road"], {"12": [(0, 1), (0, 1)], "13": [(0, 0), (0, 0)]}),
        ({"document": "d3"}, [""], {"12": [(0, 0), (0, 0)], "13": [(0, 0), (0, 0)]}),
    ],
)  # fmt: skip
def test_conditions_choose_what_is_covered(
    database: Path, wanted: dict[str, Any], columns: list[str], expected: dict[str, list[tuple[int, int]]]
) -> None:
    found = querying.coverage(database, Filter(**wanted), "site")
    assert [column.key for column in found.columns] == columns
    assert covered(found) == expected


def test_a_cell_holds_the_quotes_that_a_query_finds(database: Path) -> None:
    found = querying.coverage(database, Filter(), "site")
    for line in found.lines:
        for column, cell in zip(found.columns, line.cells, strict=True):
            if column.key:
                asked = Filter(practice=line.practice, site=column.label, decision="match")
                assert [hit.id for hit in search(database, asked)] == list(cell.matched)


@pytest.mark.parametrize(
    ("by", "wanted"),
    [("moon", {}), ("site", {"decision": "match"}), ("site", {"practice": "99"}), ("site", {"min_p": 2})],
)
def test_what_cannot_be_covered_is_refused(database: Path, by: str, wanted: dict[str, Any]) -> None:
    with pytest.raises(PipelineError) as caught:
        querying.coverage(database, Filter(**wanted), by)
    assert caught.value.code is ErrorCode.INVALID_QUERY


@pytest.mark.parametrize("by", DIMENSIONS)
def test_coverage_on_the_command_line(database: Path, by: Any) -> None:
    found = querying.coverage(database, Filter(), by)
    assert ask(database, "--coverage", by) == (coverage_forms.to_table(found), "")
    assert ask(database, "--coverage", by, "--json")[0].encode() == coverage_forms.to_jsonl(found)
    detailed = querying.coverage(database, Filter(), by, indicators=True)
    shown = ask(database, "--coverage", by, "--indicators", "--excel")[0]
    assert shown.splitlines() == coverage_forms.to_csv(detailed, excel=True).decode().splitlines()


@pytest.mark.parametrize("arguments", [["--coverage", "site", "--counts"], ["--indicators"], ["--coverage", "moon"]])
def test_coverage_does_not_go_with_everything(database: Path, arguments: list[str]) -> None:
    assert CliRunner().invoke(command, [*arguments, "--outputs", str(database.parent)]).exit_code == 2
