"""What a draft offers: packages, goods that can be chosen singly, what goes instead, points and times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.access import managed_desk
from shop.campaigns.errors import NotADraft
from shop.campaigns.locking import lock_campaign
from shop.campaigns.models import (
    Campaign,
    CampaignGood,
    CampaignPackage,
    CampaignPackageItem,
    CampaignSlot,
    CampaignState,
)
from shop.campaigns.reading import read_offer
from shop.catalogue.models import Product, ProductStatus, Variant
from shop.delivery.models import PickupPoint
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.money import plain_yuan
from shop.kit.text import msg, tidy

MOST_PACKAGES, MOST_GOODS, MOST_SLOTS = 12, 60, 200
MOST_UNITS, MOST_PLACES = 99, 10_000


@dataclass(frozen=True, slots=True)
class GoodPlan:
    """`substitute_id`: the variant that goes instead when the harvest is short; None: its money is not charged."""

    variant_id: int
    is_free_choice: bool
    most_each: int | None = None
    substitute_id: int | None = None


def save_package(
    session: Session,
    campaign_id: int,
    package_id: int | None,
    name: str,
    units: Mapping[int, int],
    *,
    is_default: bool,
    actor_id: int,
) -> int:
    """A named set of variants × units; its variants become goods of the campaign. Raises NotFound, NotADraft, InvalidInput."""
    campaign = _draft(session, campaign_id, actor_id)
    name, units = tidy(name)[:40], {variant: count for variant, count in units.items() if count}
    if not name:
        raise InvalidInput(msg("Please give it a name."), field="name")
    if not units:
        raise InvalidInput(msg("Please say how many of each, at least of one."), field="units")
    if any(not 0 < count <= MOST_UNITS for count in units.values()):
        raise InvalidInput(msg("Of each from 1 to %(most)s, or none."), field="units", most=MOST_UNITS)
    package = _package(session, campaign, package_id, name)
    if is_default:
        session.execute(
            sa.update(CampaignPackage)
            .where(CampaignPackage.campaign_id == campaign.id, CampaignPackage.id != package.id)
            .values(is_default=False)
        )
    package.name, package.is_default = name, is_default
    session.execute(sa.delete(CampaignPackageItem).where(CampaignPackageItem.package_id == package.id))
    session.add_all(
        CampaignPackageItem(package_id=package.id, variant_id=variant_id, quantity=count)
        for variant_id, count in units.items()
    )
    session.flush()
    _bring_in(session, campaign.id, units.keys())
    _refuse_beyond_allowance(session, campaign, package.id)
    return package.id


def _refuse_beyond_allowance(session: Session, campaign: Campaign, package_id: int) -> None:
    """Unless members may add their own money, and never of what is given to who does not choose. Raises InvalidInput."""
    package = next(one for one in read_offer(session, campaign.id).packages if one.row.id == package_id)
    more_fen = package.price_fen - campaign.allowance_fen
    if more_fen <= 0 or (campaign.own_top_up and not package.row.is_default):
        return
    if package.row.is_default and campaign.own_top_up:
        why = msg(
            "It costs ¥%(more)s more than the allowance, and who does not choose cannot be asked to pay: the default"
            " package has to fit."
        )
    else:
        why = msg(
            "It costs ¥%(more)s more than the allowance. Take something out, or let members add their own money."
        )
    raise InvalidInput(why, field="units", more=plain_yuan(more_fen))


def remove_package(session: Session, campaign_id: int, package_id: int, *, actor_id: int) -> None:
    """Raises NotFound, NotADraft."""
    campaign = _draft(session, campaign_id, actor_id)
    package = session.get(CampaignPackage, package_id)
    if package is None or package.campaign_id != campaign.id:
        raise NotFound()
    session.execute(sa.delete(CampaignPackageItem).where(CampaignPackageItem.package_id == package_id))
    session.delete(package)
    session.flush()


def add_goods(session: Session, campaign_id: int, variant_ids: Sequence[int], *, actor_id: int) -> None:
    """Taken in as choosable singly where the campaign lets members do so. Raises NotFound, NotADraft, InvalidInput."""
    campaign = _draft(session, campaign_id, actor_id)
    known = sa.select(sa.func.count(CampaignGood.id)).where(CampaignGood.campaign_id == campaign.id)
    if (session.scalar(known) or 0) + len(variant_ids) > MOST_GOODS:
        raise InvalidInput(msg("At most %(most)s different goods."), field="goods", most=MOST_GOODS)
    _bring_in(session, campaign.id, variant_ids, is_free_choice=campaign.free_choice)


def save_goods(session: Session, campaign_id: int, goods: Sequence[GoodPlan], *, actor_id: int) -> None:
    """The whole list, in this order; goods of packages, and what goes instead of others, stay whether named or not.

    Raises NotFound, NotADraft, InvalidInput.
    """
    campaign = _draft(session, campaign_id, actor_id)
    if len(goods) > MOST_GOODS:
        raise InvalidInput(msg("At most %(most)s different goods."), field="goods", most=MOST_GOODS)
    _refuse_unsold(
        session, {one.variant_id for one in goods} | {one.substitute_id for one in goods if one.substitute_id}
    )
    in_packages = set(_in_packages(session, campaign.id))
    known = {
        one.variant_id: one
        for one in session.scalars(sa.select(CampaignGood).where(CampaignGood.campaign_id == campaign.id))
    }
    for position, plan in enumerate(goods):
        good = known.pop(plan.variant_id, None) or CampaignGood(
            campaign_id=campaign.id, variant_id=plan.variant_id
        )
        good.position, good.is_free_choice, good.most_each = position, plan.is_free_choice, plan.most_each
        good.substitute_id = plan.substitute_id if plan.substitute_id != plan.variant_id else None
        session.add(good)
    for good in known.values():
        if good.variant_id in in_packages:
            good.is_free_choice = False
        else:
            session.delete(good)
    session.flush()
    _bring_in(session, campaign.id, {one.substitute_id for one in goods if one.substitute_id})


def save_slot(
    session: Session,
    campaign_id: int,
    *,
    point_id: int,
    starts_at: datetime,
    ends_at: datetime,
    capacity: int,
    actor_id: int,
) -> None:
    """A new time, or another capacity of a known one, never below who has it. Open campaigns too. Raises NotFound, NotADraft, InvalidInput."""
    campaign = lock_campaign(session, campaign_id)
    managed_desk(session, campaign_id, actor_id)
    if campaign.state not in {CampaignState.DRAFT, CampaignState.OPEN}:
        raise NotADraft()
    if ends_at <= starts_at or shanghai_date(starts_at) < campaign.distribution_on:
        raise InvalidInput(
            msg("A time ends after it begins, not before the day of distribution."), field="starts_at"
        )
    if not 0 < capacity <= MOST_PLACES:
        raise InvalidInput(msg("From 1 to %(most)s people."), field="capacity", most=MOST_PLACES)
    point = session.get(PickupPoint, point_id)
    if point is None or not point.active:
        raise InvalidInput(msg("Please choose a place."), field="point_id")
    mine = sa.select(CampaignSlot).where(CampaignSlot.campaign_id == campaign_id)
    slot = session.scalar(
        mine.where(CampaignSlot.pickup_point_id == point_id, CampaignSlot.starts_at == starts_at)
    )
    if slot is None:
        count = session.scalar(sa.select(sa.func.count()).select_from(mine.subquery())) or 0
        if count >= MOST_SLOTS:
            raise InvalidInput(msg("At most %(most)s times."), field="starts_at", most=MOST_SLOTS)
        slot = CampaignSlot(campaign_id=campaign_id, pickup_point_id=point_id, starts_at=starts_at, taken=0)
        session.add(slot)
    elif capacity < slot.taken:
        raise InvalidInput(
            msg("%(taken)s people have this time already."), field="capacity", taken=slot.taken
        )
    slot.ends_at, slot.capacity = ends_at, capacity
    session.flush()


def remove_slot(session: Session, campaign_id: int, slot_id: int, *, actor_id: int) -> None:
    """Raises NotFound, NotADraft."""
    campaign = _draft(session, campaign_id, actor_id)
    slot = session.get(CampaignSlot, slot_id)
    if slot is None or slot.campaign_id != campaign.id:
        raise NotFound()
    session.delete(slot)
    session.flush()


def _draft(session: Session, campaign_id: int, actor_id: int) -> Campaign:
    campaign = lock_campaign(session, campaign_id)
    managed_desk(session, campaign_id, actor_id)
    if campaign.state is not CampaignState.DRAFT:
        raise NotADraft()
    return campaign


def _package(session: Session, campaign: Campaign, package_id: int | None, name: str) -> CampaignPackage:
    mine = sa.select(CampaignPackage).where(CampaignPackage.campaign_id == campaign.id)
    packages = {one.id: one for one in session.scalars(mine)}
    if any(one.name == name and one.id != package_id for one in packages.values()):
        raise InvalidInput(msg("There is a package of this name already."), field="name")
    if package_id is not None:
        if package_id not in packages:
            raise NotFound()
        return packages[package_id]
    if len(packages) >= MOST_PACKAGES:
        raise InvalidInput(msg("At most %(most)s packages."), field="name", most=MOST_PACKAGES)
    package = CampaignPackage(campaign_id=campaign.id, name=name, position=len(packages), is_default=False)
    session.add(package)
    session.flush()
    return package


def _bring_in(
    session: Session, campaign_id: int, variant_ids: Iterable[int], *, is_free_choice: bool = False
) -> None:
    wanted = set(variant_ids)
    _refuse_unsold(session, wanted)
    known = set(
        session.scalars(sa.select(CampaignGood.variant_id).where(CampaignGood.campaign_id == campaign_id))
    )
    session.add_all(
        CampaignGood(
            campaign_id=campaign_id,
            variant_id=variant_id,
            position=len(known),
            is_free_choice=is_free_choice,
        )
        for variant_id in sorted(wanted - known)
    )
    session.flush()


def _refuse_unsold(session: Session, variant_ids: set[int]) -> None:
    sold = sa.select(Variant.id).join(Product, Product.id == Variant.product_id)
    sold = sold.where(Variant.id.in_(variant_ids), Variant.active, Product.status == ProductStatus.PUBLISHED)
    if set(session.scalars(sold)) != variant_ids:
        raise InvalidInput(msg("Some of these goods are not for sale."), field="goods")


def _in_packages(session: Session, campaign_id: int) -> Sequence[int]:
    return session.scalars(
        sa.select(CampaignPackageItem.variant_id)
        .join(CampaignPackage, CampaignPackage.id == CampaignPackageItem.package_id)
        .where(CampaignPackage.campaign_id == campaign_id)
    ).all()
