"""Sign-off sheets (签领表): who received what, with room to sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.access import Desk
from shop.campaigns.day.taken import TakenBy, taken_in
from shop.campaigns.export_rows import goods_said, members_with_choices
from shop.campaigns.member_models import CampaignMember, Choice
from shop.campaigns.models import Campaign
from shop.campaigns.order_places import placed
from shop.campaigns.reading import read_offer
from shop.delivery.carriers import CARRIERS
from shop.delivery.models import PickupPoint
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.kit.text import msg
from shop.ordering.models import Order
from shop.reimbursement.about import About
from shop.reimbursement.goods import Goods
from shop.reimbursement.models import PackKind
from shop.reimbursement.section import Section, SectionKey, Standing
from shop.reimbursement.wording import Tongue
from shop.storage.pdfs import Column, Pages

_ARRIVED = (ParcelStatus.DELIVERED, ParcelStatus.HANDED_OVER)


@dataclass(frozen=True, slots=True)
class ParcelFacts:
    order_number: str
    recipient: str
    number: int
    carrier: str | None
    tracking_number: str | None
    point_zh: str
    point_en: str
    status: ParcelStatus
    shipped_at: datetime | None
    came_at: datetime | None

    def way(self, say: Tongue) -> str:
        """By which courier under which number, or to which point."""
        if self.point_zh:
            return say.name(self, "point")
        carrier = CARRIERS.get(self.carrier or "")
        return f"{say.name(carrier, 'name') if carrier else ''} {self.tracking_number or ''}".strip()


def sign_off_section(session: Session, about: About, goods: Goods, say: Tongue, *, to_write: bool) -> Section:
    """A campaign's members are read only to be written: a page counts them."""
    if about.kind is PackKind.CAMPAIGN:
        return _of_members(session, about, say, to_write=to_write)
    return _of_parcels(_parcels(session, about.order_ids), about, goods, say)


def _of_members(session: Session, about: About, say: Tongue, *, to_write: bool) -> Section:
    """Everybody who has a choice of which something stands, by sub-union."""
    rows = _member_rows(session, about, say) if to_write else []
    chose = (
        sa.select(sa.func.count())
        .select_from(Choice)
        .join(CampaignMember, CampaignMember.id == Choice.member_id)
        .where(CampaignMember.campaign_id == about.record_id, Choice.allowance_fen > 0)
    )

    def write(pages: Pages) -> None:
        columns = [
            Column(say(msg("Sub-union")), 1.6),
            Column(say(msg("Staff number")), 1.4),
            Column(say(msg("Name")), 1.2),
            Column(say(msg("Goods")), 3.2),
            Column(say(msg("Collected on")), 1.2),
            Column(say(msg("Collected by")), 1.4),
            Column(say(msg("Signature")), 1.6),
        ]
        pages.table(columns, rows)
        pages.signatures([say(msg("Handed out by:")), say(msg("Date:"))])

    words = msg("Members with room to sign: %(people)s. Their signatures are on paper.")
    people, taken = session.scalar(chose) or 0, len(taken_in(session, about.record_id or 0))
    says = [say(words, people=people)]
    if taken:
        says.append(say(msg("Handed out so far: %(taken)s, with day and who took it."), taken=taken))
    return Section(SectionKey.SIGN_OFF, Standing.TO_SIGN, tuple(says), write=write)


def _member_rows(session: Session, about: About, say: Tongue) -> list[list[str]]:
    campaign = session.get_one(Campaign, about.record_id)
    offer = read_offer(session, campaign.id)
    desk = Desk(campaign, about.organisation, may_manage=True, unit_ids=None)
    taken, sent = taken_in(session, campaign.id), _sent_home(session, campaign.id)
    return [
        [
            *(unit, member.staff_number, member.name, goods_said(offer, member.choice, chinese=say.chinese)),
            *(_taken(taken.get(member.id), say) if member.id not in sent else _came(sent[member.id], say)),
            "",
        ]
        for member, unit in members_with_choices(session, desk)
        if member.choice is not None and member.choice.allowance_fen > 0
    ]


