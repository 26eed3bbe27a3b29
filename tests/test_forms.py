"""Forms of an answer: words come back exactly, hostile ones show as text, and the same answer gives the same bytes."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
from builders import bundle, codebook, document, passages, quote, rubric
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pipeline.cli.query import command
from pipeline.corpus_records import CorpusRecords
from pipeline.errors import PipelineError
from pipeline.forms import FORMS, Form, as_csv, as_jsonl, as_markdown, as_parquet, as_table, as_xlsx, form_of, safe
from pipeline.forms.answer import Answer, render
from pipeline.forms.grid import Column, Grid, column_types, of_structs
from pipeline.forms.hit_grid import hit_grid
from pipeline.hits import Hit, PracticeHit, ThemeHit, Unit
from pipeline.stages.index import build_index

HOSTILE = [
    "=cmd()|'/c calc'!A1", "+1", "-1+2", "@x", "\tx", "\rx", "a\tb\nc\r\nd", "#N/A", "\x1b[2J\x1b]52;c;YQ==\x07",
    "\x9b2J", "\N{RIGHT-TO-LEFT OVERRIDE}abc", "<script>alert(1)</script>", "<!-- x -->", "a|b`c`d", "**b** _i_ [l](u)",
    "![i](u)", "# h", "> q", "- l", "1. l", "---", "```", "    code", "&lt;b&gt; &amp;", "$x$ ~~y~~ ^z^", "\\*",
    "_x0041_", "nul\0nul", "http://a.b", "é\u0301 \U0001f600 \ufffe",
]  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def hit_of(**changes: Any) -> Hit:
    fields: dict[str, Any] = {
        "id": "q1", "unit": "quote", "document_id": "d1", "path": "d1.txt", "title": "Spring meeting",
        "document_kind": "news", "date_start": "2014-06-26", "date_end": "2014-06-28", "segment_id": None,
        "segment_kind": None, "heading": "Staffing", "passage_id": "p1", "start": 0, "end": 99, "page": 3,
        "text": "Words.", "speaker": "Ana Ruiz", "sites": ["Elm", "Oak"], "snippet": None,
        "themes": [
            ThemeHit(theme="equity", p=0.91, decision="yes"), ThemeHit(theme="succession", p=0.55, decision="review"),
        ],
        "practices": [
            PracticeHit(indicator="12b", practice="12", area="Shared work", level=None, p=0.5, decision="match"),
        ],
    }  # fmt: skip
    return Hit(**fields | changes)


def answer_of(*hits: Hit) -> Answer:
    return Answer(
        grid=lambda: hit_grid(hits, ["equity", "succession"]),
        table=lambda: as_table.of_hits(hits),
        jsonl=lambda: as_jsonl.of_structs(hits),
        markdown=lambda: as_markdown.of_hits(hits),
    )


def workbook(content: bytes) -> Any:
    from openpyxl import load_workbook  # noqa: PLC0415

    return load_workbook(io.BytesIO(content))


def from_xlsx(content: bytes) -> str:
    """Read the words of the first hit as Excel does: with its escapes undone."""
    rows = list(workbook(content)["hits"].iter_rows())
    place = [cell.value for cell in rows[0]].index("text")
    cell = rows[1][place]
    assert cell.data_type in "sn", "words are words, or nothing"
    return re.sub("_x005F_", "_", cell.value or "")


def from_parquet(content: bytes) -> dict[str, list[Any]]:
    from pyarrow import parquet  # noqa: PLC0415

    found: dict[str, list[Any]] = parquet.read_table(io.BytesIO(content)).to_pydict()
    return found


def from_csv(content: bytes) -> str:
    (row,) = csv.DictReader(io.StringIO(content.decode(), newline=""))
    return row["text"]


READERS: dict[Form, Callable[[bytes], str]] = {
    "csv": from_csv,
    "jsonl": lambda content: str(json.loads(content)["text"]),
    "parquet": lambda content: str(from_parquet(content)["text"][0]),
    "xlsx": from_xlsx,
}


def held(form: Form, text: str) -> str:
    """What a form can hold of a text."""
    return re.sub("_x005F_", "_", safe.for_xlsx(text)) if form == "xlsx" else text


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_come_back_as_they_were(form: Form, text: str) -> None:
    assert READERS[form](render(answer_of(hit_of(text=text)), form)) == held(form, text)


@pytest.mark.parametrize("form", READERS)
@settings(deadline=None, max_examples=60)
@given(text=TEXTS)
def test_any_words_come_back_as_they_were(form: Form, text: str) -> None:
    assert READERS[form](render(answer_of(hit_of(text=text)), form)) == held(form, text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [("plain", "plain"), ("nul\0nul", "nul\ufffdnul"), ("\ufffe", "\ufffd"), ("a\tb\nc", "a\tb\nc")],
)
def test_what_a_workbook_cannot_hold(text: str, kept: str) -> None:
    assert safe.for_xlsx(text) == kept


@pytest.mark.parametrize("name", ["long " * 1_000, "x" * 5_000, "two\nlines " * 900])
def test_a_citation_is_no_page_long(name: str) -> None:
    hit = hit_of(title=name, heading=name, speaker=name, sites=[name])
    assert len(as_table.of_hits([hit])) < 1_500
    assert len(as_markdown.of_hits([hit]).split("## Documents")[0]) < 1_500


def test_long_words_are_cut_for_excel_only() -> None:
    answer = answer_of(hit_of(text="a" * 40_000))
    assert len(from_xlsx(render(answer, "xlsx"))) == 32_767
    assert len(from_csv(render(answer, "csv"))) == 40_000


class Shown(HTMLParser):
    """The words of the block quotes of a page, and all its tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.inside = self.inside or tag == "blockquote"

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "blockquote"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.words.append(data)


