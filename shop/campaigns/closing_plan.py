"""What a close would do: who gets the default package, what each pickup point's order holds, what is short."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.expected import expected_defaults
from shop.campaigns.member_models import CampaignMember, Choice, ChoiceLine, ChosenBy, GotNothing, Standing
from shop.campaigns.models import Campaign
from shop.campaigns.own_units import own_units_of
from shop.campaigns.parcels import freight_by_member
from shop.campaigns.reading import Good, Offer, read_offer
from shop.campaigns.swapping import Swap, Taken, swaps_for
from shop.campaigns.trucks import truck_for
from shop.delivery.models import PickupPoint, Run
from shop.inventory.candidates import read_offer as read_lots
from shop.ordering.receiving import receiving_account, sellers_of


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
    without_place: int  # of those given the default package, for whom no time is left: handed out by their representative
    total_fen: int
    allowances_fen: int  # what the allowances come to; the rest is not charged
    homes: int = 0  # how many parcels go home
    freight_fen: int = 0  # for all of them; part of the total
    nothing: Mapping[int, GotNothing] = field(default_factory=dict)  # members who would get nothing, and why
    unpaid_sellers: Sequence[
        str
    ] = ()  # of an order that has no account to which all of it can be transferred

    @property
    def orders(self) -> int:
        return len(self.points) + self.homes

    @property
    def units(self) -> int:
        return sum(sum(point.units.values()) for point in self.points)

    @property
    def is_possible(self) -> bool:
        has_trucks = all(point.run is not None for point in self.points)
        return bool(self.orders) and not self.short and has_trucks and not self.unpaid_sellers


def plan_closing(session: Session, campaign_id: int, *, now: datetime) -> ClosingPlan:
    """The dry run: nothing is written. Raises NotFound."""
    offer = read_offer(session, campaign_id)
    chosen = taken_of(session, campaign_id)
    expected = expected_defaults(session, offer)
    taken = expected.taken + chosen
    swaps = swaps_for(offer, taken, own_units_of(session, offer))
    units = units_by_point(offer, taken, swaps)
    parcels, emptied = _parcels(taken, swaps), _emptied(taken, swaps)
    freight = freight_by_member(session, campaign_id)
    total = Counter[int]()
    for wanted in [*units.values(), *parcels.values()]:
        total.update(wanted)
    people = Counter(point for _, point in {(one.member_id, one.pickup_point_id) for one in taken})
    points = [
        PointPlan(
            offer.points[point_id],
            people[point_id],
            dict(wanted),
            truck_for(session, point_id, offer.campaign.distribution_on, now=now),
        )
        for point_id, wanted in units.items()
    ]
    freight_fen = sum(freight.get(member_id, 0) for member_id in parcels)
    return ClosingPlan(
        offer=offer,
        chosen=len({one.member_id for one in chosen if one.chosen_by is not ChosenBy.DEFAULT}),
        unchosen=expected.people,
        swaps=swaps,
        points=points,
        short=_short(session, offer, total, now),
        without_place=expected.without_place,
        total_fen=sum(offer.goods[variant_id].price_fen * count for variant_id, count in total.items())
        + freight_fen,
        allowances_fen=offer.campaign.allowance_fen * len({one.member_id for one in taken}),
        homes=len(parcels),
        freight_fen=freight_fen,
        nothing=dict(expected.nothing) | dict.fromkeys(sorted(emptied), GotNothing.HARVEST),
        unpaid_sellers=_unpaid(session, [*units.values(), *parcels.values()]),
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


def units_by_point(offer: Offer, taken: Sequence[Taken], swaps: Sequence[Swap]) -> dict[int, Counter[int]]:
    """What each point's order holds of what is chosen, after the swaps."""
    units: dict[int, Counter[int]] = defaultdict(Counter)
    for one in taken:
        if one.pickup_point_id is not None:
            units[one.pickup_point_id][one.variant_id] += one.quantity
    for swap in swaps:
        if swap.pickup_point_id is not None:
            _swap(units[swap.pickup_point_id], swap)
    return {point_id: +here for point_id, here in units.items() if +here}


def _swap(units: Counter[int], swap: Swap) -> None:
    units[swap.variant_id] -= swap.quantity
    if swap.substitute_id is not None:
        units[swap.substitute_id] += swap.instead


def _by_member(taken: Sequence[Taken], swaps: Sequence[Swap]) -> dict[int, Counter[int]]:
    units: dict[int, Counter[int]] = defaultdict(Counter)
    for one in taken:
        units[one.member_id][one.variant_id] += one.quantity
    for swap in swaps:
        if swap.member_id in units:
            _swap(units[swap.member_id], swap)
    return {member_id: +held for member_id, held in units.items()}


def _parcels(taken: Sequence[Taken], swaps: Sequence[Swap]) -> dict[int, Counter[int]]:
    """What goes home, by member; of whose choice the harvest leaves nothing there is no parcel."""
    homes = [one for one in taken if one.pickup_point_id is None]
    return {member_id: held for member_id, held in _by_member(homes, swaps).items() if held}


def _emptied(taken: Sequence[Taken], swaps: Sequence[Swap]) -> set[int]:
    """Of whose choice the rule for a short harvest leaves nothing."""
    swapped = {swap.member_id for swap in swaps if swap.substitute_id is None}
    concerned = [one for one in taken if one.member_id in swapped]
    return {member_id for member_id, held in _by_member(concerned, swaps).items() if not held}


def _unpaid(session: Session, orders: Sequence[Mapping[int, int]]) -> Sequence[str]:
    """Whose goods would stand in one order that has no account to which all of it can be transferred."""
    sellers = sellers_of(session, {variant_id for units in orders for variant_id in units})
    kinds = {frozenset(sellers[variant_id].id for variant_id in units) for units in orders}
    unpaid = {one for kind in kinds if receiving_account(session, kind) is None for one in kind}
    return sorted({one.legal_name for one in sellers.values() if one.id in unpaid})


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
