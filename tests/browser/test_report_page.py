"""The report in a real browser: looked at, filtered, followed from a number to its words, by mouse and by keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.conftest import DESK, PHONE, serious
from builders import (
    anatomy,
    bundle,
    codebook,
    document,
    mapping,
    passages,
    quote,
    rubric,
    segment,
    site,
    speaker,
    tag,
)
from playwright.sync_api import Browser, Page, expect

from pipeline.corpus_records import CorpusRecords
from pipeline.records import Bundle
from pipeline.stages.report.basis import Basis
from pipeline.stages.report.findings import gather
from pipeline.stages.report.render import render

EVIL = "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
NAMES = ("Elm School", "Oak School", EVIL)
BASIS = Basis(
    codebook("equity", "succession"), rubric({"Shared work": {"12": ["12a", "12b"], "13": ["13"]}, EVIL: {"3": ["3"]}})
)


def meeting(number: int) -> Bundle:
    """Return the record of a meeting: thirty quotes, a third on equity, four on succession to review."""
    name = NAMES[number % 3]
    text = "\n\n".join(
        [f"{name} asks", *(f"Ana Ruiz {number} said of {name}, “We ask what {i} means.”" for i in range(30))]
    )
    doc = document(text, id=f"d{number}", title=f"Meeting {number} {EVIL}", date_start=f"201{number}-05-01")
    heading, *held = passages(doc)
    said = [
        quote(member, f"We ask what {i} means.", speaker=speaker(member, f"Ana Ruiz {number}"))
        for i, member in enumerate(held)
    ]
    tags = [tag(member, "equity") for member in held[::3]]
    tags += [tag(member, "succession", 0.4, decision="review") for member in held[1:5]]
    tags += [tag(held[20], "succession", source="human", coder="ana")]
    problem = segment(
        [heading, *held[:8]],
        kind="problem_of_practice",
        sites=[site(doc, name)],
        anatomy=[anatomy(held[0], "We ask what 0 means.")],
    )
    mappings = [mapping(one, "12a") for one in said[:6]] + [mapping(said[7], "13", 0.3, decision="review")]
    return bundle(doc, segments=[problem], quotes=said, tags=tags, mappings=mappings)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report on three meetings."""
    path: Path = tmp_path_factory.mktemp("page") / "report.html"
    found = gather(CorpusRecords.of([meeting(number) for number in range(3)]), [], BASIS)
    path.write_text("".join(render(found, frozenset(), BASIS)), "utf-8")
    return path.as_uri()


@pytest.fixture
def opened(page: Page, report: str) -> Page:
    page.goto(report)
    return page


@pytest.fixture
def plain(browser: Browser, report: str) -> Iterator[Page]:
    """The page where scripts are turned off."""
    context = browser.new_context(viewport=DESK, java_script_enabled=False)
    opened = context.new_page()
    opened.goto(report)
    yield opened
    context.close()


def visible(page: Page) -> int:
    return page.locator("article[data-k]:visible").count()


def fits(page: Page) -> bool:
    width: bool = page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    return width


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_nothing_serious_stands_in_the_way(opened: Page, size: dict[str, int]) -> None:
    opened.set_viewport_size(size)
    assert serious(opened) == []
    assert fits(opened)


def test_nothing_serious_stands_in_the_way_in_the_dark(opened: Page) -> None:
    opened.emulate_media(color_scheme="dark")
    assert serious(opened) == []


def test_the_report_of_a_run_can_be_read(page: Page, outputs: Path) -> None:
    page.goto((outputs / "report.html").as_uri())
    expect(page.locator("#result")).to_contain_text("quotes")
    assert serious(page) == []


def test_a_number_leads_to_its_words_and_back(opened: Page) -> None:
    row = opened.locator("#theme-equity")
    number = row.locator("td a").first
    assert number.inner_text() == "30"
    number.click()
    expect(opened.locator("#result")).to_have_text("30 passages.")
    assert visible(opened) == 30
    for article in opened.locator("article[data-k]:visible").all():
        expect(article).to_contain_text("● Equity")
    assert opened.evaluate("document.activeElement.id") == "words"
    opened.go_back()
    assert opened.evaluate("location.hash") == ""


def test_a_bar_leads_to_its_quotes(opened: Page) -> None:
    opened.locator("#practice-12 svg.bar").click()
    expect(opened.locator("#result")).to_have_text("18 quotes.")
    for article in opened.locator("article[data-k]:visible").all():
        expect(article).to_contain_text("● 12a")


def test_a_cell_of_coverage_leads_to_the_quotes_of_its_site(opened: Page) -> None:
    table = opened.locator("#coverage-by-site ~ .scroll").first
    table.locator("tr", has_text="Oak School").locator("td a").nth(1).click()
    expect(opened.locator("#result")).to_have_text("6 quotes.")
    for article in opened.locator("article[data-k]:visible").all():
        expect(article).to_contain_text("Ana Ruiz 1")


