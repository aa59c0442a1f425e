"""Creating and changing what the shop is made of."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.editing.rules import NOT_AN_ACCOUNT
from shop.accounts.events import AuditNoted
from shop.catalogue.claims import CLAIM
from shop.catalogue.editing.law import save_certificate, set_requirements
from shop.catalogue.editing.people import save_household, save_workshop
from shop.catalogue.editing.places import save_category, save_packing_place, save_seller, save_village
from shop.catalogue.editing.products import save_product
from shop.catalogue.editing.variants import contents_of, save_variant, set_contents
from shop.catalogue.listing import Filters, Sort, list_products
from shop.catalogue.models import (
    Household,
    PackingPlace,
    Producer,
    Product,
    ProductStatus,
    Seller,
    StockState,
    Variant,
)
from shop.catalogue.search_index import index_waiting
from shop.catalogue.version import current_version
from shop.delivery.models import PickupPoint
from shop.delivery.points import save_point
from shop.inventory.stock_state import refresh_stock_state
from shop.kit.errors import InvalidInput, NotFound
from shop.storage.event_log import next_event


def notes(session) -> list[AuditNoted]:
    found = []
    while (event := next_event(session)) is not None:
        found.append(event)
    return [event for event in found if isinstance(event, AuditNoted)]


@pytest.fixture
def save(session, market):
    def run(function, record_id, **values):
        return function(session, record_id, values, actor_id=1, now=market.now)

    return run


def new_product(market, **changes):
    return {
        "slug": "maojian", "seller_id": market.seller_id, "category_id": market.category_id,
        "village_id": market.villages["mogou"], "compliance_class_id": market.compliance_class_id, "family": "tea",
        "name_zh": "毛尖", "name_en": "Maojian", "summary_zh": "谷雨茶", "shelf_life_days": 540, **changes,
    }  # fmt: skip


def test_a_new_product_is_a_draft_that_nobody_sees(session, market, save):
    product_id = save(save_product, None, **new_product(market))
    product = session.get_one(Product, product_id)
    assert product.status is ProductStatus.DRAFT
    assert "maojian" not in [card.slug for card in list_products(session, Filters(), Sort.NEWEST, 1).cards]
    (note,) = notes(session)
    assert (note.action, note.facts["name_zh"]) == ("product.created", [None, "毛尖"])


def test_every_field_that_cannot_be_right_is_named(market, save):
    with pytest.raises(InvalidInput) as refused:
        save(
            save_product,
            None,
            **new_product(market, slug="Bad Slug", name_zh=" ", shelf_life_days=0, seller_id=True),
        )
    assert set(refused.value.errors) == {"slug", "name_zh", "shelf_life_days", "seller_id"}


def test_a_slug_that_is_taken_and_a_link_that_leads_nowhere_are_refused(market, save):
    with pytest.raises(InvalidInput) as refused:
        save(save_product, None, **new_product(market, slug="muer", category_id=99_999))
    assert set(refused.value.errors) == {"slug", "category_id"}


def test_fields_that_no_form_names_cannot_be_set(session, market, save):
    product_id = save(save_product, None, **new_product(market, status="published", sold_units=99, id=1))
    product = session.get_one(Product, product_id)
    assert (product.status, product.sold_units) == (ProductStatus.DRAFT, 0)


def test_only_what_changed_is_written_into_the_trail(session, market, save):
    product_id = market.products["muer"]
    save(save_product, product_id, name_en="Wood-ear", name_zh="秋木耳")
    (note,) = notes(session)
    assert note.facts == {"name_en": ["Autumn Wood-ear", "Wood-ear"]}
    version = current_version(session)
    save(save_product, product_id, name_en="Wood-ear")
    assert notes(session) == []
    assert current_version(session) == version


def test_a_product_may_not_come_to_claim_an_effect(market, save):
    with pytest.raises(InvalidInput) as refused:
        save(save_product, market.products["muer"], description_zh="清理血管，常吃降血脂")
    assert set(refused.value.errors) == {"description_zh"}
    assert "降血脂" in str(refused.value.facts["words"])


@pytest.mark.parametrize(
    ("function", "row", "values"),
    [
        (save_product, "product", {"synonyms": "降血压茶"}),
        (save_variant, "variant", {"name_zh": "降血压罐装"}),
        (save_variant, "variant", {"name_en": "Detox tin"}),
        (save_village, "village", {"story_zh": "喝了这里的水能治病。"}),
        (save_village, "village", {"name_en": "Cure for all"}),
        (save_category, "category", {"name_zh": "降血压茶"}),
        (save_household, "household", {"story_en": "Their tea is a cure for everything."}),
        (save_workshop, "workshop", {"name_zh": "抗癌加工坊"}),
        (save_point, "point", {"hours_zh": "周五，送降糖茶"}),
    ],
)
def test_no_text_beside_the_goods_may_claim_an_effect(session, market, save, function, row, values):
    rows = {
        "product": market.products["muer"], "variant": market.variants["muer"], "village": market.villages["ruhe"],
        "category": market.category_id, "workshop": market.producers["wang"], "point": session.scalar(sa.select(PickupPoint.id)),
        "household": session.scalar(sa.select(Household.id)),
    }  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        save(function, rows[row], **values)
    assert refused.value.errors == dict.fromkeys(values, CLAIM)


def test_what_is_on_sale_keeps_the_class_it_was_certified_for(session, market, save):
    with pytest.raises(InvalidInput) as refused:
        save(save_product, market.products["muer"], compliance_class_id=99)
    assert set(refused.value.errors) == {"compliance_class_id"}


def test_an_unknown_row_is_not_found(save):
    with pytest.raises(NotFound):
        save(save_product, 99_999, name_zh="茶")


def test_a_new_price_moves_the_product_in_lists_and_stands_in_the_trail(session, market, save):
    save(save_variant, market.variants["muer"], price_fen=100)
    cheapest = list_products(session, Filters(), Sort.PRICE, 1).cards[0]
    assert (cheapest.slug, cheapest.price_fen) == ("muer", 100)
    (note,) = notes(session)
    assert note.facts == {"price_fen": [3600, 100]}


def test_a_pack_is_not_lighter_than_what_is_in_it(market, save):
    with pytest.raises(InvalidInput) as refused:
        save(save_variant, market.variants["muer"], net_weight_g=5000)
    assert set(refused.value.errors) == {"gross_weight_g"}


@pytest.mark.parametrize("typed", ["123", "1030101", "7030101010000000000", "10301010100000000000", "茶"])
def test_a_tax_code_is_all_nineteen_digits_or_none(session, market, save, typed):
    with pytest.raises(InvalidInput) as refused:
        save(save_variant, market.variants["muer"], tax_code=typed)
    assert set(refused.value.errors) == {"tax_code"}
    save(save_variant, market.variants["muer"], tax_code=" １０３０１０１ ０１０ ０００００００００ ")
    assert session.get_one(Variant, market.variants["muer"]).tax_code == "1030101010000000000"
    save(save_variant, market.variants["muer"], tax_code="")


def test_a_seller_has_a_whole_account_or_none(market, save):
    seller = market.seller_id
    for half, missing in (
        ({"bank_name": "农商行"}, "bank_account"),
        ({"bank_account": "62220000"}, "bank_name"),
    ):
        with pytest.raises(InvalidInput) as refused:
            save(save_seller, seller, **({"bank_name": "", "bank_account": ""} | half))
        assert set(refused.value.errors) == {missing}


@pytest.mark.parametrize("typed", ["abc", "不是账号", "1234567", "6" * 33, "6222/0000/1111/2222"])
def test_what_is_no_account_is_refused_in_words(market, save, typed):
    with pytest.raises(InvalidInput) as refused:
        save(save_seller, market.seller_id, bank_name="农商行", bank_account=typed)
    assert refused.value.errors == {"bank_account": NOT_AN_ACCOUNT}


def account(session, market, typed):
    """As the command line would say it, which needs nobody's permission."""
    save_seller(session, market.seller_id, typed, actor_id=None, now=market.now)


