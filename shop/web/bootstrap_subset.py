"""Bootstrap's style sheet without the components that no page of ours uses.

The whole sheet is 232 KB, and most of it dresses carousels and off-canvas menus that do not exist here. A rule
stays when every class in one of its selectors is a word in our templates, scripts or faces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parent.parent
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_CLASS: Final = re.compile(r"\.([A-Za-z_-][A-Za-z0-9_-]*)")
_NEGATION: Final = re.compile(r":not\([^()]*\)")
_KEYFRAMES: Final = "@keyframes"


def words_of_pages(package: Path = PACKAGE) -> set[str]:
    """Every word that could be a class: of templates, scripts and the faces' Python."""
    sources = [
        *package.glob("templates/**/*.html"),
        *package.glob("static/js/*.js"),
        *package.glob("web/**/*.py"),
    ]
    return {word for source in sources for word in _WORD.findall(source.read_text("utf-8"))}


def subset(sheet: str, words: set[str]) -> str:
    """The rules of a minified style sheet that pages with these words can need."""
    kept = "".join(_kept(head, body, words) for head, body in _rules(sheet))
    return "".join(rule for rule in _without_idle_keyframes(kept)) + "\n"


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Pairs of what stands before a brace and what stands between it and its partner."""
    place = 0
    while (opening := sheet.find("{", place)) >= 0:
        depth, end = 1, opening + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(sheet[end], 0)
            end += 1
        head = sheet[place:opening]
        yield (
            re.sub(r"/\*.*?\*/|@charset[^;]*;", "", head, flags=re.DOTALL).strip(),
            sheet[opening + 1 : end - 1],
        )
        place = end


def _kept(head: str, body: str, words: set[str]) -> str:
    if head.startswith(("@media", "@supports")):
        inside = "".join(_kept(inner, rule, words) for inner, rule in _rules(body))
        return f"{head}{{{inside}}}" if inside else ""
    if head.startswith("@"):
        return f"{head}{{{body}}}"
    selectors = [selector for selector in _selectors(head) if _needed(selector, words)]
    return f"{','.join(selectors)}{{{body}}}" if selectors else ""


def _selectors(head: str) -> list[str]:
    """A selector list, cut at the commas that stand outside parentheses."""
    return re.split(r",(?![^()]*\))", head)


def _needed(selector: str, words: set[str]) -> bool:
    return words.issuperset(_CLASS.findall(_NEGATION.sub("", selector)))


def _without_idle_keyframes(sheet: str) -> Iterator[str]:
    for head, body in _rules(sheet):
        name = head.removeprefix(_KEYFRAMES).strip()
        if not head.startswith(_KEYFRAMES) or re.search(rf"animation[^;}}]*{re.escape(name)}", sheet):
            yield f"{head}{{{body}}}"
