"""How a report is looked at: as a view that was saved, as the address chooses, or whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request
from flask_babel import gettext

from shop.exports.choices import DOWN, Choices, Filter, read_choices
from shop.exports.views import SavedView, views_of
from shop.kit.errors import NotFound
from shop.reports.cells import WORDS
from shop.reports.definition import Column, Report
from shop.reports.view_filters import RULE_WORDS
from shop.reports.viewing import ROWS, has_views, judged, viewed
from shop.web.database import read_session
from shop.web.filters import in_chinese
from shop.web.report_desks import ReportDesk, current_reader

WHOLE = "all"  # `view` of an address that asks for the report as it is, whatever it begins with


@dataclass(frozen=True)
class AskedView:
    """`report` with the choices applied; `arguments` ask for the same again."""

    report: Report
    choices: Choices = field(default_factory=Choices)
    view: SavedView | None = None
    views: Sequence[SavedView] = ()
    arguments: dict[str, str] = field(default_factory=dict)
    says: Sequence[str] = ()

    @property
    def facts(self) -> dict[str, Any]:
        """For the trail."""
        if self.view is not None:
            return {"view": self.view.name}
        return {"view": " ".join(self.choices.arguments().values())} if self.choices else {}


def asked_view(chosen: Report, *, begins: bool) -> AskedView:
    """`begins`: without a wish in the address the reader's own default comes. Raises NotFound, InvalidInput."""
    if not has_views(chosen):
        return AskedView(chosen)
    views = views_of(read_session(), current_reader(), [chosen.name])
    default = next((one for one in views if one.is_default), None)
    view, choices = _wanted(views, default if begins else None)
    if view is not None:
        arguments = {"view": str(view.id)}
    else:
        arguments = choices.arguments() or ({"view": WHOLE} if default else {})
    return AskedView(
        report=viewed(chosen, choices),
        choices=choices,
        view=view,
        views=views,
        arguments=arguments,
        says=said(chosen, judged(chosen, choices)),
    )


def _wanted(views: Sequence[SavedView], default: SavedView | None) -> tuple[SavedView | None, Choices]:
    typed = request.args.get("view", "")
    if typed and typed != WHOLE:
        view = next((one for one in views if str(one.id) == typed), None)
        if view is None:
            raise NotFound()
        return view, view.choices
    choices = read_choices(request.args)
    if choices or typed or default is None:
        return None, choices
    return default, default.choices


def said(chosen: Report, choices: Choices) -> list[str]:
    """What a view leaves out and puts together, in words."""
    named = {one.key: one for one in (*chosen.columns, ROWS)}
    words = [
        f"{gettext(named[one.key].title)} {gettext(RULE_WORDS[one.rule])} {shown_value(named[one.key], one)}"
        for one in choices.filters
        if one.key in named
    ]
    if choices.group:
        by = gettext(", ").join(gettext(named[key].title) for key in choices.group if key in named)
        words.append(gettext("put together by %(what)s", what=by))
    if choices.sort.removeprefix(DOWN) in named:
        title = gettext(named[choices.sort.removeprefix(DOWN)].title)
        largest = choices.sort.startswith(DOWN)
        words.append(
            gettext("largest %(what)s first", what=title)
            if largest
            else gettext("smallest %(what)s first", what=title)
        )
    return words


def shown_value(column: Column, one: Filter) -> str:
    """A state as people read it."""
    word = WORDS.get(column.unit, {}).get(one.value)
    return gettext(word) if word else one.value


def view_bar(desk: ReportDesk, asked: AskedView, name: str, days: dict[str, str]) -> dict[str, Any]:
    """The views of a report as its page offers them, and where its columns are chosen."""
    links = [
        {
            "label": in_chinese(one.name),
            "href": desk.report(name, view=one.id, **days),
            "current": asked.view is not None and asked.view.id == one.id,
            "shared": one.shared_with is not None,
        }
        for one in asked.views
    ]
    whole = {
        "label": gettext("All columns"),
        "href": desk.report(name, view=WHOLE, **days),
        "current": asked.view is None and not asked.choices,
        "shared": False,
    }
    return {
        "links": [whole, *links] if links else [],
        "says": asked.says,
        "change": desk.columns(name, **asked.arguments, **days),
        "all": desk.views(),
        "files": desk.exports(),
        "unsaved": asked.view is None and bool(asked.choices),
        "plain": desk.report(name, view=WHOLE, **days),
    }
