"""Web pages: main content without furniture, in order, with nothing of the body lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ErrorCode, PipelineError
from pipeline.stages.ingest.blocks import Block, Reading
from pipeline.stages.ingest.from_html import read_html

LONG = "The principals of the valley meet on the second Tuesday of each month to compare what they have tried. " * 3


def read(body: str, head: str = "") -> Reading:
    return read_html(f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode())


def short(reading: Reading) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in reading.blocks]


def p(text: str) -> tuple[str, str]:
    return ("paragraph", text)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>A&nbsp;team&mdash;of <b>nine</b>\n teachers&#8217; votes.</p>", [p("A team—of nine teachers’ votes.")]),
        ("Loose text.<br><br>Second.<p>Third</p> Fourth", [p("Loose text."), p("Second."), p("Third"), p("Fourth")]),
        ("<p>Two<br>lines</p>", [p("Two\nlines")]),
        ("<div>Outer <div>inner</div> rest</div>", [p("Outer"), p("inner"), p("rest")]),
        (
            "<ul><li>One<ul><li>Inner</li></ul></li><li><p>Two</p></li></ul>",
            [("list_item", "One"), ("list_item", "Inner"), ("list_item", "Two")],
        ),
        (
            "<dl><dt>Contact:</dt><dd>Ida Moreau</dd><dt>Bench</dt><dd>Those who could lead.</dd></dl>",
            [("list_item", "Contact: Ida Moreau"), ("list_item", "Bench\nThose who could lead.")],
        ),
        (
            "<table><caption>Sizes</caption><tr><th>School</th><th>Pupils</th></tr>"
            "<tr><td>Low<br>Fen</td><td>90</td></tr></table>",
            [("note", "Sizes"), ("table", "School\tPupils\nLow Fen\t90")],
        ),
        (
            "<table role='presentation'><tr><td><p>Left text.</p></td><td><p>Right text.</p></td></tr></table>",
            [p("Left text."), p("Right text.")],
        ),
        ("<pre>one\n  two\n\nthree</pre>", [p("one\ntwo"), p("three")]),
        ("<p>They call it the <q>long bench</q>.</p>", [p("They call it the “long bench”.")]),
        ("<p>A claim.<sup><a href='#n1'>1</a></sup> The 21<sup>st</sup> day.</p>", [p("A claim. The 21st day.")]),
        (
            "<p>Text.</p><ol class='footnotes'><li id='fn1'>A note. <a href='#r1'>↩</a></li></ol>",
            [p("Text."), ("note", "A note.")],
        ),
        ("<a href='/x'><h3>Linked title</h3><p>Its text.</p></a>", [("heading", "Linked title"), p("Its text.")]),
        ("<p>Unclosed <i>tag<p>After it", [p("Unclosed tag"), p("After it")]),
        ("<p><b>The problem</b></p><p>It was hard.</p>", [("heading", "The problem"), p("It was hard.")]),
        ("<p><b>Contact:</b></p><p>Ida Moreau</p>", [p("Contact:"), p("Ida Moreau")]),
        ("<script>var a = '<p>no</p>';</script><style>p{}</style><p>Yes.</p>", [p("Yes.")]),
        ("", []),
    ],
)
def test_blocks(body: str, expected: list[tuple[str, str]]) -> None:
    assert short(read(body)) == expected


def test_headings_keep_their_levels() -> None:
    reading = read("<h1>Bench</h1><h2>Why <em>now</em></h2><h4>Cost</h4><div role='heading' aria-level='3'>Time</div>")
    assert [(block.level, block.text) for block in reading.blocks] == [
        (1, "Bench"),
        (2, "Why now"),
        (4, "Cost"),
        (3, "Time"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "<blockquote><p>I was never asked.</p><footer>— Bo Arden, teacher</footer></blockquote>",
        "<blockquote>I was never asked.<br><cite>— Bo Arden, teacher</cite></blockquote>",
        "<blockquote><p>I was never asked.</p></blockquote><p>— Bo Arden, teacher</p>",
        "<blockquote><p>I was never asked.</p></blockquote><cite>— Bo Arden, teacher</cite>",
        "<blockquote>I was never asked.</blockquote><p class='attribution'>— Bo Arden, teacher</p>",
        "<figure><blockquote>I was never asked.</blockquote><figcaption>— Bo Arden, teacher</figcaption></figure>",
        "<div class='testimonial'><p>I was never asked.</p><span>— Bo Arden, teacher</span></div>",
        "<div class='testimonials'><div class='testimonial-item'><blockquote>I was never asked.</blockquote>"
        "<div class='name'>— Bo Arden, teacher</div></div></div>",
    ],
)
def test_a_testimonial_and_whose_it_is_stay_together(body: str) -> None:
    reading = read(f"<p>Before.</p>{body}<p>After.</p>")
    assert short(reading) == [p("Before."), ("quote", "I was never asked.\n— Bo Arden, teacher"), p("After.")]


def test_a_paragraph_after_a_quotation_is_no_attribution() -> None:
    reading = read("<blockquote>We tried.</blockquote><p>The district has tried again since.</p>")
    assert short(reading) == [("quote", "We tried."), p("The district has tried again since.")]


FURNITURE = [
    "<nav><ul><li><a href='/'>FURNITURE</a></li></ul></nav>",
    "<div id='cookie-banner'><p>FURNITURE</p><button>OK</button></div>",
    "<p>We use cookies. FURNITURE</p>",
    "<ol class='breadcrumb'><li><a href='/'>FURNITURE</a></li></ol>",
    "<div class='share'>FURNITURE <a href='#'>Mail</a></div>",
    "<div class='socialShare'><a href='#'>FURNITURE</a></div>",
    "<aside class='newsletter'><p>FURNITURE</p><form><input type='email'></form></aside>",
    "<div><p>FURNITURE</p><form><input type='email'></form></div>",
    "<section id='comments'><h3>2 comments</h3><p>FURNITURE</p></section>",
    "<div role='navigation'>FURNITURE</div>",
    "<footer><p>© 2020 FURNITURE</p></footer>",
    "<div class='footer'>FURNITURE</div>",
    "<p><a href='#top'>Back to top</a></p>",
    "<p><strong>Read more:</strong> <a href='/x'>Another story, FURNITURE, from the valley</a></p>",
    "<div style='display: none'>FURNITURE</div>",
    "<p>Reach her at FURNITURE@example.org.</p>",
]


@pytest.mark.parametrize("furniture", FURNITURE)
@pytest.mark.parametrize(
    "page", ["<main><h1>T</h1><p>{0}</p>{1}</main>", "<div><h1>T</h1><p>{0}</p>{1}<p>{0}</p></div>"]
)
def test_furniture_is_removed_and_listed(furniture: str, page: str) -> None:
    reading = read(page.format(LONG, furniture))
    assert {block.text for block in reading.blocks} == {"T", LONG.strip()}
    assert any("FURNITURE" in line or "top" in line for line in reading.removed)


@pytest.mark.parametrize(
    "body",
    [
        "<body class='has-sidebar'><div class='page-with-navigation'><p>{}</p></div></body>",
        "<form id='aspnet'><div class='nav-content'><p>{}</p></div></form>",
        "<article class='post tag-ads'><p>{}</p></article>",
        "<div class='related-topics'><p>{}</p></div>",
        "<div class='modal' style='display:none'><p>{}</p></div>",
    ],
)
def test_a_class_name_does_not_cost_the_body_its_text(body: str) -> None:
    assert short(read(body.format(LONG))) == [p(LONG.strip())]


def test_main_is_read_alone_and_keeps_a_title_above_it() -> None:
    reading = read(f"<header><h1>The Long Bench</h1></header><main><p>{LONG}</p></main><div><p>Sidebar.</p></div>")
    assert short(reading) == [("heading", "The Long Bench"), p(LONG.strip())]
    assert "Sidebar." in reading.removed


def test_the_name_of_the_site_is_no_title() -> None:
    reading = read(f"<header><h1>Valley Desk</h1></header><div><h1>The Long Bench</h1><p>{LONG}</p></div>")
    assert reading.blocks[0] == Block("heading", "The Long Bench", level=1)
    assert reading.hints["title"] == "The Long Bench"


def test_several_articles_are_all_read() -> None:
    assert short(read(f"<article><p>{LONG}</p></article><article><p>Second {LONG}</p></article>")) == [
        p(LONG.strip()),
        p(f"Second {LONG}".strip()),
    ]


@pytest.mark.parametrize(
    ("aside", "expected"),
    [
        (
            "<aside class='pullquote'><blockquote>“what they have tried”</blockquote><cite>Al Ng</cite></aside>",
            [],
        ),
        ("<aside>The keys are on the hook.</aside>", [p("The keys are on the hook.")]),
        ("<aside class='pull-quote'><p>“It was lonely.”</p></aside>", [("quote", "“It was lonely.”")]),
    ],
)
def test_pull_quotes_that_repeat_the_body_are_removed(aside: str, expected: list[tuple[str, str]]) -> None:
    assert short(read(f"<main><p>{LONG}</p>{aside}</main>")) == [p(LONG.strip()), *expected]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<p>café “x”</p>".encode(), "café “x”"),
        ("<meta charset=iso-8859-1><p>café “x”</p>".encode(), "café “x”"),
        ("<meta charset=iso-8859-1><p>café “x”</p>".encode("cp1252"), "café “x”"),
        ("<p>café “x”</p>".encode("cp1252"), "café “x”"),
        ("<meta http-equiv=c content='text/html; charset=macintosh'><p>café “x”</p>".encode("mac_roman"), "café “x”"),
        ("<p>café “x”</p>".encode("utf-16"), "café “x”"),
        (
            b"<?xml version='1.0' encoding='utf-8'?><html><body><p>caf&eacute; &ldquo;x&rdquo;</p></body></html>",
            "café “x”",
        ),
    ],
)
def test_encodings(content: bytes, expected: str) -> None:
    assert [block.text for block in read_html(content).blocks] == [expected]


def test_a_guessed_encoding_is_a_warning() -> None:
    assert "cp1252" in read_html("<p>café</p>".encode("cp1252")).warnings[0].message
    assert read_html("<p>café</p>".encode()).warnings == []


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("<title>Long Bench | Valley Desk</title>", "", {"title": "Long Bench"}),
        (
            "<title>Valley Desk – Long Bench</title><meta property='og:site_name' content='Valley Desk'>",
            "",
            {"title": "Long Bench"},
        ),
        ("<title>x</title><meta property='og:title' content='Long Bench'>", "", {"title": "Long Bench"}),
        ("<title>Long Bench - Desk</title>", "<h1>The Long Bench</h1>", {"title": "The Long Bench"}),
        (
            "<meta name='author' content='Ida Moreau'>"
            "<meta property='article:published_time' content='2021-03-04T10:00:00Z'>",
            "",
            {"author": "Ida Moreau", "date": "2021-03-04"},
        ),
        (
            "",
            "<p class='byline'>By Ida Moreau | <time datetime='2021-03-04'>March 4</time></p>",
            {"author": "Ida Moreau", "date": "2021-03-04"},
        ),
        (
            '<script type="application/ld+json">{"@graph": [{"datePublished": "2021-03-04", '
            '"author": [{"name": "Ida"}]}]}</script>',
            "",
            {"author": "Ida", "date": "2021-03-04"},
        ),
        ("<script type='application/ld+json'>{broken</script>", "", {}),
    ],
)
def test_hints(head: str, body: str, expected: dict[str, str]) -> None:
    assert read(body, head).hints == expected


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(PipelineError) as caught:
        read_html(bytes(range(256)))
    assert caught.value.code is ErrorCode.BINARY_FILE


TAGS = ["<p>", "</p>", "<div class='a'>", "</div>", "<ul><li>", "</ul>", "<b>", "</b>", "<br>"]


@given(
    st.lists(
        st.sampled_from(TAGS),
        max_size=12,
    )
)
def test_no_word_of_a_broken_page_is_lost_or_moved(tags: list[str]) -> None:
    words = [f"word{number}x" for number in range(len(tags))]
    reading = read("".join(f"{tag} {word} " for tag, word in zip(tags, words, strict=True)))
    assert " ".join(block.text for block in reading.blocks).split() == words


@pytest.mark.parametrize("sign", ["&#12;", "&#x1;", "\x0c", "&#65534;"])
def test_a_sign_that_no_page_may_hold_stands_for_a_space(sign: str) -> None:
    page = f"<nav>Home</nav>{sign}<p>The group{sign}met.</p><blockquote>“We share{sign}it.”</blockquote>{sign}<p>Later."
    assert [block.text for block in read(page).blocks] == ["The group met.", "“We share it.”", "Later."]


def test_a_definition_list_inside_another_is_read_once() -> None:
    inner = "<dl><dt>Inner</dt><dd>Inside</dd></dl>"
    reading = read(f"<dl><dt>Term</dt><dd>Meaning {inner}</dd><dt>Other</dt><dd>Second</dd></dl>")
    assert [block.text for block in reading.blocks] == ["Term\nMeaning\nInner\nInside", "Other\nSecond"]


def test_lists_nested_without_end_are_read_in_time() -> None:
    """Each level read those below it anew, and so on: it would not have ended."""
    reading = read("<dl><dt>Term</dt><dd>Meaning" * 150)
    assert reading.blocks[0].text.count("Meaning") == 150
