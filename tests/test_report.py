"""The report stage: what the page shows, counts and leads to, and that it is the same, safe and whole in every run."""

import base64
import csv
import dataclasses
import hashlib
import io
import itertools
import re
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from builders import (
    anatomy,
    bundle,
    codebook,
    document,
    mapping,
    passage,
    passages,
    quote,
    rubric,
    segment,
    site,
    speaker,
    tag,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.config import Settings
from pipeline.corpus_records import CorpusRecords
from pipeline.errors import ErrorCode, PipelineError
from pipeline.kept import open_kept
from pipeline.learning.held_out import Errors, Sample, SampledLabel
from pipeline.learning.prevalence import Cluster, HeldOut
from pipeline.records import Refusal, Severity
from pipeline.stages.report import methods, write_report
from pipeline.stages.report.basis import Basis
from pipeline.stages.report.figures import draw, printable, sketches
from pipeline.stages.report.findings import gather
from pipeline.stages.report.gather import context, view_document
from pipeline.stages.report.render import render
from pipeline.stages.report.sample import Sample as Kept
from pipeline.stages.report.source import CORRECTED, EXTRACTS, WORDS
from pipeline.stages.report.tables import lift, wilson
from pipeline.stages.report.words import anchor, clip, probability, span_of_dates, visible, without_folders

CODEBOOK = codebook("equity", "succession", "evidence_use")
RUBRIC = rubric({"Shared work": {"12": ["12a", "12b"], "13": ["13"]}, "Trust": {"3": ["3a"]}})
SVG = "{http://www.w3.org/2000/svg}"
TEXT = (
    "Lake County\n\nNew principals leave early. Lake County pays mentors.\n\n"
    "Ana Ruiz said, “We ask who leaves.”\n\nSomebody said, “Nobody counts them.”"
)


def corpus():
    """Return two documents; the last passage of the second repeats one of the first."""
    doc = document(TEXT, path="notes/a.txt")
    heading, lead, first, second = passages(doc)
    named = speaker(first, "Ana Ruiz", role="principal", organization="Elm School")
    one = quote(first, "We ask who leaves.", speaker=named)
    two = quote(second, "Nobody counts them.")
    problem = segment(
        [heading, lead, first, second],
        kind="problem_of_practice",
        sites=[site(doc, "Lake County")],
        anatomy=[anatomy(lead, "New principals leave early.")],
    )
    other = document("The board met.\n\n“Nobody counts them.”", id="d2", title=None, date_start=None, date_end=None)
    met, again = passages(other)
    again = passage(other, again.text, index=1, duplicate_of=second.id)
    repeated = quote(again, "Nobody counts them.")
    return [
        bundle(
            doc,
            segments=[problem],
            quotes=[one, two],
            tags=[tag(lead, "succession"), tag(first, "equity", 0.44, decision="review"), tag(second, "succession")],
            mappings=[mapping(one, "12a"), mapping(one, "12b", rank=2), mapping(two, "13", 0.4, decision="review")],
        ),
        bundle(
            other,
            passages=[met, again],
            quotes=[repeated],
            tags=[tag(again, "succession")],
            mappings=[mapping(repeated, "12a")],
        ),
    ]


def refusal(path="scan.pdf", message="Found: no text.", severity=Severity.REFUSED):
    return Refusal(id="e1", path=path, stage="ingest", error="no_text", message=message, severity=severity)


def page_of(folder, bundles, errors=(), book=CODEBOOK, practices=RUBRIC):
    write_report(folder, CorpusRecords.of(bundles), list(errors), Basis(book, practices))
    return (folder / "report.html").read_text("utf-8")


def text_of(bundles, errors=(), book=CODEBOOK, practices=RUBRIC):
    """Return the page without its drawings, which take time."""
    basis = Basis(book, practices)
    return "".join(render(gather(CorpusRecords.of(bundles), list(errors), basis), frozenset(), basis))


def found_in(bundles, errors=(), **changes):
    """Return what is found in these documents."""
    return gather(CorpusRecords.of(bundles), list(errors), Basis(**{"codebook": CODEBOOK, "rubric": RUBRIC} | changes))


def shown(found, **changes):
    """Return the words of the page that shows this."""
    basis = Basis(**{"codebook": CODEBOOK, "rubric": RUBRIC} | changes)
    return words("".join(render(found, frozenset(), basis)))


class Page(HTMLParser):
    """The elements of a page; raises for an end tag without its start tag."""

    VOID = frozenset({"meta", "input", "br", "link", "img", "hr"})

    def __init__(self, text):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, *tags):
        return [attrs for tag, attrs in self.elements if tag in tags]


def words(page):
    """Return the text of a page without styles and drawings, white space made even."""
    text = re.sub(r"<style.*?</style>|<script>.*?</script>|<svg.*?</svg>", " ", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    return folder, page_of(folder, corpus(), [refusal()])


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("documents", 2),
        ("passages", 4),  # neither the heading nor the repetition
        ("repeated", 1),
        ("problems", 1),
        ("quotes", 2),
        ("tags_yes", 2),
        ("tags_review", 1),
        ("mappings_match", 2),
        ("mappings_review", 1),
        ("refused", 1),
    ],
)
def test_counts_leave_out_what_is_repeated(field, expected):
    counts = found_in(corpus(), [refusal()]).counts
    assert getattr(counts, field) == expected


