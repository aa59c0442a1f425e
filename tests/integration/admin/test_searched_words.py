"""Words that strangers typed, on the pages of reports and in their files."""

from __future__ import annotations

from shop.catalogue.models import SearchCount
from shop.kit.clock import shanghai_date, utc_now


def test_a_word_that_looks_like_a_formula_stands_as_typed_in_chart_and_table_and_harmless_in_the_file(
    admin, session
):
    session.add(SearchCount(day=shanghai_date(utc_now()), words="=1+1", searches=3, unfound=3))
    session.commit()
    page = admin.get("/admin/reports/searches-without-result").text
    assert page.count("=1+1<") == 2, "once in the chart and once in the table"
    assert "&#39;=1+1" not in page
    assert "'=1+1,3,3" in admin.get("/admin/reports/searches-without-result", format="csv").text
