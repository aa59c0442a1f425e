"""Pairing: which department stands by which household, from when to when, and who agreed."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import DateField
from wtforms.validators import Optional

from shop.accounts.user_queries import list_units
from shop.catalogue.models import Pair
from shop.catalogue.pairing import find_pairs, get_pair, households_to_pair, save_pair
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.text import msg
from shop.storage.paging import Page
from shop.web.admin.entity import Entity, add_entity
from shop.web.admin.fields import NEEDED, IdField, text
from shop.web.admin.listing import Asked, Column, Filter
from shop.web.admin.words import choices, options, yes_or_no
from shop.web.filters import bilingual
from shop.web.forms import ShopForm


class PairForm(ShopForm):
    unit_id = IdField(_("Unit of the university"), [NEEDED])
    household_id = IdField(_("Household"), [NEEDED])
    first_day = DateField(_("First day"), [NEEDED])
    last_day = DateField(_("Last day"), [Optional()], description=_("Empty: until somebody ends it."))
    agreed_by = text(
        _("Who agreed"), 120, needed=True, hint=_("For the department and for the household, and when.")
    )


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    return find_pairs(
        session,
        today=shanghai_date(utc_now()),
        unit_id=wanted.number("unit"),
        running=wanted.flag("running"),
        page=wanted.page,
    )


def _offer(form: ShopForm, session: Session) -> None:
    if "unit_id" in form:
        form.unit_id.offer(choices(list_units(session)))
        form.household_id.offer(
            (row.id, f"{bilingual(row, 'village')} · {bilingual(row, 'alias')}")
            for row in households_to_pair(session)
        )


def _unit_options(session: Session) -> list[tuple[str, str]]:
    return options(list_units(session))


def _running(_session: Session) -> list[tuple[str, str]]:
    return yes_or_no()


def _name(pair: Pair) -> str:
    return str(gettext("Pair %(number)s", number=pair.id))


add_entity(
    Entity(
        key="pairs",
        title=msg("Pairing"),
        note=msg(
            "Departments that stand by households. Both sides see the same figures, and nothing else of each other."
        ),
        columns=(
            Column(
                "unit",
                msg("Department"),
                value=lambda row: bilingual(row, "unit"),
                head=True,
                link=lambda row: url_for("admin.pairs_one", record_id=row.Pair.id),
            ),
            Column("household", msg("Household"), value=lambda row: bilingual(row, "household")),
            Column("village", msg("Village"), value=lambda row: bilingual(row, "village")),
            Column("first_day", msg("First day"), kind="date", value=lambda row: row.Pair.first_day),
            Column("last_day", msg("Last day"), kind="date", value=lambda row: row.Pair.last_day),
        ),
        filters=(
            Filter("unit", msg("Department"), "select", _unit_options),
            Filter("running", msg("Holds today"), "select", _running),
        ),
        rows=_rows,
        form=PairForm,
        fixed=("unit_id", "household_id"),
        choices=_offer,
        read=get_pair,
        write=save_pair,
        name=_name,
        create_label=msg("Pair a department with a household"),
        empty=msg("No department is paired with a household yet."),
    )
)
