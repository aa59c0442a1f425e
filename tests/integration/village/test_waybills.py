"""Waybills on the coordinator's desk, from the press to the provider's answer over HTTP and the printed label."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
import time_machine

from shop import jobs
from shop.accounts.models import AuditEntry
from shop.catalogue.models import PackingPlace
from shop.check.waybills import RULES
from shop.fulfilment.models import ParcelJourney, ParcelStatus
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.receiving import receive
from shop.fulfilment.waybills.models import Waybill, WaybillState
from shop.kit.clock import utc_now
from shop.ordering.models import Order
from shop.storage import outbox
from tests.factories.counting import counted_statements
from tests.fakes.waybill_server import FakeWaybills, fake_waybills

BY_HAND = "SF9999999999999"


@pytest.fixture(scope="module")
def server() -> Iterator[FakeWaybills]:
    with fake_waybills() as running:
        yield running


@pytest.fixture
def outside(app, server, unit_of_work, county) -> FakeWaybills:
    """The provider, and packing places that a carrier can find."""
    server.forget()
    server.clear()
    app.extensions["shop.waybill_provider"] = server.provider()
    unit_of_work.run(lambda s: s.execute(sa.update(PackingPlace).values(address="平利县城关镇磨沟村")))
    return server


@pytest.fixture
def packed(unit_of_work, county, place, task_of, parcel_of):
    """A parcel of honey that stands packed in the first village."""

    def _packed(**facts):
        order_id = place({county.honey: 1}, **facts)
        task, now = task_of(order_id), utc_now()
        unit_of_work.run(partial(receive, task_ids=[task.id], by=WORKER, now=now))
        at = {"order_id": order_id, "packing_place_id": task.packing_place_id}
        unit_of_work.run(partial(pack_parcel, **at, by=WORKER, now=now))
        return parcel_of(order_id)

    return _packed


@pytest.fixture
def waybill_of(unit_of_work):
    """The newest waybill of an order."""
    newest = sa.select(Waybill).order_by(Waybill.id.desc()).limit(1)
    return lambda parcel: unit_of_work.run(
        lambda s: s.scalars(newest.where(Waybill.order_id == parcel.order_id)).one()
    )


@pytest.fixture
def ask(coordinator, press):
    def _ask(*parcels, carrier="sf"):
        return press(
            coordinator, "/village/parcels/waybills", carrier=carrier, code=[one.code for one in parcels]
        )

    return _ask


@pytest.fixture
def work(app):
    """The worker's turn, so many minutes later."""

    def _work(**later):
        with app.app_context(), time_machine.travel(utc_now() + timedelta(**later)):
            jobs.run_job("outbox")

    return _work


@pytest.fixture
def broken(unit_of_work):
    """What the rules about waybills find."""
    return lambda: unit_of_work.run(
        lambda s: [one for rule in RULES for one in rule.violations(s, utc_now())]
    )


def test_a_waybill_is_asked_for_printed_and_becomes_the_parcels_number(
    outside, coordinator, packed, ask, work, press, waybill_of, parcel_of, rows, broken
):
    parcel, by_truck = packed(), packed(pickup=True)
    page = coordinator.get("/village/parcels/waybills").text
    assert parcel.code in page
    assert by_truck.code not in page
    assert ask(parcel, by_truck).status_code == 303  # all or none
    assert rows(sa.select(Waybill.id)) == []
    ask(parcel)
    assert "已有面单" in coordinator.get(ask(parcel).location).text  # pressed again: there is one already
    assert rows(sa.select(AuditEntry.action).where(AuditEntry.action == "waybills.asked")) == [
        "waybills.asked"
    ]
    assert broken() == []
    work()
    [number] = outside.given.values()
    assert (waybill_of(parcel).state, waybill_of(parcel).number) == (WaybillState.ISSUED, number)
    [order] = rows(sa.select(Order).where(Order.id == parcel.order_id))
    for paper in ("", "a4"):
        label = coordinator.get(f"/village/parcels/labels?code={parcel.code}&paper={paper}").text
        for said in (
            number,
            "710 R702-00 026",
            "西安转运中心",
            "顺丰",
            f"{order.phone[-11:-8]} **** {order.phone[-4:]}",
        ):
            assert said in label
        assert order.phone[-11:] not in label.replace(" ", "")
    here = f"/village/parcels/{parcel.code}"
    assert f'value="{number}"' in coordinator.get(here).text
    assert f"{parcel.code} sf {number}" in coordinator.get("/village/parcels/ship").text
    press(coordinator, f"{here}/ship", carrier="sf", tracking_number=number)
    assert parcel_of(parcel.order_id).tracking_number == number
    assert rows(sa.select(ParcelJourney.parcel_id)) == [parcel.id]
    refused = press(coordinator, f"/village/waybills/{parcel.code}-1/cancel", parcel=parcel.code)
    assert "已经发出" in coordinator.get(refused.location).text
    assert (outside.cancelled, broken()) == ([], [])