def rendered(markdown: str) -> Shown:
    shown = Shown()
    shown.feed(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))
    return shown


PLAIN_TAGS = {"p", "strong", "em", "code", "blockquote", "h2", "br"}


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_shows_the_words_as_they_are(text: str) -> None:
    shown = rendered(as_markdown.of_hits([hit_of(text=text, title=text, heading=text, speaker=text, sites=[text])]))
    assert " ".join("".join(shown.words).split()) == " ".join(safe.for_terminal(text).split())
    assert shown.tags <= PLAIN_TAGS


@given(text=st.text(alphabet="*_`[]()<>#+-=.|~$^&@!: \n\t1a\\", max_size=30))
def test_markdown_makes_nothing_of_any_marks(text: str) -> None:
    shown = rendered(as_markdown.of_hits([hit_of(text=text)]))
    assert "".join(shown.words).split() == text.split()
    assert shown.tags <= PLAIN_TAGS


@pytest.mark.parametrize(
    ("unit", "text", "shown"),
    [
        ("document", "word " * 400, 600),
        ("segment", "word " * 400, 600),
        ("problem", "x" * 900, 602),
        ("segment", "word " * 20, 99),
        ("passage", "word " * 400, 1999),
        ("quote", "word " * 400, 1999),
    ],
)
def test_markdown_cuts_what_is_longer_than_a_passage(unit: Unit, text: str, shown: int) -> None:
    made = as_markdown.of_hits([hit_of(unit=unit, text=text.strip())])
    block = next(line for line in made.splitlines() if line.startswith("> ")).removeprefix("> ")
    assert abs(len(block) - shown) <= 2
    assert block.endswith(" …") is (len(text) > 600 and unit not in {"passage", "quote"})


def test_markdown_of_a_quote() -> None:
    two = hit_of(id="q2", text="So we guess,\nand wait.", speaker=None, sites=[], themes=[], practices=[], page=None)
    assert as_markdown.of_hits([hit_of(), two], first=3) == (
        "**3**\n\n> Words.\n\n"
        "– Ana Ruiz · Elm · Oak. “Staffing”, in *Spring meeting* \\[1\\], 2014-06-26, p. 3. `q1`, characters 0–99.\n\n"
        "Themes: equity 0.91, succession 0.55 (review). Practices: 12b 0.50.\n\n"
        "**4**\n\n> So we guess,\\\n> and wait.\n\n"
        "– “Staffing”, in *Spring meeting* \\[1\\], 2014-06-26. `q2`, characters 0–99.\n\n"
        "## Documents\n\n"
        "\\[1\\] *Spring meeting*, 2014-06-26 to 2014-06-28. File: d1.txt. `d1`\n"
    )


