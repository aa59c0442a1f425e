"""Ways to break what is held about gift orders."""

from __future__ import annotations

from tests.integration.check.plants import ORDER, PLANTS, Saboteur, plants

PLANTED = PLANTS


@plants("gift: the order of a recipient is known as its gift's")
def _of_another_gift(by: Saboteur) -> str:
    number = _sent(by)
    by.do("INSERT INTO order_gifts (order_id, gift_id) SELECT order_id, 902 FROM gift_recipients")
    return number


@plants("gift: an order costs what was seen beside the button")
def _dearer_than_seen(by: Saboteur) -> str:
    number = _sent(by)
    by.do("UPDATE gift_recipients SET quoted_fen = 1")
    return number


@plants("gift: its orders are its organisation's")
def _of_nobody(by: Saboteur) -> str:
    number = _sent(by)
    by.do("INSERT INTO order_gifts (order_id, gift_id) SELECT order_id, 901 FROM gift_recipients")
    return number


@plants("gift: what waits for approval says so, and nothing else waits")
def _waits_for_nobody(by: Saboteur) -> str:
    _sent(by)
    by.do("UPDATE gifts SET status = 'waiting' WHERE id = 901")
    return "gift 901"


@plants("gift: nobody is queued where nothing is being placed")
def _forgotten(by: Saboteur) -> str:
    _sent(by)
    by.do("UPDATE gift_recipients SET state = 'queued'")
    return "gift 901"


def _sent(by: Saboteur) -> str:
    """A gift whose one recipient has an order of somebody else."""
    order = by.row(ORDER.format("confirmed"))
    for table in ("gifts", "gift_recipients", "order_gifts"):
        by.free(table)
    by.do("INSERT INTO gifts (id, organisation_id, status) VALUES (901, 1, 'placed')")
    by.do(
        "INSERT INTO gift_recipients (id, gift_id, row, state, order_id, quoted_fen)"
        " VALUES (901, 901, 2, 'ordered', :id, 5)",
        id=order.id,
    )
    return f"order {order.number}"
