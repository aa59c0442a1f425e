"""Everything that waits for a person of the shop's team, gathered from all rooms of the house."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.price_list import first_proposals
from shop.fulfilment.household_tasks import count_work, work_list
from shop.fulfilment.reach import Reach
from shop.fulfilment.recall_list import proposed_recalls
from shop.payments.transfer_list import first_transfers
from shop.payments.work_list import WorkItem, first_payment_work
from shop.reports.buyer_piles import (
    waiting_claim_refunds,
    waiting_claims,
    waiting_conversations,
    waiting_quotations,
    waiting_reviews,
    waiting_stories,
)
from shop.reports.cash_pile import waiting_boxes
from shop.reports.debt_pile import waiting_debts
from shop.reports.goods_piles import (
    waiting_certificates,
    waiting_lots,
    waiting_pictures,
    waiting_stock,
)
from shop.reports.invoice_pile import waiting_invoices
from shop.reports.order_piles import orders_of_pile
from shop.reports.payout_piles import (
    waiting_loans_and_movements,
    waiting_payees,
    waiting_proofs,
    waiting_runs,
)
from shop.reports.piles import MOST_LISTED, MOST_SHOWN, Item, Pile, Waiting
from shop.reports.privacy_pile import waiting_requests
from shop.reports.recall_board import orders_of_recalls_to_refund
from shop.reports.receipts import waiting_receipts
from shop.reports.unattended import unattended_places
from shop.storage.outbox import OutboxMessage
from shop.storage.paging import read_first

EVERYTHING = Reach(everything=True)


Reader = Callable[[Session, datetime, int], Waiting | tuple[Waiting, ...]]


def read_inbox(session: Session, *, now: datetime, most: int = MOST_SHOWN) -> list[Waiting]:
    """Every pile, empty ones too, with so many of its things. A fixed number of statements, however much waits."""
    return _read(session, tuple(Pile), now, most)


def read_piles(
    session: Session, piles: Collection[Pile], *, now: datetime, most: int = MOST_LISTED
) -> list[Waiting]:
    """These with all that waits in them, as far as a person reads."""
    return _read(session, piles, now, most)


def _read(session: Session, piles: Collection[Pile], now: datetime, most: int) -> list[Waiting]:
    readers = (read for of, read in _READERS if not set(of).isdisjoint(piles))
    found = (read(session, now, most) for read in readers)
    every = (pile for one in found for pile in (one if isinstance(one, tuple) else (one,)))
    return [one for one in every if one.pile in piles]


def _recalls(session: Session, now: datetime, most: int) -> Waiting:
    found = [
        Item(lot.code, lot.code, lot.code, detail_zh=recall.reason_zh[:120], since=recall.proposed_at)
        for recall, lot in proposed_recalls(session)
    ]
    return Waiting(Pile.RECALLS, len(found), found[:most])


def _recall_refunds(session: Session, now: datetime, most: int) -> Waiting:
    found = orders_of_recalls_to_refund(session, most=max(most, 200))
    items = [
        Item(one.lot_code, one.number, one.number, since=one.since, key=f"{one.number}/{one.lot_code}")
        for one in found
    ]
    return Waiting(Pile.RECALL_REFUNDS, len(found), items[:most])


def _prices(session: Session, now: datetime, most: int) -> Waiting:
    found = first_proposals(session, most=most)
    items = [
        Item(
            str(one.id),
            f"{one.name_zh} {one.pack_zh}",
            f"{one.name_en} {one.pack_en}",
            detail_zh=one.reason[:120],
            amount_fen=one.price_fen,
            since=one.proposed_at,
        )
        for one in found.items
    ]
    return Waiting(Pile.PRICES, found.total, items)


def _places(session: Session, now: datetime, most: int) -> Waiting:
    places = unattended_places(session)
    items = [Item(str(one.id), one.name_zh, one.name_en) for one in places[:most]]
    return Waiting(Pile.PLACES, len(places), items)


def _tasks(session: Session, now: datetime, most: int) -> Waiting:
    tasks = work_list(session, EVERYTHING, now=now, limit=most)
    items = [
        Item(
            ref=task.order_number,
            text_zh=f"{task.village_zh} · {task.producer_zh}",
            text_en=f"{task.village_en} · {task.producer_en}",
            kind="nobody" if task.needs_person_at else "silent",
            detail_zh=" · ".join(f"{goods.name_zh} {goods.pack_zh} × {goods.units}" for goods in task.goods),
            detail_en=" · ".join(f"{goods.name_en} {goods.pack_en} × {goods.units}" for goods in task.goods),
            since=task.needs_person_at or task.deadline_at,
            key=str(task.id),
        )
        for task in tasks
    ]
    return Waiting(Pile.TASKS, count_work(session, EVERYTHING, now=now), items)


def _orders(session: Session, now: datetime, most: int, pile: Pile) -> Waiting:
    items = orders_of_pile(session, pile, now=now)
    return Waiting(pile, len(items), items[:most])


def _money(session: Session, now: datetime, most: int) -> Waiting:
    work = first_payment_work(session, now=now, most=most)
    items = [
        Item(
            ref=one.order_number,
            text_zh=one.order_number,
            text_en=one.order_number,
            kind=one.kind,
            amount_fen=one.amount_fen,
            since=one.since,
            key=_of_money(one),
        )
        for one in work.items
    ]
    return Waiting(Pile.MONEY, work.total, items, work.added)


def _of_money(one: WorkItem) -> str:
    """A refund stays itself however it stands; a payment can wait for two things."""
    return f"refund/{one.refund_id}" if one.refund_id else f"{one.kind}/{one.payment_id}"


def _transfers(session: Session, now: datetime, most: int) -> Waiting:
    awaited = first_transfers(session, most=most)
    items = [
        Item(
            ref=str(one.payment_id),
            text_zh=one.reference,
            text_en=one.reference,
            detail_zh=one.title or one.order_number,
            amount_fen=one.amount_fen,
            since=one.created_at,
            key=f"joint/{one.joint_id}" if one.joint_id else "",
        )
        for one in awaited.items
    ]
    return Waiting(Pile.TRANSFERS, awaited.total, items, awaited.added)


def _messages(session: Session, now: datetime, most: int) -> Waiting:
    """Each that was given up; `kind` is which message, the detail why."""
    statement = (
        sa.select(
            *(getattr(OutboxMessage, name) for name in ("id", "kind", "payload", "last_error", "failed_at"))
        )
        .where(OutboxMessage.failed_at.is_not(None))
        .order_by(OutboxMessage.failed_at, OutboxMessage.id)
    )
    found = read_first(session, statement, most=most)
    items = [
        Item(
            str(one_id),
            *("", ""),
            kind=str(payload.get("message", kind)),
            detail_zh=(error or "")[:120],
            detail_en=(error or "")[:120],
            since=at,
        )
        for one_id, kind, payload, error, at in found.items
    ]
    return Waiting(Pile.MESSAGES, found.total, items)


# Some read two piles in one statement.
_READERS: tuple[tuple[tuple[Pile, ...], Reader], ...] = (
    ((Pile.RECALLS,), _recalls),
    ((Pile.RECALL_REFUNDS,), _recall_refunds),
    ((Pile.PRICES,), _prices),
    ((Pile.CLAIMS,), waiting_claims),
    ((Pile.CONVERSATIONS,), waiting_conversations),
    ((Pile.QUOTATIONS,), waiting_quotations),
    ((Pile.CLAIM_REFUNDS,), waiting_claim_refunds),
    ((Pile.REVIEWS,), waiting_reviews),
    ((Pile.STORIES,), waiting_stories),
    ((Pile.PLACES,), _places),
    ((Pile.TASKS,), _tasks),
    ((Pile.TRUCKS,), partial(_orders, pile=Pile.TRUCKS)),
    ((Pile.PARCELS,), partial(_orders, pile=Pile.PARCELS)),
    ((Pile.LATE,), partial(_orders, pile=Pile.LATE)),
    ((Pile.UNCOLLECTED,), partial(_orders, pile=Pile.UNCOLLECTED)),
    ((Pile.MONEY,), _money),
    ((Pile.RECEIPTS,), waiting_receipts),
    ((Pile.TRANSFERS,), _transfers),
    ((Pile.DEBTS,), waiting_debts),
    ((Pile.PAYOUTS,), waiting_runs),
    ((Pile.CASH,), waiting_boxes),
    ((Pile.ADVANCES, Pile.MOVEMENTS), waiting_loans_and_movements),
    ((Pile.PROOFS,), waiting_proofs),
    ((Pile.PAYEES,), waiting_payees),
    ((Pile.INVOICES,), waiting_invoices),
    ((Pile.PRIVACY,), waiting_requests),
    ((Pile.LOTS,), waiting_lots),
    ((Pile.CERTIFICATES,), waiting_certificates),
    ((Pile.MESSAGES,), _messages),
    ((Pile.STOCK,), waiting_stock),
    ((Pile.PICTURES,), waiting_pictures),
)
