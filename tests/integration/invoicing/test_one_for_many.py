"""An organisation asks for one invoice over many orders: each is billed once, refunds find the right document."""

from __future__ import annotations

from functools import partial
from random import Random

import pytest
import sqlalchemy as sa

from shop.accounts.models import Organisation
from shop.accounts.shop_settings import set_shop_settings
from shop.invoicing.bills import bills_of_month
from shop.invoicing.errors import OnAnotherRequest, OrderBilled, OrderTooOld
from shop.invoicing.models import Invoice, InvoiceOrder, InvoicePart, InvoiceStatus
from shop.invoicing.one_for_many import ask_for_one_invoice
from shop.kit.clock import month_of
from shop.kit.errors import InvalidInput, NotFound
from shop.ledger.organisation_statement import organisation_statement
from shop.ordering.models import Order
from shop.payments.models import RefundBearer
from tests.factories.counting import counted_statements
from tests.factories.invoicing import ask, invoice, invoices_of, issue, red_letters, take_back, to_bill
from tests.factories.organisations import add_union

TEA = 6_800


def asks(trade, orders, *, seller="tea", organisation_id=None):
    """Returns the id of the request."""

    def work(session):
        numbers = session.scalars(sa.select(Order.number).where(Order.id.in_(orders))).all()
        own = session.get_one(Organisation, organisation_id or trade.organisation_id)
        return ask_for_one_invoice(
            session, own, seller_of(session, trade, seller), numbers, actor_id=trade.union_id, now=trade.now
        ).id

    return trade.run(work)


def seller_of(session, trade, sku):
    found = "SELECT seller_id FROM products WHERE id = :id"
    return session.execute(sa.text(found), {"id": trade.shop.products[sku]}).scalar_one()


@pytest.fixture
def one_account(trade):
    """The shop collects for all its sellers: what is of two of them can be bought on terms."""
    account = {"bank_payee": "示例大学", "bank_name": "农商行", "bank_number": "6101 0000 0000 0009"}
    trade.run(lambda s: set_shop_settings(s, account, actor_id=None, now=trade.now))


def title_of(trade):
    from_it = trade.run(lambda s: s.get_one(Organisation, trade.organisation_id))
    return from_it.invoice_title, from_it.tax_number


def issue_as_asked(trade, invoice_id, count):
    asked = invoice(trade, invoice_id)
    wish = type("Wish", (), {"title": asked.title, "tax_number": asked.tax_number})
    issue(trade, invoice_id, count, wish=wish)


def test_orders_without_a_request_get_one_together_in_the_organisations_title(trade, audited):
    orders = [trade.sell_on_terms({"tea": 1}) for _ in range(3)]
    request = asks(trade, orders)
    assert (invoice(trade, request).title, invoice(trade, request).tax_number) == title_of(trade)
    assert to_bill(trade, request) == 3 * TEA
    assert [[one.id for one in invoices_of(trade, order)] for order in orders] == [[request]] * 3
    assert len(audited("invoice.asked_for_many")) == 1


def test_asked_twice_it_is_the_same_request_and_nothing_is_written_again(trade, audited):
    orders = [trade.sell_on_terms({"tea": 1}) for _ in range(2)]
    assert asks(trade, orders) == asks(trade, orders)
    assert len(audited("invoice.asked_for_many")) == 1


def test_requests_that_wait_become_the_one_and_orders_on_none_join_it(trade):
    asked, other, free = (trade.sell_on_terms({"tea": 1}) for _ in range(3))
    first, second = ask(trade, asked)[0], ask(trade, other)[0]
    request = asks(trade, [asked, other, free])
    assert request == first
    assert invoice(trade, second).status is InvoiceStatus.MERGED
    assert invoice(trade, first).title == title_of(trade)[0], "its own title, whatever was asked before"
    assert to_bill(trade, first) == 3 * TEA


def test_an_order_that_waits_with_others_is_not_torn_out_of_their_request(trade):
    orders = [trade.sell_on_terms({"tea": 1}) for _ in range(3)]
    request = asks(trade, orders[:2])
    with pytest.raises(OnAnotherRequest) as refused:
        asks(trade, orders[1:])
    assert refused.value.facts["number"] == invoice(trade, request).number
    assert asks(trade, orders) == request
    assert to_bill(trade, request) == 3 * TEA


