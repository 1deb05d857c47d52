"""The status page in a real browser: narrow and wide, light and dark, sound and broken."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.conftest import HOSTILE
from tests.programs import Exporter

REFRESH = '<meta http-equiv="refresh" content="15">'
WIDTHS = {"phone": 360, "tablet": 768, "wide": 1280}
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

# The contrast of each element with text of its own against the nearest background, by WCAG 2.
CONTRASTS = """
() => {
  const channels = text => text.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const background = element => {
    for (let one = element; one; one = one.parentElement) {
      const color = channels(getComputedStyle(one).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const hasText = element => [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
  return [...document.querySelectorAll('body *')].filter(hasText).map(element => {
    const pair = [channels(getComputedStyle(element).color), background(element)].map(luminance);
    const [dark, light] = pair.sort((a, b) => a - b);
    return {text: element.textContent.trim().slice(0, 40), ratio: (light + 0.05) / (dark + 0.05)};
  });
}
"""


@dataclass
class Seen:
    """A page, and what the browser had to say of it."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


def without_refresh(route: Route) -> None:
    """Let a page stay as it is, however long a test takes to look at it."""
    answer = route.fetch()
    assert REFRESH in answer.text()
    headers = {
        name: value for name, value in answer.headers.items() if name not in {"content-encoding", "content-length"}
    }
    route.fulfill(response=answer, headers=headers, body=answer.text().replace(REFRESH, ""))


@contextlib.contextmanager
def opened(
    chromium: Browser,
    exporter: Exporter,
    *,
    width: int = 1280,
    scheme: Scheme = "light",
    scripts: bool = True,
    refresh: bool = False,
) -> Iterator[Seen]:
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=scripts
    )
    seen = Seen(context.new_page())
    seen.page.on("console", lambda message: seen.complaints.append(message.text))
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.page.on("requestfailed", lambda request: seen.complaints.append(request.url))
    seen.page.on("request", lambda request: seen.asked.append(request.url))
    if not refresh:
        seen.page.route(f"{exporter.url}/", without_refresh)
    seen.page.goto(f"{exporter.url}/")
    yield seen
    context.close()


def test_what_a_person_reads_without_scripts(chromium: Browser, sound: Exporter) -> None:
    with opened(chromium, sound, scripts=False) as seen:
        tiles = seen.page.locator(".tile").all_inner_texts()
        pools = seen.page.locator("article").all_inner_texts()
        routers = seen.page.locator("#routers tbody tr").all_inner_texts()
        reasons = seen.page.locator("#discrepancies tbody th").all_inner_texts()

    # The pool of this scenario that is fullest has 88 % in use; its critical threshold is 85 %.
    assert tiles[:2] == ["Sources\n4 are read", "Storage pools\n88 %, cspool · pf-ams1 · pd-b"]
    assert tiles[2] == "Routers\n1 read-only, 3 unknown"
    assert tiles[3] == "Discrepancies\n16, 4 with data at risk"
    assert len(pools) == 6
    assert "high 75 %, critical 85 %" in pools[1]
    assert "ams places nothing from 85 %" in pools[1]
    assert "read-only" in routers[0]
    assert reasons[:4] == ["claimed twice", "mapped to many", "missing", "unmapped while running"]
    assert reasons[4] == "mapped to dead sdc"
    assert seen.complaints == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS.values(), ids=list(WIDTHS))
@pytest.mark.parametrize("exporter", ["sound", "broken"], indirect=True)
def test_it_fits_and_can_be_read(
    chromium: Browser, tmp_path: Path, exporter: Exporter, width: int, scheme: Scheme
) -> None:
    with opened(chromium, exporter, width=width, scheme=scheme) as seen:
        overflow = seen.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        contrasts = seen.page.evaluate(CONTRASTS)
        picture = seen.page.screenshot(full_page=True, path=tmp_path / f"status-{width}-{scheme}.png")

    assert overflow == 0
    assert len(contrasts) > 50
    assert [one for one in contrasts if one["ratio"] < 4.5] == []
    assert picture.startswith(b"\x89PNG")
    assert seen.complaints == []
    assert {url.rpartition("/")[0] for url in seen.asked} == {exporter.url}


def test_light_and_dark_are_different(chromium: Browser, sound: Exporter) -> None:
    backgrounds = []
    for scheme in SCHEMES:
        with opened(chromium, sound, scheme=scheme) as seen:
            backgrounds.append(seen.page.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert backgrounds == ["rgb(246, 247, 249)", "rgb(18, 22, 29)"]


def test_thresholds_are_drawn_where_they_are(chromium: Browser, sound: Exporter) -> None:
    with opened(chromium, sound) as seen:
        bar = seen.page.locator("article").nth(1).locator("svg").first
        outline = bar.bounding_box()
        used = bar.locator(".used").bounding_box()
        marks = [line.bounding_box() for line in bar.locator("line").all()]

    assert outline is not None
    assert used is not None
    assert used["width"] / outline["width"] == pytest.approx(0.88, abs=0.01)
    places = [(mark["x"] + mark["width"] / 2 - outline["x"]) / outline["width"] for mark in marks if mark]
    assert places == [pytest.approx(0.75, abs=0.01), pytest.approx(0.85, abs=0.01)]


def test_the_keyboard_reaches_every_link(chromium: Browser, sound: Exporter) -> None:
    with opened(chromium, sound) as seen:
        links = seen.page.locator("a").count()
        reached = []
        for _ in range(links):
            seen.page.keyboard.press("Tab")
            reached.append(seen.page.evaluate("document.activeElement.textContent.trim()"))
            outline = seen.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid", reached[-1]
        seen.page.locator(".tile").nth(2).press("Enter")
        at = seen.page.evaluate("location.hash")

    assert reached[:4] == ["Metrics", "Configuration", "Docs", "Dashboards"]
    assert links > 10
    assert at == "#routers"


def test_what_is_broken_is_said_in_words_and_what_was_known_stays(chromium: Browser, broken: Exporter) -> None:
    with opened(chromium, broken) as seen:
        tile = seen.page.locator(".tile").first.inner_text()
        rows = seen.page.locator("#sources tbody tr").all_inner_texts()
        pools = seen.page.locator("article").count()

    assert tile == "Sources\nin trouble: pf-ams1, pf-ams2, ams, lab"
    assert len(rows) == 24
    assert all("answered 503" in row or "login failed" in row for row in rows), rows
    # What the gateway says is shown as text.
    assert any("<b>maintenance</b>" in row for row in rows)
    assert pools == 6


@pytest.mark.parametrize("width", WIDTHS.values(), ids=list(WIDTHS))
def test_hostile_names_are_text_and_nothing_else(chromium: Browser, hostile: Exporter, width: int) -> None:
    with opened(chromium, hostile, width=width) as seen:
        pools = seen.page.locator("article h3").all_inner_texts()
        routers = seen.page.locator("#routers tbody tr").all_inner_texts()
        foreign = seen.page.locator("script, img").count()
        overflow = seen.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        title = seen.page.title()

    assert len(pools) == 6
    assert all(pool.startswith(HOSTILE) for pool in pools)
    assert routers
    assert all(router.startswith(HOSTILE) for router in routers)
    assert foreign == 0
    assert overflow == 0
    assert title == "CloudStack PowerFlex exporter"
    assert seen.complaints == []


def test_it_refreshes_itself(chromium: Browser, sound: Exporter) -> None:
    with opened(chromium, sound, refresh=True) as seen:
        with seen.page.expect_navigation(timeout=60_000):
            pass

        assert seen.page.title() == "CloudStack PowerFlex exporter"
