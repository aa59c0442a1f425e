"""Ways to break what is held about bags, pledges and recalls."""

from __future__ import annotations

from tests.integration.check.plants import PLANTS, Saboteur, plants

_RECALL = (
    "INSERT INTO lot_recalls (id, lot_id, state, reason_zh, reason_en, advice_zh, advice_en, ended_reason, recalled_at)"
    " SELECT 77, id, 'active', 'x', '', '', '', '', created_at FROM lots WHERE id = :lot"
)
_SENT_LOT = "SELECT lot_id FROM allocations WHERE status = 'shipped' ORDER BY id LIMIT 1"
_CODE = "SELECT code FROM lots WHERE id = :lot"
PLANTED = PLANTS


@plants("bags: each number of a lot was handed out once")
def _a_number_from_nowhere(by: Saboteur) -> str:
    by.do("UPDATE lots SET bags_printed = 5 WHERE code = 'tea-li'")
    return "lot tea-li"


@plants("pledge: a lot that waits for one has none, and is promised to nobody")
def _sold_without_a_pledge(by: Saboteur) -> str:
    by.do("UPDATE lots SET needs_pledge = true, held = 1 WHERE code = 'tea-li'")
    return "lot tea-li"


@plants("recall: a recalled lot is off sale")
def _recalled_and_for_sale(by: Saboteur) -> str:
    lot = by.ask("SELECT id FROM lots WHERE status = 'open' ORDER BY id LIMIT 1")
    by.do(_RECALL, lot=lot)
    return f"lot {by.ask(_CODE, lot=lot)}"


@plants("recall: every order with goods of the lot is on its list")
def _a_buyer_is_forgotten(by: Saboteur) -> str:
    lot = by.ask(_SENT_LOT)
    by.do(_RECALL, lot=lot)
    return f"lot {by.ask(_CODE, lot=lot)}"


@plants("recall: a stopped order promises nothing of the lot")
def _stopped_and_still_to_come(by: Saboteur) -> str:
    lot = by.ask("SELECT lot_id FROM allocations WHERE status = 'committed' ORDER BY id LIMIT 1")
    by.do(_RECALL, lot=lot)
    by.do(
        "INSERT INTO recalled_orders (recall_id, order_id, units, settled_at)"
        " SELECT DISTINCT 77, l.order_id, 1, l2.created_at FROM allocations a JOIN order_lines l ON l.id = a.order_line_id"
        " JOIN lots l2 ON l2.id = a.lot_id WHERE a.lot_id = :lot AND a.status = 'committed'",
        lot=lot,
    )
    return f"lot {by.ask(_CODE, lot=lot)}"


@plants("recall: a product says how many of its lots are recalled")
def _a_page_says_nothing(by: Saboteur) -> str:
    slug = by.ask("SELECT slug FROM products ORDER BY id LIMIT 1")
    by.do("UPDATE products SET recalled_lots = 3 WHERE slug = :slug", slug=slug)
    return f"product {slug}"


@plants("repacking: what left a lot stands in others")
def _packed_into_nothing(by: Saboteur) -> str:
    lot = by.ask("SELECT lot_id FROM lot_changes ORDER BY id LIMIT 1")
    by.do("UPDATE lot_changes SET repacked_change = 4 WHERE id = (SELECT MIN(id) FROM lot_changes)")
    return f"lot {by.ask(_CODE, lot=lot)}"
