"""Numbers in a form's body or in a query are judged like those in an address."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from shop.accounts.models import Address
from shop.inventory.models import Lot
from shop.kit.clock import utc_now
from shop.ordering.models import BasketItem, Order
from tests.factories.page_forms import without_tokens
from tests.factories.whole_shop import SIDES
from tests.whole_shop import ANONYMOUS


@pytest.fixture
def refused(shop):
    """Send a form and see that nothing was written by it; `counts`: but that somebody guessed wrong."""

    def send(person, path, *, status=404, counts=False, **form):
        with shop.written_tables() as written:
            answer = shop.send(person, "POST", path, form)
        assert answer.status_code == status, (answer.status_code, answer.get_data(as_text=True)[-3000:])
        assert written <= {"sessions", "attempts"} if counts else written <= {"sessions"}
        return answer

    return send


def orders(shop, side, stage):
    return shop.world.orders[side][stage]


@pytest.mark.parametrize("step", ["accept", "ready", "receive"])
def test_a_coordinator_presses_for_no_other_villages_tasks(shop, refused, step):
    """Not alone, and not hidden among own ones."""
    own, foreign = orders(shop, "a", "open").tasks[0], orders(shop, "b", "open").tasks[0]
    path = f"/village/producers/{shop.world.producers['mg-01']}/{step}"
    refused("coordinator", path, task=foreign)
    refused("coordinator", path, task=[own, foreign])


def test_the_hub_answers_for_no_household(shop, refused):
    """It takes in and packs; what a household promises is its village's matter."""
    task = orders(shop, "a", "box_received").tasks[0]
    for step in ("accept", "ready", "undo-ready", "reassign", "decline"):
        refused("hub", f"/village/tasks/{task}/{step}", reason="x")
    page = shop.browser("hub").get(f"/village/tasks/{task}").text
    assert "short-" not in page
    variant = shop.world.variants["SAFE-A"]
    refused("hub", f"/village/tasks/{task}/short", **{f"short-{variant}": 1, f"of-{variant}": 2})


def test_a_coordinator_packs_at_no_other_place(shop, refused):
    other = orders(shop, "b", "received")
    refused("coordinator", f"/village/packing/{other.number}/{shop.world.places['mogou-point']}", status=404)
    own = orders(shop, "a", "received")
    refused("coordinator", f"/village/packing/{own.number}/{shop.world.places['ruhe-point']}")
    refused(
        "coordinator",
        f"/village/packing/{orders(shop, 'a', 'box_received').number}/{shop.world.places['county-hub']}",
    )


def test_a_coordinator_loads_unloads_and_ships_no_other_parcels(shop, refused):
    own, foreign = orders(shop, "a", "waiting").parcel, orders(shop, "b", "waiting").parcel
    refused("coordinator", "/village/runs/SAFE-LOADED/load", parcel=foreign)
    refused("coordinator", "/village/runs/SAFE-LOADED/load", parcel=[own, foreign])
    refused("coordinator", "/village/runs/SAFE-LOADED/unload", parcel=orders(shop, "b", "loaded").parcel)
    lines = f"{orders(shop, 'b', 'packed').parcel} SF1234567890123"
    refused("coordinator", "/village/parcels/ship", status=400, carrier="sf", lines=lines)


def test_labels_and_lists_show_own_parcels_only(shop):
    foreign = orders(shop, "b", "packed")
    for path in (
        f"/village/parcels/labels?code={foreign.parcel}",
        f"/village/parcels/labels?code={foreign.parcel}&paper=a4",
        f"/village/parcels?q={foreign.parcel}",
        f"/village/parcels?q={foreign.number}",
        "/village/picking-list?run=SAFE-LOADED",
        "/village/runs/SAFE-LOADED",
        "/village/runs/SAFE-LOADED/packing-slips",
    ):
        page = shop.browser("coordinator").get(path)
        assert page.status_code in {200, 404}, path
        own_address = page.text.replace(f'value="{foreign.parcel}"', "").replace(
            f'value="{foreign.number}"', ""
        )
        assert SIDES["b"].recipient not in page.text, path
        assert SIDES["b"].street not in page.text, path
        assert f"/village/parcels/{foreign.parcel}" not in own_address, path


