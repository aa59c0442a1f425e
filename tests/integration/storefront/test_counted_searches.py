"""What people look for is counted once they look at it, without who they were, and stands in two reports."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from threading import Barrier

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from shop.catalogue import counting_searches
from shop.catalogue.counting_searches import count_search, forget_old_searches, searched_mark
from shop.catalogue.models import SearchCount
from shop.kit.clock import shanghai_date, utc_now
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.running import stream_rows
from tests.factories.market import open_market

PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 MicroMessenger/8.0"}
KEY = "k" * 32
WORKERS, TIMES = 6, 5


@pytest.fixture(autouse=True)
def market(session):
    return open_market(session)


@pytest.fixture
def mark_of(client):
    """What the page of this search would say of itself; nothing where it says nothing."""

    def _mark_of(query: str) -> str:
        found = re.search(r'data-seen-mark="([^"]*)"', client.get(f"/products?{query}", headers=PHONE).text)
        return unescape(found[1]) if found else ""

    return _mark_of


@pytest.fixture
def look(client, mark_of):
    return lambda query: client.post("/searches", data={"mark": mark_of(query)}, headers=PHONE)


@pytest.fixture
def counted(engine):
    """(searches, of them without result) by what was looked for, as they stand now."""

    def _counted() -> dict[str, tuple[int, int]]:
        with Session(engine) as own:
            rows = own.execute(
                sa.select(
                    SearchCount.words, sa.func.sum(SearchCount.searches), sa.func.sum(SearchCount.unfound)
                ).group_by(SearchCount.words)
            )
            return {words: (int(searches), int(unfound)) for words, searches, unfound in rows}

    return _counted


def test_what_was_found_and_what_was_not_are_told_apart(client, look, counted):
    client.get("/products?q=木耳", headers=PHONE)
    assert counted() == {}  # looking writes nothing
    answer = look("q=木耳")
    assert (answer.status_code, answer.data, "Set-Cookie" in answer.headers) == (204, b"", False)
    look("q=木耳")
    look("q=Durian")
    look("q=durian")
    assert counted() == {"木耳": (2, 0), "durian": (2, 2)}


def test_what_is_nearly_called_so_counts_as_not_found(client, look, counted):
    page = client.get("/products?q=muerr").text
    assert "muerr" in page
    look("q=muerr")
    assert counted() == {"muerr": (1, 1)}


@pytest.mark.parametrize(
    "query",
    ["q=", "category=mushrooms", "q=durian&in_stock=1", "q=durian&category=mushrooms", "q=13912345678",
     "q=139 1234 5678", "q=wang@shop.example"],
)  # fmt: skip
def test_filtered_lists_and_what_may_be_somebodys_number_say_nothing(mark_of, query):
    assert mark_of(query) == ""


@pytest.mark.parametrize("mark", ["", "1durian", "1durian0000000000000000", "x" * 5_000, "\x00", "１😀"])
def test_what_this_shop_did_not_write_counts_nothing(client, counted, mark):
    assert client.post("/searches", data={"mark": mark}, headers=PHONE).status_code == 204
    assert counted() == {}


def test_a_mark_counts_for_an_hour_or_two_and_never_again(client, mark_of, counted):
    begin = utc_now().replace(minute=59, second=0)
    with time_machine.travel(begin):
        mark = mark_of("q=durian")
    moments = (timedelta(minutes=-60), timedelta(minutes=2), timedelta(minutes=59), timedelta(minutes=62))
    for later in (*moments, timedelta(days=30)):
        with time_machine.travel(begin + later):
            assert client.post("/searches", data={"mark": mark}, headers=PHONE).status_code == 204
    assert counted() == {"durian": (2, 2)}


def test_a_page_that_is_kept_gets_a_new_mark_with_the_hour(client, mark_of):
    with time_machine.travel(utc_now().replace(minute=10, second=0), tick=False) as clock:
        first = mark_of("q=durian")
        clock.shift(timedelta(minutes=20))
        assert mark_of("q=durian") == first
        clock.shift(timedelta(minutes=40))
        assert mark_of("q=durian") not in {first, ""}


def test_other_sites_and_robots_count_nothing(client, mark_of, counted):
    mark = mark_of("q=durian")
    foreign = {**PHONE, "Origin": "https://elsewhere.example"}
    assert client.post("/searches", data={"mark": mark}, headers=foreign).status_code == 403
    robot = {"User-Agent": "Googlebot/2.1"}
    assert client.post("/searches", data={"mark": mark}, headers=robot).status_code == 204
    assert counted() == {}


def test_a_day_with_too_many_words_counts_on_those_that_stand_already(session, monkeypatch, look, counted):
    monkeypatch.setattr(counting_searches, "MOST_WORDS_A_DAY", 1)
    for query in ("q=durian", "q=mangosteen", "q=durian"):
        look(query)
    assert counted() == {"durian": (2, 2)}


def test_the_reports_say_how_often_and_what_nobody_found(session, look):
    for query in ("q=木耳", "q=木耳", "q=木耳", "q=durian", "q=mangosteen", "q=durian"):
        look(query)
    with time_machine.travel(utc_now() + timedelta(days=1)):
        look("q=mangosteen")
        look("q=mangosteen")
    today = shanghai_date(utc_now())

    def rows(name, last):
        found = stream_rows(session, find_report(name), Span(today, last), "zh")
        return [(row[0], int(row[1]), int(row[2])) for row in found]

    assert rows("searches", today) == [("木耳", 3, 0), ("durian", 2, 2), ("mangosteen", 1, 1)]
    assert rows("searches-without-result", today) == [("durian", 2, 2), ("mangosteen", 1, 1)]
    tomorrow = today + timedelta(days=1)
    assert rows("searches-without-result", tomorrow) == [("mangosteen", 3, 3), ("durian", 2, 2)]


def test_after_a_year_it_is_forgotten(session, look, counted):
    look("q=durian")
    forget_old_searches(session, now=utc_now() + timedelta(days=365))
    session.commit()
    assert counted() == {"durian": (1, 1)}
    forget_old_searches(session, now=utc_now() + timedelta(days=368))
    session.commit()
    assert counted() == {}


@pytest.mark.race(fence="one INSERT … ON CONFLICT DO UPDATE adds to the row as it is")
def test_every_search_is_counted_when_many_come_at_once(unit_of_work, counted):
    mark, start = searched_mark("durian", is_unfound=True, key=KEY, now=utc_now()), Barrier(WORKERS)

    def search(_number: int) -> None:
        start.wait()
        for _ in range(TIMES):
            assert unit_of_work.run(lambda s: count_search(s, mark, [KEY], now=utc_now()))

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(search, range(WORKERS)))
    assert counted() == {"durian": (WORKERS * TIMES,) * 2}
