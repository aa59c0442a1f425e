"""Ways to break what is held about welfare campaigns."""

from __future__ import annotations

from tests.integration.check.plants import ORDER, PLANTS, Saboteur, plants

PLANTED = PLANTS
_TABLES = (
    *("campaigns", "campaign_members", "campaign_choices", "campaign_choice_lines", "campaign_slots"),
    *("campaign_goods", "campaign_units", "campaign_years", "campaign_orders"),
    *("campaign_top_ups", "campaign_parcels"),
)


@plants("campaign: what waits for approval says so, and nothing else waits")
def _waits_for_nothing(by: Saboteur) -> str:
    close_a_campaign(by)
    by.do("UPDATE campaigns SET state = 'waiting' WHERE id = 901")
    return "campaign 901"


@plants("campaign: nobody has more than the allowance, and goods are worth what is said")
def _more_than_the_allowance(by: Saboteur) -> str:
    close_a_campaign(by)
    by.do("UPDATE campaigns SET allowance_fen = 99 WHERE id = 901")
    return "campaign member 902"


@plants("campaign: no time is overbooked, and its places are counted")
def _one_too_many(by: Saboteur) -> str:
    close_a_campaign(by)
    by.do("UPDATE campaign_slots SET capacity = 0 WHERE id = 903")
    return "campaign slot 903"


@plants("campaign: a member's year counts what was chosen in it")
def _spent_without_a_choice(by: Saboteur) -> str:
    close_a_campaign(by)
    by.do(
        "INSERT INTO campaign_years (organisation_id, staff_number, year, spent_fen) VALUES (1, 'A1', 2026, 5)"
    )
    return "member A1"


@plants("campaign: a sub-union's sum and each good's units are what its members chose")
def _a_unit_counts_wrong(by: Saboteur) -> str:
    close_a_campaign(by)
    by.do("INSERT INTO campaign_units (id, campaign_id, name, spent_fen) VALUES (904, 901, 'x', 5)")
    return "campaign unit 904"


@plants("campaign: members are promised the units that stand in the campaign's orders")
def _chosen_and_never_ordered(by: Saboteur) -> str:
    close_a_campaign(by)
    return "campaign 901"


@plants("campaign: nobody waits for goods of an order of which nothing comes")
def _waits_for_a_cancelled_order(by: Saboteur) -> str:
    order = by.row(ORDER.format("cancelled"))
    close_a_campaign(by)
    by.do("UPDATE campaign_choices SET pickup_code = '123456' WHERE member_id = 902")
    by.do(
        "INSERT INTO campaign_orders (campaign_id, pickup_point_id, order_id) VALUES (901, 1, :order)",
        order=order.id,
    )
    return "campaign member 902"


@plants("campaign: no order of a closed campaign holds what nobody gets")
def _ordered_for_nobody(by: Saboteur) -> str:
    order = by.row(ORDER.format("confirmed"))
    close_a_campaign(by)
    by.do("DELETE FROM campaign_choice_lines")
    by.do(
        "INSERT INTO campaign_orders (campaign_id, pickup_point_id, order_id) VALUES (901, 1, :order)",
        order=order.id,
    )
    return "campaign 901"


@plants("campaign: what members add is what their own orders cost")
def _more_than_the_own_orders(by: Saboteur) -> str:
    close_a_campaign(by)
    by.do("UPDATE campaign_choices SET own_fen = 7, total_fen = 107 WHERE member_id = 902")
    return "campaign member 902"


@plants("campaign: no own order is on anybody else's account")
def _own_order_on_account(by: Saboteur) -> str:
    order = by.row(ORDER.format("confirmed"))
    close_a_campaign(by)
    by.do("UPDATE orders SET payment_method = 'on_account' WHERE id = :order", order=order.id)
    by.do("INSERT INTO campaign_top_ups (order_id, member_id) VALUES (:order, 902)", order=order.id)
    return "campaign member 902"


@plants("campaign: each parcel of a closed campaign holds what its member is promised")
def _sent_home_by_nothing(by: Saboteur) -> str:
    close_a_campaign(by)
    by.do("UPDATE campaign_choices SET pickup_point_id = NULL, slot_id = NULL WHERE member_id = 902")
    return "campaign member 902"


def close_a_campaign(by: Saboteur) -> None:
    """One member with one unit for 100 fen, who has one place."""
    for table in _TABLES:
        by.free(table)
    by.do(
        "INSERT INTO campaigns (id, organisation_id, year, allowance_fen, state) VALUES (901, 1, 2026, 500, 'closed')"
    )
    by.do(
        "INSERT INTO campaign_members (id, campaign_id, staff_number, standing) VALUES (902, 901, 'A1', 'enrolled')"
    )
    by.do("INSERT INTO campaign_slots (id, campaign_id, capacity, taken) VALUES (903, 901, 9, 1)")
    by.do(
        "INSERT INTO campaign_choices (member_id, pickup_point_id, slot_id, total_fen, allowance_fen, own_fen)"
        " VALUES (902, 1, 903, 100, 100, 0)"
    )
    by.do(
        "INSERT INTO campaign_choice_lines (member_id, variant_id, quantity, price_fen) VALUES (902, 7, 1, 100)"
    )
