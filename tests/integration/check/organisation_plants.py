"""Ways to break what holds of organisations, their limits and their approvals."""

from __future__ import annotations

from tests.integration.check.plants import ORDER, Saboteur, plants

DEBT = (
    "SELECT o.id, o.number, o.organisation_id, o.user_id FROM payments p JOIN orders o ON o.id = p.order_id "
    "WHERE p.provider = 'on_account' ORDER BY p.id LIMIT 1"
)
REQUEST = (
    "INSERT INTO order_approvals (id, order_id, organisation_id, amount_fen, over, state, asked_at, expires_at,"
    " decided_at, decided_by_id, reason) VALUES (1, :order, :organisation, 1, '[]', :state, '2026-01-01 00:00:00+00',"
    " '2026-01-02 00:00:00+00', :at, :person, '')"
)
DECIDED = "2026-01-01 01:00:00+00"


@plants("organisations: none stands under itself")
def _a_circle(by: Saboteur) -> str:
    one = by.ask("SELECT min(id) FROM organisations")
    by.free("organisations")
    by.do("UPDATE organisations SET kind = 'union', parent_id = :id WHERE id = :id", id=one)
    return f"organisation {one}"


@plants("organisations: only a union stands under a union")
def _a_canteen_below(by: Saboteur) -> str:
    one = by.row("SELECT id, slug FROM organisations ORDER BY id LIMIT 1")
    by.free("organisations")
    by.do("UPDATE organisations SET kind = 'canteen', parent_id = :id WHERE id = :id", id=one.id)
    return f"organisation {one.slug}"


@plants("organisations: limits are of members")
def _a_limit_of_nobody(by: Saboteur) -> str:
    debt, stranger = by.row(DEBT), by.ask("SELECT max(id) FROM users")
    by.do("DELETE FROM organisation_members WHERE user_id = :id", id=stranger)
    by.do(
        "INSERT INTO spending_limits (id, organisation_id, user_id, span, limit_fen) VALUES (1, :of, :id, 'year', 1)",
        of=debt.organisation_id,
        id=stranger,
    )
    return "limit 1"


@plants("approvals: what waits is an order that awaits its money")
def _a_request_is_left(by: Saboteur) -> str:
    debt = by.row(DEBT)
    by.do(REQUEST, order=debt.id, organisation=debt.organisation_id, state="waiting", at=None, person=None)
    return f"order {debt.number}"


@plants("approvals: what was approved was accepted")
def _approved_for_nothing(by: Saboteur) -> str:
    debt, order = by.row(DEBT), by.row(ORDER.format("awaiting_payment"))
    by.do(
        REQUEST, order=order.id, organisation=debt.organisation_id, state="approved", at=DECIDED, person=None
    )
    return f"order {order.number}"


@plants("approvals: nobody decides about their own order")
def _one_person_agrees(by: Saboteur) -> str:
    debt = by.row(DEBT)
    by.do(
        REQUEST,
        order=debt.id,
        organisation=debt.organisation_id,
        state="approved",
        at=DECIDED,
        person=debt.user_id,
    )
    return f"order {debt.number}"


PLANTED = True