def test_a_lost_answer_gives_one_waybill_and_one_that_never_comes_waits_for_a_person(
    outside, coordinator, packed, ask, work, press, waybill_of, monkeypatch
):
    parcel = packed()
    here = f"/village/parcels/{parcel.code}"
    outside.fault("reset_after")
    ask(parcel)
    work()
    assert waybill_of(parcel).state is WaybillState.REQUESTED
    assert "系统会自动再申请" in coordinator.get(here).text
    monkeypatch.setattr(outbox, "MAX_ATTEMPTS", 2)
    outside.fault("500")
    work(minutes=10)
    assert "服务商没有回音" in coordinator.get(here).text
    press(coordinator, f"/village/waybills/{parcel.code}-1/again", parcel=parcel.code)
    work(minutes=10)
    assert list(outside.given.values()) == [waybill_of(parcel).number]
    press(
        coordinator, f"/village/waybills/{parcel.code}-1/again", parcel=parcel.code
    )  # nothing more is asked
    assert "服务商已经答复了" in coordinator.get(here).text
    work(minutes=20)
    assert outside.calls == ["order"] * 3


def test_a_refusal_says_why_and_another_one_can_be_asked_for(
    outside, coordinator, packed, ask, work, waybill_of
):
    parcel = packed()
    outside.refuse(30001, "收件地址过短")
    ask(parcel)
    work()
    page = coordinator.get(f"/village/parcels/{parcel.code}?lang=en").text
    assert "not as the carrier wants it" in page
    assert "收件地址过短" in page
    ask(parcel, carrier="jt")
    work()
    assert (waybill_of(parcel).reference, waybill_of(parcel).carrier) == (f"{parcel.code}-2", "jt")
    assert waybill_of(parcel).number
    said = coordinator.get(ask(packed(), carrier="yto").location).text
    assert "没有面单账户" in said


def test_a_waybill_is_cancelled_before_and_after_it_was_given_and_kept_where_the_carrier_says_so(
    outside, coordinator, packed, ask, work, press, waybill_of, broken
):
    parcel = packed()
    here = f"/village/parcels/{parcel.code}"

    def cancel(number: int) -> str:
        back = press(coordinator, f"/village/waybills/{parcel.code}-{number}/cancel", parcel=parcel.code)
        return coordinator.get(back.location).text

    ask(parcel)
    assert "还没有向服务商申请过" in cancel(1)
    work()
    assert (waybill_of(parcel).state, outside.calls) == (WaybillState.CANCELLED, [])
    ask(parcel)
    work()
    number = waybill_of(parcel).number
    cancel(2)
    assert number not in coordinator.get(f"/village/parcels/labels?code={parcel.code}").text
    outside.refuse(30005, "快件已揽收，不能取消")
    work()
    assert "快件已揽收" in coordinator.get(here).text  # and its number can be used
    assert number in coordinator.get(f"/village/parcels/labels?code={parcel.code}").text
    cancel(2)
    outside.fault("reset_after")
    work()
    work(minutes=10)
    assert (waybill_of(parcel).state, outside.cancelled) == (WaybillState.CANCELLED, [number])
    refused = press(coordinator, f"{here}/ship", carrier="sf", tracking_number=number)
    assert refused.status_code == 409
    assert f'value="{number}"' in refused.text
    assert broken() == []


def test_another_number_and_an_unpacked_parcel_give_the_waybill_back(
    outside, coordinator, packed, ask, work, press, waybill_of, parcel_of, broken
):
    mistyped, unpacked = packed(), packed()
    ask(mistyped, unpacked)
    work()
    number, here = waybill_of(mistyped).number, f"/village/parcels/{mistyped.code}"
    press(coordinator, f"{here}/ship", carrier="sf", tracking_number=BY_HAND)
    work()
    assert outside.cancelled == []  # it can be put right for ten minutes
    press(coordinator, f"{here}/ship", carrier="sf", tracking_number=number)
    assert f"面单 {number} 原本要作废" in coordinator.get(here).text
    work(minutes=20)
    assert (parcel_of(mistyped.order_id).tracking_number, outside.cancelled) == (number, [])
    press(coordinator, f"{here}/ship", carrier="sf", tracking_number=BY_HAND)
    press(coordinator, f"/village/parcels/{unpacked.code}/unpack")
    assert waybill_of(unpacked).parcel_id is None
    assert waybill_of(unpacked).number in coordinator.get("/village/parcels/waybills").text
    outside.refuse(30005, "不能取消")
    work()
    assert "不能取消" in coordinator.get("/village/parcels/waybills").text
    press(coordinator, f"/village/waybills/{unpacked.code}-1/settled")
    assert waybill_of(unpacked).state is WaybillState.CANCELLED
    work(minutes=20)
    assert outside.cancelled == [number]
    assert broken() == []


