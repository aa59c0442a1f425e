"""Villages and their packing places."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import SelectField, TextAreaField
from wtforms.validators import Length

from shop.catalogue.desk import all_of
from shop.catalogue.editing.places import (
    get_packing_place,
    get_village,
    save_packing_place,
    save_village,
)
from shop.catalogue.models import PackingPlace, PackingPlaceKind, Village
from shop.kit.text import msg
from shop.storage.paging import Page
from shop.web.admin.entity import Entity, add_entity
from shop.web.admin.fields import NEEDED, IdField, slug, text
from shop.web.admin.listing import Asked, Column
from shop.web.admin.words import choices, named
from shop.web.forms import ShopForm

KINDS = {PackingPlaceKind.VILLAGE: msg("Village collection point"), PackingPlaceKind.HUB: msg("County hub")}


class VillageForm(ShopForm):
    slug = slug()
    name_zh = text(_("Name in Chinese"), 40, needed=True)
    name_en = text(_("Name in English"), 80, needed=True)
    town_zh = text(_("Town in Chinese"), 40)
    town_en = text(_("Town in English"), 80)
    county_zh = text(_("County in Chinese"), 40)
    county_en = text(_("County in English"), 80)
    packing_place_id = IdField(_("Packing place"), [NEEDED])
    story_zh = TextAreaField(_("Story in Chinese"), [Length(max=5000)])
    story_en = TextAreaField(_("Story in English"), [Length(max=5000)])


class PackingPlaceForm(ShopForm):
    slug = slug()
    name_zh = text(_("Name in Chinese"), 80, needed=True)
    name_en = text(_("Name in English"), 120, needed=True)
    kind = SelectField(_("Kind"), [NEEDED], choices=[])
    phone = text(_("Phone"), 20)
    address = text(_("Address"), 200)


def _villages(session: Session, wanted: Asked) -> Page[Any]:
    rows = all_of(session, Village)
    return Page(rows, len(rows), 1, max(1, len(rows)))


def _places(session: Session, wanted: Asked) -> Page[Any]:
    rows = all_of(session, PackingPlace)
    return Page(rows, len(rows), 1, max(1, len(rows)))


def _offer_places(form: ShopForm, session: Session) -> None:
    form.packing_place_id.offer(choices(all_of(session, PackingPlace)))


def _offer_kinds(form: ShopForm, _session: Session) -> None:
    form.kind.choices = [(kind.value, gettext(word)) for kind, word in KINDS.items()]


add_entity(
    Entity(
        key="villages",
        title=msg("Villages"),
        columns=(
            Column(
                "name",
                msg("Village"),
                value=named,
                head=True,
                link=lambda row: url_for("admin.villages_one", record_id=row.id),
            ),
            Column("town_zh", msg("Town")),
            Column("county_zh", msg("County")),
            Column("product_count", msg("Products for sale"), kind="number"),
        ),
        rows=_villages,
        form=VillageForm,
        fixed=("slug",),
        choices=_offer_places,
        tables=("villages",),
        read=get_village,
        write=save_village,
        name=named,
        create_label=msg("Add a village"),
    )
)
add_entity(
    Entity(
        key="packing-places",
        title=msg("Packing places"),
        columns=(
            Column(
                "name",
                msg("Packing place"),
                value=named,
                head=True,
                link=lambda row: url_for("admin.packing_places_one", record_id=row.id),
            ),
            Column("kind", msg("Kind"), value=lambda row: gettext(KINDS[row.kind])),
            Column("phone", msg("Phone")),
            Column("address", msg("Address"), wide=True),
        ),
        rows=_places,
        form=PackingPlaceForm,
        fixed=("slug",),
        choices=_offer_kinds,
        read=get_packing_place,
        write=save_packing_place,
        name=named,
        create_label=msg("Add a packing place"),
    )
)
