"""Ways to break what is held about shelves and their cash."""

from __future__ import annotations

from tests.integration.check.plants import ORDER, PLANTS, Saboteur, plants

PLANTED = PLANTS


@plants("shelf: what lies there is what was brought, less what left it")
def _nobody_brought_it(by: Saboteur) -> str:
    _shelf(by)
    by.do(
        "INSERT INTO shelf_stock (shelf_id, lot_id, units) SELECT 901, id, 3 FROM lots WHERE code = 'tea-li'"
    )
    return "shelf 901, lot tea-li"


@plants("shelf: whatever moved stands in its stock")
def _lies_nowhere(by: Saboteur) -> str:
    _shelf(by)
    _move(by, "brought", 3)
    return "shelf 901, lot tea-li"


@plants("shelf: a sale took from it what went home with its buyer")
def _sold_from_nowhere(by: Saboteur) -> str:
    _shelf(by)
    order = by.row(ORDER.format("shipped"))
    by.do("UPDATE orders SET channel = 'counter' WHERE id = :id", id=order.id)
    lot = by.row(
        "SELECT lots.code FROM allocations JOIN order_lines ON order_lines.id = allocations.order_line_id"
        f" JOIN lots ON lots.id = allocations.lot_id WHERE order_lines.order_id = {order.id}"
    )
    return f"order {order.number}, lot {lot.code}"


@plants("shelf: its source is that of its sales")
def _of_another_source(by: Saboteur) -> str:
    _shelf(by)
    order = by.row(ORDER.format("confirmed"))
    by.free("outside_orders")
    by.do(
        "INSERT INTO outside_orders (order_id, source_id, number, paid_how) VALUES (:id, 902, 'A-1', 'cash')",
        id=order.id,
    )
    _move(by, "sold", -1, order.id)
    return f"order {order.number}"


@plants("shelf: a load that was received was counted, and brought what arrived")
def _received_and_not_brought(by: Saboteur) -> str:
    _shelf(by)
    for table in ("shelf_loads", "shelf_load_lines"):
        by.free(table)
    by.do("INSERT INTO shelf_loads (id, shelf_id, token, received_at) VALUES (901, 901, 'x', '2026-11-01')")
    by.do(
        "INSERT INTO shelf_load_lines (load_id, lot_id, units, arrived)"
        " SELECT 901, id, 3, 2 FROM lots WHERE code = 'tea-li'"
    )
    return "load 901"


@plants("cash: what two persons missed in a box stands in the books")
def _missed_and_not_booked(by: Saboteur) -> str:
    _shelf(by)
    by.free("cash_counts")
    by.do(
        "INSERT INTO cash_counts (id, shelf_id, expected_fen, counted_fen, words, second_at)"
        " VALUES (901, 901, 500, 400, 'x', '2026-11-01')"
    )
    return "count 901"


def _shelf(by: Saboteur) -> None:
    for table in ("shelves", "shelf_stock", "shelf_moves", "outside_sources"):
        by.free(table)
    by.do("INSERT INTO outside_sources (id, slug, kind) VALUES (901, 'shelf', 'shelf')")
    by.do("INSERT INTO shelves (id, source_id) VALUES (901, 901)")


def _move(by: Saboteur, kind: str, units: int, order_id: int | None = None) -> None:
    by.do(
        "INSERT INTO shelf_moves (id, shelf_id, lot_id, kind, units, order_id)"
        " SELECT 901, 901, id, :kind, :units, :order_id FROM lots WHERE code = 'tea-li'",
        kind=kind,
        units=units,
        order_id=order_id,
    )