def test_what_is_invoiced_already_is_refused_by_its_number(trade):
    orders = [trade.sell_on_terms({"tea": 1}) for _ in range(2)]
    issue_as_asked(trade, asks(trade, orders[:1]), 1)
    with pytest.raises(OrderBilled) as refused:
        asks(trade, orders)
    assert refused.value.facts["number"] == trade.order_row(orders[0]).number


def test_orders_of_others_and_nothing_at_all_are_refused(trade, session):
    order = trade.sell_on_terms({"tea": 1})
    _, stranger = add_union(session, now=trade.now, slug="stranger")
    session.commit()
    with pytest.raises(NotFound):
        asks(trade, [order], organisation_id=stranger)
    with pytest.raises(InvalidInput):
        asks(trade, [])


def test_after_the_time_to_ask_an_order_joins_no_request(trade):
    order = trade.sell_on_terms({"tea": 1})
    back = {"at": trade.now.replace(year=trade.now.year - 1), "id": order}
    trade.run(
        lambda s: s.execute(sa.update(Order).where(Order.id == back["id"]).values(confirmed_at=back["at"]))
    )
    with pytest.raises(OrderTooOld):
        asks(trade, [order])


def test_of_an_order_of_two_sellers_each_bills_its_own_part(trade, one_account):
    orders = [trade.sell_on_terms({"tea": 1, "oil": 1}) for _ in range(2)]
    tea, oil = asks(trade, orders, seller="tea"), asks(trade, orders, seller="oil")
    assert tea != oil
    total = sum(trade.order_row(order).total_fen for order in orders)
    assert to_bill(trade, tea) + to_bill(trade, oil) == total
    parts = trade.run(lambda s: s.scalar(sa.select(sa.func.count()).select_from(InvoiceOrder)))
    assert parts == 4


def test_a_refund_takes_back_the_invoice_that_its_order_is_on_and_no_other(trade):
    """What is left of all its orders is asked for again at once, each order once."""
    orders = [trade.sell_on_terms({"tea": 2}) for _ in range(3)]
    together, alone = asks(trade, orders[:2]), asks(trade, orders[2:])
    for count, request in enumerate((together, alone), 1):
        issue_as_asked(trade, request, count)
    trade.settle(orders[0])
    trade.deliver(orders[0])
    refund = trade.part_refund(orders[0], RefundBearer.SHOP, units={"tea": 1})
    assert refund
    assert [len(red_letters(trade, one)) for one in (together, alone)] == [1, 0]
    again = take_back(trade, together, 7)
    assert again is not None
    assert invoice(trade, together).status is InvoiceStatus.REVERSED
    assert to_bill(trade, again) == 3 * TEA
    issue_as_asked(trade, again, 8)
    assert parts_of(trade, again) == {orders[0]: TEA, orders[1]: 2 * TEA}


def parts_of(trade, invoice_id):
    wanted = sa.select(InvoicePart.order_id, InvoicePart.amount_fen).where(
        InvoicePart.invoice_id == invoice_id
    )
    return trade.run(lambda s: {row[0]: row[1] for row in s.execute(wanted)})


def test_the_page_of_bills_says_of_each_order_what_is_owed_and_where_its_invoice_is(trade, one_account):
    paid, owed, both = (
        trade.sell_on_terms(goods) for goods in ({"tea": 1}, {"eggs": 1}, {"tea": 1, "oil": 1})
    )
    trade.settle(paid)
    issue_as_asked(trade, asks(trade, [paid, both]), 1)
    month = trade.run(lambda s: bills_of_month(s, trade.organisation_id, month_of(trade.now)))
    rows = {(seller.seller_id, row.order.id): row for seller in month.sellers for row in seller.rows}
    assert len(rows) == 4
    tea = trade.run(lambda s: seller_of(s, trade, "tea"))
    oil = trade.run(lambda s: seller_of(s, trade, "oil"))
    assert rows[tea, paid].order.paid_at is not None
    assert rows[tea, paid].order.due_fen == 0
    assert not rows[tea, paid].may_be_chosen
    assert rows[tea, paid].invoice.orders == 2
    assert rows[tea, owed].order.due_fen == trade.order_row(owed).total_fen
    assert rows[tea, owed].may_be_chosen
    assert rows[oil, both].may_be_chosen
    assert not rows[tea, both].may_be_chosen
    assert rows[oil, both].stands_fen + rows[tea, both].stands_fen == trade.order_row(both).total_fen


