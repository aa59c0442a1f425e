"""Who buys, where and what: each figure worked out by hand from plain rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from shop.kit.clock import month_of, shanghai_date, utc_now
from shop.reports.all_reports import find_report
from shop.reports.cells import as_day
from shop.reports.definition import Span
from shop.reports.running import stream_rows, totals
from tests.integration.reports.oracle import Oracle, add, order_sums

TODAY = shanghai_date(utc_now())
SPANS = {
    "half a year": Span(TODAY - timedelta(days=180), TODAY),
    "a month": Span(TODAY - timedelta(days=40), TODAY - timedelta(days=10)),
}


@pytest.fixture(params=SPANS)
def span(request: pytest.FixtureRequest) -> Span:
    return SPANS[request.param]


@pytest.fixture
def oracle(demo_session: Session, span: Span) -> Oracle:
    return Oracle(demo_session, span)


def rows_of(session: Session, name: str, span: Span) -> list[tuple]:
    return [tuple(row) for row in stream_rows(session, find_report(name), span, "zh")]


def grouped(oracle: Oracle, key) -> dict:
    sums: dict = defaultdict(lambda: [0] * 6)
    for order in oracle.orders.values():
        if (name := key(order)) is not None:
            add(sums[name], order_sums(order))
    return {name: tuple(values) for name, values in sums.items()}


def figures(row: tuple, first: int) -> tuple[int, ...]:
    return tuple(int(one) for one in row[first : first + 6])


def test_points_and_home_delivery_add_up_to_all_sales(demo_session, oracle, span):
    points = oracle.names("pickup_points")
    found = {(row[0], row[1]): figures(row, 2) for row in rows_of(demo_session, "sales-by-point", span)}
    assert found == grouped(oracle, lambda one: (one["delivery"], points.get(one["pickup_point_id"], "—")))
    days = totals(demo_session, find_report("sales-by-day"), span, "zh")[1]
    assert totals(demo_session, find_report("sales-by-point"), span, "zh")[1] == days


def test_organisations_and_people_share_all_sales_and_no_order_is_in_both(demo_session, oracle, span):
    names = oracle.names("organisations", "name")
    found = {row[0]: figures(row, 2) for row in rows_of(demo_session, "sales-by-organisation", span)}
    assert found == grouped(oracle, lambda one: names.get(one["organisation_id"]))
    people = rows_of(demo_session, "customers", span)
    by_person = grouped(oracle, lambda one: one["user_id"] or 0 if one["organisation_id"] is None else None)
    assert sorted(figures(row, 2) for row in people) == sorted(by_person.values())
    sums = [totals(demo_session, find_report(one), span, "zh")[1]["paid_fen"] for one in
            ("customers", "sales-by-organisation", "sales-by-day")]  # fmt: skip
    assert sums[0] + sums[1] == sums[2]


def test_who_came_again_stands_in_the_month_of_the_first_order(demo_session, oracle, span):
    ever = Oracle(demo_session, Span(TODAY - timedelta(days=900), TODAY))
    own: dict[int, list] = defaultdict(list)
    for order in ever.orders.values():
        if order["user_id"] is not None and order["organisation_id"] is None:
            own[order["user_id"]].append(order)
    months: dict = defaultdict(lambda: [0] * 5)
    for orders in own.values():
        first = min(one["confirmed_at"] for one in orders)
        if not oracle.holds(first):
            continue
        net = sum(one["total_fen"] - one["refunded_fen"] for one in orders)
        add(months[month_of(first)], (1, len(orders) >= 2, len(orders) >= 3, len(orders), net))
    rows = rows_of(demo_session, "repeat-buyers", span)
    assert {as_day(row[0]): [int(one) for one in row[1:6]] for row in rows} == dict(months)
    assert all(row[6] == row[2] * 10_000 // row[1] for row in rows)


def test_accounts_are_counted_once_and_nobody_is_named(demo_session, oracle, span):
    units = oracle.names("units")
    users = [one for one in oracle.table("users") if one["erased_at"] is None]
    bought = Counter(one["user_id"] for one in oracle.orders.values())
    expected: dict = defaultdict(lambda: [0] * 5)
    for user in users:
        opened = oracle.holds(user["created_at"])
        proved, orders = user["confirmed_at"] is not None, bought[user["id"]]
        add(expected[units.get(user["unit_id"], "—")], (1, opened, proved, orders > 0, orders))
    rows = rows_of(demo_session, "accounts-by-unit", span)
    assert {row[0]: [int(one) for one in row[1:]] for row in rows} == dict(expected)
    assert len(rows) == len(expected)


def test_the_best_sellers_are_the_packs_that_most_units_were_bought_of(demo_session, oracle, span):
    units: Counter = Counter()
    orders = defaultdict(set)
    for line in oracle.lines:
        units[line["variant_id"]] += line["quantity"]
        orders[line["variant_id"]].add(line["order_id"])
    rows = rows_of(demo_session, "best-sellers", span)
    assert [int(row[2]) for row in rows] == sorted(units.values(), reverse=True)
    assert sorted(int(row[6]) for row in rows) == sorted(len(one) for one in orders.values())
    same = totals(demo_session, find_report("sales-by-product"), span, "zh")[1]
    assert totals(demo_session, find_report("best-sellers"), span, "zh")[1] == same


def test_what_lies_in_baskets_is_counted_at_the_price_of_today(demo_session, oracle, span):
    prices = {row["id"]: row["price_fen"] for row in oracle.table("variants")}
    held = {row["id"] for row in oracle.table("baskets") if oracle.holds(row["updated_at"])}
    items = [row for row in oracle.table("basket_items") if row["basket_id"] in held]
    sums = totals(demo_session, find_report("left-in-baskets"), span, "zh")[1]
    assert sums.get("units", 0) == sum(one["quantity"] for one in items)
    assert sums.get("value_fen", 0) == sum(one["quantity"] * prices[one["variant_id"]] for one in items)


def test_goods_that_came_back_are_told_unit_by_unit(demo_session, oracle, span):
    expected = [
        (row["units"], row["status"])
        for row in oracle.table("returned_units")
        if row["status"] != "called_off" and oracle.holds(row["created_at"])
    ]
    rows = rows_of(demo_session, "returns", span)
    assert sorted((row[4], str(row[5])) for row in rows) == sorted(expected)


def test_every_pack_is_in_the_list_with_what_is_free_of_it(demo_session, oracle, span):
    free: Counter = Counter()
    for lot in oracle.table("lots"):
        free[lot["variant_id"]] += lot["available"]
    expected = {row["sku"]: free[row["id"]] for row in oracle.table("variants")}
    assert {row[0]: int(row[7]) for row in rows_of(demo_session, "packs", span)} == expected
