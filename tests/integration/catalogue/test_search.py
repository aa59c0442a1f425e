"""Finding goods by what people type."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from shop.catalogue.index_models import target_of
from shop.catalogue.listing import Filters, Sort, list_products
from shop.catalogue.models import Product, Village
from shop.catalogue.publishing import withdraw
from shop.catalogue.search import search
from shop.catalogue.search_index import index_products, index_waiting
from shop.catalogue.suggestions import suggest
from shop.storage.database import WRITES
from tests.databases import BACKENDS, POSTGRES, own_engine
from tests.factories.market import open_market
from tests.factories.small_shop import SmallShop


@pytest.fixture(scope="module", params=BACKENDS)
def opened(request, tmp_path_factory) -> Iterator[tuple[Engine, SmallShop]]:
    """One market on each database for all who ask: to ask takes a hundredth of the time that opening it takes."""
    if request.param == "postgresql" and not POSTGRES:
        pytest.skip("TEST_POSTGRES_URL is not set")
    template = request.getfixturevalue(
        "sqlite_template" if request.param == "sqlite" else "postgres_template"
    )
    with template.copy(tmp_path_factory.mktemp("market")) as url:
        engine = own_engine(url).execution_options(**{WRITES: True})
        with Session(engine, expire_on_commit=False) as filling:
            market = open_market(filling)
        yield engine, market
        engine.dispose()


@pytest.fixture
def market(opened) -> SmallShop:
    return opened[1]


@pytest.fixture
def session(opened) -> Iterator[Session]:
    """In a transaction of its own; what a test writes is gone afterwards, committed or not."""
    with opened[0].connect() as connection:
        connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as asking:
            yield asking


def found(session, typed: str, **filters) -> list[str]:
    return [
        card.slug for card in list_products(session, Filters(q=typed, **filters), Sort.RECOMMENDED, 1).cards
    ]


@pytest.mark.parametrize(
    "typed", ["香菇", "xianggu", "xiang gu", "XiāngGū", "xg", "shiitake", "Shiitake", "椴木香菇"]
)
def test_shiitake_is_found_by_its_names(session, market, typed):
    assert found(session, typed)[0] == "donggu"


@pytest.mark.parametrize("typed", ["xiamggu", "xanggu", "xianggui", "xiagngu", "shitake", "shiitakke"])
def test_one_wrong_letter_does_no_harm(session, market, typed):
    assert found(session, typed)[0] == "donggu"


def test_a_word_that_is_right_finds_what_is_one_letter_off_as_well_but_later(session, market):
    session.execute(
        sa.update(Product)
        .where(Product.slug == "walnut")
        .values(name_zh="鲜菇", recommended=1, version=Product.version + 1)
    )
    index_waiting(session)
    assert found(session, "xiangu") == ["walnut", "donggu"]
    assert found(session, "xianggu")[0] == "donggu"
    listing = list_products(session, Filters(q="xiangu"), Sort.RECOMMENDED, 1)
    assert (listing.total, listing.instead) == (2, None)


def test_a_misspelt_word_is_named_as_it_was_read(session, market):
    listing = list_products(session, Filters(q="xiamggu"), Sort.RECOMMENDED, 1)
    assert listing.instead == "xianggu"


@pytest.mark.parametrize(
    ("typed", "slug"),
    [("黑木耳", "muer"), ("云耳", "muer"), ("yuner", "muer"), ("七叶胆", "jgl"), ("qyd", "jgl")],
)
def test_other_names_lead_to_the_same_goods(session, market, typed, slug):
    assert found(session, typed) == [slug]


@pytest.mark.parametrize("typed", ["lvcha", "lucha", "lücha", "lǜchá", "绿茶"])
def test_green_tea_is_found_however_its_u_is_typed(session, market, typed):
    assert "lvcha" in found(session, typed)


def test_the_plural_finds_the_singular(session, market):
    assert found(session, "walnut") == found(session, "walnuts") == ["walnut"]


def test_a_name_ranks_over_a_description_even_of_goods_that_are_recommended_more(session, market):
    session.execute(sa.update(Product).where(Product.slug == "jgl").values(recommended=999))
    index_products(session, [market.products["jgl"]])
    assert found(session, "香菇") == ["donggu", "jgl"]


def test_goods_are_found_by_their_village_and_their_kind(session, market):
    assert set(found(session, "磨沟")) >= {"donggu", "lvcha", "muer"}
    assert set(found(session, "jungu")) == {"donggu", "muer"}
    assert set(found(session, "菌菇")) == {"donggu", "muer"}


def test_a_question_is_narrowed_by_the_same_filters_as_the_list(session, market):
    assert found(session, "木耳", village="ruhe") == ["muer"]
    assert found(session, "木耳", category="tea") == []
    assert found(session, "核桃", in_stock=True) == []
    assert found(session, "木耳", season=11) == ["muer"]
    assert found(session, "木耳", season=1) == []
    assert found(session, "木耳", price_to_fen=3599) == []


def test_the_best_answers_can_be_sorted_by_price(session, market):
    slugs = [card.slug for card in list_products(session, Filters(q="菌菇"), Sort.PRICE, 1).cards]
    assert slugs == ["muer", "donggu"]


def test_several_words_must_all_be_found(session, market):
    assert found(session, "香菇 冬菇") == ["donggu"]
    assert found(session, "xianggu mogou") == ["donggu"]
    assert found(session, "xianggu honey") == []


@pytest.mark.parametrize("typed", ["xianggu 777", "香菇 777克", "777 shiitake"])
def test_a_size_that_there_is_not_leads_to_the_others(session, market, typed):
    assert found(session, typed)[0] == "donggu"


def test_a_number_alone_that_nothing_has_finds_nothing(session, market):
    assert found(session, "777") == []


def test_a_part_of_the_chinese_is_enough_when_nothing_has_all_of_it(session, market):
    assert "donggu" in found(session, "香菇炒肉丝")


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "%", "_", "%%%", "'", '"', "\\", "a" * 500, "香" * 500, "* OR 1", 'name_tokens : "x"', "NEAR(a b)",
     "_c1", "_product", "-", "😀", "\x00", "a\x00b", "' OR 1=1 --", "xg & !xg", "x:*", "(", "))((", "ⅫⅧ", "ﷺ"],
)  # fmt: skip
def test_whatever_is_typed_is_only_words(session, market, typed):
    listing = list_products(session, Filters(q=typed), Sort.RECOMMENDED, 1)
    assert listing.total >= 0


def test_wildcards_match_nothing(session, market):
    assert search(session, "%").documents == ()
    assert search(session, "____").documents == ()


def test_what_is_withdrawn_is_gone_from_search_at_once(session, market):
    withdraw(session, market.products["donggu"], actor_id=None, reason="", now=market.now)
    assert found(session, "xianggu") == ["jgl"] or found(session, "xianggu") == []
    assert "donggu" not in found(session, "香菇")


def test_the_worker_indexes_what_was_edited(session, market):
    session.execute(
        sa.update(Product)
        .where(Product.id == market.products["honey"])
        .values(name_zh="槐花蜜", version=Product.version + 1)
    )
    assert found(session, "槐花") == []
    assert index_waiting(session) == 1
    assert found(session, "huaihua") == ["honey"]
    assert index_waiting(session) == 0


def test_suggestions_know_goods_kinds_and_villages(session, market):
    assert [one.slug for one in suggest(session, "xg")][:1] == ["donggu"]
    assert ("village", "mogou") in [(one.kind, one.slug) for one in suggest(session, "mo")]
    assert ("category", "mushrooms") in [(one.kind, one.slug) for one in suggest(session, "菌")]
    assert "donggu" in [one.slug for one in suggest(session, "xiangg")]
    assert "donggu" in [one.slug for one in suggest(session, "shiit")]
    assert suggest(session, "%") == []


def test_suggestions_name_where_goods_are_from(session, market):
    (only,) = [one for one in suggest(session, "dongg") if one.slug == "donggu"]
    assert only.village_name_zh == "磨沟村"


def test_documents_lead_back_to_their_rows(session, market):
    (document, *_) = search(session, "mogou", first=8).documents
    assert session.get(Village, target_of(document)).slug == "mogou"
