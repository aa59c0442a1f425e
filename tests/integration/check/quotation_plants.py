"""Ways to break what is held about quotations."""

from __future__ import annotations

from shop.quotations.accepting import Answer, accept_version
from tests.factories.quotations import a_member, a_quotation
from tests.integration.check.plants import PLANTS, Saboteur, plants

PLANTED = PLANTS


@plants("quotation: it is accepted exactly where an order came of it")
def _ordered_by_nobody(by: Saboteur) -> str:
    number = _quoted(by)
    by.do("UPDATE quotations SET state = 'accepted'")
    return number


@plants("quotation: an order that another one may follow stays called off")
def _ended_and_alive(by: Saboteur) -> str:
    number = _accepted(by)
    by.do("UPDATE quotation_agreements SET ended_at = accepted_at")
    by.do("UPDATE quotations SET state = 'quoted'")
    return number


@plants("quotation: a version costs what its lines cost")
def _dearer_than_its_lines(by: Saboteur) -> str:
    number = _quoted(by)
    by.do("UPDATE quotation_versions SET goods_fen = goods_fen + 1")
    return number


@plants("quotation: every line has the price of the tier that its quantity is in")
def _of_no_tier(by: Saboteur) -> str:
    number = _quoted(by)
    by.do("UPDATE quotation_tiers SET unit_price_fen = 1")
    return number


@plants("quotation: the order costs what the accepted version says, and is its organisation's")
def _of_somebody_else(by: Saboteur) -> str:
    number = _accepted(by)
    by.do("UPDATE orders SET channel = 'shop' WHERE channel = 'quotation'")
    return number


@plants("quotation: every line of the accepted version was ordered as it says")
def _another_quantity(by: Saboteur) -> str:
    number = _accepted(by)
    by.do("UPDATE quotation_lines SET quantity = quantity + 1")
    return number


@plants("quotation: what was missing was credited, unit by unit")
def _never_credited(by: Saboteur) -> str:
    number = _accepted(by)
    order_line = by.ask(
        "SELECT MIN(id) FROM order_lines WHERE order_id IN (SELECT order_id FROM quotation_agreements)"
    )
    quotation_id = by.ask("SELECT id FROM quotations")
    by.free("goods_receipts")
    by.free("goods_receipt_lines")
    by.do(
        "INSERT INTO goods_receipts (id, quotation_id, state) VALUES (901, :quotation, 'credited')",
        quotation=quotation_id,
    )
    by.do(
        "INSERT INTO goods_receipt_lines (id, receipt_id, order_line_id, ordered, arrived) VALUES (902, 901, :line, 8, 7)",
        line=order_line,
    )
    return number


def _quoted(by: Saboteur) -> str:
    trade = by.trade
    member = a_member(by.session, trade.organisation_id, now=trade.now)
    number = a_quotation(by.session, trade.shop, member, actor_id=trade.admin_id, now=trade.now)
    by.session.flush()
    return f"quotation {number}"


def _accepted(by: Saboteur) -> str:
    trade = by.trade
    member = a_member(by.session, trade.organisation_id, now=trade.now)
    number = a_quotation(by.session, trade.shop, member, actor_id=trade.admin_id, now=trade.now)
    accept_version(by.session, member, Answer(number, 1, "on_account"), now=trade.now)
    by.session.flush()
    return f"quotation {number}"
