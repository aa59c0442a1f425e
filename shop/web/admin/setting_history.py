"""The versions of settings, page texts and tariffs: all of them, one with its history, an older one taken again."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.accounts.page_texts import FIELDS, PAGES, set_page_text
from shop.accounts.setting_parsing import licences_as_text
from shop.accounts.setting_specs import BY_NAME, OF_FINANCE, SETTINGS, SettingKind
from shop.accounts.setting_values import Licence
from shop.accounts.setting_versions import (
    LONGEST_WHY,
    Change,
    VersionRow,
    planned_by_name,
    read_version,
    versions_of,
    withdraw_plan,
)
from shop.accounts.shop_settings import read_shop_settings, set_shop_settings
from shop.delivery.points import get_zone
from shop.delivery.tariffs import PREFIX, save_tariff
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import tidy
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import asked
from shop.web.admin.pages import desk_page, may_handle_money
from shop.web.admin.setting_words import PAGE_PREFIX, current_value, value_in_words
from shop.web.admin.shop_desk import PAGE_NAMES
from shop.web.database import read_session, transact
from shop.web.filters import bilingual
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id

_LONGEST_ID: Final = 15


@admin.get("/versions")
@requires(RoleName.ADMIN)
def all_versions() -> str:
    """Every setting with what holds now and what is planned. Two statements."""
    session = read_session()
    current, planned = read_shop_settings(session), planned_by_name(session)
    groups: dict[str, list[dict[str, Any]]] = {}
    for spec in SETTINGS:
        if may_handle_money() or spec.name not in OF_FINANCE:
            line = {
                "name": spec.name,
                "label": gettext(spec.label),
                "value": value_in_words(spec.name, current_value(spec.name, current)),
                "planned": planned.get(spec.name),
            }
            groups.setdefault(spec.group, []).append(line)
    return desk_page("admin/all_versions.html", "versions", groups=groups, words=value_in_words)


@admin.get("/versions/<name>")
@requires(RoleName.ADMIN)
def versions(name: str) -> str:
    """Who made it what, when, why and from when on. A constant number of statements."""
    session = read_session()
    label, back = _subject(session, name)
    found = versions_of(session, name, page=asked(()).page)
    newest = next((row.id for row in found.items if row.number is not None), None)
    return desk_page(
        "admin/versions.html",
        _tab(name),
        label=label,
        back=back,
        name=name,
        found=found,
        in_force=newest if found.number == 1 else None,
        may_return=not _is_account(name),
        is_text=name.startswith(PAGE_PREFIX),
        words=value_in_words,
        page_url=lambda number: url_for("admin.versions", name=name, page=number),
    )


@admin.get("/versions/<name>/<int:version_id>")
@requires(RoleName.ADMIN)
def old_text(name: str, version_id: int) -> str:
    """A page as it once was: what people agreed to."""
    if not name.startswith(PAGE_PREFIX):
        raise NotFound()
    session = read_session()
    label, _back = _subject(session, name)
    version = _version(session, name, version_id)
    back = url_for("admin.versions", name=name)
    return desk_page("admin/old_text.html", "texts", label=label, back=back, version=version)


@admin.post("/versions/<name>/<int:version_id>/again")
@requires(RoleName.ADMIN)
@recently_authenticated
def take_again(name: str, version_id: int) -> Response:
    """What it was once holds again, as a new version."""
    why = tidy(request.form.get("why", ""))[:LONGEST_WHY]
    change = Change(current_user_id(), utc_now(), why)

    def work(session: Session) -> None:
        _subject(session, name)
        _restore(session, name, _version(session, name, version_id), change)

    try:
        transact(work)
    except InvalidInput as error:
        flash(" ".join(gettext(one) for one in error.errors.values()) or gettext(error.message), "bad")
    else:
        flash(gettext("It is as it was then, as a new version."), "ok")
    return redirect(url_for("admin.versions", name=name), 303)


@admin.post("/versions/<name>/<int:version_id>/withdraw")
@requires(RoleName.ADMIN)
def withdraw_version(name: str, version_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()

    def work(session: Session) -> None:
        _subject(session, name)
        withdraw_plan(session, name, _possible(version_id), actor_id=actor_id, now=now)

    transact(work)
    flash(gettext("The plan is withdrawn."), "ok")
    return redirect(url_for("admin.versions", name=name), 303)


def _restore(session: Session, name: str, version: VersionRow, change: Change) -> None:
    """Raises InvalidInput where it does not fit the rest any more, NotFound for what cannot be taken again."""
    if version.number is None or _is_account(name):
        raise NotFound()
    actor_id, now, why = change.actor_id, change.now, change.why
    if name.startswith(PAGE_PREFIX):
        text = {field: version.value[field] for field in FIELDS}
        set_page_text(session, name.removeprefix(PAGE_PREFIX), **text, actor_id=actor_id, now=now, why=why)
    elif name.startswith(PREFIX):
        save_tariff(session, int(name.removeprefix(PREFIX)), version.value, change)
    else:
        set_shop_settings(
            session, {name: _as_typed(version.value["value"])}, actor_id=actor_id, now=now, why=why
        )


def _as_typed(value: Any) -> str:
    return licences_as_text(tuple(Licence(**one) for one in value)) if isinstance(value, list) else str(value)


def _subject(session: Session, name: str) -> tuple[str, str]:
    """What it is called, and where it is changed. Raises NotFound, also for what this viewer does not look after."""
    if name in BY_NAME and (may_handle_money() or name not in OF_FINANCE):
        return gettext(BY_NAME[name].label), url_for("admin.settings")
    page = name.removeprefix(PAGE_PREFIX)
    if page != name and page in PAGES:
        return gettext(PAGE_NAMES[page]), url_for("admin.one_text", name=page)
    number = name.removeprefix(PREFIX)
    if number != name and number.isascii() and number.isdigit() and len(number) <= _LONGEST_ID:
        zone = get_zone(session, int(number))
        return bilingual(zone, "name"), url_for("admin.freight_zones_one", record_id=zone.id)
    raise NotFound()


def _version(session: Session, name: str, version_id: int) -> VersionRow:
    return read_version(session, name, _possible(version_id))


def _possible(version_id: int) -> int:
    """Raises NotFound for a number that no row can have."""
    if len(str(version_id)) > _LONGEST_ID:
        raise NotFound()
    return version_id


def _is_account(name: str) -> bool:
    """An account's number is typed twice, each time anew; its payee and bank go with it."""
    return name in {"bank_payee", "bank_name"} or (
        name in BY_NAME and BY_NAME[name].kind is SettingKind.ACCOUNT
    )


def _tab(name: str) -> str:
    if name.startswith(PAGE_PREFIX):
        return "texts"
    return "freight-zones" if name.startswith(PREFIX) else "versions"
