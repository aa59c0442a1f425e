"""Words that a page shows in the other language: a sentence of the shop that nobody sent through its translations."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from playwright.sync_api import Page

CATALOGUE = Path(__file__).resolve().parents[2] / "shop/translations/zh/LC_MESSAGES/messages.po"
# A payer's remark on a bank statement; what the campus calls its purchases, a setting.
SAID_BY_PEOPLE = {"货款", "消费帮扶"}

# What stands in another language on purpose says so by `lang`.
_WORDS = """() => {
  const page = document.documentElement.lang, said = new Set();
  const isOwn = one => !one.closest("script, style, textarea") && one.closest("[lang]").lang === page;
  const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) if (isOwn(texts.currentNode.parentElement)) said.add(texts.currentNode.data);
  for (const name of ["title", "alt", "placeholder", "aria-label"])
    for (const one of document.querySelectorAll(`[${name}]`)) if (isOwn(one)) said.add(one.getAttribute(name));
  return [...said].map(one => one.replace(/\\s+/g, " ").trim());
}"""


def untranslated(page: Page, language: str) -> list[str]:
    """What this page, which should speak this language, says as the catalogue has it for readers of the other."""
    spoken = str(page.evaluate("document.documentElement.lang"))
    if not spoken.startswith(language):
        return [f"speaks {spoken}"]
    wrong = _sentences(language) & set(page.evaluate(_WORDS)) - SAID_BY_PEOPLE
    return [f"untranslated: {sentence}" for sentence in sorted(wrong)]


@cache
def _sentences(language: str) -> frozenset[str]:
    """Whole sentences that no page in this language may say."""
    with CATALOGUE.open("rb") as file:
        pairs = [(one.id, one.string) for one in read_po(file) if one.id and isinstance(one.id, str)]
    english, chinese = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
    return frozenset(english - chinese if language == "zh" else chinese - english)
