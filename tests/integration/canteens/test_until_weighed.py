"""Until the scale has settled it, an order by weight costs at most so much: for its invoice and for its papers."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.models import Organisation, Unit, User
from shop.canteens.cases import most_for_unit
from shop.canteens.delivery_note import delivery_note
from shop.canteens.errors import WeightNotSettled
from shop.canteens.unsettled import (
    unsettled_debts,
    unsettled_invoices,
    unsettled_of,
    unsettled_orders,
    unsettled_purchases,
)
from shop.purchases.board import Year
from shop.purchases.models import CountedPurchase
from shop.reimbursement.about import find_about
from shop.reimbursement.goods import read_goods
from shop.reimbursement.models import PackKind
from shop.reimbursement.section import SectionKey
from shop.reimbursement.sections import read_papers
from shop.reimbursement.wording import Tongue
from shop.reports.inbox import read_inbox
from shop.reports.piles import Pile
from tests.factories.invoicing import ask, issue, to_bill
from tests.integration.canteens.test_weights import (
    EXPECTED,
    PRICE,
    UNITS,
    confirm,
    newest,
    ordered,
    settle,
    write,
)


def papers(kitchen, order):
    def read(session):
        own = session.get_one(Organisation, kitchen.canteen.organisation_id)
        about = find_about(session, own, PackKind.ORDER, order.number)
        return read_papers(session, about, Tongue(str, chinese=True))

    return kitchen.run(read)


def said(found, key):
    return " ".join(next(one for one in found.sections if one.key is key).says)


def test_no_invoice_is_issued_before_the_weight_is_settled(kitchen):
    order = ordered(kitchen)
    invoice_ids = ask(kitchen.trade, order.id)
    assert kitchen.run(lambda s: unsettled_orders(s, [order.id])) == {order.id: order.number}
    with pytest.raises(WeightNotSettled):
        issue(kitchen.trade, invoice_ids[0], 1)
    settle(kitchen, order, EXPECTED * UNITS)
    assert kitchen.run(lambda s: unsettled_orders(s, [order.id])) == {}
    for count, one in enumerate(invoice_ids, 1):
        issue(kitchen.trade, one, count)


def test_the_papers_say_the_most_and_then_kilos_at_the_price_of_a_kilo(kitchen):
    order = ordered(kitchen)
    before = papers(kitchen, order)
    assert "are the most" in said(before, SectionKey.LIST)
    assert "At most" in said(before, SectionKey.PAYMENT)
    [line] = [one for one in before.goods.lines if one.is_most]
    assert (line.units, line.line_fen) == (UNITS, most_for_unit(PRICE, 20) * UNITS)
    settle(kitchen, order, EXPECTED * UNITS)
    after = papers(kitchen, order)
    [line] = [one for one in after.goods.lines if one.by_weight]
    assert (line.grams, line.line_fen) == (EXPECTED * UNITS, PRICE * UNITS)
    assert line.unit_price_fen == round(PRICE * 1_000 / EXPECTED)
    goods = sum(one.line_fen for one in after.goods.lines)
    assert after.goods.total_fen == after.goods.stays_fen == goods + order.freight_fen
    assert "are the most" not in said(after, SectionKey.LIST)


def test_the_acceptance_note_names_both_persons_with_kilos_and_units(kitchen):
    order = ordered(kitchen)
    write(kitchen, order, EXPECTED * UNITS, tea=4)
    confirm(kitchen, order)
    section = next(one for one in papers(kitchen, order).sections if one.key is SectionKey.ACCEPTANCE)
    assert order.number in section.says[0]
    assert len(section.says[0].split("、")) == 2


def test_papers_and_invoice_agree_while_a_refund_is_on_its_way(kitchen):
    trade = kitchen.trade
    order_id = trade.sell({"tea": 3, "eggs": 1})
    trade.deliver(order_id)
    invoice_ids = ask(trade, order_id)
    trade.part_refund(order_id, "shop", units={"tea": 1}, send=False)
    goods = kitchen.run(lambda s: read_goods(s, [order_id]))
    assert goods.stays_fen == sum(to_bill(trade, one) for one in invoice_ids) < goods.total_fen


def test_debts_departments_and_finances_invoices_say_the_most_until_the_weight_is_settled(kitchen):
    order, own = ordered(kitchen), kitchen.canteen.organisation_id
    invoice_ids = ask(kitchen.trade, order.id)
    year = Year(kitchen.now.year, kitchen.now.date())

    def said(session):
        session.execute(sa.update(CountedPurchase).values(unit_id=unit_of(session)))
        return (
            unsettled_debts(session).get(own, {}),
            unsettled_of(session, own, year),
            sum(unsettled_purchases(session, year).values()),
            unsettled_invoices(session, invoice_ids),
        )

    at_most = {order.number: order.total_fen}
    assert kitchen.run(said) == (at_most, at_most, order.total_fen, frozenset(invoice_ids))
    settle(kitchen, order, EXPECTED * UNITS)
    assert kitchen.run(said) == ({}, {}, 0, frozenset())


def unit_of(session):
    known = session.scalar(sa.select(Unit.id))
    if known is None:
        unit = Unit(slug="kitchen", name_zh="后勤", name_en="Logistics")
        session.add(unit)
        session.flush()
        known = unit.id
    return known


def test_the_delivery_note_prints_no_weight_that_one_person_alone_wrote(kitchen):
    order, own = ordered(kitchen), kitchen.canteen

    def note():
        found = kitchen.run(lambda s: delivery_note(s, own.organisation_id, order.number))
        return list(found.weights.values()), len(found.unconfirmed)

    assert note() == ([], 0)
    write(kitchen, order, EXPECTED * UNITS)
    assert note() == ([], 1)
    confirm(kitchen, order)
    assert note() == ([EXPECTED * UNITS], 0)
    write(kitchen, order, EXPECTED * UNITS - 40)
    assert note() == ([EXPECTED * UNITS], 1)


def test_what_nobody_else_there_can_confirm_waits_for_the_team(kitchen):
    order, own = ordered(kitchen), kitchen.canteen
    write(kitchen, order, EXPECTED * UNITS)
    assert pile(kitchen).count == 0  # the approver can

    kitchen.run(lambda s: s.execute(sa.update(User).where(User.id != own.buyer_id).values(active=False)))
    since = newest(kitchen, order).written_at
    assert [(one.ref, one.kind, one.since) for one in pile(kitchen).items] == [(order.number, "alone", since)]
    kitchen.run(lambda s: s.execute(sa.update(User).values(active=True)))
    confirm(kitchen, order)
    assert pile(kitchen).count == 0


def test_what_only_people_can_name_waits_for_the_team(kitchen):
    order = ordered(kitchen)
    kitchen.trade.part_refund(order.id, "shop", free_fen=300)
    assert pile(kitchen).count == 0  # nothing is weighed yet
    write(kitchen, order, EXPECTED * UNITS)
    assert [(one.ref, one.kind) for one in pile(kitchen).items] == [(order.number, "unnamed")]


def pile(kitchen):
    found = kitchen.run(lambda s: read_inbox(s, now=kitchen.now))
    return next(one for one in found if one.pile is Pile.WEIGHINGS)