def test_themes_are_counted_by_document_site_and_year():
    found = found_in(corpus())

    def rows(table):
        return [(line.group.key, line.n, [(c.yes, c.review) for c in line.cells]) for line in table.lines]

    first = [(0, 1), (2, 0), (0, 0)]
    nothing = [(0, 0)] * 3
    assert rows(found.by_document) == [("document-d1", 3, first), ("document-d2", 1, nothing)]
    assert rows(found.by_site) == [("lake county", 3, first)]
    assert rows(found.by_year) == [("2014", 3, first)]
    assert (found.by_site.without, found.by_year.without) == (1, 1)


def test_a_theme_meets_another_only_where_both_are_decided_yes():
    member = passages(document("We share all of it."))[0]
    tags = [tag(member, "equity"), tag(member, "succession"), tag(member, "evidence_use", decision="review")]
    table = found_in([bundle(document("We share all of it."), tags=tags)]).together
    assert [[cell.yes for cell in line.cells] for line in table.lines] == [[1, 1, 0], [1, 1, 0], [0, 0, 0]]


def test_a_quote_counts_once_for_a_practice_and_a_match_goes_before_a_review():
    areas = found_in(corpus()).areas
    found = {held.practice.id: (held.matched, held.review) for area in areas for held in area.practices}
    assert found == {"12": (1, 0), "13": (0, 1), "3": (0, 0)}


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ([("model", "yes")], "yes"),
        ([("model", "review")], "review"),
        ([("model", "no")], None),
        ([("model", "yes"), ("human", "no")], None),
        ([("model", "no"), ("human", "yes")], "yes"),
        ([("human", "yes"), ("human", "yes"), ("human", "no")], "yes"),
        ([("human", "no"), ("human", "yes")], "review"),
    ],
)
def test_a_person_goes_before_the_model(votes, expected):
    member = passages(document())[1]
    tags = [
        tag(member, "equity", source=source, decision=decision, id=str(n)) for n, (source, decision) in enumerate(votes)
    ]
    view = view_document(bundle(document(), tags=tags), context(["equity"], rubric({})))
    shown = next(one for one in view.passages if one.id == member.id)
    assert [one.decision for one in shown.themes] == ([expected] if expected else [])
    people = {source for source, _ in votes} == {"human"} and expected != "review"
    assert (shown.settled == {"equity"}) is (people or len({source for source, _ in votes}) > 1)


@pytest.mark.parametrize(
    "expected",
    [
        "D1 Spring meeting",
        "26–28 June 2014",
        "D2 Untitled (d2.txt)",
        "not known",
        "New principals leave early.",
        "“We ask who leaves.”",
        "Ana Ruiz , principal, Elm School",
        "speaker not named",
        "Decided by: “What 12a says.”",
        "● Succession p .90",
        "◐ Equity, to review p .44",
        "○ No evidence: nobody spoke to this",
        "◐ Nobody yet: 1 quote to review",
        "○ 2 practices without a matched quote: 13 , 3 .",
        "repeated, not counted",
        "How each document was read",
        "scan.pdf",
        "Found: no text.",
        "sha256 000000000000",
    ],
)
def test_the_page_says(made, expected):
    assert expected in words(made[1])


def test_every_link_leads_somewhere_and_ids_are_unique(made):
    elements = [attrs for _, attrs in Page(made[1]).elements]
    ids = [attrs["id"] for attrs in elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    targets = [attrs[key] for attrs in elements for key in ("href", "xlink:href") if key in attrs]
    assert len(targets) > 50
    assert {target.removeprefix("#") for target in targets} <= set(ids)


def links_in_drawings(page):
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    return [attrs for drawing in drawings for attrs in Page(drawing).all("a")]


def test_the_page_can_be_read_by_all(made):
    page = Page(made[1])
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in itertools.pairwise(levels))
    assert all("scope" in attrs for attrs in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(attrs["aria-hidden"] == "true" for attrs in page.all("svg"))  # tables have all that drawings show
    assert all(attrs.get("tabindex") == "-1" for attrs in links_in_drawings(made[1]))
    assert page.all("html") == [{"lang": "en"}]
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}


def test_the_page_needs_nothing_else(made):
    page = Page(made[1])
    assert not page.all("link", "img", "iframe", "object")
    assert "@import" not in made[1]
    assert "data:" not in made[1]
    assert re.findall(r"url\((?!#)", made[1]) == []


def test_the_policy_of_the_page_allows_its_one_script_and_nothing_else(made):
    policy = next(attrs["content"] for attrs in Page(made[1]).all("meta") if "http-equiv" in attrs)
    script = re.search(r"<script>(.*?)</script>", made[1], re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'"
    )
    assert not [name for _, attrs in Page(made[1]).elements for name in attrs if name.startswith("on")]


def test_words_of_a_document_cannot_become_code(tmp_path):
    evil = '<script>alert(1)</script>-->]]>" onload=alert(1) \u202e\x1b[31m'
    doc = document(f"{evil}\n\nShe said, “{evil} $x$.”", title=evil, place=evil, authors=[evil], path=f"{evil}.txt")
    heading, said = passages(doc)
    one = quote(said, f"{evil} $x$.", speaker=speaker(said, "She", role=evil))
    made = bundle(
        doc,
        segments=[segment([heading, said], kind="problem_of_practice", sites=[site(doc, evil)])],
        quotes=[one],
        tags=[tag(said, "equity", source="human", coder=evil)],
        mappings=[mapping(one, "12a", evidence=evil)],
    )
    page = page_of(tmp_path, [made], [refusal(evil, evil)])
    assert Page(page).all("script") == [{}]
    assert page.count("<script") == 1
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert not [name for _, attrs in Page(page).elements for name in attrs if name.startswith("on")]


def test_the_same_records_give_the_same_bytes(tmp_path):
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        page_of(folder, corpus(), [refusal()])
    files = [{path.relative_to(f): path.read_bytes() for path in f.rglob("*") if path.is_file()} for f in folders]
    assert files[0] == files[1]
    assert not [path for path, content in files[0].items() if str(tmp_path).encode() in content]


