"""Orders of the public platform from a table: judged row by row, imported once, and never counted twice."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.kit.errors import InvalidInput, NotFound
from shop.purchases.models import CountedPurchase, Funding
from shop.purchases.platform_import import (
    PlatformTableHasMistakes,
    import_platform,
    newest_imports,
    plan_platform,
    take_back_import,
)
from shop.purchases.platform_models import PlatformImport, PlatformPurchase
from shop.purchases.platform_numbers import OnPlatform, on_platform, refuse_unsure
from tests.factories.counting_trade import CountingTrade, open_counting_trade

HEAD = "订单号,下单日期,单位,资金来源,供应商,产地县,品类,商品,数量,金额"
GOOD = (
    '8320001,2026-11-02,2 学院,工会,某合作社,第0县,粮油,大米,10,"1,360.00"',
    "8320001,2026-11-02,2 学院,工会,某合作社,第0县,粮油,菜籽油,2,138",
    "8320002,2026/11/3,unit-1,食堂经费,某公司,,,粉条,,88.5",
)


@pytest.fixture
def trade(session, unit_of_work) -> CountingTrade:
    return open_counting_trade(session, unit_of_work)


def table(*rows: str) -> bytes:
    return "\n".join([HEAD, *rows]).encode("utf-8-sig")


def plan(trade, content: bytes):
    return trade.run(lambda session: plan_platform(session, content, now=trade.now))


def send(trade, content: bytes) -> int:
    return trade.run(
        lambda session: import_platform(session, content, actor_id=trade.admin_id, now=trade.now)
    )


def imported(trade) -> list[tuple]:
    wanted = sa.select(
        PlatformPurchase.order_number,
        PlatformPurchase.item,
        PlatformPurchase.funding,
        PlatformPurchase.amount_fen,
    ).order_by(PlatformPurchase.order_number, PlatformPurchase.item)
    return [tuple(row) for row in trade.run(lambda session: session.execute(wanted).all())]


def test_a_table_is_looked_at_without_writing_and_then_imported(trade):
    found = plan(trade, table("# 8329999,2026-11-20,机械学院,工会,某,,,例,1,1", *GOOD))
    assert (len(found.new), found.amount_fen, found.mistakes) == (3, 158_650, [])
    assert imported(trade) == []
    assert send(trade, table(*GOOD)) == 3
    assert imported(trade) == [
        ("8320001", 1, Funding.UNION, 136_000),
        ("8320001", 2, Funding.UNION, 13_800),
        ("8320002", 1, Funding.CANTEEN, 8_850),
    ]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",2026-11-02,2 学院,工会,某合作社,,,大米,1,5", "order_number"),
        ("1,2026-13-02,2 学院,工会,某合作社,,,大米,1,5", "bought_on"),
        ("1,2036-11-02,2 学院,工会,某合作社,,,大米,1,5", "bought_on"),
        ("1,2026-11-02,没有的学院,工会,某合作社,,,大米,1,5", "unit"),
        ("1,2026-11-02,2 学院,赞助,某合作社,,,大米,1,5", "funding"),
        ("1,2026-11-02,2 学院,工会,,,,大米,1,5", "supplier"),
        ("1,2026-11-02,2 学院,工会,某合作社,,,大米,零,5", "quantity"),
        ("1,2026-11-02,2 学院,工会,某合作社,,,大米,1,-5", "amount"),
        ("1,2026-11-02,2 学院,工会,某合作社,,,大米,1,五元", "amount"),
        ("8320001,2026-11-09,2 学院,工会,某合作社,,,大米,1,5", "order_number"),
    ],
)
def test_a_mistake_is_said_with_its_row_and_nothing_is_imported(trade, row, column):
    content = table(*GOOD, row)
    [mistake] = plan(trade, content).mistakes
    assert (mistake.row, mistake.column) == (5, column)
    with pytest.raises(PlatformTableHasMistakes):
        send(trade, content)
    assert imported(trade) == []


def test_every_mistake_of_a_row_is_said_at_once(trade):
    content = table(GOOD[0], ",2026-13-02,没有的学院,赞助,,,,大米,零,五元")
    assert [(one.row, one.column) for one in plan(trade, content).mistakes] == [
        (3, column)
        for column in ("order_number", "bought_on", "unit", "funding", "supplier", "quantity", "amount")
    ]


def test_a_number_of_the_platform_is_asked_about_before_an_order_here_takes_its_place(trade):
    send(trade, table(*GOOD))
    numbers = ["8320001", "8320009"]
    assert trade.run(lambda session: on_platform(session, numbers)) == {"8320001": 149_800}
    with pytest.raises(OnPlatform) as refused:
        trade.run(lambda session: refuse_unsure(session, numbers, is_sure=False))
    assert refused.value.facts["numbers"] == "8320001"
    trade.run(lambda session: refuse_unsure(session, numbers, is_sure=True))
    trade.run(lambda session: refuse_unsure(session, ["8320009"], is_sure=False))


def test_what_is_known_by_its_number_is_left_out(trade):
    send(trade, table(*GOOD))
    assert send(trade, table(*GOOD)) == 0
    grown = table(*GOOD, "8320003,2026-11-04,2 学院,工会,某合作社,,,木耳,1,20")
    assert [len(plan(trade, grown).known), len(plan(trade, grown).new)] == [3, 1]
    assert send(trade, grown) == 1
    assert len(imported(trade)) == 4


def test_an_order_of_this_shop_is_left_out(trade):
    order_id = trade.sell_on_terms({"tea": 1})

    def name_it(session):
        session.get_one(CountedPurchase, order_id).outside_number = "8320002"

    trade.run(name_it)
    found = plan(trade, table(*GOOD))
    assert [row.order_number for row in found.ours] == ["8320002"]
    assert send(trade, table(*GOOD)) == 2


def test_a_table_can_be_taken_back_once(trade):
    send(trade, table(*GOOD))
    [sent] = trade.run(lambda session: session.scalars(sa.select(PlatformImport.id)).all())

    def take_back() -> bool:
        return trade.run(
            lambda session: take_back_import(session, sent, actor_id=trade.admin_id, now=trade.now)
        )

    assert take_back() is True
    assert take_back() is False
    with pytest.raises(NotFound):
        trade.run(lambda session: take_back_import(session, 99, actor_id=None, now=trade.now))
    assert trade.run(newest_imports) == []
    assert imported(trade) == []
    assert send(trade, table(*GOOD)) == 3


@pytest.mark.parametrize("content", [b"", b"\x00\x01", "订单号,金额\n1,2".encode()])
def test_what_is_no_such_table_is_refused(trade, content):
    with pytest.raises(InvalidInput):
        plan(trade, content)
