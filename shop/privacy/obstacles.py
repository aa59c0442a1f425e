"""What has to end before somebody can be erased: goods on their way, money that is owed, work for the shop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.models import OrganisationMember, UserRole
from shop.campaigns.member_models import CampaignMember
from shop.campaigns.models import Campaign, CampaignState
from shop.campaigns.own_models import HomeAddress
from shop.catalogue.models import Household
from shop.inventory.models import HouseholdMonth
from shop.invoicing.models import Invoice, InvoiceOrder, InvoiceStatus, RedLetter, RedLetterStatus
from shop.kit.text import msg
from shop.ledger.models import Payout, PayoutStatus
from shop.ordering.claim_models import Claim, ClaimStatus
from shop.ordering.models import Order, OrderStatus
from shop.payments.claim_refunds import refund_is_due
from shop.payments.models import Dispute, DisputeStatus, Payment, PaymentStatus, Refund, RefundStatus
from shop.privacy.mapping import Person

MOST_NAMED: Final = 5
OWNER: Final = "owner"  # of an organisation
_RED_UNENDED: Final = (RedLetterStatus.DUE, RedLetterStatus.REQUESTED, RedLetterStatus.CONFIRMED)


class Obstacle(StrEnum):
    ROLES = "roles"
    OWNER = "owner"
    ORDERS = "orders"
    PAYMENTS = "payments"
    REFUNDS = "refunds"
    CLAIMS = "claims"
    DISPUTES = "disputes"
    INVOICES = "invoices"
    SUPPLIES = "supplies"
    OWED = "owed"
    WELFARE = "welfare"


OBSTACLE_WORDS: Final = {
    Obstacle.ROLES: msg("You work for the shop. Ask an admin to end your roles first."),
    Obstacle.OWNER: msg("An organisation has no other owner. Name another one first."),
    Obstacle.ORDERS: msg("These orders are not completed yet"),
    Obstacle.PAYMENTS: msg("The payment of these orders is not settled yet, or they are not paid yet"),
    Obstacle.REFUNDS: msg("A refund is on its way for these orders"),
    Obstacle.CLAIMS: msg("A claim about these orders is not settled yet"),
    Obstacle.DISPUTES: msg("A bank asks for the money of these orders back"),
    Obstacle.INVOICES: msg("An invoice is being made out for these orders"),
    Obstacle.SUPPLIES: msg("The household still supplies goods. Note first that it does not."),
    Obstacle.OWED: msg("The household is owed money, or its money is on the way"),
    Obstacle.WELFARE: msg(
        "Welfare of a union is to be sent to an address. Choose a pickup point, or wait for it."
    ),
}
# In the words of the desk, where “you” would be somebody else.
DESK_WORDS: Final = OBSTACLE_WORDS | {
    Obstacle.ROLES: msg("The account has roles in the shop. End them first.")
}


@dataclass(frozen=True)
class Open:
    """One obstacle, and the first orders that it is about; `more` of them are not named."""

    what: Obstacle
    numbers: tuple[str, ...] = ()
    more: int = 0


def find_obstacles(session: Session, person: Person) -> list[Open]:
    """Everything that is still open; empty: the person can be erased. A fixed number of statements."""
    found: list[Open] = []
    if person.user_id is not None and session.scalar(
        sa.select(UserRole.role).where(UserRole.user_id == person.user_id).limit(1)
    ):
        found.append(Open(Obstacle.ROLES))
    if person.user_id is not None and _owns_alone(session, person.user_id):
        found.append(Open(Obstacle.OWNER))
    if person.user_id is not None and _awaits_welfare(session, person.user_id):
        found.append(Open(Obstacle.WELFARE))
    if person.order_ids:
        found += _of_orders(session, person.order_ids)
    if person.received is not None:
        found += _unended(session, [person.received.order_id])
    if person.household_id is not None:
        found += _of_household(session, person.household_id)
    return found


def _owns_alone(session: Session, user_id: int) -> bool:
    other = aliased(OrganisationMember)
    same = other.organisation_id == OrganisationMember.organisation_id
    others = sa.exists().where(same, other.user_id != user_id, other.role == OWNER)
    own = sa.select(OrganisationMember.organisation_id).where(
        OrganisationMember.user_id == user_id, OrganisationMember.role == OWNER, ~others
    )
    return session.scalar(own.limit(1)) is not None


def _awaits_welfare(session: Session, user_id: int) -> bool:
    """Of a campaign that is not ordered yet: its parcel needs the address."""
    sent = sa.select(HomeAddress.member_id).join(CampaignMember, CampaignMember.id == HomeAddress.member_id)
    sent = sent.join(Campaign, Campaign.id == CampaignMember.campaign_id)
    running = Campaign.state.in_([CampaignState.OPEN, CampaignState.WAITING, CampaignState.CLOSING])
    return session.scalar(sent.where(CampaignMember.user_id == user_id, running).limit(1)) is not None


def _unended(session: Session, ids: Sequence[int]) -> list[Open]:
    """Of a recipient: goods that come to their address. What the buyer claims, pays and gets back needs none."""
    return [one for one in _of_orders(session, ids) if one.what is Obstacle.ORDERS]


def _of_orders(session: Session, ids: Sequence[int]) -> list[Open]:
    unended = Order.status.in_([OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMED, OrderStatus.SHIPPED])
    of_order = Order.id
    wanted: tuple[tuple[Obstacle, sa.ColumnElement[bool]], ...] = (
        (Obstacle.ORDERS, unended),
        (Obstacle.PAYMENTS, _exists(Payment, Payment.order_id == of_order, Payment.status == PaymentStatus.PENDING)),
        (
            Obstacle.REFUNDS,
            _exists(Refund, Refund.order_id == of_order, Refund.status.in_([RefundStatus.REQUESTED, RefundStatus.PENDING])),
        ),
        (
            Obstacle.CLAIMS,
            _exists(Claim, Claim.order_id == of_order, sa.or_(Claim.status == ClaimStatus.OPEN, refund_is_due())),
        ),
        (Obstacle.DISPUTES, _exists(Dispute, Dispute.order_id == of_order, Dispute.status == DisputeStatus.OPEN)),
        (Obstacle.INVOICES, _invoice_is_made()),
    )  # fmt: skip
    found = []
    for what, condition in wanted:
        named = sa.select(Order.number, sa.func.count().over()).where(of_order.in_(ids), condition)
        rows = session.execute(named.order_by(Order.id).limit(MOST_NAMED)).all()
        if rows:
            found.append(Open(what, tuple(row[0] for row in rows), rows[0][1] - len(rows)))
    return found


def _exists(entity: Any, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.select(entity.id).where(*conditions).correlate(Order).exists()


def _invoice_is_made() -> sa.ColumnElement[bool]:
    """Asked for and not issued, or being taken back."""
    red = sa.select(RedLetter.id).where(
        RedLetter.invoice_id == Invoice.id, RedLetter.status.in_(_RED_UNENDED)
    )
    return (
        sa.select(Invoice.id)
        .join(InvoiceOrder, InvoiceOrder.invoice_id == Invoice.id)
        .where(
            InvoiceOrder.order_id == Order.id,
            sa.or_(Invoice.status == InvoiceStatus.REQUESTED, red.exists()),
        )
        .correlate(Order)
        .exists()
    )


def _of_household(session: Session, household_id: int) -> list[Open]:
    figures = sa.select(
        sa.func.coalesce(sa.func.sum(HouseholdMonth.earned_fen + HouseholdMonth.held_fen), 0)
    ).where(HouseholdMonth.household_id == household_id)
    paid = sa.select(sa.func.coalesce(sa.func.sum(Payout.amount_fen), 0)).where(
        Payout.household_id == household_id, Payout.status == PayoutStatus.PAID
    )
    on_its_way = sa.select(Payout.id).where(
        Payout.household_id == household_id, Payout.status != PayoutStatus.PAID
    )
    found = []
    if session.get_one(Household, household_id).active:
        found.append(Open(Obstacle.SUPPLIES))
    owed = int(session.scalar(figures) or 0) - int(session.scalar(paid) or 0)
    if owed != 0 or session.scalar(on_its_way.limit(1)) is not None:
        found.append(Open(Obstacle.OWED))
    return found