def test_figures_come_in_three_forms_and_old_ones_go(tmp_path):
    old = tmp_path / "figures"
    old.mkdir()
    for name in ("themes-by-moon.svg", "themes.png", "notes.md"):
        (old / name).write_text("old")
    page_of(tmp_path, corpus())
    names = {path.name for path in old.iterdir()}
    drawn = ["themes", "themes-by-document", "themes-by-site", "themes-together", "rubric-coverage"]
    drawn += ["coverage-by-document", "coverage-by-site", "portraits"]
    only_numbers = {"coverage-by-date.csv", "coverage-by-problem.csv"}
    assert names == {f"{name}.{kind}" for name in drawn for kind in ("svg", "png", "csv")} | only_numbers | {"notes.md"}
    assert (old / "themes.png").read_bytes().startswith(b"\x89PNG")


def test_a_figure_has_its_numbers_beside_it(made):
    rows = list(csv.DictReader(io.StringIO((made[0] / "figures" / "themes.csv").read_text())))
    assert [(row["theme"], row["yes"], row["review"], row["n"]) for row in rows] == [
        ("equity", "0", "1", "4"),
        ("succession", "2", "0", "4"),
        ("evidence_use", "0", "0", "4"),
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("themes-by-document", "n = 2 passages."),
        ("themes-by-site", "Left out: 1 without a site."),
        ("rubric-coverage", "n = 1 quote;"),
        ("coverage-by-document", "n = 1 quote."),
    ],
)
def test_a_caption_says_n_and_what_is_left_out(name, expected):
    dated, undated = document("“We pay.”", id="d1"), document("We ask.", id="d2", date_start=None, date_end=None)
    held = [passages(dated)[0], passages(undated)[0]]
    one = quote(held[0], "We pay.")
    table = found_in([
        bundle(dated, segments=[segment([held[0]], sites=[site(dated, "We")])], quotes=[one],
               tags=[tag(held[0], "equity")], mappings=[mapping(one, "12a")]),
        bundle(undated, tags=[tag(held[1], "equity")]),
    ])  # fmt: skip
    captions = {}
    for sketch in sketches(table):
        captions[sketch.name] = " ".join(sketch.plot().words)
    assert expected in captions[name]


def test_portraits_are_a_figure_with_a_row_for_each_mark():
    found = found_in(corpus())
    sketch = next(sketch for sketch in sketches(found) if sketch.name == "portraits")
    cells = [
        [held.document.label, held.document.path, str(held.n), strip.theme, str(place + 1), said, by]
        for held in found.portraits
        for strip in held.strips
        for place, said, _, by in strip.cells
    ]
    assert cells
    assert list(sketch.rows[1:]) == cells
    titles = [f"{held.document.label} (n = {held.n} passages)" for held in found.portraits if held.strips]
    assert [words for words in sketch.plot().words if "(n = " in words] == titles


def test_figures_that_are_kept_are_the_same(tmp_path):
    found = found_in(corpus())
    with open_kept(tmp_path) as store:
        assert draw(found, store) == draw(found, store) == draw(found)


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_a_figure_is_what_a_program_takes_for_one(made, suffix):
    for path in sorted((made[0] / "figures").glob(f"*{suffix}")):
        if suffix == ".png":
            with Image.open(path) as image:
                image.load()
                assert (image.width, [round(dpi) for dpi in image.info["dpi"]]) == (2700, [300, 300])
                assert len(image.convert("RGB").getcolors(300)) > 5  # something stands on it
        else:
            root = ElementTree.parse(path).getroot()
            assert root.get("width") == "648pt"
            assert any(
                (text.text or "").startswith("n = ") or "passage to its last" in text.text
                for text in root.iter(f"{SVG}text")
            )


def test_a_title_is_no_formula(tmp_path):
    text = "We share."
    doc = document(text, title="x", id="d1")
    member = passages(doc)[0]
    where = segment([member], sites=[site(doc, "We")])
    named = type(where.sites[0])(name="=SUM(A1)", start=0, end=2)
    where = segment([member], sites=[named])
    page_of(tmp_path, [bundle(doc, segments=[where], tags=[tag(member, "equity")])])
    assert "\n'=SUM(A1),equity" in (tmp_path / "figures" / "themes-by-site.csv").read_text()


# --- coverage ---------------------------------------------------------------------------------------------------------


def cells_of(page, by):
    """Return the table of one matrix on the page: the words of each row, and the links of each cell."""
    section = page[page.index(f'id="coverage-by-{by}"') :]
    rows = re.findall(r"<tr>.*?</tr>", section[: section.index("</table>")], re.DOTALL)
    cells = [re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL) for row in rows]
    return [[words(cell).replace("&nbsp;", "") for cell in row] for row in cells], [
        [re.findall(r'data-f="([^"]+)"', cell) for cell in row] for row in cells
    ]


def test_the_page_shows_what_the_rubric_covers(made):
    shown, _ = cells_of(made[1], "site")
    assert shown == [
        ["Site", "n", "12", "13 ○ no quote matched", "3 ○ no quote matched"],
        ["Lake County", "2", "1", "0 +1 ◐", "0"],
    ]
    shown, _ = cells_of(made[1], "problem")
    assert [row[0] for row in shown] == ["Problem of practice", "Lake County Spring meeting"]
    shown, _ = cells_of(made[1], "document")
    assert [row[0] for row in shown] == ["Document", "D1 Spring meeting"]