@pytest.mark.parametrize(
    ("person", "path"),
    [
        ("coordinator", "/village/lots/new"),
        ("coordinator", "/village/lots/forecast"),
        ("farmer", "/farm/lots/new/{variant}"),
        ("farmer", "/farm/lots/new/{variant}/forecast"),
    ],
)
def test_nobody_declares_a_lot_for_somebody_elses_producer(shop, refused, person, path):
    variant = shop.world.variants["SAFE-B"]
    form = {
        "producer": shop.world.producers["rh-03"], "variant": variant, "units": "10", "day": "0", "sure": "y",
        "harvested_on": "2026-01-01", "expected_on": (utc_now() + timedelta(days=5)).date().isoformat(), "pct": "80",
        "confidence_pct": "80",
    }  # fmt: skip
    refused(person, path.format(variant=variant), status=400, **form)
    form["producer_id"] = form.pop("producer")
    shop.send(person, "POST", path.format(variant=variant), form)
    count = shop.read(lambda session: session.scalar(
        sa.select(sa.func.count()).select_from(Lot).where(Lot.producer_id == shop.world.producers["rh-03"], Lot.variant_id == variant)
    ))  # fmt: skip
    assert count == 5, "two that are there, one that was recalled, and two that are to come"


def test_a_keeper_gives_out_nothing_of_another_point(shop, refused):
    code = orders(shop, "b", "here").pickup_code
    refused("point", "/point/find", counts=True, code=code)
    refused("point", "/point/hand-over", counts=True, code=code)
    absent = shop.send("point", "POST", "/point/find", {"code": "000001"}).text
    with time_machine.travel(
        utc_now() + timedelta(seconds=2)
    ):  # a form's token says in which second it was made
        foreign = shop.send("point", "POST", "/point/find", {"code": code}).text
    assert without_tokens(foreign) == without_tokens(absent)


def test_a_keeper_presses_arrived_for_own_points_only(shop):
    """The truck stands at one point; what goes on to the next has not arrived."""
    shop.send("point", "POST", "/point/runs/SAFE-DEPARTED/arrived")
    other = orders(shop, "b", "departed").parcel
    here = re.findall(r"<tr.*?</tr>", shop.browser("point2").get("/point").text, re.DOTALL)
    assert not [row for row in here if other in row]
    assert other in shop.browser("point2").get("/point/expected").text


def test_nobody_buys_to_another_persons_address(shop):
    """An address that is not in the own book is no address: the form asks for one."""
    shop.send("buyer2", "POST", "/cart/items", {"sku": "SAFE-A", "quantity": "1"})
    page = shop.browser("buyer2").get("/checkout").text
    token = page.split('name="checkout_token"')[1].split('value="')[1].split('"')[0]
    count = sa.select(sa.func.count()).select_from(Order)
    before = shop.read(lambda session: session.scalar(count))
    answer = shop.send("buyer2", "POST", "/checkout", {
        "delivery": "courier", "address_id": shop.world.addresses["buyer"], "payment_method": "sandbox",
        "checkout_token": token, "user_id": shop.world.users["buyer"],
    })  # fmt: skip
    assert answer.status_code == 400
    assert SIDES["a"].street not in answer.text
    assert shop.read(lambda session: session.scalar(count)) == before


def test_nobody_gets_another_buyers_order_by_its_form(shop, refused):
    """A checkout token is one person's."""
    token = shop.read(lambda session: session.get_one(Order, orders(shop, "a", "open").id).checkout_token)
    shop.send("buyer2", "POST", "/cart/items", {"sku": "SAFE-A", "quantity": "1"})
    answer = shop.send("buyer2", "POST", "/checkout", {
        "delivery": "courier", "address_id": shop.world.addresses["buyer2"], "payment_method": "sandbox",
        "checkout_token": token,
    })  # fmt: skip
    assert answer.status_code in {400, 404}
    assert orders(shop, "a", "open").number not in answer.get_data(as_text=True)


def test_a_basket_is_found_by_its_own_cookie_only(shop):
    shop.send("buyer", "POST", "/cart/items", {"sku": "SAFE-B", "quantity": "2"})
    stranger = shop.new_browser(ANONYMOUS)
    stranger.set_cookie("basket", "x" * 43)
    assert "SAFE-B" not in stranger.get("/cart?user_id=1").text
    assert stranger.post("/cart/items/SAFE-B", data={"quantity": "0"}).status_code == 404
    left = sa.select(sa.func.count()).select_from(BasketItem)
    assert shop.read(lambda session: session.scalar(left))


def test_an_address_stays_its_owners_whatever_the_form_says(shop):
    form = {
        "recipient": "乙", "phone": "13800138000", "province": "陕西省", "city": "西安市", "district": "雁塔区",
        "street": "三路 3 号", "user_id": shop.world.users["buyer"], "id": shop.world.addresses["buyer"],
    }  # fmt: skip
    assert shop.send("buyer2", "POST", "/account/addresses", form).status_code == 303
    owners = sa.select(Address.user_id).where(Address.street == "三路 3 号")
    assert shop.read(lambda session: session.scalars(owners).all()) == [shop.world.users["buyer2"]]
