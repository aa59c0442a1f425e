"""A table of orders from elsewhere: every mistake is named by its row, and what is entered is never entered twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from shop.delivery.models import PickupPoint
from shop.kit.errors import InvalidInput, NotFound
from shop.ordering.models import Order, OrderStatus
from shop.ordering.outside.imports import import_facts
from shop.ordering.outside.models import OutsideImport, OutsideOrder, PaidHow
from shop.payments.outside.importing import (
    TableHasMistakes,
    begin_import,
    go_on,
    go_on_with_imports,
)
from shop.payments.outside.planning import plan_import

HEAD = "订单号,下单日期,收货人,手机号,自提点,省,市,区县,详细地址,货号,数量,单价,实付合计,付款方式,付款日期\n"


class Shelf:
    """A store of files that forgets when it is told to."""

    def __init__(self, content: str):
        self.content = content.encode()

    def read(self, _name: str) -> bytes:
        if not self.content:
            raise NotFound()
        return self.content


@pytest.fixture(autouse=True)
def capital_skus(session, small_shop):
    """Tables write SKUs in capital letters, as the shop's own are."""
    session.execute(sa.text("UPDATE variants SET sku = upper(sku)"))
    session.commit()


def row(
    number, day, *, who="王小梅,13800000000", to="图书馆北门,,,,", goods="TEA,1,68.00", paid="转账", total=""
):
    return f"{number},{day},{who},{to},{goods},{total},{paid},{day if paid != '未付' else ''}\n"


@pytest.fixture
def day(taker):
    return taker.taken("x").ordered_on.isoformat()


def plan(taker, content, source="group"):
    return taker.read(
        lambda session: plan_import(session, taker.sources[source], content.encode(), now=taker.now)
    )


def begin(taker, content, token="t1", source="group"):
    return taker.read(
        lambda session: begin_import(
            session,
            taker.sources[source],
            content.encode(),
            token=token,
            actor_id=taker.actor_id,
            now=taker.now,
        )
    )


def enter(taker, content, token="t1", most=50):
    import_id = begin(taker, content, token)
    go_on(taker.unit_of_work, taker.providers, Shelf(content), import_id, now=taker.now, most=most)
    return taker.read(lambda session: import_facts(session, import_id))


def count(taker):
    return taker.read(lambda session: session.scalar(sa.select(sa.func.count(OutsideOrder.order_id))))


def test_rows_with_one_number_are_one_order(taker, day):
    table = (
        HEAD
        + row("A-1", day, total="195.00")
        + row("A-1", day, goods="EGGS,1,59.00", total="").replace("68.00", "59.00")
    )
    table = table.replace("68.00,195.00", "136.00,195.00")
    done = enter(taker, table)
    assert (done.counts.entered, done.counts.refused, done.row.lost) == (1, 0, False)
    order = taker.read(lambda session: session.scalars(sa.select(Order)).one())
    assert (order.status, order.total_fen) == (OrderStatus.CONFIRMED, 19_500)


def test_a_courier_order_and_one_that_is_not_paid(taker, day):
    there = ",陕西,西安,碑林区,咸宁西路 28 号"
    table = HEAD + row("A-1", day, to=there, total="75.00") + row("A-2", day, paid="未付")
    enter(taker, table)
    orders = taker.read(lambda session: list(session.scalars(sa.select(Order).order_by(Order.id))))
    assert [(one.city, one.freight_fen, one.status) for one in orders] == [
        ("西安市", 700, OrderStatus.CONFIRMED),
        (None, 0, OrderStatus.AWAITING_PAYMENT),
    ]
    paid = taker.read(
        lambda s: list(s.scalars(sa.select(OutsideOrder.paid_how).order_by(OutsideOrder.number)))
    )
    assert paid == [PaidHow.TRANSFER, PaidHow.NOT_YET]


def test_every_mistake_is_named_by_row_and_column(taker, day):
    lines = [
        row("A-1", "昨天"),
        row("A-2", day, goods="NOTHING,1,1.00"),
        row("A-3", day, goods="TEA,viele,1.00"),
        row("A-4", day, goods="TEA,1,1.234"),
        row("A-5", day, to="月球,,,,"),
        row("A-6", day, to=",,,,"),
        row("A-7", day, to="图书馆北门,,,,某路 1 号"),
        row("A-8", day, to=",陕西,火星,某区,某路 1 号"),
        row("A-9", day, who="王小梅,12345"),
        row("A-10", day, paid="欠着"),
        row("A-11", day),
        row("A-11", day, who="别人,13800000000", goods="EGGS,1,1.00"),
        row("", day),
        row("A-12", day, paid="平台"),
        row("A-13", "2199-01-01"),
    ]
    found = plan(taker, HEAD + "".join(lines))
    assert [(one.row, one.column) for one in found.mistakes] == [
        (2, "ordered_on"), (2, "paid_on"), (3, "sku"), (4, "quantity"), (5, "price"), (6, "point"), (7, "point"),
        (8, "point"), (9, "city"), (10, "phone"), (11, "paid_how"), (13, "name"), (14, "number"), (15, "paid_how"),
        (16, "ordered_on"), (16, "paid_on"),
    ]  # fmt: skip
    with pytest.raises(TableHasMistakes):
        begin(taker, HEAD + "".join(lines))
    assert count(taker) == 0