def test_every_number_is_as_large_as_the_list_behind_it(opened: Page) -> None:
    told = opened.evaluate(
        """() => [...document.querySelectorAll('a[data-f*="&n="]')].map((link) => {
            location.hash = link.getAttribute('href');
            dispatchEvent(new HashChangeEvent('hashchange'));
            const found = document.getElementById('result').textContent.match(/^\\d+/);
            return [new URLSearchParams(link.dataset.f).get('n'), found ? found[0] : '0', link.dataset.f];
        })"""
    )
    assert len(told) > 60
    assert [one for one in told if one[0] != one[1]] == []


def test_a_mark_of_a_portrait_leads_to_its_passage(opened: Page) -> None:
    opened.locator("#portrait-1 svg a").first.click()
    here = opened.locator("article.here")
    expect(here).to_have_count(1)
    expect(here).to_be_in_viewport()
    expect(here).to_contain_text("We ask what 0 means.")


def test_filters_narrow_what_is_shown_and_stand_in_the_address(opened: Page, report: str) -> None:
    form = opened.locator("#find")
    expect(opened.locator("#result")).to_have_text("90 quotes; the first 50 are shown.")
    form.get_by_label("Decision").select_option("review")
    expect(opened.locator("#result")).to_have_text("15 quotes.")
    form.locator("[name=theme]").select_option("succession")
    expect(opened.locator("#result")).to_have_text("12 quotes.")
    form.get_by_label("Speaker").fill("RUIZ 2")
    expect(opened.locator("#result")).to_have_text("4 quotes.")
    form.get_by_label("Words").fill("what 3 means")
    expect(opened.locator("#result")).to_have_text("1 quote.")
    address = opened.evaluate("location.hash")
    assert address == "#find?unit=quote&theme=succession&decision=review&speaker=RUIZ+2&text=what+3+means"
    opened.goto("about:blank")
    opened.goto(report + address)
    expect(opened.locator("#result")).to_have_text("1 quote.")
    opened.get_by_role("button", name="Clear").click()
    expect(opened.locator("#result")).to_contain_text("90 quotes")


def test_what_a_person_decided_can_be_found(opened: Page) -> None:
    opened.locator("#find").get_by_label("Decided by").select_option("ana")
    expect(opened.locator("#result")).to_have_text("3 quotes.")
    expect(opened.locator("article[data-k]:visible").first).to_contain_text("coded by ana")


def test_nothing_that_fits_is_said(opened: Page) -> None:
    opened.locator("#find").get_by_label("Words").fill("nowhere")
    expect(opened.locator("#result")).to_have_text("Nothing fits.")
    assert opened.locator("#result").get_attribute("role") == "status"


def test_the_way_by_keyboard_alone(opened: Page) -> None:
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.className") == "skip"
    opened.keyboard.press("Enter")
    opened.locator("#theme-equity td a").first.focus()
    opened.keyboard.press("Enter")
    expect(opened.locator("#result")).to_have_text("30 passages.")
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.name") == "unit"
    opened.keyboard.press("Home")
    opened.keyboard.press("ArrowDown")
    expect(opened.locator("#result")).to_have_text("30 quotes.")
    for name in ("theme", "decision"):
        opened.locator(f"#find [name={name}]").focus()
        opened.keyboard.press("Home")
    opened.locator("#more").focus()
    opened.keyboard.press("Enter")
    assert visible(opened) == 90
    assert opened.evaluate("document.activeElement.tagName") == "ARTICLE"


def test_a_shared_address_of_words_that_are_not_shown_shows_them(page: Page, report: str) -> None:
    page.goto(report + "#passage-d2-p30")
    expect(page.locator("#passage-d2-p30")).to_be_in_viewport()


def test_hostile_words_are_words(opened: Page) -> None:
    assert opened.title() == "Problems of practice: report"
    assert opened.locator("img").count() == 0
    expect(opened.locator("h3", has_text="Meeting 0").last).to_contain_text("</script><script>")
    opened.goto(
        opened.url.split("#")[0] + "#find?unit=quote&theme=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&text=%3Cscript%3E"
    )
    expect(opened.locator("#result")).to_have_text("Nothing fits.")


def test_without_script_all_can_be_read_and_every_link_leads_somewhere(plain: Page) -> None:
    assert plain.locator("#find").is_hidden()
    assert visible(plain) == 90
    plain.locator("details.part summary").first.click()
    assert visible(plain) == 120
    plain.locator("#theme-equity td a").first.click()
    expect(plain.locator("#words")).to_be_in_viewport()


def test_in_print_what_fits_the_filter_stands_without_controls(opened: Page) -> None:
    opened.emulate_media(media="print")
    opened.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert visible(opened) == 0
    assert "no filter was set" in opened.locator(".print:visible").inner_text()
    opened.evaluate("dispatchEvent(new Event('afterprint'))")
    opened.evaluate("location.hash = '#find?unit=quote&text=we'")
    expect(opened.locator("html")).to_have_class("script filtered")
    opened.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert visible(opened) == 90
    assert opened.locator(".print").is_hidden()
    assert opened.locator("#find").is_hidden()
    assert opened.pdf()[:4] == b"%PDF"
    opened.evaluate("dispatchEvent(new Event('afterprint'))")
    assert visible(opened) == 50
