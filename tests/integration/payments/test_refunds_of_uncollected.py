"""A parcel that nobody collected and whose money went back is nobody's any more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop.fulfilment.collecting import Patience, due_for_collection
from shop.fulfilment.models import TakenOff
from shop.fulfilment.point_errors import MoneyWentBack
from shop.fulfilment.reach import keeper
from shop.fulfilment.uncollected import put_back, take_off
from shop.fulfilment.uncollected_list import taken_off_parcels, uncollected_parcels
from tests.factories.trade import open_for_trade


@pytest.fixture
def trade(session, unit_of_work):
    return open_for_trade(session, unit_of_work)


def test_once_money_goes_back_a_parcel_is_not_put_back_and_what_is_paid_back_in_full_is_on_no_list(trade):
    by = keeper(trade.admin_id, frozenset({trade.shop.point_id}))
    before = trade.now + timedelta(days=9)

    def standing() -> tuple[int, int, int]:
        """Listed as waiting, as taken off, and to be reminded."""
        lists = trade.run(lambda s: (uncollected_parcels(s, by, before=before), taken_off_parcels(s, by)))
        due = trade.run(lambda s: due_for_collection(s, Patience(2, 2), now=before))
        return len(lists[0][0]), len(lists[1][0]), len(due)

    def gone(goods: dict[str, int]) -> tuple[int, str]:
        order_id = trade.sell(goods)
        trade.ready(order_id)
        trade.ship(order_id)
        (code,) = (one.code for one in trade.parcels(order_id))
        trade.run(lambda s: take_off(s, code, TakenOff.SENT_BACK, "班车带回", by=by, now=trade.now))
        return order_id, code

    def back(code: str) -> bool:
        return trade.run(lambda s: put_back(s, code, by=by, now=trade.now))

    _, by_mistake = gone({"honey": 1})
    assert back(by_mistake)
    order_id, code = gone({"honey": 2})
    trade.part_refund(order_id, "shop", units={"honey": 1}, goods="restock", send=False)
    with pytest.raises(MoneyWentBack):
        back(code)
    trade.send_refunds()
    with pytest.raises(MoneyWentBack):
        back(code)
    assert standing() == (1, 1, 1)
    whole, code = gone({"tea": 1})
    assert standing() == (1, 2, 1)
    trade.refund(whole)
    with pytest.raises(MoneyWentBack):
        back(code)
    assert standing() == (1, 1, 1)
    stood = trade.sell({"tea": 1})
    trade.ready(stood)
    trade.ship(stood)
    assert standing() == (2, 1, 2)
    trade.refund(stood)
    assert standing() == (1, 1, 1)
    assert trade.violations() == []
