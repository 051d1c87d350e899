"""The pages as a browser shows them: in light, dark, narrow and print, with scripts and without."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.reporters.html.browser import NARROW, WIDE, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGES = ("report", "empty", "hostile", "one", "several", "hostile-one")


LOOKS = [(WIDE, "light"), (WIDE, "dark"), (NARROW, "light"), (NARROW, "dark")]


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    # the others are made of the same parts
    [(name, *look) for name in PAGES for look in (LOOKS if name in ("report", "one") else LOOKS[:1] + LOOKS[3:])],
)
def test_it_asks_for_nothing_says_nothing_cuts_nothing_and_can_be_read_by_all(
    browser: Browser, pages: dict[str, Path], name: str, width: int, scheme: str
) -> None:
    with opened(browser, pages[name], width=width, scheme="dark" if scheme == "dark" else "light") as seen:
        # what is folded away is looked at, too
        seen.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert seen.cut() == []
        assert seen.faults() == []
        assert seen.requests == []
        assert seen.messages == []


@pytest.mark.parametrize("name", ["report", "several"])
def test_without_scripts_everything_is_there(browser: Browser, pages: dict[str, Path], name: str) -> None:
    with opened(browser, pages[name], scripts=False) as seen:
        assert seen.page.locator("th button").count() == 0
        assert seen.page.locator("main h2").first.is_visible()
        assert seen.page.locator("table tbody tr").count() > 5
        assert seen.page.locator("figure.plot svg[role=img]").first.is_visible()
        assert seen.requests == []
        assert seen.messages == []


@pytest.mark.parametrize("name", PAGES)
def test_it_prints(browser: Browser, pages: dict[str, Path], name: str) -> None:
    with opened(browser, pages[name]) as seen:
        printed = seen.page.pdf(prefer_css_page_size=True, print_background=True)
        assert printed.startswith(b"%PDF-")
        assert printed.count(b"/Type /Page\n") >= 1
        seen.page.emulate_media(media="print")
        seen.page.set_viewport_size({"width": 690, "height": 1000})  # A4 without its margins, at 96 dpi
        assert seen.cut() == []
        assert seen.requests == []
        assert seen.messages == []


def test_what_is_folded_away_is_printed(browser: Browser, pages: dict[str, Path]) -> None:
    with opened(browser, pages["report"]) as seen:
        inside = seen.page.locator("details table tbody tr").first
        assert not inside.is_visible()
        seen.page.emulate_media(media="print")
        assert inside.is_visible()


def test_columns_sort_by_their_values(browser: Browser, pages: dict[str, Path]) -> None:
    with opened(browser, pages["report"]) as seen:
        table = seen.page.locator("table", has=seen.page.locator("caption", has_text="By process"))
        rate = table.locator("thead th", has_text="Rate").first
        for order, step in (("descending", -1), ("ascending", 1)):
            rate.locator("button").click()
            assert rate.get_attribute("aria-sort") == order
            assert table.locator("thead th[aria-sort]").count() == 1
            rates = table.locator("tbody tr td:nth-child(4)").all_text_contents()
            values = [float(text.split()[0]) for text in rates]
            assert values == sorted(values)[::step]
            assert len(set(values)) > 1
        name = table.locator("thead th").first
        name.locator("button").focus()
        seen.page.keyboard.press("Enter")
        assert name.get_attribute("aria-sort") == "ascending"
        names = table.locator("tbody th").all_text_contents()
        assert names == sorted(names)


def test_a_row_leads_to_its_evidence_and_back(browser: Browser, pages: dict[str, Path]) -> None:
    with opened(browser, pages["report"]) as seen:
        row = seen.page.locator("tr[id^=row-job-]").nth(7)
        job = row.locator("a[href^='#job-']")
        name = job.text_content()
        job.click()
        article = seen.page.locator("article.job:target")
        assert name
        assert name in (article.locator("h3").text_content() or "")
        article.locator("a", has_text="back to the list").click()
        assert seen.page.locator("tr:target").get_attribute("id") == row.get_attribute("id")
        assert seen.requests == []


def test_the_first_screen_has_the_four_answers(browser: Browser, pages: dict[str, Path]) -> None:
    with opened(browser, pages["report"]) as seen:
        questions = seen.page.locator(".answer h2")
        assert questions.all_text_contents() == [
            "What failed and why",
            "What to change first",
            "What snapshots saved",
            "What got worse",
        ]
        for place in range(4):
            box = seen.page.locator(".answer").nth(place).bounding_box()
            assert box
            assert box["y"] + box["height"] < 800


def test_text_from_outside_makes_no_element(browser: Browser, pages: dict[str, Path]) -> None:
    with opened(browser, pages["hostile"]) as seen:
        page = seen.page
        assert page.evaluate("document.scripts.length") == 1
        assert page.locator("a[href*='evil']").count() == 0
        assert page.locator("b:has-text('bold'), strong").count() == 0
        body = page.locator("body").text_content() or ""
        assert "<script>alert(1)</script>" in body
        assert "\\u202egnp.exe" in body
        assert "\u202e" not in body
        assert "\x1b" not in body


def test_the_keyboard_reaches_the_content_first(browser: Browser, pages: dict[str, Path]) -> None:
    with opened(browser, pages["report"]) as seen:
        seen.page.keyboard.press("Tab")
        assert seen.page.evaluate("document.activeElement.className") == "skip"
        assert seen.page.locator("a.skip").bounding_box() != {"x": -1, "y": -1, "width": 1, "height": 1}
        seen.page.keyboard.press("Enter")
        assert seen.page.evaluate("document.activeElement.id") == "main"