def test_a_cell_leads_to_its_quotes():
    doc = document("“We pay.” “We ask.” “We wait.”", date_start=None, date_end=None)
    member = passages(doc)[0]
    said = [quote(member, text) for text in ("We pay.", "We ask.", "We wait.")]
    mappings = [mapping(said[0], "12a", decision="review"), mapping(said[1], "12b"), mapping(said[2], "13")]
    page = text_of([bundle(doc, quotes=said, mappings=mappings)])
    shown, links = cells_of(page, "date")
    assert shown[1] == ["no date", "3", "1 +1 ◐ to review", "1", "0"]  # what has no date cannot be filtered for
    shown, links = cells_of(page, "document")
    assert shown[1][1:] == ["3", "1 +1 ◐", "1", "0"]
    of = "unit=quote&amp;document=document-d1"
    assert links[1][2:] == [
        [f"{of}&amp;practice=12&amp;decision=yes&amp;n=1", f"{of}&amp;practice=12&amp;decision=review&amp;n=1"],
        [f"{of}&amp;practice=13&amp;decision=yes&amp;n=1"],
        [],
    ]


def test_mappings_of_another_rubric_are_not_counted():
    doc = document("“We pay.”")
    one = quote(passages(doc)[0], "We pay.")
    found = found_in([bundle(doc, quotes=[one], mappings=[mapping(one, "12a", rubric="Another")])])
    assert found.counts.mappings_match == 0
    assert [held.matched for area in found.areas for held in area.practices] == [0, 0, 0]
    assert [line.total.matched for line in found.coverage["site"].lines] == [(), (), ()]
    assert found.readings[0].quotes[0].practices[0].practice_text == ""


def test_lists_and_matrices_of_coverage_agree():
    found = found_in(corpus())
    listed = {held.practice.id: (held.matched, held.review) for area in found.areas for held in area.practices}
    for matrix in found.coverage.values():
        assert {line.practice: (len(line.total.matched), len(line.total.review)) for line in matrix.lines} == listed
        assert matrix.n_quotes == found.counts.quotes


def test_a_table_of_many_sites_keeps_those_without_one():
    names = [f"Site{number}" for number in range(65)]
    doc = document("\n\n".join(f"{name} said, “We share.”" for name in [*names, "Nobody"]))
    held = passages(doc)
    parts = [segment([member], sites=[site(doc, name)]) for member, name in zip(held, names, strict=False)]
    page = text_of([bundle(doc, segments=parts, quotes=[quote(member, "We share.") for member in held])])
    shown, _ = cells_of(page, "site")
    assert len(shown) == 1 + 60 + 1
    assert shown[-1][0] == "no site"
    assert "The first 60 of 66" in words(page)


@pytest.mark.parametrize(
    ("by", "expected", "n_rows"),
    [
        ("site", "Shared work,12,Leaders do 12.,'=SUM(A1),'=sum(a1),1,0,1", 3),
        ("date", "Shared work,12,Leaders do 12.,2014,2014,1,0,1", 3),
        ("problem", "Shared work,12,Leaders do 12.,'-1,d1-s0,1,0,1", 1),
        ("document", "Shared work,12,Leaders do 12.,'@x,d1,1,0,1", 1),
    ],
)
def test_coverage_as_csv_has_no_formulas_and_not_every_empty_cell(tmp_path, by, expected, n_rows):
    doc = document("“We share.”", title="@x")
    member = passages(doc)[0]
    where = segment([member], kind="problem_of_practice", heading="-1", sites=[site(doc, "We")])
    named = type(where.sites[0])(name="=SUM(A1)", start=1, end=3)
    where = msgspec.structs.replace(where, sites=[named])
    one = quote(member, "We share.")
    write_report(
        tmp_path,
        CorpusRecords.of([bundle(doc, segments=[where], quotes=[one], mappings=[mapping(one, "12a")])]),
        [],
        Basis(CODEBOOK, RUBRIC),
    )
    lines = (tmp_path / "figures" / f"coverage-by-{by}.csv").read_text().splitlines()
    assert lines[0] == "area,practice,practice_text,column,column_id,n_match,n_review,n_quotes"
    assert lines[1] == expected
    assert len(lines) == 1 + n_rows


@pytest.mark.parametrize("bundles", [[], [bundle(document("", n_passages=0), passages=[])], [bundle(document("We."))]])
def test_a_corpus_without_findings_has_a_page(tmp_path, bundles):
    assert "</html>" in page_of(tmp_path, bundles)
    assert (tmp_path / "figures").is_dir()


def test_years_are_drawn_where_there_are_two(tmp_path):
    docs = [document("We share.", id=f"d{year}", date_start=f"{year}-01-01", date_end=None) for year in (2012, 2015)]
    page_of(tmp_path, [bundle(doc, tags=[tag(passages(doc)[0], "equity")]) for doc in docs])
    assert (tmp_path / "figures" / "themes-by-year.svg").is_file()


@pytest.mark.parametrize(
    ("bundles", "expected"),
    [
        ([], "No document was read."),
        ([bundle(document("", n_passages=0), passages=[])], "There are no passages to code."),
        ([bundle(document("We share."))], "No quotes were found."),
    ],
)
def test_an_empty_corpus_is_said_to_be_empty(bundles, expected):
    text = text_of(bundles)
    Page(text)
    assert expected in words(text)


def test_a_warning_stands_at_its_document_without_the_folder():
    doubt = refusal("notes/a.txt", "Found: /home/me/My files/notes/a.txt in Windows-1252.", Severity.WARNING)
    text = text_of(corpus(), [doubt])
    assert "▲ Warning: Found: notes/a.txt in Windows-1252." in words(text)
    assert "/home/me" not in text


