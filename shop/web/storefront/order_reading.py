"""Reading an order's page, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import selectinload

from shop.accounts.organisations import slug_for_member
from shop.accounts.shop_settings import settings_at
from shop.campaigns.order_ends import welfare_of
from shop.canteens.unsettled import unsettled_orders
from shop.catalogue.models import SplitRule
from shop.catalogue.split import Parts
from shop.fulfilment.before_packing import nothing_is_packed
from shop.fulfilment.order_progress import ParcelProgress, order_progress
from shop.fulfilment.proposal_list import proposals_of_order
from shop.fulfilment.recalled_parcels import recalled_of_order
from shop.inventory.order_lots import holds_recalled_units, lots_of_lines
from shop.invoicing.desk import invoices_of_order
from shop.invoicing.models import Invoice, InvoiceStatus
from shop.kit.clock import utc_now
from shop.ledger.order_money import household_parts_of_order, order_money
from shop.ordering import planning
from shop.ordering.approvals.procurement import procurement_of
from shop.ordering.approvals.queries import last_request
from shop.ordering.claim_desk import claims_of_order
from shop.ordering.coupons.queries import coupons_of_order
from shop.ordering.expecting import expected_to_be_sent
from shop.ordering.models import Channel, DeliveryKind, Order, OrderStatus
from shop.ordering.preorders import preorders_of_order
from shop.ordering.sellers import goods_by_seller
from shop.payments.queries import refunds_of_order
from shop.web.database import read_session
from shop.web.storefront.order_access import require_order
from shop.web.storefront.order_view import OrderView
from shop.web.storefront.payment_state import last_attempt
from shop.web.viewer import current_viewer


def read_order_view(number: str) -> OrderView:
    """Raises NotFound, also for somebody else's order."""
    order = require_order(
        number,
        selectinload(Order.lines),
        selectinload(Order.events),
        selectinload(Order.pickup_point),
        selectinload(Order.run),
    )
    session, now = read_session(), utc_now()
    money = order_money(session, order.id)
    parcels = order_progress(session, order.id, by_truck=order.delivery is DeliveryKind.PICKUP)
    preorders = preorders_of_order(session, order.id)
    invoice_days, complete_days = settings_at(session, order.placed_at, "invoice_days", "complete_after_days")
    return OrderView(
        order=order,
        attempt=last_attempt(session, order.id),
        refunds=refunds_of_order(session, order.id),
        claims=claims_of_order(session, order.id),
        parcels=parcels,
        proposals=proposals_of_order(session, order.id),
        parts=money.by_sale if money else _planned_parts(order),
        money=money,
        coupons=coupons_of_order(session, order.id) if order.off_fen else (),
        households=household_parts_of_order(session, order.id) if money else [],
        sellers=goods_by_seller(session, order.lines),
        lots=lots_of_lines(session, [line.id for line in order.lines]),
        has_recalled_units=order.status is OrderStatus.AWAITING_PAYMENT
        and holds_recalled_units(session, [line.id for line in order.lines]),
        recalled=recalled_of_order(session, order.id),
        preorders=preorders,
        now=now,
        sent_on=None if preorders else _sent_on(order, parcels, now),
        invoices=_followed(order.id),
        invoice_days=invoice_days,
        complete_days=complete_days,
        request=last_request(session, order.id) if order.organisation_id is not None else None,
        procurement=procurement_of(session, order.id) if order.organisation_id is not None else None,
        welfare=welfare_of(session, order.id) if order.channel is Channel.CAMPAIGN else None,
        price_is_the_most=order.channel is Channel.CANTEEN and bool(unsettled_orders(session, [order.id])),
        organisation=slug_for_member(session, order.organisation_id, current_viewer().user_id),
        is_unpacked=order.status is OrderStatus.CONFIRMED and nothing_is_packed(session, order.id),
    )


def _sent_on(order: Order, parcels: Sequence[ParcelProgress], now: datetime) -> date | None:
    """Nothing is expected of an order being called off, of goods that no household has, or of parcels that have left."""
    if order.cancel_requested_at is not None:
        return None
    suppliers = [
        one for parcel in parcels if parcel.status in {"planned", "packed"} for one in parcel.suppliers
    ]
    if any(one.waits for one in suppliers) or (order.confirmed_at is not None and not suppliers):
        return None
    return expected_to_be_sent(read_session(), order, [one.deadline_at for one in suppliers], now=now)


def _followed(order_id: int) -> list[Invoice]:
    """Not what was withdrawn."""
    found = invoices_of_order(read_session(), order_id)
    return [one for one in found if one.status is not InvoiceStatus.WITHDRAWN]


def _planned_parts(order: Order) -> Parts:
    """What the books will say once it is paid."""
    rule = read_session().get_one(SplitRule, order.split_version)
    goods, freight_fen = [line.line_fen for line in order.lines], order.freight_fen - order.packaging_fen
    return planning.order_parts(rule, goods, freight_fen, order.packaging_fen)