def test_the_number_of_a_waybill_ships_no_other_parcel_while_it_is_given_back_and_after(
    outside, coordinator, packed, ask, work, press, waybill_of, parcel_of, broken
):
    unpacked, live, other = packed(), packed(), packed()
    ask(unpacked, live)
    work()
    number, of_live = waybill_of(unpacked).number, waybill_of(live).number
    here = f"/village/parcels/{other.code}"
    press(
        coordinator, f"/village/parcels/{unpacked.code}/unpack"
    )  # it is asked to be cancelled, and is not yet

    def tries(*numbers):
        for one in numbers:
            press(coordinator, f"{here}/ship", carrier="sf", tracking_number=one)
            press(coordinator, "/village/parcels/ship", lines=f"{other.code} sf {one}", sure="1")
        return parcel_of(other.order_id).tracking_number

    assert tries(number, of_live) is None
    work()
    assert waybill_of(unpacked).state is WaybillState.CANCELLED
    assert tries(number) is None
    press(coordinator, f"{here}/ship", carrier="sf", tracking_number=BY_HAND)
    assert tries(number, of_live) == BY_HAND  # nor is it corrected to one of them
    assert broken() == []


def test_what_nobody_wants_any_more_is_cancelled_when_its_late_answer_comes(
    outside, coordinator, packed, ask, work, press, waybill_of, parcel_of, broken, monkeypatch
):
    shipped, given_up = packed(), packed()
    outside.fault("reset_after", times=2)
    monkeypatch.setattr(outbox, "MAX_ATTEMPTS", 1)
    ask(shipped, given_up)
    work()
    press(coordinator, f"/village/parcels/{shipped.code}/ship", carrier="sf", tracking_number=BY_HAND)
    press(coordinator, f"/village/waybills/{given_up.code}-1/again")  # its attempts are counted anew
    press(coordinator, f"/village/waybills/{given_up.code}-1/cancel")
    assert [waybill_of(one).state for one in (shipped, given_up)] == [WaybillState.REQUESTED] * 2
    assert broken() == []
    monkeypatch.undo()
    work(minutes=10)
    work(minutes=10)
    assert sorted(outside.cancelled) == sorted(outside.given.values())
    assert [waybill_of(one).state for one in (shipped, given_up)] == [WaybillState.CANCELLED] * 2
    assert parcel_of(shipped.order_id).status is ParcelStatus.SHIPPED


def test_who_may_not_and_what_cannot_be_asked_changes_nothing(
    outside, app, coordinator, stranger, packed, ask, press, rows, unit_of_work
):
    parcel = packed()
    refused = press(stranger, "/village/parcels/waybills", carrier="sf", code=parcel.code)
    assert refused.status_code == 404
    assert parcel.code not in stranger.get(f"/village/parcels/waybills?code={parcel.code}").text
    unit_of_work.run(lambda s: s.execute(sa.update(PackingPlace).values(address="")))
    assert "还没有地址或电话" in coordinator.get(ask(parcel).location).text
    assert "请勾选" in coordinator.get(ask().location).text
    unit_of_work.run(lambda s: s.execute(sa.update(PackingPlace).values(address="平利县")))
    ask(parcel)
    for step in ("again", "cancel", "settled"):
        assert press(stranger, f"/village/waybills/{parcel.code}-1/{step}").status_code == 404
        assert press(coordinator, f"/village/waybills/nothing-1/{step}").status_code == 404
    assert rows(sa.select(Waybill.state)) == [WaybillState.REQUESTED]
    app.extensions["shop.waybill_provider"] = None
    assert coordinator.get("/village/parcels/waybills").status_code == 404
    assert ask(parcel).status_code == 404


def test_without_a_provider_nothing_of_it_is_shown(coordinator, packed, engine):
    parcel = packed()
    for path in ("", f"/{parcel.code}", f"/labels?code={parcel.code}"):
        assert "面单" not in coordinator.get(f"/village/parcels{path}").text


def test_pages_take_as_many_statements_for_many_waybills_as_for_one(
    outside, coordinator, packed, ask, work, engine
):
    def statements() -> list[int]:
        taken = []
        for path in ("waybills", "labels", "ship"):
            with counted_statements(engine) as made:
                assert coordinator.get(f"/village/parcels/{path}").status_code == 200
            taken.append(len(made))
        return taken

    ask(packed())
    work()
    statements()
    one = statements()
    ask(*(packed() for _ in range(3)))
    work()
    assert statements() == one
