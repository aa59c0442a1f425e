"""Sources of orders from elsewhere: what they are called, who collects there, and what they keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField
from wtforms.validators import InputRequired, NumberRange

from shop.kit.text import msg
from shop.ordering.outside.models import LONGEST_SLUG, OutsideSource
from shop.ordering.outside.sources import MOST_DAYS, get_source, list_sources, save_source
from shop.ordering.outside.words import SOURCE_KINDS
from shop.storage.paging import Page
from shop.web.admin.entity import Entity, add_entity
from shop.web.admin.fields import NEEDED, PercentField, text
from shop.web.admin.listing import Asked, Column
from shop.web.admin.words import named
from shop.web.fields import WholeNumberField
from shop.web.forms import ShopForm


class SourceForm(ShopForm):
    slug = text(
        _("Short name"),
        LONGEST_SLUG,
        needed=True,
        hint=_("Lower-case letters, digits and hyphens. It stays: the books know its money by it."),
        autocapitalize="off",
    )
    kind = SelectField(_("What it is"), [InputRequired()], choices=[])
    name_zh = text(_("Name in Chinese"), 60, needed=True)
    name_en = text(_("Name in English"), 100, needed=True)
    collector = text(
        _("Who collects the money"),
        60,
        needed=True,
        hint=_("Who has the buyers' money until it is handed in; also receives goods of who left no name."),
    )
    contact_phone = text(_("Telephone of who collects"), 40, inputmode="tel")
    fee_bp = PercentField(_("Keeps of each payment, in per cent"), [NEEDED], default=0)
    wait_days = WholeNumberField(
        _("Days that goods wait for money"), [NEEDED, NumberRange(1, MOST_DAYS)], default=7
    )
    active = BooleanField(_("Takes orders"), default=True)


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    return list_sources(session, page=wanted.page)


def _choices(form: ShopForm, _session: Session) -> None:
    form.kind.choices = [(kind.value, gettext(word)) for kind, word in SOURCE_KINDS.items()]


def _kind(row: OutsideSource) -> str:
    return str(gettext(SOURCE_KINDS[row.kind]))


def _percent(row: OutsideSource) -> str:
    return f"{row.fee_bp / 100:g} %" if row.fee_bp else "–"


def _one(row: Any) -> str:
    return url_for("admin.outside_sources_one", record_id=row.id)


def _fill(_session: Session, record: OutsideSource) -> Mapping[str, Any]:
    return {"kind": record.kind.value}


add_entity(
    Entity(
        key="outside-sources",
        title=msg("Sources elsewhere"),
        note=msg("Chat groups, fairs, shelves and other platforms whose orders the team enters."),
        columns=(
            Column("name", msg("Name"), value=named, head=True, link=_one),
            Column("kind", msg("What it is"), value=_kind),
            Column("collector", msg("Who collects the money")),
            Column("fee_bp", msg("Kept by the source"), value=_percent),
            Column("active", msg("Takes orders"), kind="flag"),
        ),
        rows=_rows,
        form=SourceForm,
        read=get_source,
        write=save_source,
        name=named,
        fixed=("slug",),
        choices=_choices,
        fill=_fill,
        empty=msg("Add the chat groups, fairs and platforms from which orders come."),
        create_label=msg("Add a source"),
    )
)
