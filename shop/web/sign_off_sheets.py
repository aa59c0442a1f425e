"""签领表: who gets what at one point, time and sub-union, to be signed for by name; afterwards, what the shop recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Final

import sqlalchemy as sa
from flask import request
from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation
from shop.campaigns.day.beside import packs_of, points_of, slots_of, total_units
from shop.campaigns.day.hands import Hand
from shop.campaigns.day.lists import Asked, Entry, all_entries
from shop.campaigns.models import Campaign, CampaignSlot
from shop.catalogue.models import Variant
from shop.delivery.models import PickupPoint
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.kit.text import typed_number
from shop.web.filters import bilingual, status_word
from shop.web.times import moment

MOST_ROWS: Final = 3000  # of one sheet; whoever has more chooses a point or a sub-union


@dataclass(frozen=True, slots=True)
class Part:
    """The people of one point, time and sub-union; `first` is the serial number of the first of them."""

    point: PickupPoint
    slot: CampaignSlot | None
    unit: str
    first: int
    people: Sequence[Entry]
    units: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Sheet:
    campaign: Campaign
    organisation: str
    parts: Sequence[Part]
    packs: Mapping[int, Variant]
    units: Mapping[int, int]
    people: int
    collected: int
    printed_at: datetime
    is_cut: bool  # there are more people than one sheet takes

    @property
    def day(self) -> date:
        return self.campaign.distribution_on


def asked_of_list() -> Asked:
    """What a list or a sheet is narrowed to, by its address; what is no number counts as nothing."""
    return Asked(
        point_id=_number("point"),
        slot_id=_number("slot"),
        unit_id=_number("unit"),
        look=request.args.get("look", "")[:20],
        text=request.args.get("q", "")[:60],
    )


def sign_off_sheet(session: Session, by: Hand, campaign_id: int, asked: Asked) -> Sheet:
    """Seven statements, however many people. Raises NotFound for a campaign out of reach, or not closed."""
    row = session.execute(
        sa.select(Campaign, Organisation.name)
        .join(Organisation, Organisation.id == Campaign.organisation_id)
        .where(Campaign.id == campaign_id)
    ).one_or_none()
    found = all_entries(session, by, campaign_id, asked, most=MOST_ROWS + 1)
    if row is None or (by.is_point and not found):
        raise NotFound()
    entries = found[:MOST_ROWS]
    points = points_of(session, (one.point_id for one in entries))
    slots = slots_of(session, campaign_id)
    units = total_units(entries)
    return Sheet(
        row[0],
        row[1],
        list(_parts(entries, points, slots)),
        packs_of(session, units),
        units,
        len(entries),
        sum(one.handout is not None for one in entries),
        utc_now(),
        len(found) > MOST_ROWS,
    )


def sheet_rows(sheet: Sheet) -> list[list[str]]:
    """For a spreadsheet."""
    rows = [_headings()]
    for part in sheet.parts:
        for number, one in enumerate(part.people, part.first):
            handout = one.handout
            rows.append(
                [
                    str(number),
                    bilingual(part.point, "name"),
                    moment(part.slot.starts_at) if part.slot else "",
                    part.unit,
                    one.staff_number,
                    one.name,
                    goods_words(one, sheet.packs),
                    status_word(one.where, "welfare"),
                    moment(handout.handed_at, year=True) if handout else "",
                    (handout.collected_by or one.name) if handout else "",
                    one.handed_by,
                    status_word(one.leftover.decision, "leftover") if one.leftover else "",
                    one.leftover.reason if one.leftover else "",
                ]
            )
    return rows


def goods_words(one: Entry, packs: Mapping[int, Variant]) -> str:
    """`绿茶 125 克 × 1、土蜂蜜 500 克 × 1`."""
    said = [
        f"{bilingual(packs[variant_id].product, 'name')} {bilingual(packs[variant_id], 'name')} × {count}"
        for variant_id, count in one.goods
    ]
    return str(gettext(", ")).join(said)


def _headings() -> list[str]:
    return [
        gettext("No."),
        gettext("Pickup point"),
        gettext("Time"),
        gettext("Sub-union"),
        gettext("Staff number"),
        gettext("Name"),
        gettext("Goods"),
        gettext("Standing"),
        gettext("Handed over"),
        gettext("Collected by"),
        gettext("Handed over by"),
        gettext("Left over"),
        gettext("Reason"),
    ]


def _parts(
    entries: Sequence[Entry], points: Mapping[int, PickupPoint], slots: Mapping[int, CampaignSlot]
) -> list[Part]:
    found, first = [], 1
    for (point_id, slot_id, unit), some in groupby(
        entries, lambda one: (one.point_id, one.slot_id, one.unit)
    ):
        people = list(some)
        slot = slots.get(slot_id) if slot_id is not None else None
        found.append(Part(points[point_id], slot, unit, first, people, total_units(people)))
        first += len(people)
    return found


def _number(name: str) -> int | None:
    try:
        return typed_number(request.args.get(name, "")) or None
    except ValueError:
        return None
