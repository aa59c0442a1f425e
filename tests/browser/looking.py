"""What every page must be: readable by everybody, quiet in the console, and no wider than its screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response

GRAVE = ("serious", "critical")
NARROW, SMALL, PHONE, DESKTOP = 320, 360, 390, 1280
HEIGHTS = {NARROW: 640, SMALL: 740, PHONE: 844, DESKTOP: 900}

# What a rule finds is as grave as the rule is, where it says so: of the lesser ones nothing could become a finding here.
_AXE = """async (grave) => {
  const lesser = axe._audit.rules.filter(rule => rule.impact && !grave.includes(rule.impact));
  const rules = Object.fromEntries(lesser.map(rule => [rule.id, {enabled: false}]));
  const found = await axe.run(document, {resultTypes: ["violations"], elementRef: false, rules});
  return found.violations.map(one => [one.impact, one.id, one.nodes.map(node => node.target.join(" "))]);
}"""
_TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  const tabs = [...document.querySelectorAll(".tabbar > a, .tabbar > details > summary")];
  const cut = tabs.find(tab => tab.offsetWidth && tab.scrollWidth > tab.clientWidth);
  if (cut) return [`the tab ${cut.textContent.trim()} has no room`];
  if (document.documentElement.scrollWidth <= room) return [];
  const wide = [...document.body.querySelectorAll("*")].filter(one => one.getBoundingClientRect().right > room + 1);
  const name = one => `${one.tagName.toLowerCase()}.${one.className} (${Math.round(one.getBoundingClientRect().right)})`;
  return [`${document.documentElement.scrollWidth} > ${room}`, ...wide.slice(0, 5).map(name)];
}"""

# Latin words of what names things that stand on two lines; Chinese may break anywhere.
_BROKEN_NAMES = """() => {
  const broken = [];
  for (const name of document.querySelectorAll("main :is(th, dt, label, legend, summary, .btn, .chip, .tag)")) {
    const texts = document.createTreeWalker(name, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const word of texts.currentNode.data.matchAll(/[A-Za-z]{2,}/g)) {
        const range = document.createRange();
        range.setStart(texts.currentNode, word.index);
        range.setEnd(texts.currentNode, word.index + word[0].length);
        const lines = new Set([...range.getClientRects()].filter(one => one.width).map(one => Math.round(one.top)));
        if (lines.size > 1) broken.push(`${name.tagName.toLowerCase()}: ${word[0]} is broken`);
      }
    }
  }
  return broken;
}"""

# On the farmer's phone: text of 20 px, and what is tapped 64 px high. A radio is tapped by the label around it.
_TOO_SMALL = """() => {
  const found = [];
  const seen = one => one.checkVisibility({visibilityProperty: true, opacityProperty: true})
    && !one.closest(".skip, .visually-hidden, dialog:not([open])");
  const said = (one, size) => `${one.tagName.toLowerCase()} ${(one.textContent || one.name || "").trim().slice(0, 20)}: ${size}`;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement;
    const size = parseFloat(getComputedStyle(one).fontSize);
    if (texts.currentNode.data.trim() && size < 20 && seen(one)) found.push(said(one, `text of ${size} px`));
  }
  for (const one of document.querySelectorAll("a[href], button, summary, select, input:not([type=hidden])")) {
    if (!seen(one)) continue;
    const {width, height} = (one.closest("label") || one).getBoundingClientRect();
    if (Math.min(width, height) < 64) found.push(said(one, `${Math.round(width)} x ${Math.round(height)} px to tap`));
  }
  return [...new Set(found)];
}"""


@dataclass
class Ears:
    """Hears what a browser complains about: console errors, refused content, scripts that break, missing files."""

    complaints: list[str] = field(default_factory=list)
    answers: tuple[int, ...] = ()  # statuses of pages that a test expects

    def listen_to(self, context: BrowserContext) -> None:
        context.on("console", self._on_console)
        context.on("weberror", lambda broken: self.complaints.append(f"script: {broken.error}"))
        context.on("response", self._on_response)

    @contextmanager
    def expecting(self, *statuses: int) -> Iterator[None]:
        """A page that is refused on purpose, with its words."""
        self.answers = statuses
        yield
        self.answers = ()

    def _on_console(self, message: ConsoleMessage) -> None:
        # Chromium repeats a refused page's status there, without saying which page.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.answers:
            self.complaints.append(f"{response.status} {response.request.method} {response.url}")


def bring_axe(context: BrowserContext) -> None:
    """To every page that is opened from now on: sending its half megabyte anew takes a fifth of the time of a look."""
    context.add_init_script(AXE_SCRIPT)


def grave_findings(page: Page) -> list[str]:
    """axe's serious and critical findings on this page as it stands."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return [
        f"axe {rule}: {', '.join(places[:4])}"
        for impact, rule, places in page.evaluate(_AXE, GRAVE)
        if impact in GRAVE
    ]


def too_wide(page: Page, widths: Iterable[int]) -> list[str]:
    """What sticks out to the right at these widths. The page stands at the last one afterwards."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        sticking_out = page.evaluate(_TOO_WIDE)
        if sticking_out:
            found.append(f"overflow at {width}: {' | '.join(sticking_out)}")
    return found


def broken_names(page: Page) -> list[str]:
    """Words of headings, labels and buttons that break inside, as the page stands."""
    found: list[str] = page.evaluate(_BROKEN_NAMES)
    return found


def too_small(page: Page) -> list[str]:
    """What a farmer of 62 cannot read or hit on a phone of 360 px. The page stands at that width afterwards."""
    page.set_viewport_size({"width": SMALL, "height": HEIGHTS[SMALL]})
    found: list[str] = page.evaluate(_TOO_SMALL)
    return found
