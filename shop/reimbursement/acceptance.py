"""Acceptance notes (验收单): what members wrote of a quotation's or a canteen's goods, or a sheet to be filled in beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, selectinload

from shop.accounts.models import User
from shop.canteens.models import CanteenLine
from shop.canteens.weight_models import Weighing, WeighingLine, WeighingState
from shop.kit.text import msg
from shop.ordering.models import Order, OrderLine
from shop.quotations.models import Quotation, QuotationAgreement
from shop.quotations.receipt_models import GoodsReceipt, GoodsReceiptLine
from shop.reimbursement.goods import Goods, goods_name, kilos, quantity_of
from shop.reimbursement.section import Section, SectionKey, Standing
from shop.reimbursement.wording import Tongue
from shop.storage.pdfs import Column, Pages


@dataclass(frozen=True)
class Accepted:
    """Goods as their organisation took them over, of a quotation or of a canteen's order: `title` names it.

    `lines`: goods, ordered, arrived, missing, words. `reason`: why the shop's team settled it.
    """

    title: str
    written_at: datetime
    written_by: str
    seconded_by: str
    lines: Sequence[tuple[str, str, str, str, str]]
    reason: str = ""


def acceptance_section(session: Session, goods: Goods, say: Tongue) -> Section:
    """Six statements at most."""
    ids = [one.id for one in goods.orders]
    accepted = [*_accepted(session, ids, say), *accepted_at_canteens(session, ids, say)]

    def write(pages: Pages) -> None:
        for one in accepted:
            _write_accepted(pages, one, say)
        if not accepted:
            _write_empty(pages, goods, say)

    if not accepted:
        nobody = say(msg("Nobody has written down what arrived: a sheet to fill in and sign is inside."))
        return Section(SectionKey.ACCEPTANCE, Standing.TO_SIGN, (nobody,), write=write)
    says = tuple(
        say(
            msg("%(what)s: accepted by %(who)s on %(day)s."),
            what=one.title,
            who="、".join(filter(None, (one.written_by, one.seconded_by))),
            day=say.day(one.written_at),
        )
        for one in accepted
    )
    return Section(SectionKey.ACCEPTANCE, Standing.THERE, says, write=write)


def _accepted(session: Session, order_ids: Sequence[int], say: Tongue) -> list[Accepted]:
    writer, second = aliased(User), aliased(User)
    name: Any = lambda who: sa.func.coalesce(sa.func.nullif(who.name, ""), who.email, "")  # noqa: E731
    rows = session.execute(
        sa.select(GoodsReceipt, Quotation.number, name(writer), name(second))
        .join(Quotation, Quotation.id == GoodsReceipt.quotation_id)
        .join(QuotationAgreement, QuotationAgreement.quotation_id == Quotation.id)
        .outerjoin(writer, writer.id == GoodsReceipt.written_by_id)
        .outerjoin(second, second.id == GoodsReceipt.seconded_by_id)
        .where(QuotationAgreement.order_id.in_(order_ids), QuotationAgreement.ended_at.is_(None))
        .options(selectinload(GoodsReceipt.lines))
        .order_by(GoodsReceipt.id)
    ).all()
    of_lines = [line.order_line_id for row in rows for line in row[0].lines]
    ordered = {
        line.id: line for line in session.scalars(sa.select(OrderLine).where(OrderLine.id.in_(of_lines)))
    }

    def shown(line: GoodsReceiptLine) -> tuple[str, str, str, str, str]:
        of = ordered[line.order_line_id]
        called = f"{say.name(of, 'product_name')} {say.name(of, 'variant_name')}"
        words = _with_refunded(line.words, line.refunded, say)
        return called, str(line.ordered), str(line.arrived), str(line.missing), words

    return [
        Accepted(
            say(msg("Quotation %(number)s"), number=number),
            receipt.written_at,
            by,
            seconded,
            [shown(line) for line in receipt.lines],
        )
        for receipt, number, by, seconded in rows
    ]


def accepted_at_canteens(session: Session, order_ids: Sequence[int], say: Tongue) -> list[Accepted]:
    """By weight and by count, what two persons confirmed last of each order. Three statements."""
    writer, second, later = aliased(User), aliased(User), aliased(Weighing)
    name: Any = lambda who: sa.func.coalesce(sa.func.nullif(who.name, ""), who.email, "")  # noqa: E731
    is_settled = Weighing.state == WeighingState.SETTLED
    corrected = sa.exists().where(
        later.order_id == Weighing.order_id,
        later.state == WeighingState.SETTLED,
        later.number > Weighing.number,
    )
    rows = session.execute(
        sa.select(Weighing, Order.number, name(writer), name(second))
        .join(Order, Order.id == Weighing.order_id)
        .outerjoin(writer, writer.id == Weighing.written_by_id)
        .outerjoin(second, second.id == Weighing.seconded_by_id)
        .where(Weighing.order_id.in_(order_ids), is_settled, ~corrected)
        .options(selectinload(Weighing.lines))
        .order_by(Weighing.order_id)
    ).all()
    of_orders = [row[0].order_id for row in rows]
    ordered = {
        line.id: (line, expected)
        for line, expected in session.execute(
            sa.select(OrderLine, CanteenLine.expected_g)
            .join(CanteenLine, CanteenLine.order_line_id == OrderLine.id)
            .where(OrderLine.order_id.in_(of_orders))
        )
    }

    def shown(row: WeighingLine) -> tuple[str, str, str, str, str]:
        line, expected = ordered[row.order_line_id]
        called = f"{say.name(line, 'product_name')} {say.name(line, 'variant_name')}"
        words = _with_refunded(row.words, row.refunded, say)
        if row.received_g is None:
            missing = max(line.quantity - row.refunded - (row.arrived or 0), 0)
            return called, str(line.quantity), str(row.arrived), str(missing), words
        weight, grams = msg("%(kilos)s kg"), (expected or 0) * line.quantity
        return called, say(weight, kilos=kilos(grams)), say(weight, kilos=kilos(row.received_g)), "", words

    return [
        Accepted(
            say(msg("Order %(number)s"), number=number),
            weighing.written_at,
            by,
            seconded,
            [shown(row) for row in weighing.lines],
            weighing.reason,
        )
        for weighing, number, by, seconded in rows
    ]


def _with_refunded(words: str, units: int, say: Tongue) -> str:
    if not units:
        return words
    refunded = say(msg("%(units)s refunded already"), units=units)
    return f"{words} {refunded}".strip()


def _columns(say: Tongue) -> list[Column]:
    return [
        Column(say(msg("No.")), 0.6, "c"),
        Column(say(msg("Goods and pack")), 4.4),
        Column(say(msg("Ordered")), 1, "r"),
        Column(say(msg("Arrived")), 1, "r"),
        Column(say(msg("Missing")), 1, "r"),
        Column(say(msg("Remarks")), 2.4),
    ]


def _write_accepted(pages: Pages, one: Accepted, say: Tongue) -> None:
    pages.section(one.title)
    rows = [[str(number), *line] for number, line in enumerate(one.lines, 1)]
    pages.table(_columns(say), rows)
    facts = [
        (say(msg("Accepted by")), one.written_by),
        (say(msg("Second person")), one.seconded_by),
        (say(msg("Written on")), say.moment(one.written_at)),
        (say(msg("Settled by the shop's team, since")), one.reason),
    ]
    pages.facts([fact for fact in facts if fact[1]])
    pages.signatures([say(msg("Acceptor:")), say(msg("Date:"))])


def _write_empty(pages: Pages, goods: Goods, say: Tongue) -> None:
    rows = [
        [str(number), goods_name(line, say), quantity_of(line, say), "", "", ""]
        for number, line in enumerate(goods.lines, 1)
    ]
    pages.table(_columns(say), rows)
    if acceptors := goods.said("acceptor"):
        pages.facts([(say(msg("Acceptor")), acceptors)])
    pages.paragraph(
        say(msg("The goods were counted and looked at, and are as they were ordered, but for the remarks."))
    )
    pages.signatures(
        [say(msg("Acceptor:")), say(msg("Second person:")), say(msg("Handler:")), say(msg("Date:"))]
    )
