"""Raw goods that workshops take in: grades, what each counts in the shares, and guide prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import BooleanField, DateField, TextAreaField
from wtforms.validators import Length, Optional

from shop.inventory.intake.models import RawGood
from shop.inventory.intake.raw_goods import (
    GradeLine,
    all_raw_goods,
    as_lines,
    get_raw_good,
    grade_lines,
    save_raw_good,
)
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.money import format_yuan
from shop.kit.text import msg
from shop.storage.paging import Page
from shop.web.admin.entity import Entity, Values, add_entity
from shop.web.admin.fields import NEEDED, PercentField, slug, text
from shop.web.admin.listing import Asked, Column
from shop.web.admin.words import listed, named
from shop.web.fields import JinField
from shop.web.filters import bilingual, jin
from shop.web.forms import ShopForm


@dataclass(frozen=True)
class _Listed:
    row: RawGood
    grades: str


class RawGoodForm(ShopForm):
    slug = slug()
    name_zh = text(_("Name in Chinese"), 40, needed=True)
    name_en = text(_("Name in English"), 80, needed=True)
    usual_yield_bp = PercentField(
        _("Usual yield in per cent"),
        [NEEDED],
        description=_(
            "How much of its weight becomes goods. After three processings the shop knows by itself."
        ),
    )
    heaviest_g = JinField(
        _("Heaviest usual weight in jin"),
        [NEEDED],
        description=_("Above it, who weighs in is asked to look at the scale again."),
    )
    grades = TextAreaField(
        _("Grades"),
        [NEEDED, Length(max=2000)],
        description=_(
            "One a line: Chinese name | English name | what a jin counts in the shares, in per cent | guide price in"
            " yuan a jin. A grade that is left out is no longer weighed in."
        ),
    )
    prices_from = DateField(
        _("New prices count from"),
        [Optional()],
        description=_("Today, or a later day. Slips of the past keep theirs."),
    )
    active = BooleanField(_("It is weighed in"), default=True)


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    found = all_raw_goods(session, today=shanghai_date(utc_now()))
    rows = [_Listed(good, listed(map(_grade, grades))) for good, grades in found]
    return Page(rows, len(rows), 1, max(1, len(rows)))


def _grade(grade: GradeLine) -> str:
    name = bilingual(grade, "name")
    if grade.fen_per_jin is None:
        return name
    said: str = gettext("¥%(price)s a jin", price=format_yuan(grade.fen_per_jin))
    return f"{name} {said}"


def _fill(session: Session, good: RawGood) -> Values:
    today = shanghai_date(utc_now())
    return {"grades": as_lines(grade_lines(session, good.id, on=today)), "prices_from": today}


add_entity(
    Entity(
        key="raw-goods",
        title=msg("Raw goods"),
        note=msg(
            "Workshops weigh them in from households. Nothing is paid at the scale: the grade says what counts in the"
            " shares of the lot, and the guide price stands on the slip."
        ),
        columns=(
            Column(
                "name",
                msg("Name"),
                value=lambda row: named(row.row),
                head=True,
                link=lambda row: url_for("admin.raw_goods_one", record_id=row.row.id),
            ),
            Column("grades", msg("Grades"), wide=True),
            Column(
                "usual", msg("Usual yield"), kind="percent", value=lambda row: row.row.usual_yield_bp / 10_000
            ),
            Column("heaviest", msg("Heaviest usual weight"), value=lambda row: jin(row.row.heaviest_g)),
            Column("active", msg("It is weighed in"), kind="flag", value=lambda row: row.row.active),
        ),
        rows=_rows,
        form=RawGoodForm,
        fixed=("slug",),
        fill=_fill,
        read=get_raw_good,
        write=save_raw_good,
        name=named,
        create_label=msg("Add a raw good"),
        empty=msg("No raw goods yet: without them nothing can be weighed in."),
    )
)
