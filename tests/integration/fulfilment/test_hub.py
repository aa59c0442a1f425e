"""The county hub receives, assembles, repacks and merges: each step once, at the price of its day, and in the books."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Producer, ProducerKind, Variant
from shop.fulfilment.errors import NothingToMerge, NotToRepack, StillToPack, TooLateToUndo
from shop.fulfilment.hub.merging import merge_parcels, merged_into, unpack_or_part
from shop.fulfilment.hub.models import HubStep, HubStepKind
from shop.fulfilment.hub.rates import rates_on, write_rates
from shop.fulfilment.hub.repacking import (
    ask_hub_to_repack,
    repack_at_hub,
    undo_repack_at_hub,
    withdraw_repack,
)
from shop.fulfilment.hub.waiting import counts, to_merge
from shop.fulfilment.models import Task
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import Reach
from shop.fulfilment.receiving import receive, undo_receive
from shop.inventory.errors import LotNotWhole
from shop.inventory.models import Lot, LotStatus
from shop.inventory.repacking import Repacking
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from shop.ledger.models import Account, Posting
from shop.ledger.movements.deciding import propose_movement
from shop.ledger.movements.errors import NotHeld
from shop.ledger.movements.models import MovementKind
from shop.ledger.movements.reading import Moved

PRICES = {
    HubStepKind.RECEIVE: 51, HubStepKind.ASSEMBLE: 301, HubStepKind.REPACK: 20, HubStepKind.MERGE: 97,
}  # fmt: skip


@pytest.fixture
def hub(trade) -> Reach:
    """Who works at the hub, and nowhere else."""
    day = shanghai_date(trade.now)
    trade.run(lambda s: write_rates(s, PRICES, day, actor_id=trade.admin_id, now=trade.now))
    return Reach(user_id=trade.admin_id, packing_place_ids=frozenset({trade.shop.hub_id}), for_household=True)


@pytest.fixture
def press(trade):
    return lambda step, *what, **facts: trade.run(lambda s: step(s, *what, now=trade.now, **facts))


@pytest.fixture
def owed(trade):
    """Fen on an account, as a liability."""

    def _owed(account: Account) -> int:
        fen = sa.select(sa.func.coalesce(sa.func.sum(-Posting.amount_fen), 0)).where(
            Posting.account == account
        )
        return int(trade.run(lambda s: s.scalar(fen)))

    return _owed


@pytest.fixture
def see(trade):
    return lambda statement: trade.run(lambda s: list(s.scalars(statement)))


def in_parcels(trade, press, hub, *, boxes: int = 2) -> int:
    """An order by truck: gift boxes that the hub has assembled, and eggs that their village has packed."""
    order_id = trade.sell({"box": boxes, "eggs": 1})
    trade.ready(order_id)
    for task in trade.tasks(order_id):
        by = hub if task.packing_place_id == trade.shop.hub_id else Reach(everything=True)
        press(receive, [task.id], by=by)
    for place_id in {task.packing_place_id for task in trade.tasks(order_id)}:
        press(pack_parcel, order_id, place_id, by=Reach(everything=True))
    return order_id


def test_receiving_and_assembling_cost_once_and_nothing_when_undone(trade, hub, press, owed, see):
    order_id = trade.sell({"box": 2, "eggs": 1})
    packing = owed(Account.PACKING_PAYABLE)
    trade.ready(order_id)
    tasks = [one.id for one in trade.tasks(order_id) if one.packing_place_id == trade.shop.hub_id]
    with pytest.raises(NotFound):
        press(receive, [one.id for one in trade.tasks(order_id)], by=hub)  # the eggs come to their village
    for _ in range(2):
        press(receive, tasks, by=hub)
    assert owed(Account.HUB_PAYABLE) == 51 * len(tasks)
    press(undo_receive, tasks[0], by=hub)
    assert owed(Account.HUB_PAYABLE) == 51 * (len(tasks) - 1)
    press(receive, tasks[:1], by=hub)
    for _ in range(2):
        code = press(pack_parcel, order_id, trade.shop.hub_id, by=hub)
    assert owed(Account.HUB_PAYABLE) == 51 * len(tasks) + 2 * 301
    assert owed(Account.PACKING_PAYABLE) == packing - owed(Account.HUB_PAYABLE)
    press(unpack_or_part, code, by=hub)
    assert owed(Account.HUB_PAYABLE) == 51 * len(tasks)
    done = see(sa.select(HubStep).order_by(HubStep.id))
    assert [(one.kind.value, one.count, one.undone_at is None) for one in done[-1:]] == [
        ("assemble", 2, False)
    ]
    assert {one.done_by_id for one in done} == {trade.admin_id}
    said = Moved(MovementKind.HUB_PAID, 51 * len(tasks) + 1, "BANK-1", shanghai_date(trade.now))
    with pytest.raises(NotHeld):
        press(propose_movement, said, actor_id=trade.admin_id)


def test_parcels_of_an_order_become_one_and_single_ones_again(trade, hub, press, owed, see):
    order_id = in_parcels(trade, press, hub)
    before = {one.code: (one.number, one.weight_g) for one in trade.parcels(order_id)}
    assert len(before) == 2
    shown = trade.run(lambda s: to_merge(s, hub, page=1)).items
    assert [(one.order_id, one.parcels) for one in shown] == [(order_id, 2)]
    cost = owed(Account.HUB_PAYABLE)
    codes = {press(merge_parcels, order_id, trade.shop.hub_id, by=hub) for _ in range(2)}
    assert len(codes) == 1, "pressing again finds the same parcel"
    [code] = codes
    [whole] = trade.parcels(order_id)
    assert (whole.code, whole.packing_place_id) == (code, trade.shop.hub_id)
    assert whole.weight_g == sum(weight for _, weight in before.values())
    assert owed(Account.HUB_PAYABLE) == cost + 97
    assert {trade.run(lambda s, one=one: merged_into(s, one, hub)) for one in before} == {code}
    assert trade.violations() == []
    press(unpack_or_part, code, by=hub)
    with pytest.raises(NotFound):
        press(unpack_or_part, code, by=hub)
    assert {one.code: (one.number, one.weight_g) for one in trade.parcels(order_id)} == before
    assert owed(Account.HUB_PAYABLE) == cost
    code = press(merge_parcels, order_id, trade.shop.hub_id, by=hub)
    trade.now += timedelta(minutes=11)
    with pytest.raises(TooLateToUndo):
        press(unpack_or_part, code, by=hub)
    trade.deliver(order_id)
    assert owed(Account.HUB_PAYABLE) == cost + 97


def test_what_is_not_all_packed_or_never_comes_by_the_hub_is_not_merged(trade, hub, press, see):
    order_id = trade.sell({"box": 1, "eggs": 1})
    with pytest.raises(NothingToMerge):
        press(merge_parcels, order_id, trade.shop.hub_id, by=hub)
    with pytest.raises(NotFound):
        press(
            merge_parcels,
            order_id,
            trade.shop.hub_id,
            by=Reach(village_ids=frozenset(trade.shop.villages.values())),
        )
    by_courier = trade.sell({"tea": 1, "eggs": 1}, courier=True)
    trade.pack(by_courier)
    with pytest.raises(NotFound):
        press(merge_parcels, by_courier, trade.shop.hub_id, by=hub)
    half = in_parcels(trade, press, hub)
    press(unpack_or_part, trade.parcels(half)[0].code, by=Reach(everything=True))
    assert trade.run(lambda s: to_merge(s, hub, page=1)).items == []
    with pytest.raises((StillToPack, NothingToMerge)):
        press(merge_parcels, half, trade.shop.hub_id, by=hub)


def test_a_merged_order_that_is_called_off_leaves_nothing_behind_and_the_work_paid(trade, hub, press, owed):
    order_id = in_parcels(trade, press, hub)
    press(merge_parcels, order_id, trade.shop.hub_id, by=hub)
    cost = owed(Account.HUB_PAYABLE)
    trade.call_off(order_id)
    assert trade.parcels(order_id) == []
    assert owed(Account.HUB_PAYABLE) == cost


@pytest.fixture
def asked(trade, press):
    """A village asks for five big packs of ten small ones of two lots; its reach and the request."""

    def add(session) -> tuple[int, int]:
        tea = session.get_one(Variant, trade.shop.variants["tea"])
        big = Variant(
            product_id=tea.product_id, sku="tea-big", name_zh="大份", name_en="big", price_fen=13000,
            net_weight_g=2 * tea.net_weight_g, gross_weight_g=500,
        )  # fmt: skip
        works = Producer(
            slug="works", kind=ProducerKind.WORKSHOP, village_id=trade.shop.villages["mogou"], name_zh="坊", name_en="Works"
        )  # fmt: skip
        session.add_all([big, works])
        session.flush()
        return big.id, works.id

    variant_id, producer_id = trade.run(add)
    lots = trade.shop.lots
    village = Reach(user_id=trade.admin_id, village_ids=frozenset({trade.shop.villages["mogou"]}))

    def _asked(token: str = "one", units: int = 5) -> tuple[Reach, int]:
        wanted = Repacking({lots["tea-li"]: 6, lots["tea-wang"]: 4}, variant_id, producer_id, units, token)
        return village, press(ask_hub_to_repack, wanted, trade.shop.hub_id, by=village)

    return _asked


def test_the_hub_packs_anew_what_a_village_asked_for_once(trade, hub, press, asked, owed, see):
    village, request = asked()
    assert asked() == (village, request), "sent twice, it asks once"
    with pytest.raises(InvalidInput):
        asked("too much", units=6)
    free = lambda: see(sa.select(Lot.available).where(Lot.code.in_(("tea-li", "tea-wang"))).order_by(Lot.id))  # noqa: E731
    assert free() == [20, 20], "until the hub has packed, they are for sale"
    assert trade.run(lambda s: counts(s, hub))[HubStepKind.REPACK] == 1
    with pytest.raises(NotFound):
        press(repack_at_hub, request, by=village)
    assert len({press(repack_at_hub, request, by=hub) for _ in range(2)}) == 1
    assert (free(), owed(Account.HUB_PAYABLE)) == ([14, 16], 5 * 20)
    for _ in range(2):
        press(undo_repack_at_hub, request, by=hub)
    assert (free(), owed(Account.HUB_PAYABLE)) == ([20, 20], 0)
    again = press(repack_at_hub, request, by=hub)
    assert (free(), owed(Account.HUB_PAYABLE)) == ([14, 16], 100)
    assert [lot.status for lot in see(sa.select(Lot).where(Lot.variant_id == see(sa.select(Lot.variant_id).where(Lot.id == again))[0]).order_by(Lot.id))] == [LotStatus.CLOSED, LotStatus.OPEN]  # fmt: skip
    trade.run(lambda s: s.execute(sa.update(Lot).where(Lot.id == again).values(available=4, withdrawn=1)))
    with pytest.raises(LotNotWhole):
        press(undo_repack_at_hub, request, by=hub)
    with pytest.raises(NotToRepack):
        press(withdraw_repack, request, by=village)


def test_a_request_is_taken_back_and_what_was_sold_meanwhile_is_not_packed(trade, hub, press, asked, owed):
    village, first = asked("first")
    for _ in range(2):
        press(withdraw_repack, first, by=village)
    with pytest.raises(NotToRepack):
        press(repack_at_hub, first, by=hub)
    stranger = Reach(user_id=1, village_ids=frozenset({trade.shop.villages["ruhe"]}))
    _, second = asked("second")
    with pytest.raises(NotFound):
        press(withdraw_repack, second, by=stranger)
    trade.sell({"tea": 30})
    with pytest.raises(InvalidInput):
        press(repack_at_hub, second, by=hub)
    press(withdraw_repack, second, by=hub)
    assert owed(Account.HUB_PAYABLE) == 0


def test_prices_count_from_their_day_and_a_later_row_overrules(trade, hub, press):
    today = shanghai_date(trade.now)
    tomorrow = today + timedelta(days=1)
    write = partial(press, write_rates, actor_id=trade.admin_id)
    dearer = {**PRICES, HubStepKind.MERGE: 200}
    assert write(dearer, tomorrow) == write(dearer, tomorrow), "said twice, it is written once"
    write({**PRICES, HubStepKind.MERGE: 150}, tomorrow)
    merge = lambda day: trade.run(lambda s: rates_on(s, day).merge_fen)  # noqa: E731
    assert [merge(day) for day in (today, tomorrow)] == [97, 150]
    assert trade.run(lambda s: rates_on(s, today - timedelta(days=1))) is None
    for wrong in ((PRICES, today - timedelta(days=1)), ({**PRICES, HubStepKind.RECEIVE: 100_001}, today)):
        with pytest.raises(InvalidInput):
            write(*wrong)


def test_each_village_gives_of_its_packing_by_what_its_goods_earn(trade, hub, press, see):
    order_id = in_parcels(trade, press, hub, boxes=1)
    code = press(merge_parcels, order_id, trade.shop.hub_id, by=hub)
    step = see(sa.select(HubStep.id).where(HubStep.subject == code))[0]
    earns = dict(
        trade.run(
            lambda s: s.execute(
                sa.select(Task.village_id, sa.func.sum(Task.earns_fen)).where(Task.order_id == order_id).group_by(Task.village_id)
            ).all()
        )
    )  # fmt: skip
    gave = dict(
        trade.run(
            lambda s: s.execute(
                sa.text(
                    "SELECT p.village_id, p.amount_fen FROM postings p JOIN journal_entries e ON e.id = p.entry_id"
                    " WHERE e.reference = :name AND p.account = 'packing_payable'"
                ),
                {"name": f"hub_step:{step}"},
            ).all()
        )
    )
    assert len(gave) == 2
    assert sum(gave.values()) == 97
    assert all(abs(gave[one] - 97 * earns[one] / sum(earns.values())) < 1 for one in gave)
