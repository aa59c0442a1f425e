"""One thing changed of many products: chosen in the list, looked at, then each by itself."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.catalogue.models import Category, Certificate, Product, ProductStatus, Seller, Variant


@pytest.fixture
def ids(shop, see) -> list[int]:
    return see(sa.select(Product.id).order_by(Product.id))


@pytest.fixture
def other(shop, session) -> int:
    category = Category(slug="other", name_zh="别类", name_en="Other kind", family="tea")
    session.add(category)
    session.commit()
    return category.id


def look(admin, ids, deed, value=""):
    return admin.post(
        "/admin/products/many", ids=",".join(map(str, ids)), deed=deed, **{f"value-{deed}": value}
    )


def press(admin, page):
    hidden = dict(re.findall(r'type="hidden" name="(seals|deed|value-\w+)" value="([^"]*)"', page.text))
    return admin.post("/admin/products/many/change", **hidden)


def changes(see, action="product.changed") -> int:
    return len(see(sa.select(AuditEntry.id).where(AuditEntry.action == action)))


def test_the_list_offers_boxes_and_all_that_match(admin, ids):
    page = admin.get("/admin/products")
    for product_id in ids:
        assert f'form="chosen" name="ids" value="{product_id}"' in page.text
    assert f"Change all {len(ids)} that match" in page.text
    chosen = admin.get("/admin/products/many", ids=ids[0])
    assert "1 product is chosen." in chosen.text
    everything = admin.get("/admin/products/many", all="1")
    assert f"{len(ids)} products are chosen." in everything.text
    assert admin.get("/admin/products/many", all="1", q="no such thing").status_code == 303


def test_what_was_shown_is_changed_once_and_each_noted(admin, ids, other, see):
    page = look(admin, ids, "category_id", other)
    assert page.text.count("<ins>Other kind</ins>") == len(ids)
    assert changes(see) == 0
    assert f"{len(ids)} changed, 0 refused, 0 as they were." in press(admin, page).text
    assert set(see(sa.select(Product.category_id))) == {other}
    assert f"0 changed, 0 refused, {len(ids)} as they were." in press(admin, page).text
    assert changes(see) == len(ids)
    assert (
        "None of them can be changed, or all are so already." in look(admin, ids, "category_id", other).text
    )


def test_one_that_moved_since_is_refused_and_the_others_are_changed(admin, ids, other, see, session):
    page = look(admin, ids, "recommended", "77")
    session.execute(sa.update(Product).where(Product.id == ids[0]).values(recommended=5))
    session.commit()
    answer = press(admin, page)
    assert f"{len(ids) - 1} changed, 1 refused, 0 as they were." in answer.text
    assert "This has changed meanwhile." in answer.text
    assert see(sa.select(Product.recommended).order_by(Product.id)) == [5, *[77] * (len(ids) - 1)]


def test_what_is_on_sale_keeps_its_seller_and_says_why(admin, shop, ids, session, see):
    [seller] = set(see(sa.select(Product.seller_id)))
    second = Seller(
        slug="second", name_zh="乙", name_en="Second", legal_name="乙", tax_number="second", tax_regime="general",
        buys_from_households=False, food_licence="", bank_name="", bank_account="", phone="", address="",
    )  # fmt: skip
    session.add(second)
    session.commit()
    new = second.id
    page = look(admin, ids, "seller_id", new)
    assert "Withdraw the product before you change this" in page.text
    assert set(see(sa.select(Product.seller_id))) == {seller}


def test_the_level_of_low_stock_is_set_for_every_pack(admin, ids, see):
    page = look(admin, ids, "low_stock_at", "１４")
    assert press(admin, page).status_code == 200
    assert set(see(sa.select(Variant.low_stock_at))) == {14}


def test_products_are_taken_out_and_published_by_the_rules_of_their_own_page(admin, ids, see, session):
    assert look(admin, ids, "withdraw").status_code == 400
    page = look(admin, ids, "withdraw", "season over")
    assert f"{len(ids)} changed" in press(admin, page).text
    assert set(see(sa.select(Product.status))) == {ProductStatus.WITHDRAWN}
    session.execute(sa.update(Product).where(Product.id == ids[0]).values(summary_zh=""))
    session.execute(sa.update(Product).where(Product.id != ids[0]).values(summary_zh="有"))
    session.execute(sa.update(Certificate).values(expires_on=None))
    session.commit()
    page = look(admin, ids, "publish")
    assert "It has no summary in Chinese." in page.text
    press(admin, page)
    assert see(sa.select(Product.status).where(Product.id == ids[0])) == [ProductStatus.WITHDRAWN]
    assert see(sa.select(Product.status).where(Product.id == ids[1])) == [ProductStatus.PUBLISHED]


@pytest.mark.parametrize(
    ("deed", "value"),
    [("recommended", "x"), ("recommended", "9" * 40), ("recommended", ""), ("category_id", "99999"), ("low_stock_at", "-1"),
     ("own_ready_hours", "0"), ("slug", "x"), ("", "")],
)  # fmt: skip
def test_what_cannot_be_is_said_and_stays_chosen(admin, ids, deed, value, see):
    page = look(admin, ids, deed, value)
    assert page.status_code == 400
    assert f'name="ids" value="{",".join(map(str, ids))}"' in page.text
    assert changes(see) == 0


@pytest.mark.parametrize("seals", ["", "x", "1", "9" * 30 + ".x", "²."])
def test_a_press_that_names_no_product_finds_nothing(admin, seals):
    assert admin.post("/admin/products/many/change", seals=seals, deed="publish").status_code == 404
