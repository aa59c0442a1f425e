"""Ways to break the invariants of invoices, rates and vouchers."""

from __future__ import annotations

from tests.integration.check.plants import Saboteur, plants

ISSUED = (
    "SELECT id, number, seller_id, document_number FROM invoices WHERE status = 'issued' ORDER BY id LIMIT 1"
)
NUMBER_OF = "SELECT number FROM orders WHERE id = :id"


@plants("tax: what an order sold by rate is what was paid and not refunded")
def _a_sale_that_nobody_taxed(by: Saboteur) -> str:
    order_id = by.ask("SELECT min(order_id) FROM tax_entries")
    by.do("UPDATE tax_entries SET amount_fen = amount_fen + 1 WHERE order_id = :id", id=order_id)
    return f"order {by.ask(NUMBER_OF, id=order_id)}"


@plants("tax: nothing sold at a rate goes below zero")
def _more_back_than_was_sold(by: Saboteur) -> str:
    order_id = by.ask("SELECT min(order_id) FROM tax_entries WHERE refund_id IS NOT NULL")
    by.do(
        "UPDATE tax_entries SET amount_fen = -9999999 WHERE order_id = :id AND refund_id IS NOT NULL",
        id=order_id,
    )
    return f"order {by.ask(NUMBER_OF, id=order_id)}"


@plants("tax: an exempt line has no rate")
def _exempt_at_a_rate(by: Saboteur) -> str:
    line_id = by.ask("SELECT min(id) FROM order_lines")
    by.do("UPDATE order_lines SET tax_exempt = true, tax_rate_bp = 900 WHERE id = :id", id=line_id)
    return f"order line {line_id}"


@plants("invoice: bills no more than was paid and not refunded, unless a red letter is under way")
def _billed_too_much(by: Saboteur) -> str:
    invoice = by.row(ISSUED)
    by.do("UPDATE invoice_parts SET amount_fen = amount_fen + 1 WHERE invoice_id = :id", id=invoice.id)
    order_id = by.ask("SELECT order_id FROM invoice_parts WHERE invoice_id = :id", id=invoice.id)
    return f"order {by.ask(NUMBER_OF, id=order_id)}"


@plants("invoice: its parts add up to it")
def _parts_of_another_sum(by: Saboteur) -> str:
    invoice = by.row(ISSUED)
    by.do("UPDATE invoices SET amount_fen = amount_fen + 1 WHERE id = :id", id=invoice.id)
    return f"invoice {invoice.number}"


@plants("invoice: for at least one order, unless it went into another")
def _of_no_order(by: Saboteur) -> str:
    invoice = by.row(ISSUED)
    by.do("DELETE FROM invoice_orders WHERE invoice_id = :id", id=invoice.id)
    return f"invoice {invoice.number}"


@plants("invoice: its orders wait exactly while it does, and are its seller's")
def _an_order_that_waits_for_nothing(by: Saboteur) -> str:
    invoice = by.row(ISSUED)
    by.do("UPDATE invoice_orders SET waits = true WHERE invoice_id = :id", id=invoice.id)
    return f"invoice {invoice.number}"


@plants("invoice: taken back by exactly one red letter that was issued")
def _taken_back_by_nothing(by: Saboteur) -> str:
    number = by.ask("SELECT number FROM invoices WHERE status = 'reversed'")
    by.do("DELETE FROM red_letters")
    return f"invoice {number}"


@plants("invoice: each number of the tax platform is of one document of its kind")
def _a_number_of_nothing(by: Saboteur) -> str:
    invoice = by.row(ISSUED)
    by.do("UPDATE tax_documents SET kind = 'voucher' WHERE number = :number", number=invoice.document_number)
    return f"document {invoice.document_number}"


@plants("invoice: a seller's requests are numbered without a gap")
def _a_gap(by: Saboteur) -> str:
    seller_id = by.row(ISSUED).seller_id
    by.do("UPDATE number_series SET last = last + 1 WHERE series = 'request'")
    return f"seller {seller_id}"


@plants("voucher: a seller's vouchers are numbered without a gap")
def _a_voucher_that_is_gone(by: Saboteur) -> str:
    seller_id = by.ask("SELECT min(seller_id) FROM purchase_vouchers")
    by.do("DELETE FROM purchase_vouchers")
    return f"seller {seller_id}"


@plants("voucher: says what the payout paid for its seller's goods, to that household")
def _a_voucher_of_another_sum(by: Saboteur) -> str:
    number = by.ask("SELECT min(number) FROM purchase_vouchers")
    by.do("UPDATE purchase_vouchers SET amount_fen = amount_fen + 1 WHERE number = :number", number=number)
    return f"voucher {number}"