def known(version="theme-1", rows=((4, 1, 2, 20),) * 10, sample=()):
    """What is known of the errors of a model on `equity` and `succession`, alike for both."""
    names = ("true_yes", "false_yes", "missed", "rejected")
    clusters = [
        Cluster(group=f"g{i}", n=sum(row), **{name: [count] * 2 for name, count in zip(names, row, strict=True)})
        for i, row in enumerate(rows)
    ]
    labels = {one.id: one for one in sample}
    return Errors(version, HeldOut(themes=["equity", "succession"], clusters=clusters), sample=Sample(labels))


def many(n=40, found=10):
    """Return a document of many passages, some of them on succession."""
    doc = document("\n\n".join(f"Leader {i} of the district left last year." for i in range(n)))
    return [bundle(doc, tags=[tag(passage, "succession") for passage in passages(doc)[:found]])]


def test_shares_are_corrected_for_the_errors_of_the_model():
    found = found_in(many(), known=known(tag_version()))
    cell = next(view.cell for view in found.themes if view.theme.id == "succession")
    assert cell.share == 0.25
    assert cell.corrected.share == pytest.approx((0.25 - 1 / 21) / (2 / 3 - 1 / 21), abs=1e-3)
    assert found.by_document.lines[0].cells[1].corrected == cell.corrected
    assert found.together.lines[1].cells[1].corrected is None
    page = shown(found)
    assert "Succession 10 25% 14–40% 33% " in page
    assert "10 documents (270 passages) on which it was measured" in page
    assert "▲ Not corrected (Evidence use): the model was not measured on this theme." in page


def tag_version():
    return many()[0].tags[0].model_version


def test_a_random_sample_of_the_documents_goes_before_the_error_rates():
    given = many()
    judged = [
        SampledLabel(id=passage.id, text=passage.text, themes={"succession": 2} if i < 20 else {}, reason="random")
        for i, passage in enumerate(given[0].passages)
    ]
    found = found_in(given, known=known(tag_version(), sample=judged))
    cell = next(view.cell for view in found.themes if view.theme.id == "succession")
    assert (cell.corrected.method, cell.corrected.share) == ("random sample", 0.5)
    assert "rests on 40 passages of these documents" in shown(found)


def test_counts_of_another_model_say_why_they_are_not_corrected():
    page = shown(found_in(many(), known=known("other")))
    assert f"▲ Not corrected: coded by {tag_version()}, but the model at hand is other" in page
    assert "Wilson" in page


def test_the_figures_of_a_corrected_share_stand_in_the_csv(tmp_path):
    write_report(tmp_path, CorpusRecords.of(many()), [], Basis(CODEBOOK, RUBRIC, known(tag_version())))
    rows = list(csv.DictReader(io.StringIO((tmp_path / "figures" / "themes.csv").read_text())))
    assert [row["corrected_by"] for row in rows] == ["error rates", "error rates", ""]
    assert float(rows[1]["corrected_low"]) < float(rows[1]["corrected"]) < float(rows[1]["corrected_high"])
    assert rows[2]["not_corrected_because"] == "the model was not measured on this theme"


def test_a_theme_that_the_codebook_lost_is_still_counted():
    found = found_in(corpus(), codebook=codebook("equity"))
    assert [(view.theme.id, view.cell.yes) for view in found.themes] == [("equity", 0), ("succession", 2)]
    assert [column.key for column in found.by_document.columns] == ["equity", "succession"]
    page = shown(found, codebook=codebook("equity"))
    assert "succession (not in this codebook) 2 50%" in page
    assert "This one has it in no form." in page


def test_other_instruments_than_the_records_name_are_told():
    text = words(text_of(corpus(), book=codebook("equity"), practices=rubric({"New": {"99": ["99"]}})))
    assert "The theme “succession” was coded but is not in this codebook" in text
    assert "“Test rubric”, which differs from the one named here" in text


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "figures").write_text("a file where the folder should be")
    with pytest.raises(PipelineError) as caught:
        page_of(tmp_path, corpus())
    assert caught.value.code is ErrorCode.NOT_WRITABLE


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, None),
        ("2014-06-26", "2014-06-28", "26–28 June 2014"),
        ("2014-06-26", None, "26 June 2014"),
        ("2014-06-01", "2014-06-30", "June 2014"),
        ("2014-01-01", "2014-12-31", "2014"),
        ("2015-01-01", "2017-12-31", "2015–2017"),
        ("2018-03-01", "2018-05-31", "March–May 2018"),
        ("2016-08-01", "2021-06-30", "August 2016 – June 2021"),
        ("2014-06-26", "2014-07-02", "26 June – 2 July 2014"),
        ("2014-12-30", "2015-01-02", "30 December 2014 – 2 January 2015"),
        ("2014-99-99", None, "2014-99-99"),
    ],
)
def test_dates_are_worded(start, end, expected):
    assert span_of_dates(start, end) == expected


@pytest.mark.parametrize(
    ("p", "expected"), [(0.0, "< .01"), (0.004, "< .01"), (0.5, ".50"), (0.996, "> .99"), (1.0, "> .99")]
)
def test_probabilities_are_never_certain(p, expected):
    assert probability(p) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Found: /a b/c/x.pdf is empty", "Found: x.pdf is empty"),
        ("Found: C:\\me\\x.pdf is empty", "Found: x.pdf is empty"),
        ("x.pdf and/or x.pdf", "x.pdf and/or x.pdf"),
        ("'/a/x.pdf' and /b/x.pdf", "'x.pdf' and x.pdf"),
    ],
)
def test_messages_do_not_tell_where_the_files_lie(message, expected):
    assert without_folders(message, "x.pdf") == expected


