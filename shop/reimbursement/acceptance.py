"""Acceptance notes (验收单): what members wrote of a quotation's goods, or a sheet to be filled in beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, selectinload

from shop.accounts.models import User
from shop.kit.text import msg
from shop.ordering.models import OrderLine
from shop.quotations.models import Quotation, QuotationAgreement
from shop.quotations.receipt_models import GoodsReceipt, GoodsReceiptLine
from shop.reimbursement.goods import Goods, goods_name
from shop.reimbursement.section import Section, SectionKey, Standing
from shop.reimbursement.wording import Tongue
from shop.storage.pdfs import Column, Pages


@dataclass(frozen=True)
class Accepted:
    """One quotation's goods as its organisation took them over. `lines`: goods, ordered, arrived, words."""

    quotation: str
    written_at: datetime
    written_by: str
    seconded_by: str
    lines: Sequence[tuple[str, int, int, str]]


def acceptance_section(session: Session, goods: Goods, say: Tongue) -> Section:
    """Three statements at most."""
    accepted = _accepted(session, [one.id for one in goods.orders], say)

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
            msg("Quotation %(number)s: accepted by %(who)s on %(day)s."),
            number=one.quotation,
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

    def shown(line: GoodsReceiptLine) -> tuple[str, int, int, str]:
        of = ordered[line.order_line_id]
        called = f"{say.name(of, 'product_name')} {say.name(of, 'variant_name')}"
        return called, line.ordered, line.arrived, line.words

    return [
        Accepted(number, receipt.written_at, by, seconded, [shown(line) for line in receipt.lines])
        for receipt, number, by, seconded in rows
    ]


def _columns(say: Tongue) -> list[Column]:
    return [
        Column(say(msg("No.")), 0.6, "c"),
        Column(say(msg("Goods and pack")), 4.4),
        Column(say(msg("Units ordered")), 1, "r"),
        Column(say(msg("Units arrived")), 1, "r"),
        Column(say(msg("Units missing")), 1, "r"),
        Column(say(msg("Remarks")), 2.4),
    ]


def _write_accepted(pages: Pages, one: Accepted, say: Tongue) -> None:
    pages.section(say(msg("Quotation %(number)s"), number=one.quotation))
    rows = [
        [str(number), called, str(ordered), str(arrived), str(ordered - arrived), words]
        for number, (called, ordered, arrived, words) in enumerate(one.lines, 1)
    ]
    pages.table(_columns(say), rows)
    facts = [
        (say(msg("Accepted by")), one.written_by),
        (say(msg("Second person")), one.seconded_by),
        (say(msg("Written on")), say.moment(one.written_at)),
    ]
    pages.facts([fact for fact in facts if fact[1]])
    pages.signatures([say(msg("Acceptor:")), say(msg("Date:"))])


def _write_empty(pages: Pages, goods: Goods, say: Tongue) -> None:
    rows = [
        [str(number), goods_name(line, say), str(line.units), "", "", ""]
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
