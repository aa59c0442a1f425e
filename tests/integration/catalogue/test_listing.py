"""The list of goods: filters, orders, pages, and how many statements they take."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.catalogue.listing import MOST_PAGES, PAGE_SIZE, Filters, Sort, list_products
from shop.catalogue.models import Category, Product, ProductStatus, StockState, Variant, Village
from shop.catalogue.product_page import read_product_page
from shop.catalogue.refreshing import rebuild, set_sold_units
from shop.catalogue.village_page import read_village_page
from shop.inventory.supply import supply_of
from shop.ordering.best_sellers import count_sold_units
from shop.ordering.confirmation import confirm
from tests.factories.buying import buy
from tests.factories.counting import counted_statements


def slugs(session, sort=Sort.RECOMMENDED, page=1, **filters) -> list[str]:
    return [card.slug for card in list_products(session, Filters(**filters), sort, page).cards]


def test_everything_is_listed_the_most_recommended_first(session, market):
    assert slugs(session)[:6] == ["donggu", "muer", "jgl", "lvcha", "honey", "walnut"]


def test_lists_can_be_sorted_by_price_and_by_age(session, market):
    prices = [card.price_fen for card in list_products(session, Filters(), Sort.PRICE, 1).cards]
    assert prices == sorted(prices)
    assert slugs(session, Sort.NEWEST)[:2] in (["eggs", "tea"], ["tea", "eggs"])


def test_what_sold_most_comes_first_when_that_is_asked(session, market):
    set_sold_units(session, {market.products["walnut"]: 40, market.products["jgl"]: 9})
    assert slugs(session, Sort.BEST_SELLING)[:2] == ["walnut", "jgl"]


def test_what_orders_sold_is_counted_now_and_then(session, market):
    placed = buy(session, market, {"jgl": 3})
    count_sold_units(session)
    assert session.scalar(sa.select(Product.sold_units).where(Product.slug == "jgl")) == 0, "nobody has paid"
    confirm(session, placed.order_id, now=market.now)
    count_sold_units(session)
    assert slugs(session, Sort.BEST_SELLING)[0] == "jgl"
    assert session.scalar(sa.select(Product.sold_units).where(Product.slug == "jgl")) == 3


def test_filters_narrow_the_list(session, market):
    assert slugs(session, category="mushrooms") == ["donggu", "muer"]
    assert slugs(session, village="ruhe") == ["muer", "jgl", "honey"]
    assert "muer" in slugs(session, village="mogou"), "it is kept in two villages"
    assert slugs(session, category="mushrooms", village="ruhe") == ["muer"]
    assert "walnut" not in slugs(session, in_stock=True)
    assert "honey" in slugs(session, in_stock=True)
    assert slugs(session, season=4, category="jiaogulan") == ["jgl"]
    assert slugs(session, season=1, category="jiaogulan") == []
    assert slugs(session, price_from_fen=3600, price_to_fen=3900) == ["donggu", "muer"]


def test_an_unknown_category_or_village_has_nothing(session, market):
    assert slugs(session, category="nothing") == []
    assert slugs(session, village="'; DROP TABLE products --") == []


def test_numbers_are_exact_and_kept_with_each_publish(session, market):
    listing = list_products(session, Filters(), Sort.RECOMMENDED, 1)
    assert listing.total == len(listing.cards) == 8
    by_slug = {facet.slug: facet.product_count for facet in listing.facets.categories}
    assert by_slug == {"tea": 3, "mushrooms": 2, "jiaogulan": 1, "honey": 1, "nuts": 1}
    session.execute(sa.update(Product).where(Product.slug == "donggu").values(status=ProductStatus.WITHDRAWN))
    rebuild(session)
    assert session.scalar(sa.select(Category.product_count).where(Category.slug == "mushrooms")) == 1
    assert session.scalar(sa.select(Village.product_count).where(Village.slug == "mogou")) == 5


def test_a_card_offers_the_cheapest_pack_that_can_be_bought(session, market):
    product_id = market.products["donggu"]
    cheap = Variant(
        product_id=product_id, sku="cheap", name_zh="小", name_en="small", price_fen=100, net_weight_g=10,
        gross_weight_g=20, stock_state=StockState.SOLD_OUT,
    )  # fmt: skip
    session.add(cheap)
    rebuild(session)
    (card, *_) = list_products(session, Filters(), Sort.RECOMMENDED, 1).cards
    assert (card.slug, card.sku) == ("donggu", "donggu")
    cheap.stock_state = StockState.AVAILABLE
    session.flush()
    (card, *_) = list_products(session, Filters(), Sort.RECOMMENDED, 1).cards
    assert card.sku == "cheap"


@pytest.fixture
def crowded(session, market):
    """Many more products than fit on a page."""
    template = session.scalars(sa.select(Product).where(Product.slug == "donggu")).one()
    columns = {c.name: getattr(template, c.name) for c in Product.__table__.columns if c.name != "id"}
    session.execute(
        sa.insert(Product),
        [
            columns | {"slug": f"copy-{n}", "recommended": 0, "published_at": market.now - timedelta(hours=n)}
            for n in range(PAGE_SIZE * 2)
        ],
    )
    ids = session.scalars(sa.select(Product.id).where(Product.slug.like("copy-%"))).all()
    session.execute(
        sa.insert(Variant),
        [
            {"product_id": one, "sku": f"C{one}", "name_zh": "份", "name_en": "one", "price_fen": 500,
             "net_weight_g": 10, "gross_weight_g": 10} for one in ids
        ],
    )  # fmt: skip
    rebuild(session)
    return market


def test_pages_follow_each_other_without_gap_or_repetition(session, crowded):
    pages = [slugs(session, page=page) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [PAGE_SIZE, PAGE_SIZE, 8]
    assert len({slug for page in pages for slug in page}) == PAGE_SIZE * 2 + 8


def test_a_page_that_does_not_exist_is_the_nearest_one_that_does(session, crowded):
    for page in (4, 10_000, 10**30):
        assert list_products(session, Filters(), Sort.RECOMMENDED, page).page == 3
    assert list_products(session, Filters(), Sort.RECOMMENDED, -5).page == 1
    assert MOST_PAGES == 50


def test_a_list_takes_the_same_few_statements_whatever_its_size(session, engine, crowded):
    cases = {
        (): 2,
        (("category", "tea"),): 2,
        (("category", "mushrooms"), ("village", "ruhe")): 3,
        (("in_stock", True), ("season", 11)): 3,
        (("q", "香菇"),): 3,
        (("q", "zzzzzz"),): 4,
    }
    for filters, expected in cases.items():
        with counted_statements(engine) as statements:
            list_products(session, Filters(**dict(filters)), Sort.RECOMMENDED, 1)
        assert len(statements) <= expected, (filters, statements)
        assert len(statements) <= 4


def test_a_product_page_takes_four_statements_whatever_it_has(session, engine, market):
    with counted_statements(engine) as statements:
        page = read_product_page(session, "muer", now=market.now)
        suppliers = supply_of(session, page.kept_variant_ids, now=market.now).suppliers
    assert len(statements) == 4
    assert {one.village_slug for one in suppliers} == {"mogou", "ruhe"}


def test_a_household_that_has_not_agreed_has_no_name_anywhere(session, market):
    session.execute(sa.text("UPDATE households SET consented_at = NULL WHERE slug = 'wang'"))
    page = read_product_page(session, "muer", now=market.now)
    shown = {one.name_zh for one in supply_of(session, page.kept_variant_ids, now=market.now).suppliers}
    assert "wang家" not in shown
    assert "" in shown
    assert "wang家" not in [one.alias_zh for one in read_village_page(session, "ruhe").households]


def test_a_village_of_few_households_does_not_say_how_many(session, market):
    assert read_village_page(session, "ruhe").household_count is None