def test_days_and_a_part_kept_that_cannot_be_are_mistakes_of_their_rows(taker, day):
    head = HEAD.rstrip("\n") + ",平台扣费\n"
    before = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
    lines = [
        row("A-1", "1990-01-01").rstrip("\n") + ",\n",
        row("A-2", day).rstrip("\n").removesuffix(day) + f"{before},\n",
        row("A-3", day).rstrip("\n") + ",68.01\n",
        row("A-4", day, total="70.00").rstrip("\n") + ",70.01\n",
        row("A-5", day).rstrip("\n") + ",68.00\n",
    ]
    found = plan(taker, head + "".join(lines))
    assert [(one.row, one.column) for one in found.mistakes] == [
        (2, "ordered_on"), (3, "paid_on"), (4, "fee"), (5, "fee"),
    ]  # fmt: skip


def test_a_point_is_known_by_its_own_name_as_long_as_only_one_is_called_so(taker, day):
    def rename(name, **more):
        def work(session):
            session.get_one(PickupPoint, taker.shop.point_id).name_zh = name
            session.add_all([PickupPoint(**one) for one in more.get("also", ())])

        taker.read(work)

    rename("兴庆校区 · 图书馆北门")
    for called in ("图书馆北门", "兴庆校区 · 图书馆北门", "library"):
        assert plan(taker, HEAD + row("A-1", day, to=f"{called},,,,")).mistakes == []
    [wrong] = plan(taker, HEAD + row("A-1", day, to="图书馆,,,,")).mistakes
    assert "兴庆校区 · 图书馆北门" in wrong.facts["names"]
    other = {"slug": "other", "name_zh": "雁塔校区 · 图书馆北门", "name_en": "Yanta library"}
    rename("兴庆校区 · 图书馆北门", also=[other])
    [unclear] = plan(taker, HEAD + row("A-1", day, to="图书馆北门,,,,")).mistakes
    assert unclear.facts["names"].count("图书馆北门") == 2
    assert plan(taker, HEAD + row("A-1", day, to="兴庆校区 · 图书馆北门,,,,")).mistakes == []


def test_a_file_that_is_no_table_is_refused(taker):
    for content in ("", "订单号\n", "货号,数量\nTEA,1\n", HEAD):
        with pytest.raises(InvalidInput):
            plan(taker, content)


def test_the_same_table_twice_adds_nothing(taker, day):
    table = HEAD + row("A-1", day) + row("A-2", day)
    first = enter(taker, table)
    assert first.counts.entered == 2
    assert begin(taker, table, token="t2") is None
    assert begin(taker, table, token="t1") == first.row.id
    assert count(taker) == 2


def test_what_cannot_be_placed_is_named_and_entered_when_the_table_is_put_right(taker, day):
    table = HEAD + row("A-1", day) + row("A-2", day, goods="TEA,900,68.00")
    done = enter(taker, table)
    assert (done.counts.entered, [one.number for one in done.refused]) == (1, ["A-2"])
    assert done.refused[0].facts["sku"] == "TEA"
    again = enter(taker, table.replace("TEA,900", "TEA,9"), token="t2")
    assert (again.row.orders, again.counts.entered) == (1, 1)
    assert count(taker) == 2


def test_the_worker_goes_on_where_it_stopped(taker, day):
    table = HEAD + "".join(row(f"A-{number}", day) for number in range(5))
    import_id = begin(taker, table)
    work = lambda most: go_on(  # noqa: E731
        taker.unit_of_work, taker.providers, Shelf(table), import_id, now=taker.now, most=most
    )
    assert not work(2)
    facts = taker.read(lambda session: import_facts(session, import_id))
    assert (facts.counts.done, facts.row.ended_at) == (2, None)
    assert go_on_with_imports(taker.unit_of_work, taker.providers, Shelf(table), now=taker.now) == 1
    assert count(taker) == 5
    assert work(50)


def test_a_file_that_is_gone_ends_the_import(taker, day):
    import_id = begin(taker, HEAD + row("A-1", day))
    assert go_on(taker.unit_of_work, taker.providers, Shelf(""), import_id, now=taker.now, most=9)
    row_now = taker.read(lambda session: session.get_one(OutsideImport, import_id))
    assert row_now.lost
    assert count(taker) == 0
