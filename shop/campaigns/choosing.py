"""A member chooses, or somebody for them: one write that may be sent twice and changed until the close."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.allowances import Share, usable_fen
from shop.campaigns.errors import NoHomeDelivery, NotChoosing, NothingChosen, NotOffered, TooManyEach
from shop.campaigns.home import Home, freight_home, write_home
from shop.campaigns.locking import lock_member, share_campaign
from shop.campaigns.member_models import CampaignMember, Choice, ChoiceLine, ChosenBy, Standing
from shop.campaigns.models import Campaign, CampaignState
from shop.campaigns.own_models import HomeAddress
from shop.campaigns.reading import Offer, read_offer
from shop.campaigns.sharing import Shared, share_out
from shop.campaigns.spending import move_slot, move_units, spend, spend_of_unit, spent_in_year, yearly_cap_fen
from shop.campaigns.top_ups import OwnPart, give_up, live_of, own_units, settle
from shop.kit.errors import NotFound

MOST_OF_ONE = 99


@dataclass(frozen=True, slots=True)
class Wish:
    """One form. Without `package_id`, `units` says how many of each variant of the free list.

    With `home` it is sent there, and `slot_id` says nothing.
    """

    token: str
    slot_id: int
    package_id: int | None = None
    units: Mapping[int, int] = field(default_factory=dict)
    home: Home | None = None
    own: OwnPart = field(default_factory=OwnPart)


@dataclass(frozen=True, slots=True)
class Chooser:
    """`user_id`: of who is signed in; None behind a personal link."""

    by: ChosenBy
    user_id: int | None = None


def choose(session: Session, member_id: int, wish: Wish, chooser: Chooser, *, now: datetime) -> Choice:
    """Write or change what a member has chosen. The same form sent again changes nothing.

    What is beyond the allowance becomes the member's own order, where the campaign lets it. Locks the campaign together
    with others, the member, their year, unit, slots and goods; then lots, for that order. Raises NotFound, NotChoosing,
    NothingChosen, NotOffered, TooManyEach, OverAllowance, OverYearlyCap, OverQuota, SlotFull, AllTaken, NoHomeDelivery,
    NothingCovered, OwnPartToConfirm, and what placing that order raises; then what was chosen before stands.
    """
    campaign = share_campaign(session, _campaign_of(session, member_id))
    member = lock_member(session, member_id)
    before = session.get(Choice, member_id, populate_existing=True)
    if before is not None and before.token == wish.token:
        return before
    if not is_choosing(campaign, now) or member.standing is not Standing.ENROLLED:
        raise NotChoosing()
    offer = read_offer(session, campaign.id)
    place = _place(offer, wish)
    units = chosen_units(offer, wish)
    freight_fen = freight_home(session, offer, units, wish.home, now=now) if wish.home else 0
    usable = usable_of(session, campaign, member, before)
    may_top_up = campaign.own_top_up and chooser.by is not ChosenBy.PROXY
    shared = share_out(campaign, offer, units, usable, freight_fen=freight_fen, may_top_up=may_top_up)
    if wish.home is not None and shared.own:
        parcel_fen = freight_home(session, offer, shared.covered, wish.home, now=now)
        shared = shared.sent_for(parcel_fen, counts=campaign.freight_counts)
    live = live_of(session, member_id)
    _count(session, campaign, member, before, shared.share, place.slot_id, units, own_units(live))
    if chooser.by is ChosenBy.MEMBER and member.user_id is None:
        member.user_id = chooser.user_id
    choice = _write(session, member_id, before, wish, place, offer, shared, chooser, now)
    settle(
        session, member, offer, live, shared.own, place.point_id, wish.home, wish.own,
        user_id=chooser.user_id, token=wish.token, now=now,
    )  # fmt: skip
    return choice


def is_choosing(campaign: Campaign, now: datetime) -> bool:
    return campaign.state is CampaignState.OPEN and campaign.opens_at <= now < campaign.closes_at


def chosen_units(offer: Offer, wish: Wish) -> dict[int, int]:
    """How many of each variant. Raises NothingChosen, NotOffered, TooManyEach."""
    if wish.package_id is not None:
        package = next((one for one in offer.packages if one.row.id == wish.package_id), None)
        if package is None:
            raise NotOffered(field="package_id")
        units = {good.variant.id: quantity for good, quantity in package.items}
    else:
        units = {variant_id: count for variant_id, count in wish.units.items() if count > 0}
        if not units.keys() <= {good.variant.id for good in offer.free}:
            raise NotOffered(field="units")
    if not units:
        raise NothingChosen(field="units")
    for variant_id, count in units.items():
        most = offer.goods[variant_id].row.most_each or MOST_OF_ONE
        if count > most:
            raise TooManyEach(field="units", most=most)
    return units


def usable_of(session: Session, campaign: Campaign, member: CampaignMember, before: Choice | None) -> int:
    """Of the allowance, in fen, what the yearly cap leaves this member here."""
    spent = spent_in_year(session, campaign, member.staff_number)
    elsewhere_fen = spent - (before.allowance_fen if before is not None else 0)
    return usable_fen(
        campaign.allowance_fen, cap_fen=yearly_cap_fen(session), spent_elsewhere_fen=elsewhere_fen
    )


def take_back_choice(session: Session, campaign: Campaign, member: CampaignMember, *, now: datetime) -> None:
    """As if nothing had been chosen: all that was counted is counted back, and own orders are given up.

    Campaign and member are locked.
    """
    choice = session.get(Choice, member.id, populate_existing=True)
    if choice is None:
        return
    live = live_of(session, member.id)
    give_up(session, [one.order_id for one in live], now=now)
    units = _together(units_of(session, member.id), own_units(live))
    spend(session, campaign, member.staff_number, -choice.allowance_fen, cap_fen=0)
    spend_of_unit(session, member.unit_id, -choice.allowance_fen)
    move_slot(session, choice.slot_id, None)
    move_units(session, campaign.id, {variant_id: -count for variant_id, count in units.items()})
    session.execute(sa.delete(ChoiceLine).where(ChoiceLine.member_id == member.id))
    session.execute(sa.delete(HomeAddress).where(HomeAddress.member_id == member.id))
    session.delete(choice)
    session.flush()


def units_of(session: Session, member_id: int) -> dict[int, int]:
    """What the union buys for this member."""
    rows = session.execute(
        sa.select(ChoiceLine.variant_id, ChoiceLine.quantity).where(ChoiceLine.member_id == member_id)
    )
    return dict(rows.all())


def _campaign_of(session: Session, member_id: int) -> int:
    found = session.scalar(sa.select(CampaignMember.campaign_id).where(CampaignMember.id == member_id))
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """Both None: it is sent home."""

    point_id: int | None
    slot_id: int | None


def _place(offer: Offer, wish: Wish) -> _Place:
    if wish.home is not None:
        if not offer.campaign.home_delivery:
            raise NoHomeDelivery(field="slot_id")
        return _Place(None, None)
    slot = next((one for one in offer.slots if one.id == wish.slot_id), None)
    if slot is None:
        raise NotOffered(field="slot_id")
    return _Place(slot.pickup_point_id, slot.id)


def _count(
    session: Session,
    campaign: Campaign,
    member: CampaignMember,
    before: Choice | None,
    share: Share,
    slot_id: int | None,
    units: Mapping[int, int],
    own_before: Mapping[int, int],
) -> None:
    """Of limited goods those count, too, that the member pays."""
    had_fen, had_slot = (before.allowance_fen, before.slot_id) if before is not None else (0, None)
    had = _together(units_of(session, member.id) if before is not None else {}, own_before)
    more_fen = share.allowance_fen - had_fen
    spend(session, campaign, member.staff_number, more_fen, cap_fen=yearly_cap_fen(session))
    spend_of_unit(session, member.unit_id, more_fen)
    move_slot(session, had_slot, slot_id)
    changes = {one: units.get(one, 0) - had.get(one, 0) for one in units.keys() | had.keys()}
    move_units(session, campaign.id, changes)


def _together(some: Mapping[int, int], others: Mapping[int, int]) -> dict[int, int]:
    return {one: some.get(one, 0) + others.get(one, 0) for one in some.keys() | others.keys()}


def _write(
    session: Session,
    member_id: int,
    before: Choice | None,
    wish: Wish,
    place: _Place,
    offer: Offer,
    shared: Shared,
    chooser: Chooser,
    now: datetime,
) -> Choice:
    choice, share = before or Choice(member_id=member_id, chosen_at=now), shared.share
    choice.package_id, choice.slot_id, choice.pickup_point_id = wish.package_id, place.slot_id, place.point_id
    choice.total_fen, choice.allowance_fen, choice.own_fen = (
        share.total_fen,
        share.allowance_fen,
        share.own_fen,
    )
    choice.freight_fen = shared.freight_fen
    choice.chosen_by, choice.actor_id = chooser.by, chooser.user_id
    choice.changed_at, choice.token = now, wish.token
    session.add(choice)
    session.flush()
    write_home(session, member_id, wish.home)
    session.execute(sa.delete(ChoiceLine).where(ChoiceLine.member_id == member_id))
    session.add_all(
        ChoiceLine(
            member_id=member_id,
            variant_id=variant_id,
            quantity=count,
            price_fen=offer.goods[variant_id].price_fen,
        )
        for variant_id, count in shared.covered.items()
    )
    session.flush()
    return choice
