"""Which days a report opens on."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from shop.reports.definition import Span
from shop.web import asked_days as room
from shop.web.asked_days import days_of_a_report

FIRST_OF_A_MONTH = datetime(2026, 12, 1, 1, tzinfo=UTC)


@pytest.fixture
def opened(monkeypatch):
    monkeypatch.setattr(room, "utc_now", lambda: FIRST_OF_A_MONTH)

    def open_at(address):
        with Flask("days").test_request_context(address):
            return days_of_a_report().span

    return open_at


def test_on_the_first_of_a_month_a_report_opens_on_thirty_days_and_not_on_an_empty_one(opened):
    assert opened("/") == Span(date(2026, 11, 2), date(2026, 12, 1))


@pytest.mark.parametrize(
    ("address", "first", "last"),
    [
        ("/?from=2026-10-05&to=2026-10-06", date(2026, 10, 5), date(2026, 10, 6)),
        ("/?to=2026-10-20", date(2026, 10, 1), date(2026, 10, 20)),
        ("/?from=2026-10-05", date(2026, 10, 5), date(2026, 12, 1)),
    ],
)
def test_days_in_an_address_mean_what_they_meant(opened, address, first, last):
    assert opened(address) == Span(first, last)
