"""Only the icons that are used: a sprite cut from Bootstrap Icons at start.

The full set is 1.1 MB. The names are found in the templates' `icon('…')` calls, and in Python in the table of
statuses and in `ICONS = (…)` tuples of faces (navigation entries).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Final

import flask_bootstrap
from flask import Flask, has_request_context, request
from markupsafe import Markup

from shop.web.statuses import LOOKS

PACKAGE: Final = Path(__file__).resolve().parent.parent
SOURCE: Final = Path(flask_bootstrap.__file__).parent / "static/bootstrap5/icons/bootstrap-icons.svg"
SPRITE: Final = "icons.svg"
_DESK: Final = (
    *("layouts/desk.html", "layouts/work.html"),
    *(
        f"components/{name}.html"
        for name in (
            "desk_phone",
            "chrome",
            "notice",
            "form",
            "page",
            "work",
            "goods",
            "scan",
            "lot_photos",
            "story_desk",
        )
    ),
)
# A face that is loaded over bad networks has a small sprite of its own, of what stands in these templates.
SMALL_SPRITES: Final = {
    "farm": ("farm/*.html", "layouts/farm.html", "components/farm.html", "components/phone.html"),
    "point": ("point/*.html", *_DESK),
    "village": ("village/*.html", "reports/*.html", "components/report_views.html", *_DESK),
}
_CALL: Final = re.compile(r"""\bicon\s*\(\s*['"]([a-z0-9-]+)['"]""")
_NAMED: Final = re.compile(r"""\bicon(?:_name)?['"]?\s*[=:]\s*['"]([a-z0-9-]+)['"]""")
_TUPLE: Final = re.compile(r"^ICONS\b[^=]*=\s*\(([^)]*)\)", re.MULTILINE)
_QUOTED: Final = re.compile(r"""['"]([a-z0-9-]+)['"]""")
_SYMBOL: Final = re.compile(r'<symbol[^>]*\bid="([a-z0-9-]+)".*?</symbol>', re.DOTALL)


class UnknownIcon(ValueError):
    """A template names an icon that Bootstrap Icons does not have."""


def names_in_template(text: str) -> set[str]:
    """Icon names that must exist: those in `icon('…')` calls and `icon_name='…'` arguments."""
    return set(_CALL.findall(text)) | set(_NAMED.findall(text))


def names_in_python(text: str) -> set[str]:
    """Icon names that must exist: `icon="…"`, `"icon": "…"` and the strings of an `ICONS` tuple."""
    in_tuples = {name for names in _TUPLE.findall(text) for name in _QUOTED.findall(names)}
    return in_tuples | set(_NAMED.findall(text))


@cache
def symbols(source: Path = SOURCE) -> dict[str, str]:
    """Every drawing of Bootstrap Icons by its name."""
    return {match[1]: match[0] for match in _SYMBOL.finditer(source.read_text("utf-8"))}


@cache
def used_names(package: Path = PACKAGE) -> frozenset[str]:
    """Every icon name that the shop's templates and faces use.

    Macros take names by position too, so a quoted string in a template that is an icon's name counts as one.
    """
    names = {shown.icon for shown in LOOKS.values() if shown.icon}
    for template in package.glob("templates/**/*.html"):
        text = template.read_text("utf-8")
        names |= names_in_template(text) | (set(_QUOTED.findall(text)) & symbols().keys())
    for module in package.glob("web/**/*.py"):
        names |= names_in_python(module.read_text("utf-8"))
    return frozenset(names)


@cache
def names_of_face(face: str, package: Path = PACKAGE) -> frozenset[str]:
    """What the small sprite of a face holds."""
    texts = (
        path.read_text("utf-8")
        for pattern in SMALL_SPRITES[face]
        for path in package.joinpath("templates").glob(pattern)
    )
    found = {name for text in texts for name in names_in_template(text) | set(_QUOTED.findall(text))}
    if face != "farm":
        found |= {shown.icon for shown in LOOKS.values() if shown.icon}
        for module in package.joinpath("web", face).glob("*.py"):
            found |= names_in_python(module.read_text("utf-8"))
    return frozenset(found & symbols().keys())


def sprite_of_face(face: str) -> str:
    return f"icons-{face}.svg"


def build_sprite(names: Iterable[str]) -> str:
    """An SVG document with one symbol a name. Raises UnknownIcon naming those that Bootstrap Icons does not have."""
    wanted = sorted(set(names))
    if missing := [name for name in wanted if name not in symbols()]:
        raise UnknownIcon(", ".join(missing))
    body = "".join(symbols()[name] for name in wanted)
    return f'<svg xmlns="http://www.w3.org/2000/svg">{body}</svg>\n'


def register(app: Flask) -> None:
    """Give templates `icon(name, label=None)`; `icon_of` is the same for a name that comes from data."""
    known = used_names()

    @cache
    def drawn(name: str, label: str | None, face: str | None) -> Markup:
        if name not in known:
            raise UnknownIcon(name)
        static_url: Callable[[str], str] = app.jinja_env.globals["static_url"]  # type: ignore[assignment]
        is_small = face in SMALL_SPRITES and name in names_of_face(face)
        address = static_url(sprite_of_face(face) if is_small and face else SPRITE)
        described = (
            Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
        )
        return Markup('<svg class="i" {}><use href="{}#{}"/></svg>').format(described, address, name)

    def icon(name: str, label: str | None = None) -> Markup:
        # By the address: a page about an address that leads nowhere is drawn like the face's others.
        return drawn(name, label, request.path.split("/")[1] if has_request_context() else None)

    app.jinja_env.globals.update(icon=icon, icon_of=icon)
