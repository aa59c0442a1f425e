"""Ways to break what is held about counts."""

from __future__ import annotations

from tests.integration.check.plants import PLANTS, Saboteur, plants

PLANTED = PLANTS


@plants("count: what is missing stands among the lot's withdrawn")
def _nobody_counted_that(by: Saboteur) -> str:
    lot = by.ask("SELECT lot_id FROM lot_changes ORDER BY id LIMIT 1")
    by.do("UPDATE lot_changes SET missing_change = 2 WHERE id = (SELECT MIN(id) FROM lot_changes)")
    return f"lot {by.ask('SELECT code FROM lots WHERE id = :lot', lot=lot)}"
