"""One press asks for the invoices of a whole gift, each order on one; and all orders of a month are chosen at once."""

from __future__ import annotations

import sqlalchemy as sa

from shop.invoicing import gift_invoices
from shop.invoicing.models import Invoice, InvoiceOrder
from shop.kit.clock import month_of, utc_now
from shop.ordering.models import Order
from tests.factories.gifts import a_gift, a_list, place, submit


def ordered(trade) -> int:
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    submit(trade, gift_id)
    place(trade, gift_id)
    return gift_id


def on_invoices(trade) -> list[int]:
    """How many orders are on each request."""
    counted = sa.select(sa.func.count()).select_from(InvoiceOrder).join(Invoice).group_by(Invoice.id)
    return sorted(trade.run(lambda session: session.scalars(counted).all()))


def test_one_press_asks_for_one_invoice_of_all_orders_and_pressed_again_for_none(trade, buyer):
    gift_id = ordered(trade)
    other = trade.sell_on_terms({"tea": 1}, courier=True)
    at = f"/org/union/gifts/{gift_id}"
    buyer.open(at).send(f"{at}/invoice")
    assert "1 invoice for this gift is asked for" in buyer.text
    assert on_invoices(trade) == [3]
    assert other not in trade.run(lambda session: session.scalars(sa.select(InvoiceOrder.order_id)).all())
    buyer.send(f"{at}/invoice")
    assert "Nothing of this gift is left to be invoiced" in buyer.text
    assert on_invoices(trade) == [3]


def test_more_orders_than_an_invoice_holds_are_on_several(trade, buyer, monkeypatch):
    monkeypatch.setattr(gift_invoices, "MOST_ORDERS", 2)
    at = f"/org/union/gifts/{ordered(trade)}"
    buyer.open(at).send(f"{at}/invoice")
    assert "2 invoices for this gift are asked for" in buyer.text
    assert on_invoices(trade) == [1, 2]


def test_all_orders_of_a_month_are_chosen_by_one_link(trade, buyer):
    ordered(trade)
    month = trade.run(lambda session: month_of(session.scalar(sa.select(sa.func.max(Order.confirmed_at)))))
    assert month <= utc_now().date()
    buyer.open(f"/org/union/bills?month={month:%Y-%m}")
    assert "checked" not in buyer.page
    buyer.open(buyer.link(r"/org/union/bills[^\"]*all=[^\"]*"))
    assert buyer.page.count(" checked") == 3
