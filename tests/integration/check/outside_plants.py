"""Ways to break what is held about orders from elsewhere."""

from __future__ import annotations

from tests.integration.check.plants import ORDER, PLANTS, Saboteur, plants

PLANTED = PLANTS


@plants("outside: an order from elsewhere says from where, and no other does")
def _from_nowhere(by: Saboteur) -> str:
    order = by.row(ORDER.format("confirmed"))
    by.do("UPDATE orders SET channel = 'outside' WHERE id = :id", id=order.id)
    return f"order {order.number}"


@plants("outside: what is said to be paid there is paid")
def _paid_and_cancelled(by: Saboteur) -> str:
    subject = _of_a_source(by, "cancelled", "cash")
    of_it = "(SELECT order_id FROM outside_orders)"
    by.do(f"UPDATE orders SET confirmed_at = NULL WHERE id = {of_it}")
    by.do(f"UPDATE payments SET status = 'failed' WHERE order_id = {of_it}")
    return subject


@plants("outside: its source collects its money, and no other")
def _in_other_hands(by: Saboteur) -> str:
    subject = _of_a_source(by, "confirmed", "cash")
    by.do(
        "UPDATE payments SET provider = 'outside:another' WHERE order_id = (SELECT order_id FROM outside_orders)"
    )
    return subject


@plants("outside: the books say what each source has taken for us")
def _booked_elsewhere(by: Saboteur) -> str:
    _of_a_source(by, "confirmed", "cash")
    by.do(
        "UPDATE payments SET provider = 'outside:group' WHERE order_id = (SELECT order_id FROM outside_orders)"
    )
    return "source group"


def _of_a_source(by: Saboteur, status: str, paid_how: str) -> str:
    """An order of this state is said to be one of a chat group's."""
    order = by.row(ORDER.format(status))
    by.free("outside_sources")
    by.free("outside_orders")
    by.do("INSERT INTO outside_sources (id, slug, kind) VALUES (901, 'group', 'chat_group')")
    by.do("UPDATE orders SET channel = 'outside' WHERE id = :id", id=order.id)
    by.do(
        "INSERT INTO outside_orders (order_id, source_id, number, paid_how) VALUES (:id, 901, 'A-1', :paid)",
        id=order.id,
        paid=paid_how,
    )
    return f"order {order.number}"
