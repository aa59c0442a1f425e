"""Opening a campaign: what is missing first, then prices are frozen and its members are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.campaigns.access import managed_desk
from shop.campaigns.errors import NotReady
from shop.campaigns.locking import lock_campaign
from shop.campaigns.member_models import CampaignMember, Standing, Telling
from shop.campaigns.models import CampaignState
from shop.campaigns.reading import Good, Offer, read_offer
from shop.campaigns.transitions import CAMPAIGNS
from shop.kit.text import msg
from shop.ordering.receiving import receiving_account, sellers_of


def what_is_missing(session: Session, offer: Offer, *, now: datetime) -> list[str]:
    """Message ids, none when it can be opened."""
    campaign = offer.campaign
    found = _missing_goods(offer)
    if unpaid_goods(session, offer):
        found.append(
            msg(
                "An account that takes the money for all goods: the shop has none, and each seller only takes its own."
            )
        )
    if not offer.slots:
        found.append(msg("A pickup point with a time."))
    people = _members(session, campaign.id)
    if not people:
        found.append(msg("Members: send their table."))
    elif sum(slot.capacity for slot in offer.slots) < people:
        found.append(msg("There are fewer places in all times than members."))
    if campaign.closes_at <= now:
        found.append(msg("The time for choosing is over before it begins."))
    return found


def _missing_goods(offer: Offer) -> list[str]:
    campaign, default = offer.campaign, offer.default
    found = []
    if default is None:
        found.append(msg("A default package, for who does not choose."))
    elif default.price_fen > campaign.allowance_fen:
        found.append(msg("The default package costs more than the allowance."))
    if not campaign.own_top_up and any(
        package.price_fen > campaign.allowance_fen for package in offer.packages if package is not default
    ):
        found.append(msg("A package costs more than the allowance."))
    if campaign.free_choice and not offer.free:
        found.append(msg("Goods that can be chosen singly."))
    if any(_costs_more(offer, good) for good in offer.goods.values()):
        found.append(msg("What goes instead of other goods must not cost more than they do."))
    return found


def open_campaign(session: Session, campaign_id: int, *, actor_id: int, now: datetime) -> None:
    """Freeze the prices as the shop asks them now, and let the members choose within the window.

    Opened again it stays as it is. Locks the campaign. Raises NotFound, NotAllowed, NotReady, IllegalStep.
    """
    campaign = lock_campaign(session, campaign_id)
    managed_desk(session, campaign_id, actor_id)
    if campaign.state is CampaignState.OPEN:
        return
    offer = read_offer(session, campaign_id)
    step = CAMPAIGNS.step(campaign.state, CampaignState.OPEN)
    if what_is_missing(session, offer, now=now):
        raise NotReady()
    for good in offer.goods.values():
        good.row.price_fen = good.variant.price_fen
    campaign.state, campaign.opened_at = step, now
    session.execute(
        sa.update(CampaignMember)
        .where(CampaignMember.campaign_id == campaign_id, CampaignMember.standing == Standing.ENROLLED)
        .values(to_tell=Telling.OPENED)
    )
    session.flush()
    facts = {"packages": len(offer.packages), "goods": len(offer.goods)}
    audit(session, actor_id, "campaign.opened", "campaign", campaign_id, facts, now=now)


@dataclass(frozen=True, slots=True)
class Unpaid:
    """Goods of one seller that an order with goods of all sellers could not be paid for. `has_account`: of its own."""

    seller: str
    has_account: bool
    goods: tuple[Good, ...]


def unpaid_goods(session: Session, offer: Offer) -> list[Unpaid]:
    """By seller, those without an account first; none where one account takes the money, whatever is chosen.

    One order may hold goods of every seller. One statement.
    """
    sellers = sellers_of(session, offer.goods)
    each = {one.id: one for one in sellers.values()}
    if not each or receiving_account(session, each.keys()) is not None:
        return []
    found = [
        Unpaid(
            one.legal_name,
            bool(one.bank_account),
            tuple(good for variant_id, good in offer.goods.items() if sellers[variant_id].id == one.id),
        )
        for one in each.values()
    ]
    return sorted(found, key=lambda one: (one.has_account, one.seller))


def _members(session: Session, campaign_id: int) -> int:
    counted = sa.select(sa.func.count(CampaignMember.id))
    mine = counted.where(
        CampaignMember.campaign_id == campaign_id, CampaignMember.standing == Standing.ENROLLED
    )
    return session.scalar(mine) or 0


def _costs_more(offer: Offer, good: Good) -> bool:
    instead = offer.goods.get(good.row.substitute_id or 0)
    return instead is not None and instead.price_fen > good.price_fen