def test_an_unusual_id_makes_a_usable_anchor():
    assert anchor("quote", "a-1:q_01.b") == "quote-a-1:q_01.b"
    assert re.fullmatch("quote-[0-9a-f]{12}", anchor("quote", "my quote\"'<"))


def test_labels_of_figures_hold_only_what_can_be_drawn():
    assert printable("Ana 日本\x07 – “x”") == "Ana □□□ – “x”"


@given(st.text(), st.integers(1, 60))
def test_a_clipped_text_is_short_and_begins_alike(text, limit):
    short = clip(text, limit)
    assert len(short) <= limit + 2
    assert " ".join(text.split()).startswith(short.removesuffix("\u00a0…"))


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_encloses_its_share(counts):
    yes, n = counts
    low, high = wilson(yes, n)
    assert 0 <= low <= yes / n + 1e-12
    assert yes / n - 1e-12 <= high <= 1


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(CODEBOOK.ids), st.sampled_from(["yes", "review", "no"])), max_size=12))
def test_tables_add_up(votes):
    texts = [f"We share {number}." for number in range(len(votes) or 1)]
    doc = document("\n\n".join(texts))
    tags = [tag(m, theme, decision=d) for m, (theme, d) in zip(passages(doc), votes, strict=False)]
    found = found_in([bundle(doc, tags=tags)])
    assert sum(cell.yes for cell in found.by_document.lines[0].cells) == found.counts.tags_yes
    assert sum(view.cell.review for view in found.themes) == found.counts.tags_review
    assert found.counts.tags_yes == sum(decision == "yes" for _, decision in votes)


def test_a_problem_of_practice_leads_to_the_same_one_in_other_documents(tmp_path):
    docs = [
        document("Lake County again\n\nLake County lost one more.", id=name, title=f"Meeting {name}")
        for name in ("d8", "d9")
    ]
    linked = [
        bundle(
            doc,
            segments=[
                segment(
                    passages(doc), kind="problem_of_practice", sites=[site(doc, "Lake County")], linked=[other, "gone"]
                )
            ],
        )
        for doc, other in zip(docs, ("d9-s0", "d8-s0"), strict=True)
    ]
    page = page_of(tmp_path, linked)
    links = [attrs["href"] for attrs in Page(page).all("a")]
    assert {f"#{anchor('problem', name)}" for name in ("d8-s0", "d9-s0")} <= set(links)
    assert words(page).count("The same problem in other documents") == 2


# --- samples, portraits, statements, links, people --------------------------------------------------------------------


def crowd(n_documents, n_passages=20):
    """Yield documents of many quotes; every third passage is on equity, every tenth on succession."""
    for number in range(n_documents):
        text = "\n\n".join(f"Leader {i} of site {number} said, “We ask {i}.”" for i in range(n_passages))
        doc = document(text, id=f"d{number}", path=f"{number}.txt", title=f"Meeting {number}")
        held = passages(doc)
        said = [quote(member, f"We ask {i}.") for i, member in enumerate(held)]
        tags = [tag(member, "equity") for member in held[::3]] + [tag(member, "succession") for member in held[::10]]
        problem = segment(held[:5], kind="problem_of_practice", heading=f"Problem {number}")
        yield bundle(
            doc, segments=[problem], quotes=said, tags=tags, mappings=[mapping(one, "12a") for one in said[::4]]
        )


LIMITS = Settings(report_quotes=60, report_passages=90, report_problems=7, report_portraits=5)


def test_of_a_large_corpus_the_page_shows_a_sample_and_says_so():
    found = gather(CorpusRecords.of(crowd(100)), [], Basis(CODEBOOK, RUBRIC, settings=LIMITS))
    assert found.counts.quotes == found.counts.passages == 2000
    assert found.counts.tags_yes == 900
    assert [view.cell.yes for view in found.themes] == [700, 200, 0]
    assert sum(len(reading.quotes) for reading in found.readings) == 60
    assert sum(len(reading.passages) for reading in found.readings) == 90
    assert (len(found.cards), len(found.portraits)) == (7, 5)
    text = shown(found, settings=LIMITS)
    assert "Showing 60 of 2,000 quotes" in text
    assert "Showing 90 of 2,000 passages" in text
    assert "Showing 7 of 100 problems of practice" in text
    assert "60 of 2,000 quotes, 90 of 2,000 passages, 7 of 100 problems, 5 of 100 documents in portrait" in text


def test_the_page_grows_with_the_limits_and_not_with_the_corpus():
    def size(n):
        basis = Basis(CODEBOOK, RUBRIC, settings=LIMITS)
        return len("".join(render(gather(CorpusRecords.of(crowd(n)), [], basis), frozenset(), basis)))

    assert size(200) - size(100) < 100 * 900  # a line in the list of documents and one among the themes


def test_what_a_sample_leaves_out_is_no_dead_link():
    basis = Basis(CODEBOOK, RUBRIC, settings=LIMITS)
    elements = [
        attrs
        for _, attrs in Page(
            "".join(render(gather(CorpusRecords.of(crowd(30)), [], basis), frozenset(), basis))
        ).elements
    ]
    ids = {attrs["id"] for attrs in elements if "id" in attrs}
    assert {attrs["href"].removeprefix("#") for attrs in elements if "href" in attrs} <= ids


