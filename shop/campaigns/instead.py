"""After the close: who misses goods that nobody has gets what the rule agreed beforehand names, as far as it can be had.

It is an order of its own beside the one whose goods are missing, on the union's account, for the same point or home. It
holds its goods in one transaction and is accepted on the terms in the next, since an order is locked before its lots;
with that the choices follow. What went instead of other goods is not replaced again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.after_models import InsteadOrder, Loss, Why
from shop.campaigns.goods_to_be_had import units_by_the_day
from shop.campaigns.models import Campaign, CampaignGood
from shop.campaigns.ordering import ON_ACCOUNT
from shop.campaigns.reading import Offer
from shop.campaigns.share_caps import SharesOfAClose
from shop.campaigns.signing import procurement_of
from shop.campaigns.swapping import Swap, worth_of
from shop.campaigns.trucks import NoTruck, truck_for
from shop.inventory.allocation import Cap
from shop.kit.clock import shanghai_date
from shop.kit.references import secret_token
from shop.kit.text import msg
from shop.ordering.cancellation import cancel_unpaid
from shop.ordering.direct.placing import place_direct_order
from shop.ordering.direct.wish import DirectWish, Item
from shop.ordering.events import OneInvoiceWanted, OrderOnTermsWanted
from shop.ordering.models import Channel, DeliveryKind, Order, OrderLine, OrderStatus
from shop.ordering.reasons import Reason
from shop.ordering.wish import Courier, InvoiceWish, Pickup, Recipient
from shop.storage.event_log import record


def held_for(session: Session, order_id: int) -> InsteadOrder | None:
    """The order that holds what goes instead of goods of this one, and is not accepted yet."""
    wanted = sa.select(InsteadOrder).where(InsteadOrder.for_order_id == order_id)
    return session.scalar(wanted.where(InsteadOrder.given_at.is_(None)))


def is_unpaid(session: Session, order_id: int) -> bool:
    return session.scalar(sa.select(Order.status).where(Order.id == order_id)) is OrderStatus.AWAITING_PAYMENT


def units_of_order(session: Session, order_id: int) -> Counter[int]:
    """By variant, as it was ordered."""
    rows = sa.select(OrderLine.variant_id, OrderLine.quantity).where(OrderLine.order_id == order_id)
    return Counter[int](dict(session.execute(rows).all()))


def may_be_replaced(offer: Offer, losses: Sequence[Loss], *, now: datetime) -> bool:
    """Goods that nobody has, while there is time before the day of distribution, of which the rule names something."""
    in_time = shanghai_date(now) <= offer.campaign.distribution_on
    return in_time and any(
        one.why is Why.SHORT and offer.goods[one.variant_id].row.substitute_id is not None for one in losses
    )


def to_be_had(session: Session, offer: Offer, *, now: datetime) -> Counter[int]:
    """Units of what the rule names, lots and forecasts by the day. Two statements."""
    named = {good.row.substitute_id for good in offer.goods.values() if good.row.substitute_id is not None}
    return units_by_the_day(session, named, offer.campaign.distribution_on, now=now)


def put_instead(offer: Offer, losses: Sequence[Loss], units: Mapping[int, int]) -> Counter[int]:
    """Write into the losses what goes instead, by value; returns its units. Who loses last is served first, each whole.

    `losses`: as they fall. `units`: of what the rule names there are so many.
    """
    left, given = Counter[int](units), Counter[int]()
    for loss in reversed(losses):
        loss.instead_id, loss.instead, loss.instead_fen = None, 0, 0
        good = offer.goods[loss.variant_id]
        substitute = offer.goods.get(good.row.substitute_id or 0)
        if substitute is None:
            continue
        count, _rest = worth_of(good, substitute, loss.quantity)
        if 0 < count <= left[substitute.variant.id]:
            loss.instead_id, loss.instead, loss.instead_fen = (
                substitute.variant.id,
                count,
                substitute.price_fen,
            )
            left[substitute.variant.id] -= count
            given[substitute.variant.id] += count
    return +given


def hold_instead(
    session: Session,
    campaign: Campaign,
    offer: Offer,
    losses: Sequence[Loss],
    units: Mapping[int, int],
    *,
    member_id: int | None,
    now: datetime,
) -> None:
    """Place the order that holds it; nobody is promised it yet. The campaign is locked.

    Raises NoTruck, and what placing an order raises.
    """
    first = session.get_one(Order, losses[0].order_id)
    cap = SharesOfAClose().cap(session, campaign, [_as_swap(one, first) for one in losses])
    wish = _wish(session, campaign, offer, first, units, cap, now)
    placed = place_direct_order(session, wish, now=now)
    session.add(
        InsteadOrder(
            order_id=placed.order_id,
            campaign_id=campaign.id,
            for_order_id=first.id,
            pickup_point_id=first.pickup_point_id if member_id is None else None,
            member_id=member_id,
        )
    )
    session.flush()


def accept(
    session: Session, campaign: Campaign, held: InsteadOrder, losses: Sequence[Loss], *, now: datetime
) -> None:
    """It counts from here on. Raises, in a reaction, what the union's terms refuse."""
    held.given_at = now
    for loss in losses:
        if loss.instead:
            loss.instead_order_id = held.order_id
    instead = {loss.instead_id for loss in losses if loss.instead}
    session.execute(  # what is limited for who comes first is not when it goes instead, as agreed beforehand
        sa.update(CampaignGood)
        .where(CampaignGood.campaign_id == campaign.id, CampaignGood.variant_id.in_(instead))
        .values(most_units=None),
        execution_options={"synchronize_session": False},
    )
    session.flush()
    record(session, OrderOnTermsWanted(held.order_id, campaign.organisation_id, now, is_approved=True))


