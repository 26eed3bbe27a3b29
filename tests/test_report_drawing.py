"""The canvas of the figures: what is put on it stands where it was put, in the SVG and in the PNG alike."""

import io
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.stages.report.drawing import BLACK, BLUE, GREY, ORANGE, Canvas, to_png, to_svg, widest, width_of
from pipeline.stages.report.plots import _runs, _shade, ticks

SVG = "{http://www.w3.org/2000/svg}"


def pixels(canvas):
    """Return the colours of the PNG, shape (rows, columns, 3)."""
    with Image.open(io.BytesIO(to_png(canvas))) as image:
        return np.asarray(image.convert("RGB"))


def extent(shown):
    """Return left, top, right, bottom of all that is not white, in points."""
    rows, columns = np.nonzero((shown != 255).any(axis=2))
    edges = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    return tuple(round(float(edge) * 72 / 300, 1) for edge in edges)


def test_a_rectangle_stands_where_it_was_put():
    canvas = Canvas(72, 72)
    canvas.rect(12, 24, 36, 12, BLUE)
    shown = pixels(canvas)
    assert shown.shape == (300, 300, 3)
    assert extent(shown) == (12, 24, 48, 36)
    assert {tuple(colour) for colour in shown.reshape(-1, 3).tolist()} == {(255, 255, 255), (0, 0x72, 0xB2)}


@pytest.mark.parametrize(
    ("put", "expected"),
    [
        (lambda canvas: canvas.line((12, 36), (60, 36), GREY, 2.4), (12, 34.8, 60, 37.2)),
        (lambda canvas: canvas.line((36, 12), (36, 60), GREY, 2.4), (34.8, 12, 37.2, 60)),
        (lambda canvas: canvas.line((12, 60), (60, 12), GREY, 2.4), (11, 11, 61, 61)),
        (lambda canvas: canvas.dot(36, 36, 12, BLUE), (24, 24, 48, 48)),
        (lambda canvas: canvas.rect(12, 12, 48, 24, "#ffffff", ORANGE, hatched=True), (11.5, 11.5, 60.5, 36.5)),
    ],
)
def test_marks_reach_as_far_as_they_should(put, expected):
    canvas = Canvas(72, 72)
    put(canvas)
    assert extent(pixels(canvas)) == pytest.approx(expected, abs=0.5)


@pytest.mark.parametrize(
    ("anchor", "left"),
    [("start", 100.0), ("middle", 100 - width_of("Elm School") / 2), ("end", 100 - width_of("Elm School"))],
)
def test_words_stand_at_their_anchor(anchor, left):
    canvas = Canvas(200, 72)
    canvas.text((100, 36), "Elm School", anchor)
    shown = extent(pixels(canvas))
    assert shown[0] == pytest.approx(left, abs=1.2)
    assert shown[2] == pytest.approx(left + width_of("Elm School"), abs=1.2)
    assert shown[3] == pytest.approx(36, abs=0.5)  # nothing hangs below the line


def test_turned_words_end_at_their_anchor_and_begin_below_it():
    canvas = Canvas(200, 200)
    canvas.text((150, 50), "Elm School", "end", turn=90)
    left, top, right, bottom = extent(pixels(canvas))
    assert (right, top) == pytest.approx((150, 50), abs=1.2)
    assert bottom - top == pytest.approx(width_of("Elm School"), abs=2)
    assert right - left < 12


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-30, 90), st.floats(-30, 90), st.text(max_size=12), st.sampled_from([0, 40])), max_size=4
    )
)
def test_whatever_stands_at_the_edge_is_cut_and_gives_the_same_bytes(texts):
    canvas = Canvas(60, 40)
    for x, y, words, turn in texts:
        canvas.text((x, y), words, "middle", turn=turn)
        canvas.dot(x, y, 3, BLACK)
        canvas.line((x, y), (y, x), BLUE)
    assert to_png(canvas) == to_png(canvas)
    assert pixels(canvas).shape == (167, 250, 3)


def test_more_colours_than_a_palette_has_are_told_by_the_nearest():
    canvas = Canvas(72, 72)
    for step in range(300):
        canvas.rect(step % 20 * 3, step // 20 * 3, 3, 3, f"#{step // 2:02x}{step % 2 * 2:02x}40")
    shown = pixels(canvas)
    assert shown[180, 244].tolist() == [127, 0, 64]  # the last that had a place


def test_words_of_the_svg_are_words():
    canvas = Canvas(72, 72)
    canvas.text((1, 10), "Elm & <Oak>")
    texts = [text.text for text in ElementTree.fromstring(to_svg(canvas)).iter(f"{SVG}text")]
    assert texts == canvas.words == ["Elm & <Oak>"]


@pytest.mark.parametrize(
    ("top", "expected"), [(0.5, [0]), (1, [0, 1]), (8, list(range(9))), (123, list(range(0, 121, 20))), (10**6, 9)]
)
def test_ticks_are_round_and_few(top, expected):
    found = ticks(top)
    assert len(found) <= 9 if isinstance(expected, int) else found == expected


@pytest.mark.parametrize(("share", "colour"), [(0, "#f7fbff"), (1, "#08306b"), (0.5, "#6baed6"), (2, "#08306b")])
def test_a_share_has_its_shade(share, colour):
    assert _shade(share) == colour


def test_marks_side_by_side_are_one():
    assert _runs([1, 2, 3, 7, 9, 10]) == [(1, 4), (7, 8), (9, 11)]


def test_the_widest_of_nothing_has_no_width():
    assert widest([]) == 0.0
    assert widest(["a", "abc"]) == width_of("abc")


@pytest.mark.parametrize(
    "put",
    [
        lambda canvas: canvas.line((-20, 36), (-10, 36), GREY),
        lambda canvas: canvas.line((-20, -9), (-10, -30), GREY),
        lambda canvas: canvas.rect(-20, -20, 10, 10, BLUE),
        lambda canvas: canvas.dot(36, 90, 3, BLUE),
        lambda canvas: canvas.text((-100, 36), "Elm"),
        lambda canvas: canvas.text((36, 0), ""),
    ],
)
def test_what_stands_beside_the_sheet_is_not_shown(put):
    canvas = Canvas(72, 72)
    put(canvas)
    assert (pixels(canvas) == 255).all()
