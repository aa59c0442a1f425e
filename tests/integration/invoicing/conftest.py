from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.catalogue.models import Product, Seller, VariantTax
from tests.factories.small_shop import add_lot, add_product, fill_shelves
from tests.factories.trade import open_for_trade


@pytest.fixture
def trade(session, unit_of_work):
    """Tea at 9 %, eggs exempt, and oil at 13 % of another seller."""
    at_work = open_for_trade(session, unit_of_work)
    shop = at_work.shop
    company = Seller(
        slug="company", name_zh="县公司", name_en="County company", legal_name="平利电商公司",
        tax_number="91610926MA70000001", tax_regime="general", bank_name="农商行", bank_account="61010000000002",
    )  # fmt: skip
    session.add(company)
    session.flush()
    add_product(session, shop, "oil", price_fen=9000)
    add_lot(session, shop, "oil-yu", "oil", "yu", units=30)
    session.get_one(Product, shop.products["oil"]).seller_id = company.id
    for sku, seller_id, rate, exempt in (
        ("tea", shop.seller_id, 900, False),
        ("eggs", shop.seller_id, 0, True),
        ("oil", company.id, 1300, False),
    ):
        rates = {"tax_rate_bp": rate, "tax_exempt": exempt}
        session.add(VariantTax(variant_id=shop.variants[sku], seller_id=seller_id, **rates))
    fill_shelves(session, shop)
    session.commit()
    yield at_work
    assert at_work.violations() == []


@pytest.fixture
def audited(trade):
    """What the trail holds of these actions, the oldest first."""

    def read(*actions: str) -> list[AuditEntry]:
        found = sa.select(AuditEntry).where(AuditEntry.action.in_(actions)).order_by(AuditEntry.id)
        return trade.run(lambda s: list(s.scalars(found)))

    return read
