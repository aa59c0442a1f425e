"""The form in which columns, filters, grouping and order of a report are chosen, shown and saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import flash, redirect, request
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.exports.choices import DOWN, MOST_FILTERS, MOST_GROUPS, Choices, Filter, Rule
from shop.exports.views import change_view, save_view
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy, typed_number
from shop.reports.cells import WORDS
from shop.reports.definition import Column, Report, Unit
from shop.reports.readable import may_share_with, readable
from shop.reports.view_filters import RULE_WORDS
from shop.reports.viewing import ROWS, has_views, judged, offer_of
from shop.web.database import transact
from shop.web.error_pages import translated
from shop.web.report_desks import ROLE_WORDS, ReportDesk, current_reader
from shop.web.report_views import AskedView, asked_view, shown_value

_DAYS: Final = ("from", "to")
LONGEST: Final = 80
Typed = dict[str, str]


def columns_page(desk: ReportDesk, name: str) -> Any:
    """What was typed is kept when it cannot be; showing writes nothing. Raises NotFound."""
    chosen = readable(name, desk.desk, current_reader())
    if not has_views(chosen):
        raise NotFound()
    asked = asked_view(chosen, begins=False)
    typed, errors = _filled(chosen, asked), dict[str, str]()
    if request.method == "POST":
        typed = {key: value[:LONGEST] for key, value in request.form.items()}
        try:
            return redirect(_done(desk, chosen, asked, typed), 303)
        except InvalidInput as error:
            errors = {key: translated(message, error.facts) for key, message in error.errors.items()}
            errors = errors or {"": translated(error.message, error.facts)}
    page = desk.render(
        "report_columns.html",
        desk=desk,
        report=chosen,
        asked=asked,
        typed=typed,
        errors=errors,
        form=_form(chosen),
        back=desk.report(chosen.name, **asked.arguments, **_days()),
        here=desk.columns(chosen.name, **asked.arguments, **_days()),
    )
    return (page, 400) if errors else page


def _days() -> Typed:
    return {name: value for name in _DAYS if (value := request.args.get(name, "")[:10])}


def _done(desk: ReportDesk, chosen: Report, asked: AskedView, typed: Typed) -> str:
    """Where it goes on. Raises InvalidInput."""
    choices = judged(chosen, _choices(chosen, typed))
    if typed.get("do") == "show":
        return desk.report(chosen.name, **(choices.arguments() or {"view": "all"}), **_days())
    reader, now = current_reader(), utc_now()
    shared_with, may_share = _shared(chosen, typed), may_share_with(chosen.name, reader)
    own = asked.view if asked.view is not None and asked.view.is_own else None
    if typed.get("do") == "over" and own is not None:
        view_id, sharing = own.id, (shared_with, may_share)
        name = typed.get("name", "")
        transact(
            lambda session: change_view(
                session, reader, view_id, name=name, choices=choices, sharing=sharing, now=now
            )
        )
    else:
        view_id = transact(
            lambda session: save_view(
                *(session, reader, chosen.name, typed.get("name", ""), choices, shared_with),
                may_share=may_share,
                now=now,
            )
        )
    flash(gettext("The view is saved."), "ok")
    return desk.report(chosen.name, view=view_id, **_days())


def _shared(chosen: Report, typed: Typed) -> RoleName | None:
    wanted = typed.get("shared_with", "")
    if not wanted:
        return None
    if wanted not in {role.value for role in ROLE_WORDS}:
        raise InvalidInput(msg("Please choose from the list."), field="shared_with")
    return RoleName(wanted)


def _choices(chosen: Report, typed: Typed) -> Choices:
    """Raises InvalidInput."""
    placed = []
    for number, column in enumerate(chosen.shown):
        if place := typed.get(f"place-{column.key}", "").strip():
            try:
                placed.append((typed_number(place), number, column.key))
            except ValueError as error:
                raise InvalidInput(msg("A place is a number, such as 1."), field="columns") from error
    if not placed:
        raise InvalidInput(msg("Please choose at least one column."), field="columns")
    columns = tuple(key for _place, _number, key in sorted(placed))
    whole = tuple(one.key for one in chosen.shown)
    group = tuple(key for number in range(MOST_GROUPS) if (key := typed.get(f"group-{number}", "")))
    sort = typed.get("sort", "")
    return Choices(
        columns=() if columns == whole else columns,
        group=tuple(dict.fromkeys(group)),
        sort=f"{DOWN}{sort}" if sort and typed.get("down") else sort,
        filters=_filters(chosen, typed),
    )


def _filters(chosen: Report, typed: Typed) -> tuple[Filter, ...]:
    found = []
    named = {one.key: one for one in offer_of(chosen).filters}
    for number in range(MOST_FILTERS):
        key, value = typed.get(f"key-{number}", ""), tidy(typed.get(f"value-{number}", ""))
        if not key:
            continue
        rule = typed.get(f"rule-{number}", "")
        if key not in named or rule not in {one.value for one in Rule}:
            raise InvalidInput(msg("Please choose from the list."), field="where")
        if not value:
            raise InvalidInput(
                msg("Please say what the filter compares with, or take the column out of it."), field="where"
            )
        found.append(Filter(key, Rule(rule), _value(named[key], value)))
    return tuple(found)


def _value(column: Column, typed: str) -> str:
    """A state by the word that people read, in either language of the page. Raises InvalidInput."""
    words = WORDS.get(column.unit)
    if words is None or typed in words:
        return typed
    found = next((code for code, word in words.items() if gettext(word) == typed), None)
    if found is None and column.unit not in {Unit.REASON, Unit.ENTRY_TEXT}:
        raise InvalidInput(
            msg("“%(typed)s” is none of the words of “%(column)s”. Please choose one of the list."),
            field="where",
            typed=typed,
            column=gettext(column.title),
        )
    return found or typed


def _filled(chosen: Report, asked: AskedView) -> Typed:
    """The form as the choices say it."""
    choices = judged(chosen, asked.choices)
    keys = choices.columns or tuple(one.key for one in chosen.shown)
    named = {one.key: one for one in chosen.columns}
    typed = {f"place-{key}": str(place) for place, key in enumerate(keys, start=1)}
    typed |= {f"group-{number}": key for number, key in enumerate(choices.group)}
    typed |= {"sort": choices.sort.removeprefix(DOWN), "down": "1" if choices.sort.startswith(DOWN) else ""}
    for number, one in enumerate(choices.filters):
        typed |= {
            f"key-{number}": one.key,
            f"rule-{number}": one.rule.value,
            f"value-{number}": shown_value(named[one.key], one),
        }
    if asked.view is not None and asked.view.is_own:
        shared = asked.view.shared_with
        typed |= {"name": asked.view.name, "shared_with": shared.value if shared else ""}
    return typed


def _form(chosen: Report) -> Mapping[str, Any]:
    """What can be chosen, in words."""
    offer = offer_of(chosen)
    words = {gettext(word) for one in offer.filters for word in WORDS.get(one.unit, {}).values()}

    def options(columns: tuple[Column, ...]) -> list[tuple[str, str]]:
        return [("", "–"), *((one.key, gettext(one.title)) for one in columns)]

    roles = may_share_with(chosen.name, current_reader())
    return {
        "columns": [(one.key, gettext(one.title)) for one in offer.columns],
        "groups": options(offer.groups),
        "sorts": options((*offer.columns, ROWS)),
        "filters": options(offer.filters),
        "rules": [(rule.value, gettext(word)) for rule, word in RULE_WORDS.items()],
        "words": sorted(words),
        "most_filters": MOST_FILTERS,
        "most_groups": MOST_GROUPS,
        "roles": [(role.value, gettext(ROLE_WORDS[role])) for role in roles],
    }
