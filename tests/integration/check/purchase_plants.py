"""Ways to break what counts for departments."""

from __future__ import annotations

from tests.integration.check.plants import ORDER, PLANTS, Saboteur, plants

PLANTED = PLANTS


@plants("purchase: an organisation's order counts, and that of somebody who agreed")
def _counts_for_nobody(by: Saboteur) -> str:
    order = by.row(ORDER.format("confirmed"))
    by.do("UPDATE orders SET unit_id = 901, counts_for_unit = true WHERE id = :id", id=order.id)
    return f"order {order.number}"


@plants("purchase: what somebody bought who did not agree counts for nobody")
def _counted_without_asking(by: Saboteur) -> str:
    return _counted(by)


@plants("purchase: the statement has of an order what the books have")
def _dearer_than_the_books_say(by: Saboteur) -> str:
    named = _counted(by)
    by.do("UPDATE orders SET refunded_fen = refunded_fen + 1 WHERE :name = 'order ' || number", name=named)
    return named


def _counted(by: Saboteur) -> str:
    order = by.row(ORDER.format("confirmed"))
    by.free("counted_purchases")
    by.do(
        "INSERT INTO counted_purchases (order_id, unit_id, funding) VALUES (:id, 901, 'personal')",
        id=order.id,
    )
    return f"order {order.number}"
