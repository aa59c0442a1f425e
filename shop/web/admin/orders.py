"""Orders: found by number, telephone, recipient or SKU; one order with everything that is known of it."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName
from shop.campaigns.order_ends import welfare_of
from shop.conversations.reading import conversations_of_order
from shop.conversations.words import TOPICS
from shop.fulfilment.closing import waiting_of_order
from shop.fulfilment.finding_orders import orders_sent_as
from shop.fulfilment.given_late import Outcome
from shop.fulfilment.household_tasks import order_tasks
from shop.fulfilment.later_trucks import lacks_truck
from shop.fulfilment.order_progress import order_progress
from shop.fulfilment.parcel_reports import by_parcel, open_reports
from shop.fulfilment.reach import Reach
from shop.fulfilment.receipt import waits_uncollected
from shop.fulfilment.take_outs import to_take_out
from shop.inventory.order_allocations import served_by
from shop.invoicing.finding_orders import orders_invoiced_as
from shop.invoicing.of_order import invoices_in_short
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.references import secret_token
from shop.kit.text import msg
from shop.ledger.borne_refunds import borne_of_order
from shop.ledger.order_entries import entries_of_order
from shop.ledger.order_money import order_money
from shop.ledger.words import ACCOUNT_NAMES, ENTRY_NAMES
from shop.notifications.resending import NAMES, messages_of_order
from shop.ordering.approvals.procurement import procurement_of
from shop.ordering.changes import changes_of_order
from shop.ordering.channel_words import CHANNELS
from shop.ordering.claim_desk import claims_of_order
from shop.ordering.claim_words import KINDS
from shop.ordering.coupons.queries import coupons_of_order
from shop.ordering.models import Channel, DeliveryKind, Order, OrderStatus
from shop.ordering.order_desk import (
    FoundOrder,
    OrderFilter,
    buyer_of,
    find_orders,
    has_left,
    history_of,
    payment_methods_used,
    read_order,
)
from shop.ordering.outside.queries import orders_numbered, outside_of_order
from shop.ordering.outside.words import PAID
from shop.ordering.supplements import supplement_of
from shop.payments.finding import orders_paid_as
from shop.payments.payment_desk import refundable_fen
from shop.payments.queries import disputes_of_order, payments_of_order, refunds_of_order
from shop.payments.statements.order_receipts import transfers_said
from shop.reports.order_piles import orders_of_pile
from shop.reports.piles import Pile
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.canteen_arrivals import canteen_facts
from shop.web.admin.listing import Asked, Column, Filter, list_screen
from shop.web.admin.order_words import CHANGES, HAS_RECALLED, event_facts, event_word
from shop.web.admin.order_words import OUTCOMES as LATE_WORDS
from shop.web.admin.outside import source_options
from shop.web.admin.pages import desk_page, may_handle_money
from shop.web.admin.whole_refund import seen_mark, what_happens
from shop.web.admin.words import status_options
from shop.web.bearers import BEARERS, GIVERS
from shop.web.database import read_session
from shop.web.filters import bilingual, phone_masked, status_word
from shop.web.guards import requires

EVERYTHING = Reach(everything=True)


def _came_and_paid_by(row: FoundOrder) -> str:
    """From elsewhere: from where, and what it is called there; else how it was paid, and the way if it was no basket."""
    if row.outside_number:
        return f"{bilingual(row, 'source')} · {row.outside_number}"
    method = status_word(row.payment_method, "provider")
    return method if row.channel is Channel.SHOP else f"{gettext(CHANNELS[row.channel])} · {method}"


COLUMNS = (
    Column(
        "number",
        msg("Order number"),
        head=True,
        link=lambda row: url_for("admin.order", number=row.number),
    ),
    Column("status", msg("State"), kind="status:order_desk"),
    Column("placed_at", msg("Ordered at"), kind="moment"),
    Column("recipient", msg("Recipient")),
    Column("phone", msg("Phone"), value=lambda row: phone_masked(row.phone)),
    Column("delivery", msg("Delivery"), kind="status:delivery"),
    Column("payment_method", msg("Came and paid by"), value=_came_and_paid_by),
    Column("total_fen", msg("Total"), kind="money"),
    Column("refunded_fen", msg("Refunded"), kind="money", value=lambda row: row.refunded_fen or None),
)


def _methods(session: Session) -> list[tuple[str, str]]:
    return [(method, status_word(method, "provider")) for method in payment_methods_used(session)]


WAITS = {
    Pile.TRUCKS: msg("a truck"),
    Pile.PARCELS: msg("what became of a parcel"),
    Pile.LATE: msg("its courier"),
    Pile.UNCOLLECTED: msg("being collected"),
}
# What became of a parcel that was given out too late: with and without money that went back, and of recalled goods.
OUTCOMES = {
    True: [(one, word) for one, word in LATE_WORDS.items() if one is not Outcome.HAS_IT],
    False: [(one, LATE_WORDS[one]) for one in (Outcome.NOT_GIVEN, Outcome.HAS_IT)],
    "recalled": [(Outcome.NOT_GIVEN, LATE_WORDS[Outcome.NOT_GIVEN]), (Outcome.HAS_IT, HAS_RECALLED)],
}
FILTERS = (
    Filter("q", msg("Number, name, telephone, e-mail, goods, parcel, invoice, note or reference")),
    Filter("status", msg("State"), "select", lambda _session: status_options("order_desk")),
    Filter("delivery", msg("Delivery"), "select", lambda _session: status_options("delivery")),
    Filter("method", msg("Payment method"), "select", _methods),
    Filter(
        "channel",
        msg("Came by"),
        "select",
        lambda _session: [(one.value, gettext(word)) for one, word in CHANNELS.items()],
    ),
    Filter("source", msg("Source elsewhere"), "select", source_options),
    Filter("from", msg("From"), "date"),
    Filter("to", msg("to"), "date"),
    Filter(
        "waits",
        msg("Waits for"),
        "select",
        lambda _session: [(key, gettext(word)) for key, word in WAITS.items()],
    ),
    Filter("asks", msg("Buyer waits for an answer"), "check"),
)


def _known_as(session: Session, text: str) -> frozenset[str]:
    """By a parcel's or a task's number, a payment's reference, an invoice, or by what an order is called elsewhere."""
    paid, elsewhere = orders_paid_as(session, text), orders_numbered(session, text)
    return orders_sent_as(session, text) | paid | elsewhere | orders_invoiced_as(session, text)


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    status, delivery = wanted.text("status"), wanted.text("delivery")
    waits, channel = wanted.text("waits"), wanted.text("channel")
    pile = orders_of_pile(session, Pile(waits), now=utc_now()) if waits in WAITS else None
    text = wanted.text("q")
    asked = OrderFilter(
        text=text,
        known_as=_known_as(session, text) if text else frozenset(),
        channel=Channel(channel) if channel in set(Channel) else None,
        source_id=wanted.number("source"),
        status=OrderStatus(status) if status in set(OrderStatus) else None,
        delivery=DeliveryKind(delivery) if delivery in set(DeliveryKind) else None,
        payment_method=wanted.text("method"),
        first_day=wanted.day("from"),
        last_day=wanted.day("to"),
        complained=bool(wanted.text("asks")),
        numbers=frozenset(one.ref for one in pile) if pile is not None else None,
    )
    return find_orders(session, asked, page=wanted.page)


