"""承诺达标合格证: lots of the classes that need one wait for it; signed once, signed anew, printed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.catalogue.models import ComplianceClass
from shop.inventory.models import Lot
from shop.inventory.stock import buyable_units
from shop.inventory.trace_codes import trace_code
from shop.inventory.trace_models import LotPledge
from shop.kit.clock import shanghai_date, utc_now
from shop.settings import DEMO_TRACE_KEY
from tests.factories.villages import NOW

TODAY = shanghai_date(NOW)
SIGNED = {
    "basis": ["own_test", "promise"], "producer": "邓叔家", "place": "平利县汝河村", "contact": "13800000001",
    "signed_by": "邓叔", "issued_on": TODAY.isoformat(),
}  # fmt: skip


@pytest.fixture(autouse=True)
def demanded(unit_of_work, county):
    """From today on each lot of the county's goods needs one."""
    unit_of_work.run(lambda s: s.execute(sa.update(ComplianceClass).values(pledge_since=TODAY)))


@pytest.fixture
def new_lot(coordinator, county, press, see):
    """A lot that the coordinator declares today; its id."""
    form = {
        "producer": county.producers[0][0], "variant": county.honey, "units": "12",
        "harvested_on": TODAY.isoformat(), "token": "new",
    }  # fmt: skip
    answer = press(coordinator, "/village/lots/new", **form)
    assert answer.status_code == 303
    assert answer.location.endswith("/pledge")
    return see(sa.select(sa.func.max(Lot.id)))[0]


@pytest.fixture
def see(unit_of_work):
    """What the database holds now, read in a transaction of its own."""
    return lambda statement: unit_of_work.run(lambda s: list(s.scalars(statement)))


@pytest.fixture
def left(unit_of_work, county):
    return lambda: unit_of_work.run(lambda s: buyable_units(s, [county.honey], now=utc_now()))[county.honey]


def test_what_was_declared_before_the_demand_stays_for_sale(left):
    assert left() == 20


def test_a_new_lot_is_neither_sold_nor_labelled_before_it_is_signed(coordinator, new_lot, left, press, see):
    assert left() == 20
    labels = press(coordinator, f"/village/lots/{new_lot}/bags", count=1, token="t")
    assert labels.status_code == 409
    assert "承诺达标合格证" in labels.text
    assert press(coordinator, f"/village/lots/{new_lot}/pledge", **SIGNED).status_code == 303
    assert left() == 32
    assert press(coordinator, f"/village/lots/{new_lot}/bags", count=1, token="t").status_code == 303


def test_signing_the_same_twice_is_once_and_another_replaces_it(coordinator, new_lot, press, see):
    path = f"/village/lots/{new_lot}/pledge"
    for _ in range(2):
        press(coordinator, path, **SIGNED)
    press(coordinator, path, **SIGNED | {"signed_by": "邓婶"})
    rows = see(sa.select(LotPledge).order_by(LotPledge.id))
    assert [(one.signed_by, one.replaced_at is None) for one in rows] == [("邓叔", False), ("邓婶", True)]
    assert (rows[1].units, rows[1].net_weight_g, rows[1].basis) == (12, 6000, "own_test promise")
    assert rows[0].number != rows[1].number
    assert len(see(sa.select(AuditEntry).where(AuditEntry.action == "lot.pledge_signed"))) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"basis": []},
        {"basis": ["hearsay"]},
        {"signed_by": " "},
        {"producer": ""},
        {"issued_on": (TODAY + timedelta(days=2)).isoformat()},
        {"issued_on": "yesterday"},
        {"place": "长" * 201},
    ],
)
def test_what_cannot_be_signed_is_said_and_what_was_typed_stays(coordinator, new_lot, press, see, wrong):
    answer = press(coordinator, f"/village/lots/{new_lot}/pledge", **SIGNED | wrong)
    assert answer.status_code == 400
    assert "13800000001" in answer.text
    assert see(sa.select(LotPledge)) == []


def test_a_suppliers_own_is_kept_with_its_number_and_term(coordinator, new_lot, left, press, see):
    kept = {
        "number": "SN-2026-88", "producer": "城关合作社", "place": "安康", "contact": "", "signed_by": "李四",
        "issued_on": TODAY.isoformat(), "expires_on": (TODAY + timedelta(days=30)).isoformat(),
    }  # fmt: skip
    path = f"/village/lots/{new_lot}/pledge/supplier"
    assert press(coordinator, path, **kept | {"expires_on": date(2020, 1, 1).isoformat()}).status_code == 400
    assert press(coordinator, path, **kept).status_code == 303
    (one,) = see(sa.select(LotPledge))
    assert (one.of_supplier, one.number, one.expires_on) == (True, "SN-2026-88", TODAY + timedelta(days=30))
    assert left() == 32


def test_it_stands_on_the_label_the_bags_page_and_the_products(coordinator, client, new_lot, press, see):
    press(coordinator, f"/village/lots/{new_lot}/pledge", **SIGNED)
    number = see(sa.select(LotPledge.number))[0]
    labels = press(coordinator, f"/village/lots/{new_lot}/bags", count=1, token="t").location
    assert number in coordinator.get(labels).text
    page = client.get(f"/trace/{trace_code(new_lot, 1, DEMO_TRACE_KEY)}?lang=zh").text
    assert number in page
    assert "自我检测" in page
    assert "13800000001" not in page


def test_it_is_printed_in_two_sizes(coordinator, new_lot, press):
    path = f"/village/lots/{new_lot}/pledge"
    assert coordinator.get(f"{path}/paper").status_code == 404
    press(coordinator, path, **SIGNED)
    for paper in ("large", "small", "x"):
        page = coordinator.get(f"{path}/paper?paper={paper}").text
        assert "邓叔" in page
    assert "委托检测" in coordinator.get(f"{path}/paper?paper=large").text


def test_another_village_reads_and_signs_nothing(stranger, new_lot, press, see):
    for path in ("pledge", "pledge/paper"):
        assert stranger.get(f"/village/lots/{new_lot}/{path}").status_code == 404
    assert press(stranger, f"/village/lots/{new_lot}/pledge", **SIGNED).status_code == 404
    assert see(sa.select(LotPledge)) == []


def test_a_farmer_gives_the_word_with_the_third_tap(farmer, county, press, left, see):
    sure = {
        "producer": county.producers[0][0], "units": "5", "day": "0", "token": "farm", "sure": "1",
    }  # fmt: skip
    asked = press(farmer, f"/farm/lots/new/{county.honey}", **{k: v for k, v in sure.items() if k != "sure"})
    assert "承诺" in farmer.get(asked.location).text
    assert press(farmer, f"/farm/lots/new/{county.honey}", **sure).status_code == 303
    (one,) = see(sa.select(LotPledge))
    assert (one.basis, one.units) == ("promise", 5)
    assert left() == 25
