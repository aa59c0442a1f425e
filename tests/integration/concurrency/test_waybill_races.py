"""However many press at once, a parcel has one waybill, and the provider is asked once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from shop.catalogue.models import PackingPlace
from shop.delivery.waybills.pretended import PretendedWaybills
from shop.fulfilment.reach import WORKER
from shop.fulfilment.waybills.asking import ask_for_waybills
from shop.fulfilment.waybills.models import WAYBILL, Waybill
from shop.storage.outbox import OutboxMessage
from tests.factories.trade import open_for_trade
from tests.factories.without_locks import drop_unique, goes_wrong, without_locks

PRESSES = 4


@pytest.fixture
def trade(session, unit_of_work):
    trade = open_for_trade(session, unit_of_work)
    session.execute(sa.update(PackingPlace).values(phone="0915000000", address="平利县城关镇"))
    session.commit()
    return trade


def ask_together(unit_of_work, trade):
    order_id = trade.sell({"tea": 1}, courier=True)
    trade.ready(order_id)
    trade.pack(order_id)
    [parcel] = trade.parcels(order_id)
    start = Barrier(PRESSES)

    def press(_number):
        start.wait()
        asked = {"by": WORKER, "now": trade.now}
        return unit_of_work.run(
            lambda s: ask_for_waybills(s, [parcel.code], "sf", PretendedWaybills(), **asked)
        )

    with ThreadPoolExecutor(PRESSES) as threads:
        outcomes = list(threads.map(press, range(PRESSES)))
    assert sorted(one.now for one in outcomes) == [0] * (PRESSES - 1) + [1]
    written = sa.select(sa.func.count(Waybill.id)).where(Waybill.parcel_id == parcel.id)
    waiting = sa.select(sa.func.count(OutboxMessage.id)).where(
        OutboxMessage.kind == WAYBILL, OutboxMessage.payload["order_id"].as_integer() == order_id
    )
    assert trade.run(lambda s: (s.scalar(written), s.scalar(waiting))) == (1, 1)


@pytest.mark.race(twin="test_without_the_lock_and_its_indexes_a_parcel_has_several_waybills")
def test_a_parcel_has_one_waybill_however_many_ask_at_once(unit_of_work, trade):
    ask_together(unit_of_work, trade)


def test_without_the_lock_and_its_indexes_a_parcel_has_several_waybills(unit_of_work, trade):
    unlocked = without_locks(unit_of_work)
    with unlocked._engine.connect() as connection:
        connection.execute(sa.text("DROP INDEX ix_waybills_live"))
        connection.commit()
    drop_unique(unlocked, "waybills", "uq_waybills_reference")
    drop_unique(unlocked, "outbox_messages", "uq_outbox_messages_dedupe_key")
    drop_unique(unlocked, "audit_entries", "uq_audit_entries_hash")
    assert goes_wrong(lambda: ask_together(unlocked, trade))
