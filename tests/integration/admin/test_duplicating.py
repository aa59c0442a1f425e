"""A product made after another: a draft with packs of its own, without stock."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from shop.catalogue.models import (
    BundleItem,
    PictureState,
    Product,
    ProductPicture,
    ProductStatus,
    StockState,
    Variant,
)
from shop.catalogue.picture_names import WIDTHS, file_name, share_file
from shop.extensions import settings
from shop.inventory.models import Lot
from shop.kit.clock import utc_now
from shop.storage.media import media_store


@pytest.fixture(autouse=True)
def capital_skus(shop, session):
    session.execute(sa.text("UPDATE variants SET sku = upper(sku)"))
    session.execute(sa.text("UPDATE products SET summary_zh = '好'"))
    session.commit()


@pytest.fixture
def tea(shop, see) -> Product:
    [pack] = see(sa.select(Variant).where(Variant.sku == "TEA"))
    [product] = see(sa.select(Product).where(Product.id == pack.product_id))
    return product


def copies(see, slug: str) -> list[Product]:
    return see(sa.select(Product).where(Product.slug == slug))


def test_a_draft_is_made_once_with_its_packs_and_without_stock(admin, tea, see):
    where = f"/admin/products/{tea.id}/duplicate"
    slug = re.search(r'name="slug"[^>]*value="([^"]+)"', admin.get(where).text)[1]
    assert slug == f"{tea.slug}-2"
    answers = [admin.post(where, slug=slug) for _ in range(2)]
    [made] = copies(see, slug)
    assert [answer.location for answer in answers] == [f"/admin/products/{made.id}"] * 2
    assert (made.status, made.stock_state, made.sold_units, made.name_zh) == (
        ProductStatus.DRAFT, StockState.SOLD_OUT, 0, tea.name_zh,
    )  # fmt: skip
    old = {one.sku: one for one in see(sa.select(Variant).where(Variant.product_id == tea.id))}
    new = see(sa.select(Variant).where(Variant.product_id == made.id))
    assert {one.sku for one in new} == {f"{sku}-C2" for sku in old}
    for one in new:
        first = old[one.sku.removesuffix("-C2")]
        assert (one.price_fen, one.net_weight_g, one.tax_code) == (
            first.price_fen,
            first.net_weight_g,
            first.tax_code,
        )
    assert see(sa.select(Lot.id).where(Lot.variant_id.in_([one.id for one in new]))) == []
    assert "Here is the new draft." in admin.said()


def test_a_third_gets_names_of_its_own(admin, tea, see):
    where = f"/admin/products/{tea.id}/duplicate"
    for slug in ("one-more", "and-another"):
        assert admin.post(where, slug=slug).status_code == 303
    assert {"TEA-C2", "TEA-C3"} <= set(see(sa.select(Variant.sku)))


def test_the_price_that_lasts_is_taken_and_a_box_keeps_what_it_contains(admin, tea, see, session):
    [pack] = see(sa.select(Variant).where(Variant.sku == "TEA"))
    [part] = see(sa.select(Variant.id).where(Variant.sku == "EGGS"))
    session.add(BundleItem(bundle_id=pack.id, component_id=part, units=3))
    lowered = {"former_fen": pack.price_fen, "price_fen": 1, "price_until": utc_now()}
    session.execute(sa.update(Variant).where(Variant.id == pack.id).values(**lowered))
    session.commit()
    admin.post(f"/admin/products/{tea.id}/duplicate", slug="box")
    [made] = see(sa.select(Variant).where(Variant.sku == "TEA-C2"))
    assert (made.price_fen, made.former_fen) == (pack.price_fen, None)
    assert see(sa.select(BundleItem.units).where(BundleItem.bundle_id == made.id)) == [3]


def test_photos_are_copied_and_outlive_the_first_ones(admin, app, tea, session, see):
    key = "a" * 32
    with app.app_context():
        store = media_store(settings().media_url)
    for name in (share_file(key), *(file_name(key, width) for width in WIDTHS)):
        store.write(name, name.encode())
    for state, its_key in (
        (PictureState.READY, key),
        (PictureState.READY, "b" * 32),
        (PictureState.PROCESSING, "c" * 32),
    ):
        session.add(
            ProductPicture(
                product_id=tea.id, key=its_key, alt_zh="图", position=1, state=state, created_at=utc_now()
            )
        )
    session.commit()
    admin.post(f"/admin/products/{tea.id}/duplicate", slug="pictured")
    [made] = copies(see, "pictured")
    [photo] = see(sa.select(ProductPicture).where(ProductPicture.product_id == made.id))
    assert photo.key != key
    assert photo.alt_zh == "图"
    assert store.read(file_name(photo.key, WIDTHS[0])) == file_name(key, WIDTHS[0]).encode()


@pytest.mark.parametrize("slug", ["", "Two Words", "x" * 79, "-"])
def test_a_short_name_that_cannot_be_is_said(admin, tea, slug, see):
    before = len(see(sa.select(Product.id)))
    assert admin.post(f"/admin/products/{tea.id}/duplicate", slug=slug).status_code == 400
    assert len(see(sa.select(Product.id))) == before


def test_the_name_of_another_product_is_taken(admin, tea, see):
    answer = admin.post(f"/admin/products/{tea.id}/duplicate", slug=tea.slug)
    assert answer.status_code == 400
    assert "Something else has this already." in answer.text
    assert admin.get("/admin/products/999999/duplicate").status_code == 404
