"""After each sale the catalogue is told of a few variants: that may not cost more in a larger shop."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.inventory import stock
from shop.kit.clock import shanghai_date, utc_now
from tests.factories.small_shop import open_small_shop


@pytest.fixture
def plan(session) -> str:
    """How the database would read what moved, if its tables were so large that reading them whole never pays."""
    now = utc_now()
    shop = open_small_shop(session, now=now)
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    if not on_sqlite:
        session.execute(sa.text("SET LOCAL enable_seqscan = off"))
    compiled = stock._TOUCHED.params(
        variant_ids=list(shop.variants.values())[:2], today=shanghai_date(now)
    ).compile(session.get_bind(), compile_kwargs={"render_postcompile": True, "literal_binds": True})
    explain = "EXPLAIN QUERY PLAN" if on_sqlite else "EXPLAIN"
    return "\n".join(str(row[-1]) for row in session.execute(sa.text(f"{explain} {compiled}")))


def test_what_moved_is_read_by_index(plan):
    for whole in ("Seq Scan on lots", "Seq Scan on variants", "SubPlan", "SCAN lots", "SCAN variants"):
        assert whole not in plan, plan