def test_markdown_of_a_grid() -> None:
    grid = Grid((Column("site"), Column("n", "integer")), [("Elm | Oak", 3), (None, 1)])
    assert as_markdown.of_grid(grid) == "| site | n |\n| --- | --- |\n| Elm \\| Oak | 3 |\n|  | 1 |\n"


@pytest.mark.parametrize("form", ["table", "csv", "jsonl", "markdown"])
@pytest.mark.parametrize("text", HOSTILE)
def test_a_screen_obeys_nothing(form: Form, text: str) -> None:
    written = render(answer_of(hit_of(text=text, title=text, speaker=text)), form)
    shown = safe.lines_for_terminal(written.decode("utf-8-sig"))
    obeyed = {char for char in shown if safe._is_obeyed(char)}
    assert obeyed <= {"\n", "\t"}


@pytest.mark.parametrize("text", ["a\x7fb", "a\x85b", "a\N{RIGHT-TO-LEFT OVERRIDE}b", "a\U000e0041b", "é😀"])
def test_json_is_the_same_with_escapes(text: str) -> None:
    (line,) = as_jsonl.of_structs([hit_of(text=text)]).splitlines()
    assert json.loads(line)["text"] == text
    assert not any(safe._is_obeyed(char) for char in line.decode())


# --- types ------------------------------------------------------------------------------------------------------------


class Later(msgspec.Struct):
    """What a record may come to hold."""

    similarity: float | None
    before: list[str]
    page: int | None
    kept: bool
    date_start: str | None
    kind: Any = None


def test_columns_follow_the_fields() -> None:
    assert column_types(Later) == {
        "similarity": "number", "before": "texts", "page": "integer", "kept": "flag", "date_start": "text",
        "kind": "text",
    }  # fmt: skip
    assert column_types(Hit)["date_start"] == "date"


def test_every_field_of_a_hit_has_a_column() -> None:
    names = set(hit_grid([hit_of()], ["equity"]).names)
    assert {field for field in Hit.__struct_fields__ if field != "schema_version"} <= names
    assert {"themes_to_review", "practices_to_review", "theme_equity"} <= names


def test_parquet_is_typed() -> None:
    from pyarrow import parquet  # noqa: PLC0415

    content = render(answer_of(hit_of(), hit_of(page=None, sites=[])), "parquet", about=lambda: [("pop", "1")])
    table = parquet.read_table(io.BytesIO(content))
    types = {field.name: str(field.type) for field in table.schema}
    assert (types["date_start"], types["page"], types["theme_equity"]) == ("date32[day]", "int64", "bool")
    assert types["sites"] in {"list<element: string>", "list<item: string>"}
    rows = table.to_pydict()
    assert (rows["page"], rows["sites"], rows["theme_equity"]) == ([3, None], [["Elm", "Oak"], []], [True, True])
    assert json.loads(table.schema.metadata[b"pop"]) == {"pop": "1"}


@pytest.mark.parametrize(("day", "kept"), [("2014-06-26", 26), ("2014-02-30", None), (None, None)])
def test_a_day_that_no_calendar_has_is_unknown(day: str | None, kept: int | None) -> None:
    (found,) = from_parquet(render(answer_of(hit_of(date_start=day)), "parquet"))["date_start"]
    assert (found and found.day) == kept


def test_a_workbook() -> None:
    book = workbook(render(answer_of(hit_of(text="=1+1")), "xlsx", about=lambda: [("question", "=pop query")]))
    assert book.sheetnames == ["hits", "about"]
    sheet = book["hits"]
    assert sheet.freeze_panes == "A2"
    row = dict(zip([cell.value for cell in sheet[1]], sheet[2], strict=True))
    assert (row["text"].value, row["text"].data_type, row["text"].quotePrefix) == ("=1+1", "s", True)
    assert (row["page"].value, row["sites"].value, row["theme_succession"].value) == (3, "Elm; Oak", 0)
    assert row["text"].alignment.wrap_text
    assert sheet.column_dimensions["H"].width == 80
    assert [cell.value for cell in book["about"][2]] == ["question", "=pop query"]
    assert all(cell.hyperlink is None for line in sheet.iter_rows() for cell in line)