@admin.get("/orders")
@requires(RoleName.ADMIN)
def orders() -> str:
    screen = list_screen(
        read_session(),
        title=msg("Orders"),
        columns=COLUMNS,
        filters=FILTERS,
        rows=_rows,
        endpoint="admin.orders",
    )
    return desk_page("admin/list.html", "orders", screen=screen)


@admin.get("/orders/<number>")
@requires(RoleName.ADMIN)
def order(number: str) -> str:
    session = read_session()
    return order_page(read_order(session, number))


def order_page(shown: Order, **facts: Any) -> str:
    """Everything about one order, in a number of statements that does not grow with it."""
    session = read_session()
    history = history_of(session, shown.id)
    parcels = order_progress(session, shown.id, by_truck=shown.delivery is DeliveryKind.PICKUP)
    return desk_page(
        "admin/order.html",
        "orders",
        order=shown,
        buyer=buyer_of(session, shown.id),
        procurement=procurement_of(session, shown.id),
        served=served_by(session, [line.id for line in shown.lines]),
        tasks=order_tasks(session, shown.id, EVERYTHING),
        parcels=parcels,
        uncollected=waits_uncollected(session, shown.id),
        reports=by_parcel(open_reports(session, order_id=shown.id)),
        has_left=has_left(session, shown.id),
        what_happens=what_happens(parcels),
        take_outs=to_take_out(session, EVERYTHING, order_id=shown.id),
        parcels_out=seen_mark(parcels),
        outcomes=OUTCOMES,
        waiting=waiting_of_order(session, shown.id),
        canteen=canteen_facts(session, shown),
        outside=outside_of_order(session, shown.id)
        if shown.channel in (Channel.OUTSIDE, Channel.COUNTER)
        else None,
        paid_words=PAID,
        today=shanghai_date(utc_now()),
        channel_words=CHANNELS,
        payments=payments_of_order(session, shown.id),
        transfers=transfers_said(session, shown.id),
        refunds=refunds_of_order(session, shown.id),
        disputes=disputes_of_order(session, shown.id),
        invoices=invoices_in_short(session, shown.id),
        bearers=BEARERS,
        borne=borne_of_order(session, shown.id),
        givers=GIVERS,
        left_fen=refundable_fen(session, shown.id),
        money=order_money(session, shown.id),
        coupons=coupons_of_order(session, shown.id) if shown.off_fen else (),
        welfare=welfare_of(session, shown.id) if shown.channel is Channel.CAMPAIGN else None,
        entries=entries_of_order(session, shown.id) if may_handle_money() else (),
        account_names=ACCOUNT_NAMES,
        entry_names=ENTRY_NAMES,
        history=[(line, event_word(line), event_facts(line)) for line in history],
        changes=changes_of_order(session, shown.id),
        change_words=CHANGES,
        beside=supplement_of(session, shown.id),
        lacks_truck=lacks_truck(session, shown.id),
        claims=claims_of_order(session, shown.id),
        claim_kinds=KINDS,
        conversations=conversations_of_order(session, shown.id, whole=True),
        topics=TOPICS,
        resendable=messages_of_order(session, shown),
        message_names=NAMES,
        token=secret_token(),
        **facts,
    )
