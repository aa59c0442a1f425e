"""Counting on the phone: what is typed is kept, and nobody counts away what an order waits for unseen."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from shop.ordering.models import Order


@pytest.fixture
def lot(county):
    return county.lots[county.honey, county.producers[0][0]]


def test_a_coordinator_counts_a_lot_and_agrees_to_what_orders_lose(
    coordinator, stranger, county, lot, place, press, rows
):
    order_id = place({county.honey: 3})
    address = f"/village/lots/{lot}/count"
    page = coordinator.get(address).text
    token = re.search(r'name="token"[^>]*value="([^"]+)"', page).group(1)
    form = {"token": token, "seen": "20", "agreed": "", "reason": "spoiled", "words": "受潮了"}
    assert press(coordinator, address, **form, counted="-1").status_code == 400
    assert press(coordinator, address, **form | {"reason": ""}, counted="19").status_code == 400
    hit = press(coordinator, address, **form, counted="1")
    assert hit.status_code == 409
    (number,) = rows(sa.select(Order.number).where(Order.id == order_id))
    assert number in hit.text
    assert 'value="受潮了"' in hit.text
    assert 'name="agreed" type="hidden" value="2"' in hit.text
    assert press(coordinator, address, **form | {"seen": "19"}, counted="19").status_code == 409
    assert press(coordinator, address, **form | {"agreed": "2"}, counted="1").status_code == 303
    assert press(coordinator, address, **form | {"agreed": "2"}, counted="1").status_code == 303
    corrected = press(coordinator, address, **form | {"agreed": "2"}, counted="0")
    assert corrected.status_code == 409
    fields = {
        re.search('name="([^"]+)"', one).group(1): one for one in re.findall(r"<input[^>]+>", corrected.text)
    }
    again = {
        name: re.search('value="([^"]*)"', fields[name]).group(1) for name in ("token", "seen", "counted")
    }
    assert again["counted"] == "0", "what was typed stays"
    assert again["token"] != token
    assert again["seen"] == "1"
    made = coordinator.get("/village/counts/made?lang=en").text
    assert made.count("受潮了") == 1
    assert "2 were promised" in made
    assert stranger.get(address).status_code == 404
    assert press(stranger, address, **form, counted="20").status_code == 404
    assert "受潮了" not in stranger.get("/village/counts/made").text
