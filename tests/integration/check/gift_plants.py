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


@plants("gift: the packaging of an order costs what was agreed for its gift")
def _packed_for_nothing(by: Saboteur) -> str:
    number = _sent(by)
    by.free("orders")
    by.do("INSERT INTO order_gifts (order_id, gift_id) SELECT order_id, 901 FROM gift_recipients")
    by.do("UPDATE gifts SET packaging_fen = 800 WHERE id = 901")
    return number


@plants("gift: what comes by its one transfer is of its orders")
def _in_another_transfer(by: Saboteur) -> str:
    number = _sent(by)
    _joined(by)
    by.do("INSERT INTO order_gifts (order_id, gift_id) SELECT order_id, 902 FROM gift_recipients")
    return number


@plants("gift: of a transfer that is settled nothing waits")
def _settled_half(by: Saboteur) -> str:
    _sent(by)
    _joined(by)
    by.free("bank_matches")
    by.do(
        "INSERT INTO bank_matches (line_id, payment_id, amount_fen)"
        " SELECT 901, id, amount_fen FROM payments WHERE joint_id = 901"
    )
    return "transfer JOINT"


def _joined(by: Saboteur) -> None:
    """Its payment came by a transfer for many."""
    for table in ("joint_transfers", "payments"):
        by.free(table)
    by.do(
        "INSERT INTO joint_transfers (id, gift_id, organisation_id, reference, state)"
        " VALUES (901, 901, 1, 'JOINT', 'settled')"
    )
    by.do("UPDATE payments SET joint_id = 901 WHERE order_id IN (SELECT order_id FROM gift_recipients)")


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
