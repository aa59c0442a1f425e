"""A workshop packs lots anew: weight and households are kept, and the way back stands on the bag's page."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Producer, ProducerKind, Variant
from shop.check import stock, trace
from shop.inventory.models import Lot, LotShare
from shop.inventory.trace_codes import trace_code
from shop.inventory.trace_models import LotOrigin, LotPledge, LotRecall, RecallState
from shop.kit.clock import utc_now
from shop.settings import DEMO_TRACE_KEY
from tests.factories.villages import NOW


@pytest.fixture
def see(unit_of_work):
    return lambda statement: unit_of_work.run(lambda s: list(s.scalars(statement)))


@pytest.fixture
def workshop(unit_of_work, county) -> int:
    def add(session) -> int:
        made = Producer(
            slug="works", kind=ProducerKind.WORKSHOP, village_id=county.villages[0], name_zh="加工坊", name_en="Works"
        )  # fmt: skip
        session.add(made)
        session.flush()
        return made.id

    return unit_of_work.run(add)


@pytest.fixture
def big(unit_of_work, county) -> int:
    """A pack of a kilogram of the same tea, whose usual pack is 250 g."""

    def add(session) -> int:
        tea = session.get_one(Variant, county.tea)
        pack = Variant(
            product_id=tea.product_id, sku="TEA-KILO", name_zh="一公斤", name_en="A kilo", price_fen=30000,
            net_weight_g=1000, gross_weight_g=1100,
        )  # fmt: skip
        session.add(pack)
        session.flush()
        return pack.id

    return unit_of_work.run(add)


@pytest.fixture
def lots(county) -> tuple[int, int]:
    return tuple(county.lots[county.tea, one] for one in county.producers[0])


@pytest.fixture
def repack(coordinator, lots, big, workshop, press):
    def _repack(first=8, second=4, units=3, token="one", **changes):
        fields = {
            f"taken-{lots[0]}": first, f"taken-{lots[1]}": second, "variant": big, "producer": workshop,
            "units": units, "token": token,
        }  # fmt: skip
        return press(coordinator, f"/village/lots/{lots[0]}/repack", **fields | changes)

    return _repack


def newest(see) -> Lot:
    return see(sa.select(Lot).order_by(Lot.id.desc()).limit(1))[0]


def adds_up(unit_of_work) -> bool:
    rules = (*stock.RULES, *trace.RULES)
    return not unit_of_work.run(lambda s: [one for rule in rules for one in rule.violations(s, utc_now())])


def test_units_leave_their_lots_and_are_in_the_new_one_with_their_households(
    repack, lots, see, unit_of_work, county
):
    assert repack().status_code == 303
    made = newest(see)
    assert (made.declared, made.available, made.packed_on) == (3, 3, NOW.date())
    left = see(sa.select(Lot.available).where(Lot.id.in_(lots)).order_by(Lot.id))
    assert left == [12, 16]
    shares = see(
        sa.select(LotShare.share_bp).where(LotShare.lot_id == made.id).order_by(LotShare.household_id)
    )
    assert shares == [6667, 3333]
    assert adds_up(unit_of_work)


def test_it_keeps_no_longer_than_the_first_of_them(repack, lots, see, unit_of_work):
    sooner = NOW.date() + timedelta(days=9)
    unit_of_work.run(lambda s: s.execute(sa.update(Lot).where(Lot.id == lots[1]).values(best_before=sooner)))
    repack()
    assert newest(see).best_before == sooner


def test_sent_twice_it_is_done_once(repack, see):
    assert repack().location == repack().location
    assert sorted(see(sa.select(LotOrigin.units))) == [4, 8]


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"units": 4}, "3"),  # three kilograms go in
        ({"first": 21}, "20"),
        ({"first": "", "second": ""}, ""),
        ({"first": "x"}, ""),
        ({"first": "-3"}, ""),
        ({"first": "9" * 15}, ""),
        ({"units": 0}, ""),
        ({"variant": 999_999}, ""),
        ({"producer": 999_999}, ""),
    ],
)
def test_what_cannot_be_is_said_and_nothing_moves(repack, see, fields, word):
    answer = repack(**fields)
    assert answer.status_code == 400
    assert 'class="err"' in answer.text or "msg-bad" in answer.text
    assert word in answer.text
    assert see(sa.select(LotOrigin)) == []


def test_goods_of_another_village_do_not_go_in(repack, county, see, lots):
    foreign = county.lots[county.tea, county.producers[1][0]]
    assert repack(**{f"taken-{foreign}": 8}, first="", second="4", units=1).status_code == 303
    assert see(sa.select(LotOrigin.origin_id)) == [lots[1]]


def test_where_an_origin_had_a_pledge_the_new_lot_needs_its_own(repack, lots, see, unit_of_work):
    pledge = {
        "goods_zh": "茶", "goods_en": "Tea", "units": 20, "net_weight_g": 5000, "place": "村", "producer": "一户",
        "signed_by": "一户", "basis": "promise", "issued_on": NOW.date(), "created_at": NOW,
    }  # fmt: skip
    unit_of_work.run(lambda s: s.add(LotPledge(lot_id=lots[0], number="P-1", **pledge)))
    assert repack().location.endswith("/pledge")
    assert newest(see).needs_pledge is True


def test_the_way_back_stands_on_the_bags_page(repack, lots, client, see):
    repack()
    page = client.get(f"/trace/{trace_code(newest(see).id, 0, DEMO_TRACE_KEY)}?lang=en").text
    for code in see(sa.select(Lot.code).where(Lot.id.in_(lots))):
        assert code in page
    assert "8 packs" in page


def test_a_recalled_lot_is_not_packed_anew(repack, lots, see, unit_of_work):
    recall = {"state": RecallState.ACTIVE, "reason_zh": "超标", "recalled_at": NOW}
    unit_of_work.run(lambda s: s.add(LotRecall(lot_id=lots[0], **recall)))
    repack()
    assert lots[0] not in see(sa.select(LotOrigin.origin_id))


def test_another_village_packs_nothing(stranger, lots, press):
    assert stranger.get(f"/village/lots/{lots[0]}/repack").status_code == 404
    assert press(stranger, f"/village/lots/{lots[0]}/repack", units=1).status_code == 404
