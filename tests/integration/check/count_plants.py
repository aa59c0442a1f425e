"""Ways to break what is held about counts and prices for a time."""

from __future__ import annotations

from tests.integration.check.plants import PLANTS, Saboteur, plants

PLANTED = PLANTS


@plants("count: what is missing stands among the lot's withdrawn")
def _nobody_counted_that(by: Saboteur) -> str:
    lot = by.ask("SELECT lot_id FROM lot_changes ORDER BY id LIMIT 1")
    by.do("UPDATE lot_changes SET missing_change = 2 WHERE id = (SELECT MIN(id) FROM lot_changes)")
    return f"lot {by.ask('SELECT code FROM lots WHERE id = :lot', lot=lot)}"


@plants("price: a pack is lowered as long and as far as a price for a time says")
def _cheaper_and_nobody_said_so(by: Saboteur) -> str:
    by.do(
        "UPDATE variants SET former_fen = price_fen + 1, price_until = '2027-01-01 00:00:00' WHERE sku = 'tea'"
    )
    return "variant tea"


@plants("price: nobody decides what they proposed")
def _agreed_with_themselves(by: Saboteur) -> str:
    by.do(
        "INSERT INTO timed_prices (id, variant_id, price_fen, starts_at, ends_at, state, proposed, reason, proposed_by_id,"
        " proposed_at, decided_by_id, decided_at, decision, token) SELECT 71, v.id, 1, l.created_at, l.best_before,"
        " 'ended', true, 'x', u.id, l.created_at, u.id, l.created_at, '', 'x'"
        " FROM variants v, lots l, users u WHERE v.sku = 'tea' AND l.code = 'tea-li' ORDER BY u.id LIMIT 1"
    )
    return "timed price 71"
