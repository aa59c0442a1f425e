"""What a close would do: who gets the default package, what each pickup point's order holds, what is short."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.member_models import CampaignMember, Choice, ChoiceLine, ChosenBy, Standing
from shop.campaigns.models import Campaign, CampaignState
from shop.campaigns.parcels import freight_fen as freight_of_homes
from shop.campaigns.reading import Good, Offer, read_offer
from shop.campaigns.swapping import Swap, Taken, swaps_for
from shop.campaigns.trucks import truck_for
from shop.delivery.models import PickupPoint, Run
from shop.inventory.candidates import read_offer as read_lots


@dataclass(frozen=True, slots=True)
class Short:
    """More is chosen of a variant than there is to be had by the day."""

    good: Good
    wanted: int
    available: int


@dataclass(frozen=True)
class PointPlan:
    """One pickup point's order: units by variant. `run` None: no truck comes there in time."""

    point: PickupPoint
    people: int
    units: Mapping[int, int]
    run: Run | None


@dataclass(frozen=True)
class ClosingPlan:
    offer: Offer
    chosen: int
    unchosen: int  # who would be given the default package
    swaps: Sequence[Swap]
    points: Sequence[PointPlan]
    short: Sequence[Short]
    without_place: int  # of the unchosen, for whom no time is left: handed out by their representative
    total_fen: int
    allowances_fen: int  # what the allowances come to; the rest is not charged
    homes: int = 0  # how many parcels go home
    freight_fen: int = 0  # for all of them; part of the total
    facts: Mapping[str, int] = field(default_factory=dict)

    @property
    def orders(self) -> int:
        return len(self.points) + self.homes

    @property
    def units(self) -> int:
        return sum(sum(point.units.values()) for point in self.points)

    @property
    def is_possible(self) -> bool:
        return bool(self.orders) and not self.short and all(point.run is not None for point in self.points)


def plan_closing(session: Session, campaign_id: int, *, now: datetime) -> ClosingPlan:
    """The dry run: nothing is written. Raises NotFound."""
    offer = read_offer(session, campaign_id)
    chosen = taken_of(session, campaign_id)
    unchosen = count_unchosen(session, campaign_id) if offer.campaign.state is CampaignState.OPEN else 0
    swaps = swaps_for(offer, chosen, defaults=unchosen)
    units, people = _by_point(offer, chosen, swaps, unchosen)
    total = _home_units(chosen, swaps)
    for wanted in units.values():
        total.update(wanted)
    freight_fen = freight_of_homes(session, campaign_id)
    points = [
        PointPlan(
            offer.points[point_id],
            people[point_id],
            dict(wanted),
            truck_for(session, point_id, offer.campaign.distribution_on, now=now),
        )
        for point_id, wanted in units.items()
    ]
    places = sum(slot.left for slot in offer.slots)
    return ClosingPlan(
        offer=offer,
        chosen=len({one.member_id for one in chosen if one.chosen_by is not ChosenBy.DEFAULT}),
        unchosen=unchosen,
        swaps=swaps,
        points=points,
        short=_short(session, offer, total, now),
        without_place=max(0, unchosen - places),
        total_fen=sum(offer.goods[variant_id].price_fen * count for variant_id, count in total.items())
        + freight_fen,
        allowances_fen=offer.campaign.allowance_fen * (len(people_ids(chosen)) + unchosen),
        homes=len({one.member_id for one in chosen if one.pickup_point_id is None}),
        freight_fen=freight_fen,
    )


def taken_of(session: Session, campaign_id: int) -> list[Taken]:
    """Every line of every choice, who chose last first; default packages before all, since nobody asked for them."""
    rows = session.execute(
        sa.select(
            Choice.member_id,
            Choice.pickup_point_id,
            Choice.chosen_by,
            ChoiceLine.variant_id,
            ChoiceLine.quantity,
        )
        .join(CampaignMember, CampaignMember.id == Choice.member_id)
        .join(ChoiceLine, ChoiceLine.member_id == Choice.member_id)
        .where(CampaignMember.campaign_id == campaign_id, CampaignMember.standing != Standing.TAKEN_BACK)
        .order_by(
            sa.case((Choice.chosen_by == ChosenBy.DEFAULT, 0), else_=1),
            Choice.changed_at.desc(),
            Choice.member_id.desc(),
            ChoiceLine.variant_id,
        )
    )
    return [Taken(*row) for row in rows]


