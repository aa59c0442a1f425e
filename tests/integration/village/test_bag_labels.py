"""Labels on bags: each number once, and the page that a bag's code leads to."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.inventory.bags import hand_out_bags
from shop.inventory.lot_writing import Author
from shop.inventory.models import Lot
from shop.inventory.trace_codes import trace_code
from shop.inventory.trace_models import BagPrint
from shop.kit.clock import utc_now
from shop.settings import DEMO_TRACE_KEY
from tests.factories.counting import counted_statements
from tests.factories.people import csrf_token
from tests.factories.without_locks import goes_wrong, without_locks


@pytest.fixture
def lot(county) -> int:
    """Twenty teas of the first household of the coordinator's village."""
    return county.lots[county.tea, county.producers[0][0]]


@pytest.fixture
def print_labels(press):
    def _print(client, lot_id, count, token="one", **fields):
        return press(client, f"/village/lots/{lot_id}/bags", count=count, token=token, **fields)

    return _print


def ranges(session, lot_id) -> list[tuple[int, int]]:
    rows = session.execute(
        sa.select(BagPrint.first, BagPrint.last).where(BagPrint.lot_id == lot_id).order_by(BagPrint.id)
    )
    return [tuple(row) for row in rows]


def test_labels_go_on_from_where_the_last_print_ended(coordinator, lot, print_labels, session):
    first = print_labels(coordinator, lot, 7)
    second = print_labels(coordinator, lot, 5, token="two")
    assert (first.status_code, second.status_code) == (303, 303)
    assert ranges(session, lot) == [(1, 7), (8, 12)]
    page = coordinator.get(second.location).text
    assert page.count('class="bag"') == 5
    assert trace_code(lot, 12, DEMO_TRACE_KEY)[16:] in page
    assert trace_code(lot, 7, DEMO_TRACE_KEY)[16:] not in page


def test_a_form_that_is_sent_twice_hands_out_once(coordinator, lot, print_labels, session):
    pages = {print_labels(coordinator, lot, 7).location for _ in range(2)}
    assert len(pages) == 1
    assert ranges(session, lot) == [(1, 7)]


@pytest.fixture
def print_together(lot, session):
    """Eight labels by four hands at once, as `run` lets them write."""

    def _print_together(run) -> None:
        before = len(ranges(session, lot))
        session.rollback()  # SQLite has one writer, and this session would be it

        def prints(name: str) -> int:
            author, now = Author(None), utc_now()
            return run(lambda s: hand_out_bags(s, lot, 2, token=name, author=author, now=now))

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(prints, [f"token {before + number}" for number in range(4)]))
        handed_out = sorted(ranges(session, lot))[before:]
        session.rollback()
        begin = 2 * before + 1
        assert handed_out == [(first, first + 1) for first in range(begin, begin + 8, 2)]

    return _print_together


@pytest.mark.race(twin="test_without_its_lock_a_number_is_printed_twice")
def test_two_who_print_at_once_never_get_the_same_number(unit_of_work, print_together):
    for _ in range(2):
        print_together(unit_of_work.run)


def test_without_its_lock_a_number_is_printed_twice(unit_of_work, print_together):
    assert goes_wrong(lambda: print_together(without_locks(unit_of_work).run))


def test_more_labels_than_bags_are_refused_and_what_was_typed_stays(coordinator, lot, print_labels, session):
    answer = print_labels(coordinator, lot, 21)
    assert answer.status_code == 400
    assert "20" in answer.text
    assert 'value="21"' in answer.text
    assert ranges(session, lot) == []


@pytest.mark.parametrize("count", ["", "0", "-3", "eleven", "9" * 30, "12.5"])
def test_a_count_that_is_none_gets_a_sentence(coordinator, lot, print_labels, count):
    answer = print_labels(coordinator, lot, count)
    assert answer.status_code == 400
    assert 'class="err"' in answer.text


def test_a_spoilt_label_is_printed_again_with_a_reason(coordinator, lot, print_labels, press, session):
    print_labels(coordinator, lot, 9)
    again = f"/village/lots/{lot}/bags/again"
    assert press(coordinator, again, first=3, last=4, reason="", token="r").status_code == 400
    assert press(coordinator, again, first=8, last=10, reason="糊了", token="r").status_code == 400
    for _ in range(2):
        assert press(coordinator, again, first=3, last=4, reason="糊了", token="r").status_code == 303
    assert ranges(session, lot) == [(1, 9), (3, 4)]
    assert session.get_one(Lot, lot).bags_printed == 9
    kept = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "lot.bags_reprinted")).one()
    assert kept.facts == {"first": 3, "last": 4, "reason": "糊了"}


def test_another_villages_lot_has_no_labels_for_me(stranger, lot, coordinator, print_labels):
    made = print_labels(coordinator, lot, 1).location
    for path in (f"/village/lots/{lot}/bags", made):
        assert stranger.get(path).status_code == 404
    assert print_labels(stranger, lot, 1, token="x").status_code == 404


def test_used_stickers_are_left_out_and_the_grid_is_a_setting(coordinator, lot, print_labels):
    made = print_labels(coordinator, lot, 9).location.split("?")[0]
    sheets = coordinator.get(f"{made}?paper=a4&used=3").text
    assert sheets.count('class="bag-no"') == 3
    assert sheets.count('class="sheet rows-5 cols-2"') == 2
    assert coordinator.get(f"{made}?paper=small").text.count('class="sheet rows') == 9
    for nonsense in ("used=-5", "used=99999999999999999999", "used=x&paper=y"):
        assert coordinator.get(f"{made}?{nonsense}").status_code == 200


def test_a_page_of_labels_takes_as_many_statements_for_one_as_for_twenty(
    app, engine, coordinator, lot, print_labels
):
    counts = []
    for token, count in (("a", 1), ("b", 19)):
        path = print_labels(coordinator, lot, count, token=token).location
        with counted_statements(engine) as statements:
            coordinator.get(path)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 20


def test_the_page_of_a_bag_says_which_of_how_many_it_is(coordinator, client, lot, print_labels):
    print_labels(coordinator, lot, 12)
    page = client.get(f"/trace/{trace_code(lot, 12, DEMO_TRACE_KEY)}?lang=en").text
    assert "12 of 20" in page
    assert "Genuine" in page


def test_a_number_that_was_never_printed_is_told_apart(coordinator, client, lot, print_labels):
    address = f"/trace/{trace_code(lot, 13, DEMO_TRACE_KEY)}?lang=en"
    print_labels(coordinator, lot, 12)
    page = client.get(address).text
    assert "No label with the number 13 was ever printed." in page
    assert "Genuine" not in page
    print_labels(coordinator, lot, 1, token="two")
    assert "Genuine" in client.get(address).text


def test_a_forged_code_and_an_unknown_lot_are_told_apart(client, lot):
    forged = trace_code(lot, 1, "another key")
    unknown = trace_code(999_999, 1, DEMO_TRACE_KEY)
    answers = [client.get(f"/trace/{code}?lang=en") for code in (forged, unknown)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert "not made by this shop" in answers[0].text
    assert "not in our books" in answers[1].text


def test_the_code_in_the_drawing_is_the_one_in_print(coordinator, lot, print_labels):
    """People who cannot scan type it: grouped on the label, found without the blanks."""
    page = coordinator.get(print_labels(coordinator, lot, 1).location).text
    printed = re.search(r'class="bag-b"><span class="num">([^<]+)<', page)[1]
    assert coordinator.get(f"/trace/{printed}").status_code == 200
    assert csrf_token(coordinator, "/account")
