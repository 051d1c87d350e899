"""A page in a headless Chromium: what it asked for and said, what is cut off, what an accessibility checker finds."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
WIDE, NARROW = 1280, 360
"""Pixels."""

# what ends to the right of the window, or in a box that hides what does not fit
_CUT = """() => [...document.querySelectorAll("body *")].filter((element) => {
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    if (!box.width || element.closest(".unseen, .skip") || style.clipPath !== "none") return false;
    const hides = style.overflowX !== "visible" && !(element instanceof SVGElement);
    return box.right > innerWidth + 0.5 || box.left < -0.5 || (hides && element.scrollWidth > element.clientWidth + 1);
}).map((element) => `${element.tagName} ${element.className} ${element.textContent.slice(0, 60)}`)"""


def chromium() -> str:
    """The browser; tests are skipped where there is none, but not in CI."""
    found = next(
        (path for name in (os.environ.get("FSNAP_CHROMIUM"), *NAMES) if name and (path := shutil.which(name))), ""
    )
    if not found:
        assert not os.environ.get("CI"), "there is no chromium: see .ci/browser"
        pytest.skip("there is no chromium: see .ci/browser")
    return found


@contextmanager
def started() -> Iterator[Browser]:
    """A browser that serves all tests of a worker."""
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # root has no sandbox; the pages are our own
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass(frozen=True)
class Opened:
    """A page that was opened, and what came of it."""

    page: Page
    requests: list[str] = field(default_factory=list)
    """Addresses, the page's own left out."""
    messages: list[str] = field(default_factory=list)
    """Of the console, and errors of scripts."""

    def cut(self) -> list[str]:
        """What does not fit: elements, and the page itself where it is wider than the window."""
        wider = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return [*self.page.evaluate(_CUT), *([f"the page is {wider} px too wide"] if wider > 0 else [])]

    def faults(self) -> list[str]:
        """What axe-core finds wrong, contrast included."""
        self.page.evaluate(resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
        found: list[dict[str, Any]] = self.page.evaluate("axe.run()")["violations"]
        return [f"{one['id']}: {node['html'][:160]} {node['failureSummary']}" for one in found for node in one["nodes"]]


@contextmanager
def opened(
    browser: Browser,
    path: Path,
    *,
    width: int = WIDE,
    scheme: Literal["light", "dark"] = "light",
    scripts: bool = True,
) -> Iterator[Opened]:
    """A file opened as somebody opens it who got it by mail."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        java_script_enabled=scripts,
        reduced_motion="reduce",
    )
    context.set_default_timeout(120_000)
    page = context.new_page()
    seen = Opened(page)
    page.on("request", lambda request: seen.requests.append(request.url) if request.url != path.as_uri() else None)
    page.on("console", lambda message: seen.messages.append(message.text))
    page.on("pageerror", lambda error: seen.messages.append(str(error)))
    page.goto(path.as_uri())
    yield seen
    context.close()