def people_ids(taken: Sequence[Taken]) -> set[int]:
    return {one.member_id for one in taken}


def unchosen_members(campaign_id: int) -> sa.Select[int]:
    """Whom the close gives the default package."""
    return (
        sa.select(CampaignMember.id)
        .outerjoin(Choice, Choice.member_id == CampaignMember.id)
        .where(
            CampaignMember.campaign_id == campaign_id,
            CampaignMember.standing == Standing.ENROLLED,
            Choice.member_id.is_(None),
        )
        .order_by(CampaignMember.id)
    )


def count_unchosen(session: Session, campaign_id: int) -> int:
    waiting = unchosen_members(campaign_id).order_by(None).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(waiting)) or 0


def units_by_point(offer: Offer, chosen: Sequence[Taken], swaps: Sequence[Swap]) -> dict[int, Counter[int]]:
    """What each point's order holds of what is chosen, after the swaps."""
    return _by_point(offer, chosen, swaps, 0)[0]


def _by_point(
    offer: Offer, chosen: Sequence[Taken], swaps: Sequence[Swap], unchosen: int
) -> tuple[dict[int, Counter[int]], Counter[int]]:
    units: dict[int, Counter[int]] = defaultdict(Counter)
    people = Counter[int]()
    at_points = [one for one in chosen if one.pickup_point_id is not None]
    for _member, point_id in {(one.member_id, one.pickup_point_id or 0) for one in at_points}:
        people[point_id] += 1
    for one in at_points:
        units[one.pickup_point_id or 0][one.variant_id] += one.quantity
    for point_id, count in places_for(offer, unchosen):
        people[point_id] += count
        for good, quantity in offer.default.items if offer.default is not None else ():
            units[point_id][good.variant.id] += quantity * count
    for swap in swaps:
        if swap.member_id is not None and swap.pickup_point_id is None:
            continue  # goes home
        here = units[swap.pickup_point_id if swap.pickup_point_id is not None else next(iter(units))]
        here[swap.variant_id] -= swap.quantity
        if swap.substitute_id is not None:
            here[swap.substitute_id] += swap.instead
    return {point_id: +here for point_id, here in units.items() if +here}, people


def _home_units(chosen: Sequence[Taken], swaps: Sequence[Swap]) -> Counter[int]:
    """What all parcels home hold together."""
    units = Counter[int]()
    for one in chosen:
        if one.pickup_point_id is None:
            units[one.variant_id] += one.quantity
    for swap in swaps:
        if swap.member_id is not None and swap.pickup_point_id is None:
            units[swap.variant_id] -= swap.quantity
            if swap.substitute_id is not None:
                units[swap.substitute_id] += swap.instead
    return +units


def places_for(offer: Offer, count: int) -> list[tuple[int, int]]:
    """Where so many who chose nothing collect, by point: as the times have places, the rest at the first point."""
    found = Counter[int]()
    for slot in offer.slots:
        here = min(slot.left, count)
        found[slot.pickup_point_id] += here
        count -= here
    if count and offer.slots:
        found[offer.slots[0].pickup_point_id] += count
    return [(point_id, people) for point_id, people in found.items() if people]


def _short(session: Session, offer: Offer, wanted: Counter[int], now: datetime) -> list[Short]:
    campaign: Campaign = offer.campaign
    lots = read_lots(session, list(wanted), now).keeping_until(campaign.distribution_on)
    available = lots.only(
        lambda lot: lot.expected_on is None or lot.expected_on <= campaign.distribution_on
    ).units()
    return [
        Short(offer.goods[variant_id], count, available[variant_id])
        for variant_id, count in sorted(wanted.items())
        if count > available[variant_id] and not offer.goods[variant_id].is_box
    ]