def ask_for_invoice(session: Session, campaign: Campaign, order_id: int, *, now: datetime) -> bool:
    """On the request that waits for the order beside it, else on one of its own; False where nothing is to be asked for.

    In a step of its own, since an order is locked before its invoices and its lots.
    """
    given = session.scalars(
        sa.select(InsteadOrder).where(
            InsteadOrder.for_order_id == order_id,
            InsteadOrder.given_at.is_not(None),
            InsteadOrder.billed_at.is_(None),
        )
    ).first()
    if given is None:
        return False
    given.billed_at = now
    session.flush()
    record(
        session,
        OneInvoiceWanted(
            (given.order_id,), campaign.organisation_id, campaign.closing_by_id, now, beside_id=order_id
        ),
    )
    return True


def give_up(session: Session, held: InsteadOrder, *, now: datetime) -> None:
    """What is held is not what is missing any more, or was refused."""
    order_id = held.order_id
    session.delete(held)
    session.flush()
    cancel_unpaid(session, order_id, now=now, reason=Reason.CANCELLED)


def _as_swap(loss: Loss, order: Order) -> Swap:
    returned_fen = loss.quantity * loss.price_fen - loss.instead * loss.instead_fen
    return Swap(
        loss.member_id, order.pickup_point_id, loss.variant_id, loss.quantity, loss.instead_id, loss.instead,
        returned_fen,
    )  # fmt: skip


def _wish(
    session: Session,
    campaign: Campaign,
    offer: Offer,
    first: Order,
    units: Mapping[int, int],
    cap: Cap,
    now: datetime,
) -> DirectWish:
    """As the first one was. A second parcel home costs its union no second freight: the goods were missing."""
    is_home = first.delivery is DeliveryKind.COURIER
    return DirectWish(
        token=secret_token(),  # the row beside it makes it one
        items=tuple(
            Item(variant_id, count, offer.goods[variant_id].price_fen)
            for variant_id, count in sorted(units.items())
        ),
        recipient=Recipient(first.recipient, first.phone, first.email),
        delivery=_home(first) if is_home else _point(session, campaign, offer, first, now),
        payment_method=ON_ACCOUNT,
        channel=Channel.CAMPAIGN,
        user_id=first.user_id,
        organisation_id=campaign.organisation_id,
        note=campaign.title,
        invoice=InvoiceWish(first.invoice_kind, first.invoice_title, first.tax_number),
        cap=cap,
        procurement=procurement_of(campaign),
        preorder_terms=msg("As agreed in the campaign: its rule for a short harvest."),
        freight_fen=0 if is_home else None,
    )


def _home(first: Order) -> Courier:
    return Courier(first.province or "", first.city or "", first.district or "", first.street or "")


def _point(session: Session, campaign: Campaign, offer: Offer, first: Order, now: datetime) -> Pickup:
    point_id = first.pickup_point_id or 0
    run = truck_for(session, point_id, campaign.distribution_on, now=now)
    if run is None:
        raise NoTruck(field="run", point=offer.points[point_id].name_zh)
    return Pickup(point_id, run.id)