def test_a_sample_is_even_and_the_same_in_every_run():
    picked = [
        gather(CorpusRecords.of(crowd(20)), [], Basis(CODEBOOK, RUBRIC, settings=LIMITS)).readings for _ in range(2)
    ]
    assert picked[0] == picked[1]
    assert len(picked[0]) == 20  # every document has a part
    with_succession = [
        passage for reading in picked[0] for passage in reading.passages if "succession" in passage.decided
    ]
    assert len(with_succession) >= 20  # and in each document the rare theme, too
    other = gather(
        CorpusRecords.of(crowd(20)), [], Basis(CODEBOOK, RUBRIC, settings=msgspec.structs.replace(LIMITS, seed=1))
    ).readings
    assert other != picked[0]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50)), max_size=40), st.integers(0, 10))
def test_a_sample_keeps_the_lowest_keys_in_their_order(keys, limit):
    kept = Kept(limit)
    for place, key in enumerate(keys):
        kept.offer(key, place)
    expected = sorted(sorted(range(len(keys)), key=lambda place: (keys[place], place))[:limit])
    assert kept.kept() == expected
    assert kept.offered == len(keys)


def test_a_portrait_lays_themes_along_the_passages():
    portrait = found_in(corpus()).portraits[0]
    assert portrait.n == 3  # without the heading
    assert [(strip.theme, strip.yes, strip.review) for strip in portrait.strips] == [
        ("equity", 0, 1),
        ("succession", 2, 0),
    ]
    assert [[cell[:2] for cell in strip.cells] for strip in portrait.strips] == [
        [(1, "review")],
        [(0, "yes"), (2, "yes")],
    ]
    assert [(stretch.start, stretch.end, stretch.label) for stretch in portrait.stretches] == [(0, 3, "Lake County")]


def carried(found, kind):
    """Return what the words of each kind carry, by their ids."""
    facets = found.facets
    if kind == "quotes":
        return {
            quote.id: facets.tokens_of_quote(quote, reading.document).split()
            for reading in found.readings
            for quote in reading.quotes
        }
    return {
        passage.id: facets.tokens_of_passage(passage, reading.document).split()
        for reading in found.readings
        for passage in reading.passages
    }


def test_words_carry_what_they_can_be_filtered_by():
    found = found_in(corpus())
    said = list(carried(found, "quotes").values())
    assert said == [
        ["q", "c", "d1", "j2014", "s0", "b0", "t0r", "p0m", "r", "y"],
        ["q", "c", "d1", "j2014", "s0", "b0", "t1y", "p1r", "y", "r"],
        ["q", "d2", "t1y", "p0m", "y"],
    ]
    read = carried(found, "passages")
    assert read["d1-p1"] == ["v", "c", "d1", "j2014", "s0", "b0", "t1y", "y"]
    assert read["d2-p1"] == ["v", "d2", "t1y", "y"]  # a repetition does not count


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(CODEBOOK.ids), st.sampled_from(["yes", "review"])), max_size=12))
def test_a_number_and_the_words_behind_it_agree(votes):
    doc = document("\n\n".join(f"We share {number}." for number in range(len(votes) or 1)))
    tags = [tag(m, theme, decision=d) for m, (theme, d) in zip(passages(doc), votes, strict=False)]
    found = found_in([bundle(doc, tags=tags)])
    tokens = list(carried(found, "passages").values())
    for option, view in zip(found.facets.theme, found.themes, strict=True):
        assert sum(option.token + "y" in held and "c" in held for held in tokens) == view.cell.yes
        assert sum(option.token + "r" in held and "c" in held for held in tokens) == view.cell.review


def test_what_people_decided_goes_before_the_model_and_says_who():
    doc = document("“We pay.” “We ask.”")
    member = passages(doc)[0]
    one, two = (quote(member, text) for text in ("We pay.", "We ask."))
    two = msgspec.structs.replace(two, source="human", coder="ana")
    mappings = [
        mapping(one, "12a"),
        mapping(one, "12a", id="m2", source="human", coder="ana", decision="reject"),
        mapping(two, "13", id="m3", source="human", coder="ben"),
    ]
    tags = [tag(member, "equity", source="human", coder="ana")]
    found = found_in([bundle(doc, quotes=[one, two], mappings=mappings, tags=tags)])
    assert (found.counts.mappings_match, found.counts.by_people) == (1, 2)
    assert [held.matched for area in found.areas for held in area.practices] == [0, 1, 0]
    text = shown(found)
    assert "● Equity, coded by ana" in text
    assert "● 13, coded by ben" in text
    assert "coded by ana ·" in text
    assert "People (ana, ben) decided 2 of the 2 themes and practices shown" in text


@pytest.mark.parametrize(
    ("both", "a", "b", "n", "expected"),
    [(10, 20, 20, 100, (2.5, 1.7, 3.7)), (4, 20, 20, 100, (1.0, 0.5, 2.2)), (20, 20, 20, 100, (5.0, 3.4, 7.4))],
)
def test_lift_has_an_interval(both, a, b, n, expected):
    assert tuple(round(value, 1) for value in lift(both, a, b, n)) == expected


def test_statements_follow_from_the_counts():
    years = {2012: 30, 2015: 2}
    docs = [
        bundle(doc, tags=[tag(member, "equity") for member in passages(doc)[:found]])
        for year, found in years.items()
        for doc in [
            document(
                "\n\n".join(f"We share {i}." for i in range(40)),
                id=f"d{year}",
                date_start=f"{year}-01-01",
                date_end=None,
            )
        ]
    ]
    told = [statement.text for statement in found_in(docs).statements]
    assert told == [
        "The theme found most often is equity: 32 of 80 passages (40%, 95% interval 30–51%).",
        "In 2012, equity is more common than elsewhere: 30 of 40 passages (75%, 95% interval 60–86%), against 5% of 40 "
        "elsewhere. Passages of one document hang together, so take this as a lead to read.",
        "3 of 3 practices of the rubric have no matched quote.",
    ]