def test_an_account_is_kept_as_digits_and_the_trail_tells_only_how_it_ends(session, market):
    typed = {"bank_name": "农商行", "bank_account": "６１０１-0000 0000 1234"}
    account(session, market, typed | {"bank_account_again": "6101000000001234"})
    seller = session.get_one(Seller, market.seller_id)
    assert seller.bank_account == "6101000000001234"
    [entry] = notes(session)
    assert entry.facts["bank_account"][1] == "•••• 1234"
    assert "6101000000001234" not in f"{entry.facts}{entry.personal}"


@pytest.mark.parametrize("again", ["", "6101000000001235"])
def test_an_account_that_changes_is_typed_twice(session, market, again):
    typed = {"bank_name": "农商行", "bank_account": "6101000000001234"}
    with pytest.raises(InvalidInput) as refused:
        account(session, market, typed | {"bank_account_again": again})
    assert set(refused.value.errors) == {"bank_account_again"}
    account(session, market, typed | {"bank_account_again": "6101 0000 0000 1234"})
    account(session, market, typed | {"bank_account_again": ""})


def test_every_place_and_person_has_a_number_that_can_be_dialled(session, market, save):
    kinds = (save_seller, save_household, save_workshop, save_packing_place)
    rows = (Seller, Household, Producer, PackingPlace)
    for kind, row in zip(kinds, rows, strict=True):
        record_id = session.scalars(sa.select(row.id)).first()
        with pytest.raises(InvalidInput) as refused:
            save(kind, record_id, phone="138abc00000")
        assert set(refused.value.errors) == {"phone"}
        save(kind, record_id, phone="0915-8412345")
        assert session.get_one(row, record_id).phone == "0915-8412345"


