"""Ways to break what is held about canteens."""

from __future__ import annotations

from shop.canteens.goods import set_good
from shop.canteens.sheet import order_sheet
from tests.factories.canteens import a_canteen, a_sheet, truck_day
from tests.integration.check.plants import PLANTS, Saboteur, plants

PLANTED = PLANTS


@plants("canteen: an order of its sheet is written down with it, and is its organisation's")
def _of_no_list(by: Saboteur) -> str:
    number = _ordered(by)
    by.do("DELETE FROM canteen_orders")
    return f"order {number}"


@plants("canteen: cases are the units of their line")
def _another_case(by: Saboteur) -> str:
    number = _ordered(by)
    by.do("UPDATE canteen_lines SET cases = cases + 1")
    return f"order {number}"


@plants("canteen: a day that is ordered has the order of that day")
def _of_another_day(by: Saboteur) -> str:
    number = _ordered(by)
    by.free("standing_days")
    by.do(
        "INSERT INTO standing_days (standing_id, day, state, order_id) SELECT 901, '2026-01-01', 'placed', id FROM orders"
        " WHERE number = :number",
        number=number,
    )
    return f"order {number}"


@plants("canteen: a weight that was settled costs what its grams say")
def _at_another_price(by: Saboteur) -> str:
    number = _ordered(by)
    _weighed(by, number, "received_g, fen, refunded_fen", "1000, 1, 0")
    return f"order {number}"


@plants("canteen: so much less is owed as was weighed")
def _never_credited(by: Saboteur) -> str:
    number = _ordered(by)
    _weighed(by, number, "received_g, fen, refunded_fen", "2350, 5900, 0")
    return f"order {number}"


@plants("canteen: what was missing by count was refunded, unit by unit")
def _credited_nothing(by: Saboteur) -> str:
    number = _ordered(by)
    _weighed(by, number, "arrived", "0")
    by.do("UPDATE weighings SET shortage = 'credited'")
    return f"order {number}"


@plants("refund: what follows the weight is of lines")
def _of_no_line(by: Saboteur) -> str:
    reference = by.ask("SELECT MIN(reference) FROM refunds")
    by.do("UPDATE refunds SET bearer = 'weight' WHERE reference = :reference", reference=reference)
    return f"refund {reference}"


def _weighed(by: Saboteur, number: str, columns: str, values: str) -> None:
    for table in ("weighings", "weighing_lines"):
        by.free(table)
    by.do(
        "INSERT INTO weighings (id, order_id, number, state) SELECT 901, id, 1, 'settled' FROM orders WHERE number = :number",
        number=number,
    )
    by.do(
        f"INSERT INTO weighing_lines (weighing_id, order_line_id, {columns}) SELECT 901, MIN(order_line_id), {values}"
        " FROM canteen_lines WHERE expected_g IS NOT NULL"
    )


def _ordered(by: Saboteur) -> str:
    trade = by.trade
    who = {"admin_id": trade.admin_id, "now": trade.now}
    own = a_canteen(by.session, trade.shop, trade.organisation_id, **who)
    set_good(
        by.session, trade.shop.variants["eggs"], 1, by_weight=True, actor_id=trade.admin_id, now=trade.now
    )
    wish = a_sheet(trade.shop, {"eggs": 1}, truck_day(by.session, trade.shop))
    return order_sheet(by.session, own.organisation_id, own.buyer_id, wish, now=trade.now).number
