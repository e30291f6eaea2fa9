"""The HTML report in a real Chromium: on a desk, on a phone, on paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page


@pytest.fixture
def report(derivcheck, tmp_path: Path) -> str:
    done = derivcheck("check", "slips.md", "--format", "html", "--output", "report.html")
    assert done.returncode == 1, done.stderr
    return (tmp_path / "report.html").as_uri()


@pytest.fixture(params=[(1200, 900), (360, 740)], ids=["desk", "phone"])
def page(request, browser: Browser, report: str):
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    opened = context.new_page()
    problems: list[str] = []
    opened.on("console", lambda message: problems.append(message.text))
    opened.on("requestfailed", lambda wanted: problems.append(wanted.url))
    opened.goto(report)
    yield opened
    assert problems == []
    context.close()


def test_nothing_is_wider_than_the_screen(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_formulas_are_drawn_as_mathematics(page: Page) -> None:
    fraction = page.locator("math[display=block] mfrac").first
    over, under = fraction.locator(":scope > *").all()
    top, bottom = over.bounding_box(), under.bounding_box()
    assert top
    assert bottom
    assert top["y"] + top["height"] <= bottom["y"] + 1
    assert page.locator("ol.steps > li").count() == 5
    assert page.locator("ol.steps > li > math").count() == 4


def test_brackets_are_as_tall_as_their_matrix(page: Page) -> None:
    matrix = page.locator(".values math mtable").first
    table = matrix.bounding_box()
    assert table
    assert table["height"] > 20  # two rows
    brackets = matrix.locator("xpath=../*[local-name() = 'mo'][. = '[' or . = ']']").all()
    assert len(brackets) == 2
    for bracket in brackets:
        box = bracket.bounding_box()
        assert box
        assert box["height"] >= 0.8 * table["height"]


def test_the_verdict_stands_at_each_step(page: Page) -> None:
    shown = [badge.inner_text() for badge in page.locator("ol.steps .badge").all()]
    assert shown == ["✗ 1 refuted", "✗ 2 ill-shaped", "✓ 3 proved", "✗ 4 unreadable", "✓ 5 proved"]


def test_counterexamples_are_open_and_explanations_unfold(page: Page) -> None:
    assert page.locator(".why .values").first.is_visible()
    explanation = page.locator("#DC301")
    assert not explanation.get_by_text("What it means").is_visible()
    explanation.locator("summary").click()
    assert explanation.get_by_text("What it means").is_visible()


def test_a_picture_of_the_page_is_not_empty(page: Page, tmp_path: Path) -> None:
    picture = page.screenshot(path=tmp_path / "page.png", full_page=True)
    assert len(picture) > 20_000


def test_what_is_folded_is_printed(browser: Browser, report: str) -> None:
    page = browser.new_page()
    page.goto(report)
    folded = page.locator("#DC301").get_by_text("Use instead")
    assert not folded.is_visible()
    page.emulate_media(media="print")
    assert folded.is_visible()
    assert page.pdf().startswith(b"%PDF")
    page.close()
