"""Files with the shop's figures are counted for the account that takes them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest

from shop.accounts.attempts import LIMITS, Limit, Limits
from shop.accounts.models import AttemptKind

MINUTES = timedelta(minutes=15)


@pytest.fixture
def settings(settings):
    """The desk stands on the campus, where many share one address."""
    return replace(settings, campus_networks=(ip_network("127.0.0.0/8"),))


def test_who_takes_one_file_after_the_other_has_to_wait(admin, clerk, shop, monkeypatch):
    monkeypatch.setitem(LIMITS, AttemptKind.EXPORT, Limits(Limit(2, MINUTES), Limit(100, MINUTES)))
    for kind in ("csv", "xlsx"):
        assert admin.get("/admin/reports/orders", format=kind).status_code == 200
    for kind in ("csv", "xlsx"):
        refused = admin.get("/admin/reports/sales-by-day", format=kind)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["Retry-After"]) <= MINUTES.total_seconds()
        assert "At most 2 files can be taken in a quarter of an hour." in refused.text
        assert re.search(r"You can go on at \d\d:\d\d:\d\d\.", refused.text)
    assert admin.get("/admin/reports/orders").status_code == 200, "a page is no export"
    assert clerk.get("/admin/reports/orders", format="csv").status_code == 200
