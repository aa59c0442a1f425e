"""One state has one word, whether a page or a file says it."""

from __future__ import annotations

import pytest

from shop.reports.cells import WORDS
from shop.reports.definition import Unit
from shop.web.statuses import LOOKS


@pytest.mark.parametrize(
    ("unit", "kind"),
    [
        (Unit.ORDER_STATUS, "order_desk"),
        (Unit.DELIVERY, "delivery"),
        (Unit.PAYMENT_METHOD, "provider"),
        (Unit.TASK_STATUS, "task"),
        (Unit.PAYOUT_STATUS, "payout"),
    ],
)
def test_a_report_calls_a_state_as_the_pages_do(unit, kind):
    on_pages = {status: look.word for (of, status), look in LOOKS.items() if of == kind}
    on_pages.pop("received", None)  # a page's own: goods that are ready and came to the village
    assert on_pages
    assert {status: WORDS[unit].get(status) for status in on_pages} == on_pages
