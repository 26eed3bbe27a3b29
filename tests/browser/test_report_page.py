"""The report in a real browser."""

from pathlib import Path

import pytest
from browser.conftest import DESK, PHONE, serious
from playwright.sync_api import Page


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_nothing_serious_stands_in_the_way(page: Page, outputs: Path, size: dict[str, int]) -> None:
    page.set_viewport_size(size)
    page.goto((outputs / "report.html").as_uri())
    assert serious(page) == []
