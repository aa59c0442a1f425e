"""Everything that waits for a person of the shop's team, gathered from all rooms of the house."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.shop_settings import read_shop_settings
from shop.catalogue.models import (
    Certificate,
    PictureState,
    Producer,
    Product,
    ProductPicture,
    ProductStatus,
    Seller,
    StockState,
)
from shop.catalogue.price_list import first_proposals
from shop.fulfilment.household_tasks import count_work, work_list
from shop.fulfilment.reach import Reach
from shop.fulfilment.recall_list import proposed_recalls
from shop.inventory.lot_list import spoils_soon
from shop.inventory.models import Lot
from shop.kit.clock import shanghai_date
from shop.payments.transfer_list import first_transfers
from shop.payments.work_list import first_payment_work
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
from shop.reports.invoice_pile import waiting_invoices
from shop.reports.order_piles import orders_of_pile
from shop.reports.payout_piles import (
    waiting_loans_and_movements,
    waiting_payees,
    waiting_proofs,
    waiting_runs,
)
from shop.reports.piles import Item, Pile, Waiting
from shop.reports.privacy_pile import waiting_requests
from shop.reports.recall_board import orders_of_recalls_to_refund
from shop.reports.receipts import waiting_receipts
from shop.reports.unattended import unattended_places
from shop.storage.outbox import OutboxMessage
from shop.storage.paging import read_first

MOST_SHOWN = 5
EVERYTHING = Reach(everything=True)


def read_inbox(session: Session, *, now: datetime) -> list[Waiting]:
    """Every pile, empty ones too. A fixed number of statements, however much waits."""
    found = (read(session, now) for read in _READERS)
    return [pile for one in found for pile in (one if isinstance(one, tuple) else (one,))]


def _recalls(session: Session, now: datetime) -> Waiting:
    found = [
        Item(lot.code, lot.code, lot.code, detail_zh=recall.reason_zh[:120], since=recall.proposed_at)
        for recall, lot in proposed_recalls(session)
    ]
    return Waiting(Pile.RECALLS, len(found), found[:MOST_SHOWN])


def _recall_refunds(session: Session, now: datetime) -> Waiting:
    found = orders_of_recalls_to_refund(session)
    items = [Item(one.lot_code, one.number, one.number, since=one.since) for one in found]
    return Waiting(Pile.RECALL_REFUNDS, len(found), items[:MOST_SHOWN])


def _prices(session: Session, now: datetime) -> Waiting:
    found = first_proposals(session, most=MOST_SHOWN)
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


def _places(session: Session, now: datetime) -> Waiting:
    places = unattended_places(session)
    items = [Item(str(one.id), one.name_zh, one.name_en) for one in places[:MOST_SHOWN]]
    return Waiting(Pile.PLACES, len(places), items)


def _tasks(session: Session, now: datetime) -> Waiting:
    tasks = work_list(session, EVERYTHING, now=now, limit=MOST_SHOWN)
    items = [
        Item(
            ref=task.order_number,
            text_zh=f"{task.village_zh} · {task.producer_zh}",
            text_en=f"{task.village_en} · {task.producer_en}",
            kind="nobody" if task.needs_person_at else "silent",
            detail_zh=" · ".join(f"{goods.name_zh} {goods.pack_zh} × {goods.units}" for goods in task.goods),
            detail_en=" · ".join(f"{goods.name_en} {goods.pack_en} × {goods.units}" for goods in task.goods),
            since=task.needs_person_at or task.deadline_at,
        )
        for task in tasks
    ]
    return Waiting(Pile.TASKS, count_work(session, EVERYTHING, now=now), items)


def _orders(session: Session, now: datetime, pile: Pile) -> Waiting:
    items = orders_of_pile(session, pile, now=now)
    return Waiting(pile, len(items), items[:MOST_SHOWN])


def _money(session: Session, now: datetime) -> Waiting:
    work = first_payment_work(session, now=now, most=MOST_SHOWN)
    items = [
        Item(
            ref=one.order_number,
            text_zh=one.order_number,
            text_en=one.order_number,
            kind=one.kind,
            amount_fen=one.amount_fen,
            since=one.since,
        )
        for one in work.items
    ]
    return Waiting(Pile.MONEY, work.total, items, work.added)


def _transfers(session: Session, now: datetime) -> Waiting:
    awaited = first_transfers(session, most=MOST_SHOWN)
    items = [
        Item(
            ref=str(one.payment_id),
            text_zh=one.reference,
            text_en=one.reference,
            detail_zh=one.title or one.order_number,
            amount_fen=one.amount_fen,
            since=one.created_at,
        )
        for one in awaited.items
    ]
    return Waiting(Pile.TRANSFERS, awaited.total, items, awaited.added)


def _lots(session: Session, now: datetime) -> Waiting:
    """Lots that spoil soon and still have units, by the rule of the list that the pile leads to."""
    statement = (
        sa.select(Lot.id, Lot.code, Lot.best_before, Lot.available, Producer.name_zh, Producer.name_en)
        .join(Producer, Producer.id == Lot.producer_id)
        .where(spoils_soon(shanghai_date(now)))
        .order_by(Lot.best_before, Lot.id)
    )
    found = read_first(session, statement, most=MOST_SHOWN, adding=Lot.available)
    items = [
        Item(str(lot_id), f"{code} · {zh}", f"{code} · {en}", kind=str(available), due=best_before)
        for lot_id, code, best_before, available, zh, en in found.items
    ]
    return Waiting(Pile.LOTS, found.total, items, found.added)


def _certificates(session: Session, now: datetime) -> Waiting:
    today = shanghai_date(now)
    names = [(Product.name_zh, Product.name_en), (Producer.name_zh, Producer.name_en)]
    holder_zh = sa.func.coalesce(*(zh for zh, _ in names), Seller.name_zh)
    holder_en = sa.func.coalesce(*(en for _, en in names), Seller.name_en)
    statement = (
        sa.select(Certificate.id, Certificate.number, Certificate.expires_on, holder_zh, holder_en)
        .outerjoin(Product, Product.id == Certificate.product_id)
        .outerjoin(Producer, Producer.id == Certificate.producer_id)
        .outerjoin(Seller, Seller.id == Certificate.seller_id)
        .where(
            Certificate.expires_on <= today + timedelta(days=read_shop_settings(session).certificate_days),
            ~_is_followed(),
            sa.or_(Product.id.is_(None), Product.status != ProductStatus.WITHDRAWN),
        )
        .order_by(Certificate.expires_on, Certificate.id)
    )
    found = read_first(session, statement, most=MOST_SHOWN)
    items = [
        Item(
            ref=str(number_id),
            text_zh=f"{zh} · {number}",
            text_en=f"{en} · {number}",
            kind="expired" if expires_on < today else "expiring",
            due=expires_on,
        )
        for number_id, number, expires_on, zh, en in found.items
    ]
    return Waiting(Pile.CERTIFICATES, found.total, items)


def _is_followed() -> sa.ColumnElement[bool]:
    """SQL: a certificate has a newer one of its kind and its holder."""
    newer = aliased(Certificate)
    holders = (
        sa.and_(mine.is_not(None), theirs == mine)
        for mine, theirs in (
            (Certificate.product_id, newer.product_id),
            (Certificate.producer_id, newer.producer_id),
            (Certificate.seller_id, newer.seller_id),
        )
    )
    is_newer = sa.or_(newer.expires_on.is_(None), newer.expires_on > Certificate.expires_on)
    return sa.exists().where(newer.kind == Certificate.kind, sa.or_(*holders), is_newer)


def _messages(session: Session, now: datetime) -> Waiting:
    dead = OutboxMessage.failed_at.is_not(None)
    count, oldest = session.execute(
        sa.select(sa.func.count(), sa.func.min(OutboxMessage.failed_at)).where(dead)
    ).one()
    return Waiting(Pile.MESSAGES, count, [Item("", "", "", since=oldest)] if count else [])


def _stock(session: Session, now: datetime) -> Waiting:
    statement = (
        sa.select(Product.id, Product.name_zh, Product.name_en, Product.stock_state)
        .where(Product.status == ProductStatus.PUBLISHED, Product.stock_state != StockState.AVAILABLE)
        .order_by(Product.stock_state.desc(), Product.sold_units.desc(), Product.id)
    )
    found = read_first(session, statement, most=MOST_SHOWN)
    items = [Item(str(product_id), zh, en, kind=state) for product_id, zh, en, state in found.items]
    return Waiting(Pile.STOCK, found.total, items)


def _pictures(session: Session, now: datetime) -> Waiting:
    statement = (
        sa.select(Product.id, Product.name_zh, Product.name_en, ProductPicture.created_at)
        .join(Product, Product.id == ProductPicture.product_id)
        .where(ProductPicture.state == PictureState.REFUSED)
        .order_by(ProductPicture.id)
    )
    found = read_first(session, statement, most=MOST_SHOWN)
    items = [Item(str(product_id), zh, en, since=at) for product_id, zh, en, at in found.items]
    return Waiting(Pile.PICTURES, found.total, items)


# Some read two piles in one statement.
_READERS: tuple[Callable[[Session, Any], Waiting | tuple[Waiting, ...]], ...] = (
    _recalls,
    _recall_refunds,
    _prices,
    waiting_claims,
    waiting_conversations,
    waiting_quotations,
    waiting_claim_refunds,
    waiting_reviews,
    waiting_stories,
    _places,
    _tasks,
    partial(_orders, pile=Pile.TRUCKS),
    partial(_orders, pile=Pile.PARCELS),
    partial(_orders, pile=Pile.LATE),
    partial(_orders, pile=Pile.UNCOLLECTED),
    _money,
    waiting_receipts,
    _transfers,
    waiting_debts,
    waiting_runs,
    waiting_boxes,
    waiting_loans_and_movements,
    waiting_proofs,
    waiting_payees,
    waiting_invoices,
    waiting_requests,
    _lots,
    _certificates,
    _messages,
    _stock,
    _pictures,
)