@pytest.mark.parametrize("form", FORMS)
def test_the_same_answer_gives_the_same_bytes(form: Form) -> None:
    answer = answer_of(hit_of(), hit_of(id="q2"))
    assert render(answer, form) == render(answer, form)


def test_a_workbook_tells_no_time() -> None:
    with zipfile.ZipFile(io.BytesIO(render(answer_of(hit_of()), "xlsx"))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d{2}-\d{2}T", core)) == {"2000-01-01T"}
    assert re.search("<dc:creator[^>]*>pop</dc:creator>", core)


def test_numbers_are_no_formulas() -> None:
    grid = Grid((Column("n", "integer"), Column("words")), [(-1, "-1")])
    assert as_csv.of_grid(grid, excel=True).splitlines()[1] == b"-1,'-1"
    assert as_parquet.of_grid(grid)
    assert workbook(as_xlsx.of_grid(grid))["rows"]["A2"].value == -1


def test_structs_of_structs_become_words() -> None:
    class Outer(msgspec.Struct):
        inner: ThemeHit
        many: list[ThemeHit]

    theme = ThemeHit(theme="equity", p=0.5, decision="yes")
    (row,) = of_structs([Outer(theme, [theme])], Outer).rows
    words = '{"theme":"equity","p":0.5,"decision":"yes"}'
    assert row == (words, [words])


# --- on the command line ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "output", "form"),
    [
        (None, None, "table"), ("csv", None, "csv"), (None, "a.XLSX", "xlsx"), (None, "a.md", "markdown"),
        ("jsonl", "a.csv", "jsonl"), (None, "a", "table"), (None, "a.parquet", "parquet"), ("csv", "a.data", "csv"),
    ],
)  # fmt: skip
def test_the_ending_names_the_form(asked: Form | None, output: str | None, form: Form) -> None:
    assert form_of(asked, Path(output) if output else None) == form


@pytest.mark.parametrize(
    ("asked", "begins"), [("a.csv", b"\xef\xbb\xbfunit"), ("a", b"\xef\xbb\xbf"), ("a.xlsx", b"PK")]
)
def test_for_excel(folder: Path, tmp_path: Path, asked: str, begins: bytes) -> None:
    CliRunner().invoke(command, ["--excel", "--outputs", str(folder), "--output", str(tmp_path / asked)])
    assert (tmp_path / asked).read_bytes().startswith(begins)


def test_an_ending_that_names_no_form() -> None:
    with pytest.raises(PipelineError, match=r"\.xls\b"):
        form_of(None, Path("found.xls"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("forms")
    doc = document("Staffing\n\n“=Pay <b>them</b>,” said Ana Ruiz.")
    made = bundle(doc, quotes=[quote(passages(doc)[1], "=Pay <b>them</b>,", speaker="Ana Ruiz")])
    build_index(
        path / "corpus.db", CorpusRecords.of([made]), codebook("equity"), rubric({"Shared work": {"12": ["12a"]}})
    )
    return path


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("what", [[], ["--coverage", "site"], ["--counts"], ["--counts", "--by", "theme,year"]])
def test_every_answer_has_every_form(folder: Path, tmp_path: Path, form: Form, what: list[str]) -> None:
    files = [tmp_path / name for name in ("one", "two")]
    for file in files:
        asked = [*what, "--format", form, "--outputs", str(folder), "--output", str(file)]
        assert CliRunner().invoke(command, asked, catch_exceptions=False).exit_code == 0
    assert files[0].read_bytes()
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_workbook_tells_its_question(folder: Path, tmp_path: Path) -> None:
    asked = ["pay", "--theme", "equity", "--outputs", str(folder), "--output", str(tmp_path / "a.xlsx")]
    CliRunner().invoke(command, asked, catch_exceptions=False)
    about = {row[0].value: row[1].value for row in workbook((tmp_path / "a.xlsx").read_bytes())["about"].iter_rows()}
    assert about["question"] == "pop query pay --theme equity"
    assert about["found"] == "0 quotes in 0 documents"
    assert {"pop", "theme model", "practice model"} <= set(about)


def test_no_binary_on_a_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.cli.screen.is_screen", lambda: True)
    result = CliRunner().invoke(command, ["--format", "xlsx", "--outputs", str(folder)])
    assert (result.exit_code, "--output" in result.stderr) == (2, True)
