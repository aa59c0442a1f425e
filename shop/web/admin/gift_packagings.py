"""What gifts of organisations can be packed in, and what that costs a parcel."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import BooleanField
from wtforms.validators import InputRequired

from shop.gifts.packagings import get_packaging, list_packagings, save_packaging
from shop.kit.text import msg
from shop.storage.paging import Page
from shop.web.admin.entity import Entity, add_entity
from shop.web.admin.fields import text
from shop.web.admin.listing import Asked, Column
from shop.web.admin.words import named
from shop.web.fields import YuanField
from shop.web.forms import ShopForm


class PackagingForm(ShopForm):
    name_zh = text(_("Name in Chinese"), 60, needed=True)
    name_en = text(_("Name in English"), 60, needed=True)
    price_fen = YuanField(
        _("Price of one parcel (¥)"),
        [InputRequired(_("Please enter an amount; 0 where it costs nothing."))],
        description=_(
            "It is added to the order beside the freight, and goes to who packs. At most 1,000 yuan."
        ),
    )
    note_zh = text(
        _("How it is packed"),
        200,
        hint=_("Who packs the parcel reads it: which box, which ribbon, where it lies."),
    )
    active = BooleanField(_("Is offered"), default=True)


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    return list_packagings(session, page=wanted.page)


def _one(row: Any) -> str:
    return url_for("admin.gift_packagings_one", record_id=row.id)


add_entity(
    Entity(
        key="gift-packagings",
        title=msg("Packaging of gifts"),
        note=msg(
            "Who orders gifts for an organisation chooses one for all parcels. What is ordered keeps its price."
        ),
        columns=(
            Column("name", msg("Name"), value=named, head=True, link=_one),
            Column("price_fen", msg("Price of one parcel"), kind="money"),
            Column("note_zh", msg("How it is packed"), wide=True),
            Column("active", msg("Is offered"), kind="flag"),
        ),
        rows=_rows,
        form=PackagingForm,
        read=get_packaging,
        write=save_packaging,
        name=named,
        empty=msg("Add a box or a bag in which gifts are packed."),
        create_label=msg("Add a packaging"),
    )
)