def test_a_difference_that_chance_makes_is_no_statement():
    docs = list(crowd(2, 40))
    dated = [
        msgspec.structs.replace(
            one, document=msgspec.structs.replace(one.document, date_start=f"201{i}-01-01", date_end=None)
        )
        for i, one in enumerate(docs)
    ]
    assert [statement.place for statement in found_in(dated).statements] == ["themes", "coverage"]


def test_the_methods_name_what_the_models_were_measured_at():
    version = tag_version()
    metrics = {
        "themes": {
            "model_version": version,
            "n": 500,
            "micro": {"precision": 0.7, "recall": 0.6, "f1": 0.65, "f1_interval": [0.6, 0.7]},
            "bands": [{"precision": 0.9, "yes_precision": 0.91, "yes_share": 0.4}],
            "trained_on": {"n_labels": 900, "n_groups": 30, "n_folds": 5, "labels_sha256": "ab" * 32},
        }
    }
    basis = Basis(CODEBOOK, RUBRIC, known(version), metrics=metrics)
    text = " ".join(methods.sentences(gather(CorpusRecords.of(many()), [], basis), basis))
    for expected in (
        "We read 1 document (1 meeting summary; from 2014) with Problems of Practice (pop)",
        "learned from 900 labelled passages of 30 documents or sites (labels sha256 abababababab; 5 folds",
        "at which 91% of such decisions were right on held-out documents (asked for: 90%)",
        "held-out precision is .70, recall .60, F1 .65 (95% interval .60–.70; 500 passages)",
        "on 270 passages of 10 held-out documents (Rogan & Gladen 1978)",
        "No model compared quotes with the rubric",
    ):
        assert expected in text
    assert {name for name, _, _ in methods.settings(basis)} == set(Settings.__struct_fields__)


def test_figures_of_another_model_are_not_told():
    basis = Basis(CODEBOOK, RUBRIC, metrics={"themes": {"model_version": "other", "micro": {}}})
    assert "held-out" not in " ".join(methods.sentences(gather(CorpusRecords.of(many()), [], basis), basis))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("\x1b[31mred", "␛[31mred"), ("a\u202eb\u2066c", "a�b�c"), ("tab\tline\n", "tab\tline\n"), ("\x9b1m", "�1m")],
)
def test_commands_to_a_screen_are_shown_as_signs(text, expected):
    assert visible(text) == expected


# --- what is kept -----------------------------------------------------------------------------------------------------


class Counted:
    """The records of a corpus, which note the documents that were read."""

    def __init__(self, bundles):
        self.records = CorpusRecords.of(bundles)
        self.read = []

    def __call__(self, names):
        for one in self.records.read(names):
            self.read.append(one.document.id)
            yield one

    def noted(self):
        return CorpusRecords(self.records.hashes, self)


BASIS_OF_CROWD = Basis(CODEBOOK, RUBRIC, known("theme-1"), settings=LIMITS)
CROWD = [*crowd(12, 12), corpus()[0]]
FRESH = gather(CorpusRecords.of(CROWD), [], BASIS_OF_CROWD)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.lists(st.integers(0, len(CROWD) - 1), unique=True), max_size=3))
def test_whatever_was_kept_in_whatever_order_the_same_is_found(earlier):
    with tempfile.TemporaryDirectory() as folder, open_kept(Path(folder)) as store:
        for places in earlier:
            gather(CorpusRecords.of([CROWD[place] for place in places]), [], BASIS_OF_CROWD, store)
        assert gather(CorpusRecords.of(CROWD), [], BASIS_OF_CROWD, store) == FRESH


def test_a_new_document_costs_only_itself(tmp_path):
    *old, new = crowd(30)
    with open_kept(tmp_path) as store:
        gather(CorpusRecords.of(old), [], BASIS_OF_CROWD, store)
        again = Counted(old)
        gather(again.noted(), [], BASIS_OF_CROWD, store)
        grown = Counted([*old, new])
        found = gather(grown.noted(), [], BASIS_OF_CROWD, store)
        shrunk = Counted(old)
        gather(shrunk.noted(), [], BASIS_OF_CROWD, store)
    assert again.read == []
    assert grown.read == ["d29"]
    assert len(shrunk.read) < 10  # only those that take the place of its words in the samples
    assert found.counts.documents == 30


@pytest.mark.parametrize(
    "changes",
    [
        {"codebook": codebook("equity")},
        {"rubric": rubric({"New": {"12": ["12a"]}})},
        {"settings": msgspec.structs.replace(LIMITS, seed=5)},
        {"known": known("theme-1", rows=((4, 4, 2, 20),) * 10)},
    ],
)
def test_what_a_document_adds_is_made_again_when_what_it_depends_on_changes(tmp_path, changes):
    basis = dataclasses.replace(BASIS_OF_CROWD, **changes)
    with open_kept(tmp_path) as store:
        gather(CorpusRecords.of(CROWD), [], BASIS_OF_CROWD, store)
        assert gather(CorpusRecords.of(CROWD), [], basis, store) == gather(CorpusRecords.of(CROWD), [], basis)


def test_nothing_is_kept_of_documents_that_are_gone(tmp_path):
    with open_kept(tmp_path) as store:
        gather(CorpusRecords.of(CROWD), [], BASIS_OF_CROWD, store)
        gather(CorpusRecords.of(CROWD[:1]), [], BASIS_OF_CROWD, store)
        stages = [
            stage for (stage,) in store.connection.execute("SELECT stage FROM results WHERE stage != ?", (CORRECTED,))
        ]
    assert sorted(stages) == [EXTRACTS, WORDS]
