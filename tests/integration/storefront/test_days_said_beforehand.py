"""What pages say of days to come: the harvest of what is pre-ordered, and until when to order before a rest."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from shop.delivery.models import CalendarKind, CalendarSpan, FreightZone
from shop.inventory.forecasts import Forecast, declare_forecast
from shop.inventory.harvests import Harvest, harvest_lot
from shop.inventory.lot_writing import Author
from shop.inventory.models import Lot
from shop.inventory.stock import harvest_days
from shop.kit.clock import shanghai_date
from tests.factories.villages import NOW, build_county


@pytest.fixture
def county(unit_of_work):
    return unit_of_work.run(build_county)


def test_what_can_only_be_pre_ordered_says_its_day_until_it_is_there(county, unit_of_work):
    run, today = unit_of_work.run, shanghai_date(NOW)
    days = lambda: run(lambda s: set(harvest_days(s, now=NOW).values()))  # noqa: E731
    expected, keeper = today + timedelta(days=12), county.producers[0][0]
    forecast = Forecast(county.honey, keeper, 20, expected, 50)
    lot_id = run(lambda s: declare_forecast(s, forecast, author=Author(None), now=NOW).id)
    assert days() == set(), "there is honey yet"
    gone = sa.update(Lot).where(Lot.variant_id == county.honey, Lot.expected_on.is_(None))
    run(lambda s: s.execute(gone.values(available=0, withdrawn=Lot.declared)) and None)
    found = run(lambda s: harvest_days(s, now=NOW))
    assert (set(found.values()), len(found)) == ({expected}, 2), "the honey, and the box with honey in it"
    later = NOW + timedelta(days=12)
    brought = Harvest(20, expected)
    run(lambda s: harvest_lot(s, lot_id, brought, author=Author(None), now=later) and None)
    assert run(lambda s: harvest_days(s, now=later)) == {}


def test_the_page_about_delivery_says_the_last_day_before_a_rest(county, unit_of_work, app):
    today = shanghai_date(NOW)

    def rest(session):
        for kind, name in ((CalendarKind.VACATION, "寒假"), (CalendarKind.COURIER_STOP, "快递停运")):
            first = today + timedelta(days=15)
            session.add(
                CalendarSpan(
                    kind=kind,
                    name_zh=name,
                    name_en=name,
                    first_day=first,
                    last_day=first + timedelta(days=20),
                )
            )
        session.add(
            FreightZone(
                slug="here", name_zh="省内", name_en="Here", provinces=["陕西省"], first_g=1000, first_fen=800,
                step_g=1000, step_fen=200,
            )
        )  # fmt: skip

    unit_of_work.run(rest)
    with time_machine.travel(NOW):
        page = app.test_client().get("/pages/delivery?lang=zh").text
    for said in ("寒假", "末班车", "快递停运", "省内", "节前能到"):
        assert said in page
    with time_machine.travel(NOW + timedelta(days=16)):
        assert "寒假" not in app.test_client().get("/pages/delivery?lang=zh").text, "it has begun"
