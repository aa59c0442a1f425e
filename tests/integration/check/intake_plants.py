"""Ways to break what holds of raw goods, of lots made of them, and of packaging."""

from __future__ import annotations

from tests.integration.check.plants import Saboteur, plants

USED = "SELECT id, number, household_id FROM intakes WHERE used_g > 0 ORDER BY id LIMIT 1"
MADE = (
    "SELECT p.id, p.lot_id, l.code FROM processings p JOIN lots l ON l.id = p.lot_id "
    "WHERE (p.undone_at IS NOT NULL) = :undone"
)


def _made(by: Saboteur, *, undone: bool = False):
    return by.row(MADE.replace(":undone", "true" if undone else "false"))


@plants("intake: weighed = used + left + taken back")
def _leaf_vanishes(by: Saboteur) -> str:
    intake = by.row(USED)
    by.do("UPDATE intakes SET left_g = left_g - 1 WHERE id = :id", id=intake.id)
    return f"intake {intake.number}"


@plants("intake: used is what the processings say")
def _leaf_is_used_without_a_lot(by: Saboteur) -> str:
    intake = by.row("SELECT id, number FROM intakes WHERE left_g > 0 ORDER BY id LIMIT 1")
    by.do("UPDATE intakes SET used_g = used_g + 5, left_g = left_g - 5 WHERE id = :id", id=intake.id)
    return f"intake {intake.number}"


@plants("intake: what was taken back has its counter-entry")
def _a_slip_is_taken_back_silently(by: Saboteur) -> str:
    intake = by.row("SELECT id, number FROM intakes WHERE left_g > 0 AND used_g = 0 ORDER BY id LIMIT 1")
    by.do("UPDATE intakes SET taken_back_g = left_g, left_g = 0 WHERE id = :id", id=intake.id)
    return f"intake {intake.number}"


@plants("intake: numbers have no gap")
def _a_slip_is_torn_out(by: Saboteur) -> str:
    by.do("DELETE FROM intakes WHERE reverses_id IS NOT NULL")
    return "workshop mogou-workshop"


@plants("processing: what went in is what its intakes gave")
def _a_processing_swells(by: Saboteur) -> str:
    made = _made(by)
    by.do("UPDATE processings SET in_g = in_g + 1 WHERE id = :id", id=made.id)
    return f"lot {made.code}"


@plants("processing: an undone one leaves no units")
def _an_undone_lot_comes_back(by: Saboteur) -> str:
    made = _made(by, undone=True)
    by.do("UPDATE lots SET declared = 3, available = 3 WHERE id = :id", id=made.lot_id)
    return f"lot {made.code}"


@plants("lot: shares are what its intakes say")
def _a_share_changes_hands(by: Saboteur) -> str:
    made, intake = _made(by), by.row(USED)
    by.do(
        "UPDATE lot_shares SET share_bp = share_bp + CASE WHEN household_id = :own THEN 1 ELSE -1 END WHERE lot_id = :lot",
        own=intake.household_id,
        lot=made.lot_id,
    )
    return f"lot {made.code}"


@plants("packaging: there is what all changes add up to, and never less than nothing")
def _tins_are_lost(by: Saboteur) -> str:
    stock = by.ask("SELECT min(id) FROM packaging_stocks")
    by.do("UPDATE packaging_stocks SET units = units - 1 WHERE id = :id", id=stock)
    return f"packaging {stock}"


PLANTED = True