def test_a_month_takes_as_many_statements_with_ten_orders_as_with_one(trade, one_account, engine):
    def read():
        with counted_statements(engine) as counted:
            trade.run(lambda s: bills_of_month(s, trade.organisation_id, month_of(trade.now)))
        return len(counted)

    trade.sell_on_terms({"tea": 1, "oil": 1})
    before = read()
    for _ in range(5):
        asks(trade, [trade.sell_on_terms({"tea": 1})])
    assert read() == before


# What the books are asked in plain SQL, apart from all code of the shop.
ORACLE = """
SELECT COALESCE(SUM(payments.amount_fen - payments.credited_fen), 0) FROM payments
JOIN orders ON orders.id = payments.order_id
WHERE orders.organisation_id = :organisation AND payments.provider = 'on_account' AND payments.status = 'pending'
"""
BOOKS = """
SELECT COALESCE(SUM(postings.amount_fen), 0) FROM postings
JOIN journal_entries ON journal_entries.id = postings.entry_id
JOIN orders ON orders.id = journal_entries.order_id
WHERE postings.account = 'receivables' AND orders.organisation_id = :organisation
"""


@pytest.mark.parametrize("seed", range(3))
def test_the_statement_closes_with_what_books_and_open_debts_say_in_plain_sql(trade, seed):
    """After orders, credits, payments and debts given up, in any order."""
    dice, orders = Random(seed), []
    for _ in range(8):
        deed = dice.choice(("buy", "buy", "pay", "credit", "give_up"))
        open_ones = [one for one in orders if any(paid.is_open_debt for paid in trade.payments(one))]
        if deed == "buy" or not open_ones:
            orders.append(trade.sell_on_terms({"tea": dice.randint(1, 3)}))
        elif deed == "pay":
            trade.settle(dice.choice(open_ones))
        elif deed == "credit":
            order = dice.choice(open_ones)
            if trade.order_row(order).status == "confirmed":
                trade.cancel(order, also_confirmed=True)
        else:
            trade.give_up(dice.choice(open_ones), dice.randint(1, 100))
    day = trade.now.date()
    says = trade.run(
        lambda s: organisation_statement(
            s, trade.organisation_id, day.replace(day=1), day.replace(year=day.year + 1)
        )
    )
    plain = partial(_plain, organisation_id=trade.organisation_id)
    assert says.closing_fen == trade.run(partial(plain, ORACLE)) == trade.run(partial(plain, BOOKS))
    assert says.opening_fen + says.bought_fen - says.paid_fen - says.credited_fen == says.closing_fen


def _plain(sql, session, organisation_id):
    return int(session.execute(sa.text(sql), {"organisation": organisation_id}).scalar_one())


def test_no_order_is_on_two_requests_however_they_are_chosen(trade):
    dice = Random(4)
    orders = [trade.sell_on_terms({"tea": 1}) for _ in range(6)]
    for _ in range(8):
        try:
            asks(trade, dice.sample(orders, dice.randint(1, 4)))
        except OnAnotherRequest:
            continue
    waits = sa.select(InvoiceOrder.order_id).where(InvoiceOrder.waits.is_(True))
    on_requests = trade.run(lambda s: list(s.scalars(waits)))
    assert len(on_requests) == len(set(on_requests))
    requests = trade.run(
        lambda s: list(s.scalars(sa.select(Invoice.id).where(Invoice.status == InvoiceStatus.REQUESTED)))
    )
    assert sum(to_bill(trade, one) for one in requests) == len(on_requests) * TEA
