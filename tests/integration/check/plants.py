"""For every invariant, a way to break it behind the shop's back; each returns the subject that must be named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories.trade import Trade

Plant = Callable[["Saboteur"], str]
PLANTS: dict[str, Plant] = {}


class Saboteur:
    """A session whose constraints and triggers are off; everything is rolled back afterwards."""

    def __init__(self, session: Session, trade: Trade) -> None:
        self.session, self.trade = session, trade

    def do(self, statement: str, **values: Any) -> None:
        self.session.execute(sa.text(statement), values)

    def ask(self, statement: str, **values: Any) -> Any:
        return self.session.scalar(sa.text(statement), values)

    def row(self, statement: str) -> Any:
        return self.session.execute(sa.text(statement)).first()

    def free(self, table: str) -> None:
        """The table without any constraint."""
        self.do(f"ALTER TABLE {table} RENAME TO guarded_{table}")
        self.do(f"CREATE TABLE {table} AS SELECT * FROM guarded_{table}")


def plants(rule: str) -> Callable[[Plant], Plant]:
    def note(plant: Plant) -> Plant:
        PLANTS[rule] = plant
        return plant

    return note


ORDER = "SELECT id, number FROM orders WHERE status = '{}' ORDER BY id LIMIT 1"
TASK = "SELECT id, code, parcel_id FROM tasks WHERE status = '{}' ORDER BY id LIMIT 1"


# Lots


@plants("lot: declared = available + held + committed + shipped + withdrawn")
def _a_lot_grows(by: Saboteur) -> str:
    by.do("UPDATE lots SET available = available + 1 WHERE code = 'tea-li'")
    return "lot tea-li"


@plants("variant: declared = available + held + committed + shipped + withdrawn")
def _a_variant_grows(by: Saboteur) -> str:
    by.do("UPDATE lots SET declared = declared + 1 WHERE code = 'honey-pool'")
    return "variant honey"


@plants("lot: no negative stock")
def _a_lot_owes_units(by: Saboteur) -> str:
    by.do("UPDATE lots SET withdrawn = -1, available = available + withdrawn + 1 WHERE code = 'eggs-yu'")
    return "lot eggs-yu"


@plants("lot: what goes first is for sale")
def _more_goes_first_than_there_is(by: Saboteur) -> str:
    by.do("UPDATE lots SET goes_first = available + held + 1 WHERE code = 'eggs-yu'")
    return "lot eggs-yu"


@plants("lot: a forecast promises no more than is likely")
def _more_is_promised_than_may_come(by: Saboteur) -> str:
    forecast = "expected_on = '2026-12-24', expected_units = declared, confidence_pct = 50"
    by.do(f"UPDATE lots SET {forecast} WHERE code = 'eggs-yu'")
    return "lot eggs-yu"


@plants("lot: nothing leaves before it is harvested")
def _leaves_before_it_is_picked(by: Saboteur) -> str:
    lot = by.row("SELECT code FROM lots WHERE shipped > 0 ORDER BY id LIMIT 1")
    forecast = "expected_on = '2026-12-24', expected_units = declared, confidence_pct = 100"
    by.do(f"UPDATE lots SET {forecast} WHERE code = :code", code=lot.code)
    return f"lot {lot.code}"


def _moves(origin: str, target: str) -> Plant:
    def plant(by: Saboteur) -> str:
        by.do(f"UPDATE lots SET {origin} = {origin} - 1, {target} = {target} + 1 WHERE code = 'tea-li'")
        return "lot tea-li"

    return plant


PLANTS["lot: held is what the allocations say"] = _moves("available", "held")
PLANTS["lot: committed is what the allocations say"] = _moves("available", "committed")
PLANTS["lot: shipped is what the allocations say"] = _moves("available", "shipped")


@plants("lot: shares make the whole")
def _a_share_shrinks(by: Saboteur) -> str:
    lot_id = by.trade.shop.lots["honey-pool"]
    by.do("UPDATE lot_shares SET share_bp = 3000 WHERE lot_id = :lot AND share_bp = 3333", lot=lot_id)
    return "lot honey-pool"


@plants("allocation: units are of its lot's variant")
def _another_variant(by: Saboteur) -> str:
    by.do("UPDATE allocations SET variant_id = :eggs WHERE id = 1", eggs=by.trade.shop.variants["eggs"])
    return "allocation 1"


# Orders


@plants("order: it has lines")
def _lines_vanish(by: Saboteur) -> str:
    order = by.row(ORDER.format("cancelled"))
    by.do("DELETE FROM order_lines WHERE order_id = :id", id=order.id)
    return f"order {order.number}"


def _order_changes(status: str, change: str) -> Plant:
    def plant(by: Saboteur) -> str:
        order = by.row(ORDER.format(status))
        by.do(f"UPDATE orders SET {change} WHERE id = :id", id=order.id)
        return f"order {order.number}"

    return plant


PLANTS["order: lines are the goods"] = _order_changes("confirmed", "goods_fen = goods_fen + 1")
PLANTS["order: the total is goods and freight"] = _order_changes("completed", "freight_fen = freight_fen + 1")
PLANTS["order: its status and its dates agree"] = _order_changes("completed", "completed_at = NULL")
PLANTS["order: no held stock behind a dead order"] = _order_changes(
    "awaiting_payment", "status = 'cancelled'"
)
PLANTS["order: units are committed with its money"] = _order_changes("confirmed", "status = 'cancelled'")
PLANTS["order: on its way means that nothing waits to leave"] = _order_changes(
    "confirmed", "status = 'shipped'"
)
PLANTS["payment: a confirmed order is paid in full, or owed on terms"] = _order_changes(
    "completed", "total_fen = total_fen + 1"
)
PLANTS["ledger: every confirmed order is booked once"] = _order_changes(
    "confirmed", "total_fen = total_fen - 1"
)
PLANTS["refund: order, refunds and ledger agree"] = _order_changes(
    "completed", "refunded_fen = refunded_fen + 1"
)


@plants("order: a line is price times quantity")
def _a_cheaper_line(by: Saboteur) -> str:
    order = by.row(ORDER.format("confirmed"))
    by.do("UPDATE order_lines SET line_fen = line_fen - 1 WHERE order_id = :id", id=order.id)
    return f"order {order.number}"


@plants("order: every unit asked for is promised")
def _one_unit_more(by: Saboteur) -> str:
    order = by.row(ORDER.format("confirmed"))
    by.do("UPDATE order_lines SET quantity = quantity + 1 WHERE order_id = :id", id=order.id)
    return f"order {order.number}"


@plants("order: a gift box has contents")
def _an_empty_box(by: Saboteur) -> str:
    line = by.row(
        "SELECT l.id, o.number FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE l.sku = 'box' LIMIT 1"
    )
    by.do("UPDATE allocations SET status = 'released' WHERE order_line_id = :line", line=line.id)
    return f"order {line.number}"


# Payments and refunds


@plants("payment: paid means confirmed")
def _paid_and_forgotten(by: Saboteur) -> str:
    order = by.row(ORDER.format("confirmed"))
    by.do("UPDATE orders SET status = 'awaiting_payment', confirmed_at = NULL WHERE id = :id", id=order.id)
    return f"order {order.number}"


def _twice(status: str) -> Plant:
    def plant(by: Saboteur) -> str:
        by.do("DROP INDEX uq_payments_one_pending")
        by.do("DROP INDEX uq_payments_one_succeeded")
        payments = by.session.execute(sa.text("SELECT id, order_id FROM payments ORDER BY id LIMIT 2")).all()
        order_id = payments[0].order_id
        change = "UPDATE payments SET status = :status, order_id = :order, attempt = id WHERE id = :id"
        for payment in payments:
            by.do(change, status=status, order=order_id, id=payment.id)
        return f"order {by.ask('SELECT number FROM orders WHERE id = :id', id=order_id)}"

    return plant


PLANTS["payment: an order is paid once"] = _twice("succeeded")
PLANTS["payment: an order has one open attempt at most"] = _twice("pending")


def _payment_changes(change: str, which: str = "refunding_fen > 0") -> Plant:
    def plant(by: Saboteur) -> str:
        payment = by.row(f"SELECT id, reference FROM payments WHERE {which} ORDER BY id LIMIT 1")
        by.do(f"UPDATE payments SET {change} WHERE id = :id", id=payment.id)
        return f"payment {payment.reference}"

    return plant


PLANTS["refund: never more back than came in"] = _payment_changes("received_fen = refunding_fen - 1")
PLANTS["refund: what a payment says is asked back are its refunds"] = _payment_changes("refunding_fen = 1")
PLANTS["ledger: what a provider kept is booked"] = _payment_changes(
    "fee_fen = fee_fen + 1", "fee_fen > 0 AND status = 'succeeded'"
)


@plants("refund: of its own order's payment")
def _another_orders_refund(by: Saboteur) -> str:
    refund = by.row("SELECT id, reference, order_id FROM refunds ORDER BY id LIMIT 1")
    by.do("UPDATE refunds SET order_id = :other WHERE id = :id", other=refund.order_id + 1, id=refund.id)
    return f"refund {refund.reference}"


def _refund_line_changes(change: str) -> Plant:
    def plant(by: Saboteur) -> str:
        line = by.row(
            "SELECT l.id, r.reference FROM refund_lines l JOIN refunds r ON r.id = l.refund_id ORDER BY l.id LIMIT 1"
        )
        by.do(f"UPDATE refund_lines SET {change} WHERE id = :id", id=line.id)
        return f"refund {line.reference}"

    return plant


PLANTS["refund: its parts add up to it"] = _refund_line_changes("amount_fen = amount_fen + 1")
PLANTS["refund: its lines are of its order"] = _refund_line_changes("order_line_id = 1")


@plants("refund: no more units of a line than were bought")
def _more_units_back(by: Saboteur) -> str:
    by.do("UPDATE refund_lines SET units = 99")
    return f"order {by.ask('SELECT number FROM orders o JOIN refunds r ON r.order_id = o.id JOIN refund_lines l ON l.refund_id = r.id LIMIT 1')}"


# Receipts of bank statements

RECEIPT = "SELECT id, amount_fen FROM bank_statement_lines WHERE status = 'matched' ORDER BY id LIMIT 1"


def _receipt_changes(change: str) -> Plant:
    def plant(by: Saboteur) -> str:
        line = by.row(RECEIPT)
        by.do(f"UPDATE bank_statement_lines SET {change} WHERE id = :id", id=line.id)
        return f"receipt {line.id}"

    return plant


PLANTS["receipt: never pays more than came"] = _receipt_changes("amount_fen = amount_fen - 1")
PLANTS["receipt: what it says is matched are its matches"] = _receipt_changes("matched_fen = matched_fen - 1")
PLANTS["receipt: matched when nothing of it is left"] = _receipt_changes("status = 'open'")


def _match_changes(change: str) -> Plant:
    def plant(by: Saboteur) -> str:
        match = by.row(
            "SELECT m.id, p.reference FROM bank_matches m JOIN payments p ON p.id = m.payment_id ORDER BY m.id LIMIT 1"
        )
        by.do(f"UPDATE bank_matches SET {change} WHERE id = :id", id=match.id)
        return f"payment {match.reference}"

    return plant


PLANTS["receipt: a payment's receipts are exactly its amount"] = _match_changes("amount_fen = amount_fen - 1")
PLANTS["receipt: confirmed with its payment, or waiting for the second person"] = _match_changes(
    "confirmed_at = NULL"
)


IN_SUSPENSE = "SELECT id, suspense_fen FROM bank_statement_lines WHERE suspense_fen > 0 ORDER BY id LIMIT 1"
ORPHAN = (
    "SELECT p.id, p.received_fen, o.number FROM payments p JOIN orders o ON o.id = p.order_id"
    " WHERE p.status = 'orphaned' ORDER BY p.id LIMIT 1"
)


@plants("suspense: the account is what receipts and orphaned payments hold")
def _a_receipt_that_the_books_forget(by: Saboteur) -> str:
    by.do(
        "UPDATE postings SET account = 'shop_income' WHERE account = 'suspense' AND entry_id ="
        " (SELECT id FROM journal_entries WHERE reference = :name)",
        name=f"receipt:{by.row(IN_SUSPENSE).id}:1",
    )
    return "account suspense"


@plants("receipt: as much of it stands in suspense as its status says")
def _a_receipt_that_stays_in_suspense(by: Saboteur) -> str:
    line = by.row(IN_SUSPENSE)
    by.do(
        "UPDATE bank_statement_lines SET status = 'set_aside', reason = 'not ours' WHERE id = :id", id=line.id
    )
    return f"receipt {line.id}"


@plants("orphan: it stands in suspense until it has gone back, and leaves nothing then")
def _an_orphan_that_leaves_something(by: Saboteur) -> str:
    orphan = by.row(ORPHAN)
    by.do(
        "UPDATE postings SET account = 'shop_income' WHERE account = 'suspense' AND amount_fen = :fen",
        fen=orphan.received_fen,
    )
    return f"order {orphan.number}"


@plants("transfer: nobody confirms what they said themselves")
def _alone(by: Saboteur) -> str:
    proposal_id = by.ask("SELECT id FROM transfer_proposals WHERE agreed ORDER BY id LIMIT 1")
    by.do("UPDATE transfer_proposals SET decided_by_id = proposed_by_id WHERE id = :id", id=proposal_id)
    return f"proposal {proposal_id}"


@plants("receipt: what was sent back of it, or waits to be, is noted")
def _sent_back_and_nobody_noted_it(by: Saboteur) -> str:
    line = by.row(IN_SUSPENSE)
    by.do(
        "UPDATE bank_statement_lines SET status = 'set_aside', reason = 'rest_sent_back' WHERE id = :id",
        id=line.id,
    )
    return f"receipt {line.id}"


@plants("receipt: nobody agrees to what they said of money sent back")
def _sent_back_by_one_who_spoke_twice(by: Saboteur) -> str:
    line, person = by.row(IN_SUSPENSE), by.ask("SELECT min(id) FROM users")
    by.do(
        "INSERT INTO bank_rest_notes (line_id, deed, status, amount_fen, sent_as, reason, said_by_id, said_at, decided_by_id)"
        " VALUES (:line, 'sent_back', 'counts', 1, '', '', :person, '2026-11-22 00:00:00', :person)",
        line=line.id,
        person=person,
    )
    return f"receipt {line.id}"


# Books


@plants("ledger: every entry sums to zero")
def _a_posting_grows(by: Saboteur) -> str:
    entry = by.row("SELECT id, reference FROM journal_entries WHERE kind = 'sale' ORDER BY id LIMIT 1")
    by.do(
        "UPDATE postings SET amount_fen = amount_fen - 1 WHERE entry_id = :id AND account = 'shop_income'",
        id=entry.id,
    )
    return f"entry {entry.reference}"


@plants("ledger: no sale without a confirmed order")
def _a_sale_of_nothing(by: Saboteur) -> str:
    entry = by.row(
        "SELECT e.reference, e.order_id FROM journal_entries e JOIN orders o ON o.id = e.order_id "
        "WHERE e.kind = 'sale' AND o.status = 'confirmed' ORDER BY e.id LIMIT 1"
    )
    by.do("UPDATE orders SET confirmed_at = NULL WHERE id = :id", id=entry.order_id)
    return f"entry {entry.reference}"


@plants("ledger: households are owed what their units earn")
def _earned_by_nobody(by: Saboteur) -> str:
    order = by.row(ORDER.format("confirmed"))
    by.do(
        "UPDATE allocations SET household_fen = household_fen - 1 WHERE order_line_id IN "
        "(SELECT id FROM order_lines WHERE order_id = :id)",
        id=order.id,
    )
    return f"order {order.number}"


@plants("ledger: households give back what units earned that left their order, or are back in stock")
def _undelivered_and_kept(by: Saboteur) -> str:
    entry = by.row(
        "SELECT e.id, o.number FROM journal_entries e JOIN orders o ON o.id = e.order_id "
        "WHERE e.kind = 'reversal' AND e.reverses_id IS NULL"
    )
    by.do(
        "UPDATE postings SET amount_fen = amount_fen - 1 WHERE entry_id = :id AND account = 'household_payable'",
        id=entry.id,
    )
    return f"order {entry.number}"


@plants("ledger: a reversal leaves nobody anything")
def _a_part_is_kept(by: Saboteur) -> str:
    entry = by.row(
        "SELECT e.id, o.number FROM journal_entries e JOIN orders o ON o.id = e.order_id "
        "WHERE e.kind = 'reversal' AND e.reverses_id IS NOT NULL"
    )
    by.do(
        "UPDATE postings SET amount_fen = amount_fen - 1 WHERE entry_id = :id AND account = 'village_fund'",
        id=entry.id,
    )
    return f"order {entry.number}"


@plants("refund: no more freight back than was paid")
def _freight_twice(by: Saboteur) -> str:
    order = by.row(
        "SELECT o.id, o.number FROM orders o JOIN refunds r ON r.order_id = o.id WHERE r.freight_fen > 0"
    )
    by.do("UPDATE refunds SET freight_fen = freight_fen + 5000 WHERE order_id = :id", id=order.id)
    return f"order {order.number}"


@plants("ledger: a refund is borne by whom it says")
def _another_bears(by: Saboteur) -> str:
    refund = by.row("SELECT id, reference FROM refunds WHERE bearer = 'courier'")
    by.do("UPDATE refunds SET bearer = 'village' WHERE id = :id", id=refund.id)
    return f"refund {refund.reference}"


@plants("ledger: a household gives back no more than the order brought it")
def _a_household_loses(by: Saboteur) -> str:
    order = by.row(
        "SELECT o.id, o.number FROM orders o JOIN refunds r ON r.order_id = o.id WHERE r.bearer = 'household'"
    )
    by.do(
        "UPDATE postings SET amount_fen = amount_fen + 99999 WHERE account = 'household_payable' AND entry_id = "
        "(SELECT id FROM journal_entries WHERE kind = 'refund' AND order_id = :id)",
        id=order.id,
    )
    return f"order {order.number}"


# Goods that came back

RETURNED = (
    "SELECT u.id, u.allocation_id, r.reference, o.id AS order_id, o.number FROM returned_units u "
    "JOIN refund_lines l ON l.id = u.refund_line_id JOIN refunds r ON r.id = l.refund_id "
    "JOIN orders o ON o.id = r.order_id WHERE u.status = 'restocked'"
)


@plants("returned: no more came back than left")
def _more_back_than_left(by: Saboteur) -> str:
    row = by.row(RETURNED)
    by.do("UPDATE allocations SET units = 1 WHERE id = :id", id=row.allocation_id)
    return f"allocation {row.allocation_id}"


def _returned_changes(change: str) -> Plant:
    def plant(by: Saboteur) -> str:
        row = by.row(RETURNED)
        by.do(f"UPDATE returned_units SET {change} WHERE id = :id", id=row.id)
        return f"refund {row.reference}"

    return plant


PLANTS["returned: goods move when their refund has succeeded, and never else"] = _returned_changes(
    "status = 'expected'"
)
PLANTS["returned: as many units as the refund is for, of its line"] = _returned_changes("units = units + 1")


@plants("returned: what is exempt from return is never sold again")
def _eggs_are_sold_again(by: Saboteur) -> str:
    row = by.row(RETURNED)
    by.do("UPDATE order_lines SET return_exempt = true WHERE order_id = :id", id=row.order_id)
    return f"refund {row.reference}"


@plants("returned: the lot's page says what came back")
def _nobody_wrote_it_down(by: Saboteur) -> str:
    by.do("UPDATE lot_changes SET returned_change = 0")
    return "lot honey-pool"


@plants("ledger: what is back in stock is out of its sale, at its price")
def _sold_twice(by: Saboteur) -> str:
    row = by.row(RETURNED)
    by.do(
        "UPDATE postings SET amount_fen = amount_fen - 1 WHERE account = 'packing_payable' AND entry_id = "
        "(SELECT id FROM journal_entries WHERE order_id = :id AND reference LIKE '%restocked')",
        id=row.order_id,
    )
    return f"order {row.number}"


# Claims


@plants("claim: decided with its rule, its moment and an answer, or not at all")
def _decided_without_a_rule(by: Saboteur) -> str:
    claim_id = by.ask("SELECT id FROM claims WHERE status = 'accepted'")
    by.do("UPDATE claims SET rule = NULL WHERE id = :id", id=claim_id)
    return f"claim {claim_id}"


@plants("claim: of goods of its order, and of no more than were bought")
def _claims_too_many(by: Saboteur) -> str:
    claim_id = by.ask("SELECT min(id) FROM claims")
    by.do("UPDATE claims SET units = 99 WHERE id = :id", id=claim_id)
    return f"claim {claim_id}"


@plants("claim: its refund is of its order, and it was granted")
def _refunded_though_refused(by: Saboteur) -> str:
    claim_id = by.ask("SELECT min(id) FROM claims")
    by.do("INSERT INTO claim_refunds (refund_id, claim_id) SELECT max(id), :id FROM refunds", id=claim_id)
    return f"claim {claim_id}"


@plants("claim: only about orders that were paid or accepted")
def _claims_of_nothing(by: Saboteur) -> str:
    claim = by.row("SELECT id, order_id FROM claims ORDER BY id LIMIT 1")
    by.do("UPDATE orders SET confirmed_at = NULL WHERE id = :id", id=claim.order_id)
    return f"claim {claim.id}"


# Payouts


@plants("dispute: the books say where its money is")
def _a_dispute_that_nobody_booked(by: Saboteur) -> str:
    paid = by.row("SELECT id, order_id FROM payments WHERE status = 'succeeded' ORDER BY id LIMIT 1")
    by.do(
        "INSERT INTO disputes (payment_id, order_id, provider_ref, status, amount_fen, withdrawn_fen, reason, "
        "opened_at) VALUES (:payment, :order, 'dp_1', 'open', 5, 5, '', :now)",
        payment=paid.id,
        order=paid.order_id,
        now=by.trade.now,
    )
    return f"order {by.ask('SELECT number FROM orders WHERE id = :id', id=paid.order_id)}"


@plants("month: closed, it stays as it was")
def _an_entry_in_a_closed_month(by: Saboteur) -> str:
    by.do(
        "INSERT INTO closed_months (month, entries, turnover_fen, closed_at) VALUES ('2026-11-01', 1, 5, :now)",
        now=by.trade.now,
    )
    return "month 2026-11"


@plants("payout: its amount is its postings")
def _a_larger_payout(by: Saboteur) -> str:
    by.do("UPDATE payouts SET amount_fen = amount_fen + 1 WHERE id = 1")
    return "payout 1"


@plants("payout: a posting is paid out once")
def _paid_twice(by: Saboteur) -> str:
    by.free("payout_items")
    item = by.row("SELECT payout_id, posting_id FROM payout_items ORDER BY posting_id LIMIT 1")
    by.do(
        "INSERT INTO payout_items VALUES (:payout, :posting)", payout=item.payout_id, posting=item.posting_id
    )
    return f"posting {item.posting_id}"


@plants("payout: only what completed orders owe that household")
def _paid_to_a_neighbour(by: Saboteur) -> str:
    other = "SELECT id FROM households WHERE id NOT IN (SELECT household_id FROM payouts) LIMIT 1"
    by.do("UPDATE payouts SET household_id = :other WHERE id = 1", other=by.ask(other))
    return "payout 1"


@plants("payout: paid, it has one entry of its amount, and unpaid none")
def _paid_without_an_entry(by: Saboteur) -> str:
    payout = by.ask("SELECT id FROM payouts WHERE status <> 'paid' ORDER BY id LIMIT 1")
    by.do("UPDATE payouts SET status = 'paid', paid_at = :now WHERE id = :id", id=payout, now=by.trade.now)
    return f"payout {payout}"


@plants("payout: the books paid a household what its payouts say")
def _paid_out_and_not_said(by: Saboteur) -> str:
    who = "SELECT h.id, h.slug FROM payouts p JOIN households h ON h.id = p.household_id WHERE p.status = 'paid'"
    paid = by.row(who)
    of_payouts = "SELECT id FROM journal_entries WHERE kind = 'payout'"
    by.do(
        f"UPDATE postings SET amount_fen = amount_fen + 1 WHERE household_id = :id AND entry_id IN ({of_payouts})",
        id=paid.id,
    )
    return f"household {paid.slug}"


@plants("payout: approved by another than closed it")
def _approved_by_who_closed_it(by: Saboteur) -> str:
    run = by.row("SELECT id, number FROM payout_runs WHERE approved_at IS NOT NULL LIMIT 1")
    by.do("UPDATE payout_runs SET created_by_id = approved_by_id WHERE id = :id", id=run.id)
    return f"run {run.number}"


# The advance account


def _repayment(by: Saboteur, **values: Any) -> int:
    """A row that says that 100 fen went back to the lender."""
    row = {"proposed": by.trade.admin_id, "decided": None, "now": by.trade.now} | values
    by.do(
        "INSERT INTO advance_repayments (id, status, amount_fen, bank_reference, paid_on, proposed_at,"
        " proposed_by_id, decided_at, decided_by_id, reversal_reason)"
        " VALUES (900, 'repaid', 100, 'HK-900', '2026-11-20', :now, :proposed, :now, :decided, '')",
        **row,
    )
    return 900


@plants("advance: a repayment that stands has one entry of its amount, any other none")
def _a_repayment_without_an_entry(by: Saboteur) -> str:
    return f"repayment {_repayment(by)}"


@plants("advance: nobody agrees to what they said themselves")
def _a_repayment_by_one_person(by: Saboteur) -> str:
    by.free("advance_repayments")
    return f"repayment {_repayment(by, decided=by.trade.admin_id)}"


@plants("advance: never more goes back than was lent")
def _more_goes_back(by: Saboteur) -> str:
    entry = by.ask("SELECT max(id) + 1 FROM journal_entries")
    by.do(
        "INSERT INTO journal_entries (id, kind, reference, posted_at)"
        " VALUES (:id, 'advance_repaid', 'advance:901', :now)",
        id=entry,
        now=by.trade.now,
    )
    posting = by.ask("SELECT max(id) FROM postings")
    for count, (account, fen) in enumerate((("advance", 100), ("bank", -100)), start=1):
        by.do(
            "INSERT INTO postings (id, entry_id, account, amount_fen) VALUES (:id, :entry, :account, :fen)",
            id=posting + count,
            entry=entry,
            account=account,
            fen=fen,
        )
    return "advance account"


@plants("advance: only payouts borrow, and only repayments give back")
def _a_sale_borrows(by: Saboteur) -> str:
    entry = by.row("SELECT id, reference FROM journal_entries WHERE kind = 'sale' ORDER BY id LIMIT 1")
    by.do(
        "UPDATE postings SET account = 'advance' WHERE entry_id = :id AND account = 'shop_income'",
        id=entry.id,
    )
    return f"entry {entry.reference}"


# Money that moved outside orders


def _movement(by: Saboteur, **values: Any) -> int:
    """A row that says that our bank charged 100 fen."""
    row = {"proposed": by.trade.admin_id, "decided": None, "now": by.trade.now, "line": None}
    row |= {"kind": "bank_charge", "provider": ""} | values
    by.do(
        "INSERT INTO bank_movements (id, kind, status, amount_fen, bank_reference, moved_on, provider, purpose,"
        " line_id, proposed_at, proposed_by_id, decided_at, decided_by_id, reversal_reason)"
        " VALUES (900, :kind, 'booked', 100, 'YH-900', '2026-11-20', :provider, '', :line, :now, :proposed, :now,"
        " :decided, '')",
        **row,
    )
    return 900


@plants("movement: one that stands has one entry of its amount, any other none")
def _a_movement_without_an_entry(by: Saboteur) -> str:
    return f"movement {_movement(by)}"


@plants("movement: what a provider holds stands under its name, and nothing else does")
def _held_by_nobody(by: Saboteur) -> str:
    entry = by.row("SELECT id, reference FROM journal_entries WHERE kind = 'sale' ORDER BY id LIMIT 1")
    by.do("UPDATE postings SET provider = NULL WHERE entry_id = :id", id=entry.id)
    return f"entry {entry.reference}"


@plants("movement: no entry of this kind without one")
def _moved_and_not_said(by: Saboteur) -> str:
    entry = by.row("SELECT id, reference FROM journal_entries WHERE kind = 'sale' ORDER BY id LIMIT 1")
    by.do("UPDATE journal_entries SET kind = 'movement' WHERE id = :id", id=entry.id)
    return f"entry {entry.reference}"


@plants("movement: nobody agrees to what they said themselves, where no statement says it")
def _a_movement_by_one_person(by: Saboteur) -> str:
    by.free("bank_movements")
    return f"movement {_movement(by, decided=by.trade.admin_id)}"


@plants("movement: nobody takes back alone what two persons booked")
def _taken_back_by_one_person(by: Saboteur) -> str:
    by.free("bank_movements")
    movement_id = _movement(by)
    by.do(
        "UPDATE bank_movements SET status = 'taken_back', reversed_at = :now, reversed_by_id = :person,"
        " back_asked_at = :now, back_asked_by_id = :person",
        now=by.trade.now,
        person=by.trade.admin_id,
    )
    return f"movement {movement_id}"


@plants("movement: a receipt that is a provider's payout has one, and no other receipt has")
def _a_payout_on_a_matched_receipt(by: Saboteur) -> str:
    line = by.row(RECEIPT)
    _movement(by, line=line.id, kind="provider_payout", provider="stripe")
    return f"receipt {line.id}"


# Households


@plants("household: income figures are the ledger's")
def _figures_grow(by: Saboteur) -> str:
    household_id = by.trade.shop.households["li"]
    by.do("UPDATE household_months SET earned_fen = earned_fen + 1 WHERE household_id = :id", id=household_id)
    return f"household {household_id}"


@plants("household: held income is what is held")
def _held_for_nobody(by: Saboteur) -> str:
    household_id = by.trade.shop.households["wang"]
    by.do("UPDATE household_months SET held_fen = held_fen + 1 WHERE household_id = :id", id=household_id)
    return f"household {household_id}"


# Tasks, parcels, trucks


@plants("task: every committed allocation has one task")
def _nobodys_work(by: Saboteur) -> str:
    task = by.row(TASK.format("open"))
    allocation_id = by.ask("SELECT allocation_id FROM task_items WHERE task_id = :id", id=task.id)
    by.do("DELETE FROM task_items WHERE task_id = :id", id=task.id)
    return f"allocation {allocation_id}"


@plants("task: nobody prepares what is not harvested")
def _prepared_before_it_is_picked(by: Saboteur) -> str:
    task = by.row(TASK.format("open"))
    of_task = "SELECT a.lot_id FROM task_items i JOIN allocations a ON a.id = i.allocation_id WHERE i.task_id = :id LIMIT 1"
    forecast = "expected_on = '2026-12-24', expected_units = declared, confidence_pct = 100"
    by.do(f"UPDATE lots SET {forecast} WHERE id = ({of_task})", id=task.id)
    return f"task {task.code}"


@plants("task: none without units")
def _work_for_nothing(by: Saboteur) -> str:
    task = by.row(TASK.format("open"))
    by.do("DELETE FROM task_items WHERE task_id = :id", id=task.id)
    return f"task {task.code}"


@plants("task: none of an unconfirmed order")
def _work_for_a_dead_order(by: Saboteur) -> str:
    task = by.row(TASK.format("open"))
    by.do(
        "UPDATE orders SET status = 'cancelled' WHERE id = (SELECT order_id FROM tasks WHERE id = :id)",
        id=task.id,
    )
    return f"task {task.code}"


@plants("task: its units are of its order")
def _work_for_another(by: Saboteur) -> str:
    task = by.row(TASK.format("open"))
    by.do("UPDATE tasks SET order_id = order_id - 1 WHERE id = :id", id=task.id)
    return f"task {task.code}"


@plants("task: packed means in a parcel of its order")
def _packed_into_nothing(by: Saboteur) -> str:
    task = by.row(TASK.format("packed"))
    by.do("UPDATE tasks SET parcel_id = NULL WHERE id = :id", id=task.id)
    return f"task {task.code}"


@plants("task: units that wait were withdrawn")
def _waiting_and_going(by: Saboteur) -> str:
    task = by.row(TASK.format("open"))
    by.do("UPDATE task_items SET waits = true WHERE task_id = :id", id=task.id)
    return f"task {task.code}"


@plants("parcel: its units are shipped when it has left")
def _left_without_its_units(by: Saboteur) -> str:
    parcel_id = by.ask("SELECT id FROM parcels WHERE status = 'packed' ORDER BY id LIMIT 1")
    by.do("UPDATE parcels SET status = 'shipped' WHERE id = :id", id=parcel_id)
    of_parcel = (
        "SELECT min(allocation_id) FROM task_items i JOIN tasks t ON t.id = i.task_id WHERE t.parcel_id = :id"
    )
    return f"allocation {by.ask(of_parcel, id=parcel_id)}"


@plants("parcel: it is not empty")
def _an_empty_parcel(by: Saboteur) -> str:
    parcel = by.row("SELECT id, code FROM parcels ORDER BY id LIMIT 1")
    by.do("UPDATE tasks SET parcel_id = NULL WHERE parcel_id = :id", id=parcel.id)
    return f"parcel {parcel.code}"


@plants("truck: what is booked is what its orders weigh")
def _a_lighter_truck(by: Saboteur) -> str:
    by.do("UPDATE runs SET booked_g = booked_g - 1 WHERE code = 'R1'")
    return "run R1"


@plants("truck: not more than it carries")
def _an_overloaded_truck(by: Saboteur) -> str:
    by.do("UPDATE runs SET capacity_g = booked_g - 1 WHERE code = 'R1'")
    return "run R1"


@plants("truck: what it carries left with it")
def _left_in_the_village(by: Saboteur) -> str:
    parcel = by.row("SELECT id, code FROM parcels WHERE status = 'packed' ORDER BY id LIMIT 1")
    by.do("UPDATE parcels SET run_id = (SELECT min(id) FROM runs) WHERE id = :id", id=parcel.id)
    by.do("UPDATE runs SET status = 'departed' WHERE id = (SELECT min(id) FROM runs)")
    return f"parcel {parcel.code}"


# Catalogue


def _changes(table: str, change: str, subject: str) -> Plant:
    def plant(by: Saboteur) -> str:
        by.do(f"UPDATE {table} SET {change}")
        return subject

    return plant


PLANTS["category: counts its published products"] = _changes(
    "categories", "product_count = 9", "category tea"
)
PLANTS["village: counts its published products"] = _changes("villages", "product_count = 9", "village ruhe")
PLANTS["product: the price in lists is its cheapest pack's"] = _changes(
    "products", "from_price_fen = 1", "product tea"
)
PLANTS["product: hours to prepare are its own or its category's"] = _changes(
    "products", "ready_hours = 3", "product tea"
)
PLANTS["product: lists show it as it is"] = _changes("product_listings", "sold_units = 77", "product honey")
PLANTS["variant: sold out means that nothing can be bought"] = _changes(
    "variants", "stock_state = 'sold_out'", "variant tea"
)


# People


@plants("basket: somebody's")
def _an_ownerless_basket(by: Saboteur) -> str:
    by.do("UPDATE baskets SET user_id = 4711, token_hash = NULL WHERE id = 1")
    return "basket 1"


@plants("basket: a good is in it at least once")
def _a_negative_good(by: Saboteur) -> str:
    basket_id = by.ask("SELECT basket_id FROM basket_items LIMIT 1")
    by.do("UPDATE basket_items SET quantity = -3")
    return f"basket {basket_id}"


@plants("account: whoever holds power has shown whose address it is")
def _a_stranger_with_a_role(by: Saboteur) -> str:
    person = by.ask("SELECT max(id) FROM users")
    by.do("DELETE FROM user_roles WHERE user_id = :id", id=person)
    by.do("INSERT INTO user_roles (user_id, role) VALUES (:id, 'farmer')", id=person)
    by.do(
        "UPDATE users SET email = 'stranger@uni.example', confirmed_at = NULL, password_hash = 'x', active = :yes"
        " WHERE id = :id",
        id=person,
        yes=True,
    )
    return f"user {person}"


@plants("session: none of somebody who is gone or shut out")
def _a_ghost(by: Saboteur) -> str:
    now = by.trade.now
    by.do(
        "INSERT INTO sessions (id, token_hash, user_id, kind, device, address, created_at, last_seen_at, "
        "authenticated_at, expires_at) VALUES (9, 'x', 4711, 'browser', '', '', :now, :now, :now, :later)",
        now=now,
        later=now + timedelta(days=1),
    )
    return "session 9"


@plants("card: none of somebody who is shut out")
def _a_card_that_outlived(by: Saboteur) -> str:
    now, person = by.trade.now, by.ask("SELECT min(id) FROM users")
    by.do("UPDATE users SET active = :no WHERE id = :person", no=False, person=person)
    by.do(
        "INSERT INTO sign_in_cards (id, user_id, token_hash, issued_at, expires_at, uses) "
        "VALUES (9, :person, 'x', :now, :later, 0)",
        person=person,
        now=now,
        later=now + timedelta(days=1),
    )
    return "card 9"


@plants("audit: the chain is whole")
def _a_forged_entry(by: Saboteur) -> str:
    by.do("UPDATE audit_entries SET action = 'nothing.happened' WHERE id = 1")
    return "audit entry 1"


_ASK = (
    "INSERT INTO proposals (id, order_id, allocation_id, units, difference_fen, made_at, answer_by, status, answer,"
    " outcome) SELECT 77, l.order_id, a.id, 1, 0, :now, :now, :status, :answer, :outcome FROM allocations a"
    " JOIN order_lines l ON l.id = a.order_line_id JOIN orders o ON o.id = l.order_id"
    " WHERE a.status = 'shipped' AND o.status = 'completed' ORDER BY a.id LIMIT 1"
)
_ASKED = "SELECT o.number FROM orders o JOIN proposals p ON p.order_id = o.id WHERE p.id = 77"


def _ask(by: Saboteur, status: str, answer: str | None, outcome: str | None) -> str:
    by.do(_ASK, now=by.trade.now, status=status, answer=answer, outcome=outcome)
    return f"order {by.ask(_ASKED)}"


@plants("proposal: what is not settled waits")
def _a_question_about_nothing(by: Saboteur) -> str:
    return _ask(by, "open", None, None)


@plants("proposal: whoever waits chose to")
def _a_buyer_who_waits_unasked(by: Saboteur) -> str:
    _ask(by, "waiting", "refund", None)
    return "proposal 77"


@plants("proposal: units whose price goes back left the order")
def _money_back_for_what_was_delivered(by: Saboteur) -> str:
    return _ask(by, "settled", "refund", "refunded")


# Pairing


@plants("pair: a day counts once for a unit and a household")
def _two_pairs_hold_on_one_day(by: Saboteur) -> str:
    by.free("pairs")
    household = by.ask("SELECT min(id) FROM households")
    for pair_id, first, last in ((901, "2026-01-01", "2026-06-30"), (902, "2026-06-30", None)):
        by.do(
            "INSERT INTO pairs (id, unit_id, household_id, first_day, last_day, agreed_by)"
            " VALUES (:id, 1, :household, CAST(:first AS DATE), CAST(:last AS DATE), '')"
            if by.session.connection().dialect.name == "postgresql"
            else "INSERT INTO pairs (id, unit_id, household_id, first_day, last_day, agreed_by)"
            " VALUES (:id, 1, :household, :first, :last, '')",
            id=pair_id,
            household=household,
            first=first,
            last=last,
        )
    return "pair 901"


@plants("pairing: what a lot got another did not get")
def _pairing_makes_units(by: Saboteur) -> str:
    line = by.ask("SELECT min(id) FROM order_lines")
    lot = by.ask("SELECT min(id) FROM lots")
    by.do(
        "INSERT INTO pairing_shifts (order_line_id, lot_id, units, household_fen) VALUES (:line, :lot, 2, 100)",
        line=line,
        lot=lot,
    )
    return f"line {line}"
