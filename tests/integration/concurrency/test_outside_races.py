"""One order from elsewhere entered by many at once is entered once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from shop.kit.clock import shanghai_date, utc_now
from shop.kit.references import secret_token
from shop.ledger.models import Account, Posting
from shop.ordering.direct.wish import Item
from shop.ordering.models import Order
from shop.ordering.outside.models import OutsideSource, PaidHow, SourceKind
from shop.ordering.wish import Pickup, Recipient
from shop.payments.outside.entering import enter_outside_order
from shop.payments.outside.errors import EnteredBefore
from shop.payments.outside.taken import Taken
from shop.payments.providers.outside import OutsideMoney
from tests.factories.small_shop import open_small_shop

PRESSES = 8


@pytest.fixture
def shop(session):
    shop = open_small_shop(session, now=utc_now())
    source = OutsideSource(
        slug="group", kind=SourceKind.CHAT_GROUP, name_zh="群", name_en="Group", collector="刘老师",
        contact_phone="+8613700000000",
    )  # fmt: skip
    session.add(source)
    session.commit()
    shop.source_id = source.id
    return shop


@pytest.mark.race(fence="a source has each number once, by the table's own condition")
def test_many_who_enter_one_number_at_once_make_one_order(unit_of_work, session, shop):
    today, start = shanghai_date(shop.now), Barrier(PRESSES)

    def press(_number):
        taken = Taken(
            *(shop.source_id, "A-1", today, (Item(shop.variants["tea"], 1, 6000),), Recipient("", "")),
            *(Pickup(shop.point_id, shop.run_id), PaidHow.CASH, today),
            token=secret_token(),
        )
        start.wait()
        try:
            return enter_outside_order(
                unit_of_work, {"outside": OutsideMoney()}, taken, actor_id=None, now=shop.now
            ).number
        except EnteredBefore as error:
            return error.facts["order_number"]

    with ThreadPoolExecutor(PRESSES) as pool:
        numbers = set(pool.map(press, range(PRESSES)))
    assert len(numbers) == 1
    assert session.scalar(sa.select(sa.func.count(Order.id))) == 1
    held = sa.select(sa.func.sum(Posting.amount_fen)).where(Posting.account == Account.PROVIDER_CLEARING)
    assert session.scalar(held) == 6_000
