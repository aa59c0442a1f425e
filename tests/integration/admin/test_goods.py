"""Products with their packs, photos, certificates and prices."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from PIL import Image

from shop.accounts.models import AuditEntry
from shop.catalogue.models import (
    BundleItem,
    Category,
    Certificate,
    Product,
    ProductPicture,
    ProductStatus,
    SplitRule,
    StockState,
    Variant,
)
from shop.kit.clock import in_shanghai, utc_now
from tests.integration.admin.conftest import asks_for_the_password

XSS = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*191}}'


def product_form(shop, **changes) -> dict:
    return {
        "slug": "walnut-oil", "name_zh": "核桃油", "name_en": "Walnut oil", "summary_zh": "冷榨", "summary_en": "",
        "seller_id": shop.seller_id, "category_id": shop.category_id, "village_id": "", "family": "oil",
        "compliance_class_id": shop.compliance_class_id, "shelf_life_days": 300, "ready_hours": 48,
        "recommended": 0, "months": [9, 10], "description_zh": "**好**",
    } | changes  # fmt: skip


def variant_form(**changes) -> dict:
    return {
        "sku": "OIL-500", "name_zh": "500 毫升", "name_en": "500 ml", "price_fen": "58.5", "net_weight_g": 450,
        "gross_weight_g": 700, "tax_rate_bp": "9", "low_stock_at": 5, "position": 0, "active": "y", "contents": "",
    } | changes  # fmt: skip


@pytest.fixture
def one(see):
    """The row that has these values: `one(Product, slug="tea")`."""

    def _one(model, **where):
        [row] = see(sa.select(model).filter_by(**where))
        return row

    return _one


@pytest.fixture
def facts_of(see):
    """What the trail says of the newest such action."""

    def _facts_of(action: str) -> dict:
        newest = sa.select(AuditEntry.facts).where(AuditEntry.action == action).order_by(AuditEntry.id.desc())
        return see(newest)[0]

    return _facts_of


def test_a_product_is_made_packed_and_published(admin, shop, one, facts_of):
    assert admin.post("/admin/products/new", **product_form(shop)).status_code == 303
    product = one(Product, slug="walnut-oil")
    assert (product.status, product.season_mask) == (ProductStatus.DRAFT, 0b1100000000)
    page = admin.post(f"/admin/products/{product.id}/publish")
    assert page.status_code == 400
    assert "no pack that can be bought" in page.text
    assert admin.post(f"/admin/products/{product.id}/variants/new", **variant_form()).status_code == 303
    assert one(Variant, sku="OIL-500").price_fen == 5850
    assert admin.post(f"/admin/products/{product.id}/publish").status_code == 303
    assert one(Product, slug="walnut-oil").status is ProductStatus.PUBLISHED
    admin.post(f"/admin/products/{product.id}/withdraw", reason="sold out for the year")
    assert facts_of("product.withdrawn")["reason"] == "sold out for the year"


def test_publishing_names_the_missing_certificate_until_it_is_there(admin, shop, one):
    admin.post("/admin/products/new", **product_form(shop))
    product = one(Product, slug="walnut-oil")
    admin.post(f"/admin/products/{product.id}/variants/new", **variant_form())
    lines = "sc_licence | 食品生产许可证 | Food production licence"
    law = f"/admin/compliance-classes/{shop.compliance_class_id}"
    form = {"name_zh": "食用农产品", "name_en": "Edible farm produce", "sellable_online": "y"}
    assert admin.post(law, **form, requirements="sc_licence | only two").status_code == 400
    assert admin.post(law, **form, requirements=lines).status_code == 303
    refused = admin.post(f"/admin/products/{product.id}/publish")
    assert "The certificate “Food production licence” is missing." in refused.text
    way = "/admin/certificates/new?product=walnut-oil&amp;kind=sc_licence"
    assert way in refused.text
    new = admin.get("/admin/certificates/new", product="walnut-oil", kind="sc_licence").text
    assert re.search(r'<option selected value="sc_licence">|<option value="sc_licence" selected>', new)
    assert 'value="walnut-oil"' in new
    certificate = {"kind": "sc_licence", "number": "SC123", "holder": "product", "issued_by": "平利县"}
    assert admin.post("/admin/certificates/new", **certificate, holder_slug="nobody").status_code == 400
    expired = {"holder_slug": "walnut-oil", "expires_on": "2020-01-01"}
    assert admin.post("/admin/certificates/new", **certificate, **expired).status_code == 303
    assert "expired on" in admin.post(f"/admin/products/{product.id}/publish").text
    kept = one(Certificate, number="SC123").id
    admin.post(
        f"/admin/certificates/{kept}", **certificate, holder_slug="walnut-oil", expires_on="2099-01-01"
    )
    assert admin.post(f"/admin/products/{product.id}/publish").status_code == 303


def test_an_expired_certificate_is_work_until_a_newer_one_or_the_goods_are_gone(admin, shop, session):
    def paper(number, expires_on, **holder):
        session.add(Certificate(kind="report", number=number, expires_on=expires_on, **holder))
        session.commit()

    def is_work(number):
        return number in admin.get("/admin").text

    paper("TEA-OLD", date(2020, 1, 1), product_id=shop.products["tea"])
    paper("SELLER-OLD", date(2020, 1, 1), seller_id=shop.seller_id)
    paper("EGGS-OLD", date(2020, 1, 1), product_id=shop.products["eggs"])
    assert all(map(is_work, ("TEA-OLD", "SELLER-OLD", "EGGS-OLD")))
    paper("TEA-NEW", date(2099, 1, 1), product_id=shop.products["tea"])
    admin.post(f"/admin/products/{shop.products['eggs']}/withdraw", reason="over")
    assert [number for number in ("TEA-OLD", "SELLER-OLD", "EGGS-OLD") if is_work(number)] == ["SELLER-OLD"]


def test_a_price_change_is_in_the_trail_and_orders_keep_theirs(admin, shop, place, facts_of):
    placed = place({"tea": 1})
    form = variant_form(sku="TEA", price_fen="70.00", net_weight_g=150, gross_weight_g=200)
    assert admin.post(f"/admin/variants/{shop.variants['tea']}", **form).status_code == 303
    assert facts_of("variant.changed")["price_fen"] == [6800, 7000]
    assert "68.00" in admin.get(f"/admin/orders/{placed.number}").text


@pytest.mark.parametrize("price", ["-1", "0", "1.234", "1e3", "abc", "", "10000000000", "NaN", "٣"])
def test_a_price_that_cannot_be_is_refused_at_its_field(admin, shop, price):
    answer = admin.post(
        f"/admin/products/{shop.products['tea']}/variants/new", **variant_form(price_fen=price)
    )
    assert answer.status_code == 400
    assert "price_fen-error" in answer.text


def test_forms_write_only_the_fields_they_name(admin, shop, one):
    before = one(Product, slug="tea")
    hostile = {
        "status": "published",
        "id": 99,
        "sold_units": 10**6,
        "from_price_fen": 1,
        "version": 99,
        "slug": "x",
    }
    form = product_form(shop, name_zh="新名") | hostile
    assert admin.post(f"/admin/products/{shop.products['tea']}", **form).status_code == 303
    after = one(Product, slug="tea")
    assert (after.id, after.sold_units, after.from_price_fen) == (before.id, 0, 6800)
    assert after.name_zh == "新名"
    category = {"name_zh": "茶叶", "name_en": "Tea", "family": "tea", "position": 1, "product_count": 999}
    admin.post(f"/admin/categories/{shop.category_id}", **category)
    assert one(Category, slug="tea").product_count < 999


def test_what_somebody_types_is_shown_as_text(admin, shop):
    admin.post("/admin/products/new", **product_form(shop, name_zh=XSS[:80], name_en=XSS, summary_zh=XSS))
    page = admin.get("/admin/products").text
    assert "<script>alert" not in page
    assert "onerror=alert(1)>" not in page
    assert "1337" not in page


def test_a_gift_box_can_be_bought_as_soon_as_it_is_saved(admin, shop, one):
    admin.post(
        f"/admin/variants/{shop.variants['tea']}",
        **variant_form(sku="TEA", net_weight_g=150, gross_weight_g=200),
    )
    path = f"/admin/products/{shop.products['eggs']}/variants/new"
    admin.post(path, **variant_form(sku="BOX", contents="tea 3"))
    box = one(Variant, sku="BOX")
    assert one(Variant, sku="BOX").stock_state is StockState.AVAILABLE, (
        "at once, not at the worker's next round"
    )
    admin.post(f"/admin/variants/{box.id}", **variant_form(sku="BOX", contents="tea 20", low_stock_at="1"))
    assert one(Variant, sku="BOX").stock_state is StockState.AVAILABLE
    admin.post(f"/admin/variants/{box.id}", **variant_form(sku="BOX", contents="tea 20", low_stock_at="5"))
    assert one(Variant, sku="BOX").stock_state is StockState.FEW_LEFT
    admin.post(f"/admin/variants/{box.id}", **variant_form(sku="BOX", contents=""))
    assert one(Variant, sku="BOX").stock_state is StockState.SOLD_OUT


def test_a_gift_box_is_what_its_lines_say(admin, shop, one):
    path = f"/admin/products/{shop.products['eggs']}/variants/new"
    for wrong in ("TEA", "TEA two", "NOPE 1", "TEA 0"):
        answer = admin.post(path, **variant_form(sku="BOX", contents=wrong))
        assert answer.status_code == 400, wrong
        assert "contents-error" in answer.text
    form = variant_form(sku="TEA", net_weight_g=150, gross_weight_g=200)
    admin.post(f"/admin/variants/{shop.variants['tea']}", **form)
    assert admin.post(path, **variant_form(sku="BOX", contents="tea ２\n\nTEA 1")).status_code == 303
    box = one(Variant, sku="BOX")
    assert one(BundleItem, bundle_id=box.id).units == 3
    assert "TEA 3" in admin.get(f"/admin/variants/{box.id}").text


def test_a_photo_is_taken_described_and_removed(admin, shop, one, see):
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), "green").save(picture, "PNG")
    product_id = shop.products["tea"]
    path = f"/admin/products/{product_id}/pictures"
    admin.post(path, photo=(io.BytesIO(picture.getvalue()), "../../x.php"), alt_zh="茶山")
    kept = one(ProductPicture, product_id=product_id)
    assert kept.alt_zh == "茶山"
    admin.post(f"{path}/{kept.id}", position="3", alt_zh="茶园", alt_en="")
    assert one(ProductPicture, id=kept.id).position == 3
    other = shop.products["eggs"]
    assert admin.post(f"/admin/products/{other}/pictures/{kept.id}/remove").status_code == 404
    assert admin.post(f"{path}/{kept.id}/remove").status_code == 303
    assert see(sa.select(ProductPicture)) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Please choose a photo first."),
        *((other, "Only PNG, JPEG and WebP") for other in (
            b"<svg onload=alert(1)>", b"GIF89a;", b"\x89PNG\r\n\x1a\nnot really", b"%PDF-1.7",
        )),
    ],
)  # fmt: skip
def test_what_is_no_photo_is_refused_with_words(admin, shop, content, words, see):
    path = f"/admin/products/{shop.products['tea']}/pictures"
    page = admin.post(path, photo=(io.BytesIO(content), "photo.png"), alt_zh="云雾<茶>", alt_en="Tea in fog")
    assert page.status_code == 400
    assert see(sa.select(ProductPicture)) == []
    assert words in page.text
    assert 'value="云雾&lt;茶&gt;"' in page.text
    assert 'value="Tea in fog"' in page.text


def test_what_was_typed_for_a_photo_stays_when_its_place_is_no_number(admin, shop, see):
    path = f"/admin/products/{shop.products['tea']}/pictures"
    picture = io.BytesIO()
    Image.new("RGB", (400, 300)).save(picture, "PNG")
    admin.post(path, photo=(io.BytesIO(picture.getvalue()), "a.png"), alt_zh="茶")
    [photo] = see(sa.select(ProductPicture))
    page = admin.post(f"{path}/{photo.id}", position="first", alt_zh="茶园", alt_en="Tea garden")
    assert page.status_code == 400
    for kept in ('value="first"', 'value="茶园"', 'value="Tea garden"', "Please enter a whole number."):
        assert kept in page.text
    assert admin.post(f"{path}/99", position="first").status_code == 404
    assert admin.post(f"{path}/{photo.id}", position="２", alt_zh="茶园").status_code == 303


def test_what_is_too_large_says_how_large_it_may_be_and_stands_among_the_desks_pages(admin, clerk, shop):
    path = f"/admin/products/{shop.products['tea']}"
    for address, limit in ((f"{path}/pictures", "10 MB"), (path, "1 MB")):
        page = admin.post(address, photo=(io.BytesIO(b"x" * 12_000_000), "photo.png"))
        assert page.status_code == 413
        assert f"At most {limit} can be sent here." in page.text
        assert 'class="side"' in page.text
        assert 'href="/admin"' in page.text


def test_nobody_else_sees_the_desks_navigation_beside_an_error(admin, client):
    assert 'class="side"' in admin.get("/admin/products/999999").text
    answer = client.get("/admin/products/999999")
    assert 'class="side"' not in answer.text


def test_a_new_split_rule_follows_the_last_and_adds_up(admin, clerk, shop, one):
    parts = {
        "household_bp": "78",
        "packing_bp": "8",
        "freight_bp": "6.5",
        "payment_fee_bp": "1",
        "village_fund_bp": "5",
        "shop_bp": "1.5",
    }
    begins = f"{in_shanghai(utc_now() + timedelta(days=3)):%Y-%m-%dT%H:%M}"
    path = "/admin/split-rules/new"
    assert clerk.get(path).status_code == 404
    assert admin.post(path, **(parts | {"shop_bp": "2"}), valid_from=begins).status_code == 400
    assert admin.post(path, **parts, valid_from="2020-01-01T00:00").status_code == 400
    with time_machine.travel(utc_now() + timedelta(minutes=20)):
        assert asks_for_the_password(admin.post(path, **parts, valid_from=begins))
    assert admin.post(path, **parts, valid_from=begins).status_code == 303
    assert one(SplitRule, version=2).freight_bp == 650
    assert admin.post(path, **parts, valid_from=begins).status_code == 400  # two cannot begin at once


def test_the_sku_of_an_ordered_pack_stays(admin, shop, place, one):
    path = f"/admin/variants/{shop.variants['tea']}"
    form = variant_form(net_weight_g=150, gross_weight_g=200)
    assert admin.post(path, **(form | {"sku": "TEA-1"})).status_code == 303, "nobody ordered it yet"
    place({"TEA-1": 1})
    refused = admin.post(path, **(form | {"sku": "TEA-2"}))
    assert refused.status_code == 400
    assert "It was ordered under this SKU" in refused.text
    assert one(Variant, id=shop.variants["tea"]).sku == "TEA-1"


def test_a_product_s_page_shows_its_papers_and_their_expiry(admin, shop, session):
    session.add(
        Certificate(
            kind="food_business", number="JY-77", seller_id=shop.seller_id, expires_on=date(2020, 1, 1)
        )
    )
    session.commit()
    page = admin.get(f"/admin/products/{shop.products['tea']}").text
    for words in ("JY-77", "Food business licence", "1 Jan 2020", "Expired"):
        assert words in page, words


def test_a_new_product_is_opened_and_a_reason_is_asked_for_taking_one_out(admin, shop, one):
    made = admin.post("/admin/products/new", **product_form(shop))
    assert made.location.endswith(f"/admin/products/{one(Product, slug='walnut-oil').id}")
    admin.post(f"/admin/products/{shop.products['tea']}/withdraw", reason=" ")
    assert "Please say why." in admin.said()
    assert one(Product, id=shop.products["tea"]).status is ProductStatus.PUBLISHED


def test_numbers_in_full_width_are_understood_and_wrong_ones_said_clearly(admin, shop, one):
    admin.post("/admin/products/new", **product_form(shop, shelf_life_days="３６０"))
    product = one(Product, slug="walnut-oil")
    assert product.shelf_life_days == 360
    address = f"/admin/products/{product.id}/variants/new"
    typed = variant_form(
        price_fen="１２．５", net_weight_g="１，０００", gross_weight_g="１２００", tax_rate_bp="９％"
    )
    assert admin.post(address, **typed).status_code == 303
    saved = one(Variant, sku="OIL-500")
    assert (saved.price_fen, saved.net_weight_g, saved.tax_rate_bp) == (1250, 1000, 900)
    far = admin.post(address, **variant_form(sku="OIL-9", net_weight_g="0", low_stock_at="x"))
    assert "Please enter a number from 1 to 1000000." in far.text
    assert "Please enter a whole number." in far.text


def test_a_gift_box_with_none_of_something_is_refused_in_clear_words(admin, shop, one):
    admin.post("/admin/products/new", **product_form(shop))
    product = one(Product, slug="walnut-oil")
    packs = f"/admin/products/{product.id}/variants/new"
    admin.post(packs, **variant_form())
    page = admin.post(packs, **variant_form(sku="BOX", contents="TEA 2\nOIL-500 0"))
    assert page.status_code == 400
    assert "Line 2: a box holds at least 1 of OIL-500." in page.text
    assert "OIL-500 0" in page.text
    page = admin.post(packs, **variant_form(sku="BOX", contents="OIL-500 21"))
    assert "A box holds 1 to 20 of OIL-500." in page.text


def test_a_rate_that_china_does_not_have_is_refused_with_those_it_has(admin, shop, one):
    form = variant_form(sku="TEA", price_fen="68.00", net_weight_g=150, gross_weight_g=200)
    page = admin.post(f"/admin/variants/{shop.variants['tea']}", **form | {"tax_rate_bp": "14"})
    assert page.status_code == 400
    assert "please enter 0, 1, 3, 5, 6, 9 or 13." in page.text
    assert (
        admin.post(f"/admin/variants/{shop.variants['tea']}", **form | {"tax_rate_bp": "0"}).status_code
        == 303
    )
    own = {"sku": "TEA", "seller_id": shop.seller_id, "tax_rate_bp": "14"}
    assert "please enter 0, 1, 3, 5, 6, 9 or 13." in admin.post("/admin/tax-rates/new", **own).text
    assert one(Variant, id=shop.variants["tea"]).tax_rate_bp == 0


def test_a_price_of_more_than_ten_times_the_old_one_is_asked_about(admin, shop, one):
    path = f"/admin/variants/{shop.variants['tea']}"
    form = variant_form(sku="TEA", price_fen="6800", net_weight_g=150, gross_weight_g=200)
    page = admin.post(path, **form)
    assert page.status_code == 400
    assert "Really ¥6,800.00? It is ¥68.00 now. Save again if it is meant." in page.text
    assert 'name="price_meant" type="hidden" value="680000"' in page.text
    assert one(Variant, id=shop.variants["tea"]).price_fen == 6800
    assert admin.post(path, **form | {"price_fen": "6.5", "price_meant": "680000"}).status_code == 400
    assert admin.post(path, **form, price_meant="680000").status_code == 303
    assert one(Variant, id=shop.variants["tea"]).price_fen == 680000


def test_a_photo_is_not_taken_in_before_it_says_what_it_shows(admin, shop, see):
    path = f"/admin/products/{shop.products['tea']}/pictures"
    picture = io.BytesIO()
    Image.new("RGB", (400, 300)).save(picture, "PNG")
    page = admin.post(path, photo=(io.BytesIO(picture.getvalue()), "a.png"), alt_zh=" ")
    assert page.status_code == 400
    assert "Please say in Chinese what the photo shows" in page.text
    assert see(sa.select(ProductPicture)) == []
    admin.post(path, photo=(io.BytesIO(picture.getvalue()), "a.png"), alt_zh="茶")
    [photo] = see(sa.select(ProductPicture))
    admin.post(f"{path}/{photo.id}", position="1", alt_zh="")
    assert "Please say in Chinese what the photo shows" in admin.said()
    assert see(sa.select(ProductPicture.alt_zh)) == ["茶"]