def test_a_gift_box_has_the_stock_of_what_it_contains(session, market, save):
    product_id = save(save_product, None, **new_product(market, slug="box"))
    box = save(
        save_variant, None, product_id=product_id, sku="box-1", name_zh="礼盒", name_en="Box", price_fen=9900,
        net_weight_g=500, gross_weight_g=700,
    )  # fmt: skip
    set_contents(session, box, {"donggu": 2, "honey": 1}, actor_id=1, now=market.now)
    assert contents_of(session, box) == {"donggu": 2, "honey": 1}
    refresh_stock_state(session, [box], now=market.now)
    session.expire_all()
    assert session.get_one(Variant, box).stock_state is StockState.FEW_LEFT


def test_a_gift_box_contains_neither_itself_nor_another(session, market, save):
    product_id = save(save_product, None, **new_product(market, slug="boxes"))
    packs = [
        save(save_variant, None, product_id=product_id, sku=sku, name_zh="礼盒", name_en="Box", price_fen=9900,
             net_weight_g=500, gross_weight_g=700) for sku in ("BOX-A", "BOX-B")
    ]  # fmt: skip
    set_contents(session, packs[0], {"donggu": 1}, actor_id=1, now=market.now)
    for box, contents in (
        (packs[0], {"BOX-A": 1}),
        (packs[1], {"BOX-A": 1}),
        (packs[0], {"NONE": 1}),
        (packs[0], {"donggu": 0}),
    ):
        with pytest.raises(InvalidInput) as refused:
            set_contents(session, box, contents, actor_id=1, now=market.now)
        assert refused.value.field == "contents"


def test_a_renamed_category_is_found_by_its_new_name(session, market, save):
    category_id = session.scalar(sa.select(Product.category_id).where(Product.slug == "muer"))
    save(save_category, category_id, name_zh="山菌")
    index_waiting(session)
    assert [
        card.slug for card in list_products(session, Filters(q="shanjun"), Sort.RECOMMENDED, 1).cards
    ] == ["donggu", "muer"]


def test_a_renamed_village_is_found_by_its_new_name(session, market, save):
    save(save_village, market.villages["ruhe"], name_zh="清水村")
    index_waiting(session)
    assert "honey" in [
        card.slug for card in list_products(session, Filters(q="qingshui"), Sort.RECOMMENDED, 1).cards
    ]


def test_a_household_becomes_the_producer_of_its_own_goods(session, market, save):
    household_id = save(
        save_household, None, slug="zhao", village_id=market.villages["ruhe"], alias_zh="赵家", alias_en="Zhao's",
        people=3, phone="13800000000", consents=True,
    )  # fmt: skip
    producer = session.scalars(sa.select(Producer).where(Producer.household_id == household_id)).one()
    assert (producer.name_zh, producer.village_id) == ("赵家", market.villages["ruhe"])
    created = notes(session)[0]
    assert "phone" not in created.facts, "what describes a person stands in the erasable part"
    assert created.personal["phone"][1] == "13800000000"
    save(save_household, household_id, consents=False, alias_zh="老赵家")
    session.expire_all()
    assert session.get_one(Household, household_id).consented_at is None
    assert session.get_one(Producer, producer.id).name_zh == "老赵家"


def test_a_workshop_has_no_household(session, market, save):
    producer_id = save(
        save_workshop, None, slug="mill", village_id=market.villages["ruhe"], name_zh="磨坊", name_en="Mill"
    )
    assert session.get_one(Producer, producer_id).household_id is None


def test_a_tax_number_is_checked(market, save):
    with pytest.raises(InvalidInput) as refused:
        save(save_seller, market.seller_id, tax_number="91610926MA70000001")
    assert set(refused.value.errors) == {"tax_number"}


def test_a_certificate_has_one_holder_and_sane_days(session, market, save):
    given = {"kind": "sc", "number": "SC1"}
    for wrong, field in (
        ({}, "product_id"),
        ({"seller_id": market.seller_id, "product_id": market.products["muer"]}, "product_id"),
        (
            {
                "seller_id": market.seller_id,
                "issued_on": market.now.date(),
                "expires_on": market.now.date().replace(year=2020),
            },
            "expires_on",
        ),
    ):
        with pytest.raises(InvalidInput) as refused:
            save(save_certificate, None, **given, **wrong)
        assert field in refused.value.errors
    save(save_certificate, None, **given, seller_id=market.seller_id)
    with pytest.raises(InvalidInput) as refused:
        save(save_certificate, None, **given, seller_id=market.seller_id)
    assert set(refused.value.errors) == {"number"}


def test_a_class_demands_what_it_is_told_to(session, market):
    demanded = [("sc", "许可证", "Permit")]
    set_requirements(session, market.compliance_class_id, demanded, actor_id=1, now=market.now)
    with pytest.raises(InvalidInput):
        set_requirements(session, market.compliance_class_id, [("", "x", "y")], actor_id=1, now=market.now)
