"""Ways to break what is held about coupons."""

from __future__ import annotations

from tests.integration.check.plants import ORDER, PLANTS, Saboteur, plants

PLANTED = PLANTS


@plants("order: what coupons took off goods stands on their lines")
def _taken_off_no_line(by: Saboteur) -> str:
    return _cheaper_order(by)


@plants("coupon: a campaign's uses and budget are kept and counted")
def _spent_and_nobody_used_it(by: Saboteur) -> str:
    _campaign(by)
    return "campaign 901"


@plants("coupon: a code is used as often as it says, and no more than it may")
def _used_by_nobody(by: Saboteur) -> str:
    by.free("coupon_codes")
    by.do("INSERT INTO coupon_codes (id, campaign_id, most_uses, used_count) VALUES (902, 901, 1, 1)")
    return "code 902"


@plants("coupon: nobody uses one more often than a person may")
def _counted_for_nothing(by: Saboteur) -> str:
    _campaign(by)
    by.free("coupon_counts")
    by.do("INSERT INTO coupon_counts (campaign_id, user_id, uses) VALUES (901, 1, 1)")
    return "campaign 901"


@plants("coupon: a use is as far as its order")
def _held_for_a_dead_order(by: Saboteur) -> str:
    return _use(by, "cancelled", "reserved")


@plants("coupon: an order costs less by what its coupons took off")
def _used_for_nothing(by: Saboteur) -> str:
    return _use(by, "confirmed", "used")


@plants("coupon: the books say what coupons took off a sale")
def _cheaper_than_the_books_say(by: Saboteur) -> str:
    return _cheaper_order(by)


def _cheaper_order(by: Saboteur) -> str:
    order = by.row(ORDER.format("confirmed"))
    by.do("UPDATE orders SET discount_fen = 5 WHERE id = :id", id=order.id)
    return f"order {order.number}"


def _campaign(by: Saboteur) -> None:
    by.free("coupon_campaigns")
    by.do(
        "INSERT INTO coupon_campaigns (id, used_count, most_uses, most_per_person, spent_fen, budget_fen)"
        " VALUES (901, 1, 9, 1, 100, 1000)"
    )


def _use(by: Saboteur, status: str, state: str) -> str:
    order = by.row(ORDER.format(status))
    by.free("coupon_uses")
    by.do(
        "INSERT INTO coupon_uses (id, campaign_id, code_id, order_id, of_freight, off_fen, state)"
        " VALUES (903, 901, 902, :order, :freight, 100, :state)",
        order=order.id,
        freight=False,
        state=state,
    )
    return f"order {order.number}"