def _taken(taken: TakenBy | None, say: Tongue) -> tuple[str, str]:
    """The day, and who took the goods: the member, somebody for them, or the representative of the sub-union."""
    if taken is None:
        return "", ""
    if not taken.by:
        return say.day(taken.at), say(msg("in person"))
    words = msg("%(name)s, representative") if taken.in_pile else msg("%(name)s, on their behalf")
    return say.day(taken.at), say(words, name=taken.by)


def _came(parcel: ParcelFacts, say: Tongue) -> tuple[str, str]:
    """The day on which what was sent home came, and by which courier under which number."""
    return say.day(parcel.came_at), parcel.way(say)


def _sent_home(session: Session, campaign_id: int) -> dict[int, ParcelFacts]:
    """By member; of several parcels of one member the last. Two statements."""
    one = placed()
    rows = session.execute(
        sa.select(Order.number, Order.id, one.c.member_id)
        .join(one, one.c.order_id == Order.id)
        .where(one.c.campaign_id == campaign_id, one.c.member_id.is_not(None))
        .order_by(Order.id)
    ).all()
    members = {number: member_id for number, _, member_id in rows}
    parcels = _parcels(session, [order_id for _, order_id, _ in rows])
    return {members[parcel.order_number]: parcel for parcel in parcels}


def _of_parcels(parcels: Sequence[ParcelFacts], about: About, goods: Goods, say: Tongue) -> Section:
    arrived = sum(one.status in _ARRIVED for one in parcels)
    is_sent_to_many = about.kind is PackKind.GIFT

    def write(pages: Pages) -> None:
        columns = [
            Column(say(msg("Order number")), 2),
            Column(say(msg("Recipient")), 1.5),
            Column(say(msg("Carried by")), 2.6),
            Column(say(msg("Sent on")), 1.4),
            Column(say(msg("Received on")), 1.4),
        ]
        rows = [
            [one.order_number, one.recipient, one.way(say), say.day(one.shipped_at), say.day(one.came_at)]
            for one in parcels
        ]
        pages.table(columns, rows)
        people = [
            (say(msg("Handler")), goods.said("handler")),
            (say(msg("Acceptor")), goods.said("acceptor")),
        ]
        pages.facts([fact for fact in people if fact[1]])
        signs = [say(msg("Handler:")), say(msg("Acceptor:")), say(msg("Received by:")), say(msg("Date:"))]
        pages.signatures(signs[:2] if is_sent_to_many else signs)

    if not parcels:
        says = (say(msg("Nothing was sent yet: the sheet can be signed when the goods are there.")),)
        return Section(SectionKey.SIGN_OFF, Standing.MISSING, says, write=write)
    words = msg("Parcels received: %(arrived)s of %(parcels)s.")
    is_complete = is_sent_to_many and arrived == len(parcels)
    standing = Standing.THERE if is_complete else Standing.TO_SIGN
    return Section(
        SectionKey.SIGN_OFF, standing, (say(words, arrived=arrived, parcels=len(parcels)),), write=write
    )


def _parcels(session: Session, order_ids: Sequence[int]) -> list[ParcelFacts]:
    """One statement."""
    columns: tuple[Any, ...] = (
        *(Order.number, Order.recipient, Parcel.number, Parcel.carrier, Parcel.tracking_number),
        *(sa.func.coalesce(PickupPoint.name_zh, ""), sa.func.coalesce(PickupPoint.name_en, "")),
        *(Parcel.status, Parcel.shipped_at, sa.func.coalesce(Parcel.handed_over_at, Parcel.delivered_at)),
    )
    rows = session.execute(
        sa.select(*columns)
        .join(Order, Order.id == Parcel.order_id)
        .outerjoin(PickupPoint, PickupPoint.id == Parcel.pickup_point_id)
        .where(Parcel.order_id.in_(order_ids), Parcel.status != ParcelStatus.CALLED_BACK)
        .order_by(Order.id, Parcel.number)
    )
    return [ParcelFacts(*row) for row in rows]
