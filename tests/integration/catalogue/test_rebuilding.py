"""Lists and search, when their tables were lost."""

from __future__ import annotations

import sqlalchemy as sa

from shop.catalogue.index_models import ProductListing, SearchDocument
from shop.catalogue.listing import Filters, Sort, list_products
from shop.catalogue.models import Product, Village
from shop.check.all_rules import find_violations


def found(session, typed: str) -> list[str]:
    return [card.slug for card in list_products(session, Filters(q=typed), Sort.RECOMMENDED, 1).cards]


def test_lists_and_search_are_made_anew_by_a_command(app, session, market):
    before = found(session, "xianggu"), found(session, "")
    for table in (ProductListing, SearchDocument):
        session.execute(sa.delete(table))
    session.execute(sa.update(Village).values(product_count=99))
    session.commit()
    assert (found(session, "xianggu"), found(session, "")) == ([], [])
    counted = {
        one for one in find_violations(session) if one.rule == "village: counts its published products"
    }
    assert counted
    session.rollback()
    done = app.test_cli_runner().invoke(args=["catalogue", "rebuild"])
    products = session.scalar(sa.select(sa.func.count()).select_from(Product))
    assert (done.exit_code, done.output) == (0, f"{products} products listed and indexed\n")
    assert (found(session, "xianggu"), found(session, "")) == before
    assert not counted & set(find_violations(session))
