"""Pickup points, freight zones and the calendar."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, DateField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from shop.accounts.models import RoleName
from shop.accounts.setting_versions import LONGEST_WHY
from shop.delivery.calendar_days import KINDS, get_span, list_spans, remove_span, save_span
from shop.delivery.divisions import provinces
from shop.delivery.points import get_point, get_zone, list_points, list_zones, save_point, save_zone
from shop.delivery.tariffs import planned_tariffs, samples, tariff_of, version_name
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.text import msg
from shop.ordering.order_desk import orders_to_come
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.entity import Entity, add_entity
from shop.web.admin.fields import NEEDED, slug, text
from shop.web.admin.listing import Asked, Column, Filter
from shop.web.admin.words import listed, named
from shop.web.database import transact
from shop.web.fields import CheckboxesField, MomentField, WholeNumberField, YuanField
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.viewer import current_user_id


class PointForm(ShopForm):
    slug = slug()
    name_zh = text(_("Name in Chinese"), 80, needed=True)
    name_en = text(_("Name in English"), 120, needed=True)
    address_zh = text(_("Address in Chinese"), 200)
    address_en = text(_("Address in English"), 200)
    hours_zh = text(_("Hours in Chinese"), 120)
    hours_en = text(_("Hours in English"), 160)
    position = WholeNumberField(_("Place in the list"), [NEEDED, NumberRange(0, 9999)], default=0)
    active = BooleanField(_("Buyers can choose it"), default=True)


class ZoneForm(ShopForm):
    slug = slug()
    name_zh = text(_("Name in Chinese"), 60, needed=True)
    name_en = text(_("Name in English"), 80, needed=True)
    first_g = WholeNumberField(_("First step in g"), [NEEDED, NumberRange(1, 100_000)], default=1000)
    first_fen = YuanField(_("Price of the first step (¥)"), [NEEDED])
    step_g = WholeNumberField(_("Each further step in g"), [NEEDED, NumberRange(1, 100_000)], default=1000)
    step_fen = YuanField(_("Price of each further step (¥)"), [NEEDED])
    days_min = WholeNumberField(_("Days at least"), [NEEDED, NumberRange(0, 60)], default=2)
    days_max = WholeNumberField(_("Days at most"), [NEEDED, NumberRange(0, 60)], default=4)
    served = BooleanField(_("We deliver there"), default=True)
    provinces = CheckboxesField(_("Provinces"), choices=[])
    valid_from = MomentField(
        _("Prices and days hold from"),
        [Optional()],
        description=_("Empty: at once. Orders keep the freight that they were sold at."),
    )
    why = text(_("Why"), LONGEST_WHY)


class SpanForm(ShopForm):
    kind = SelectField(_("What is different"), [InputRequired()], choices=[])
    name_zh = text(_("Name in Chinese"), 60, needed=True)
    name_en = text(_("Name in English"), 80, needed=True)
    first_day = DateField(_("First day"), [NEEDED])
    last_day = DateField(_("Last day"), [NEEDED])


def _still_expected(session: Session, point_id: int) -> str:
    """Switching a point off keeps new orders away; those that were placed are still brought there."""
    count = orders_to_come(session, point_id)
    if get_point(session, point_id).active or not count:
        return ""
    return str(
        ngettext(
            "Buyers cannot choose it any more, but %(num)s paid order still goes there: keep it staffed until then.",
            "Buyers cannot choose it any more, but %(num)s paid orders still go there: keep it staffed until then.",
            count,
        )
    )


def _points(session: Session, wanted: Asked) -> Page[Any]:
    return list_points(session, page=wanted.page)


def _zones(session: Session, wanted: Asked) -> Page[Any]:
    return list_zones(session, page=wanted.page)


def _spans(session: Session, wanted: Asked) -> Page[Any]:
    return list_spans(session, today=shanghai_date(utc_now()), kind=wanted.text("kind"), page=wanted.page)


def _province_choices(form: ShopForm, _session: Session) -> None:
    form.provinces.choices = [(name, name) for name in provinces()]


def _freight_samples(session: Session, zone: Any, form: ShopForm) -> dict[str, Any]:
    """What parcels cost now, and with what is typed."""
    typed = SimpleNamespace(**{name: field.data for name, field in form._fields.items()})
    return {
        "samples": samples(tariff_of(zone) if zone is not None else None, tariff_of(typed)),
        "planned": planned_tariffs(session, zone.id) if zone is not None else (),
        "history": url_for("admin.versions", name=version_name(zone.id)) if zone is not None else None,
    }


def _kind_options(_session: Session) -> list[tuple[str, str]]:
    return [(kind.value, gettext(word)) for kind, word in KINDS.items()]


def _kind_choices(form: ShopForm, session: Session) -> None:
    form.kind.choices = _kind_options(session)


add_entity(
    Entity(
        key="pickup-points",
        title=msg("Pickup points"),
        columns=(
            Column(
                "name",
                msg("Pickup point"),
                value=named,
                head=True,
                link=lambda row: _one("pickup_points", row),
            ),
            Column("address_zh", msg("Address"), wide=True),
            Column("hours_zh", msg("Hours")),
            Column("active", msg("Buyers can choose it"), kind="flag"),
        ),
        rows=_points,
        form=PointForm,
        read=get_point,
        told=_still_expected,
        fixed=("slug",),
        write=save_point,
        name=named,
        create_label=msg("Add a pickup point"),
    )
)
add_entity(
    Entity(
        key="freight-zones",
        title=msg("Freight zones"),
        note=msg("What a courier parcel costs: the first step of weight, then each further one begun."),
        columns=(
            Column(
                "name",
                msg("Freight zone"),
                value=named,
                head=True,
                link=lambda row: _one("freight_zones", row),
            ),
            Column("provinces", msg("Provinces"), value=lambda row: listed(row.provinces), wide=True),
            Column("first_g", msg("First step"), kind="grams"),
            Column("first_fen", msg("Price"), kind="money"),
            Column("step_g", msg("Further step"), kind="grams"),
            Column("step_fen", msg("Price of it"), kind="money"),
            Column("served", msg("Served"), kind="flag"),
        ),
        rows=_zones,
        form=ZoneForm,
        choices=_province_choices,
        read=get_zone,
        fixed=("slug",),
        write=save_zone,
        name=named,
        create_label=msg("Add a freight zone"),
        template="admin/freight_zone.html",
        look=_freight_samples,
    )
)
add_entity(
    Entity(
        key="calendar",
        subject="calendar_span",
        title=msg("Calendar"),
        note=msg("Runs, transfers and delivery promises follow these days."),
        columns=(
            Column("name", msg("Days"), value=named, head=True, link=lambda row: _one("calendar", row)),
            Column("kind", msg("What is different"), value=lambda row: gettext(KINDS[row.kind])),
            Column("first_day", msg("First day"), kind="date"),
            Column("last_day", msg("Last day"), kind="date"),
        ),
        filters=(Filter("kind", msg("What is different"), "select", _kind_options),),
        rows=_spans,
        form=SpanForm,
        choices=_kind_choices,
        read=get_span,
        write=save_span,
        name=named,
        create_label=msg("Add days"),
        template="admin/calendar_days.html",
    )
)


@admin.post("/calendar/<int:record_id>/remove")
@requires(RoleName.ADMIN)
def remove_days(record_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    transact(lambda session: remove_span(session, record_id, actor_id=actor_id, now=now))
    flash(gettext("The days are removed."), "ok")
    return redirect(url_for("admin.calendar"), 303)


def _one(endpoint: str, row: Any) -> str:
    return url_for(f"admin.{endpoint}_one", record_id=row.id)
