"""The versions of a product: who changed what, an earlier value put back; its photos in another order."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.catalogue.editing.people import save_household
from shop.catalogue.editing.products import save_product
from shop.catalogue.editing.variants import save_variant
from shop.catalogue.models import Household, Product, ProductPicture, Variant
from shop.kit.clock import utc_now
from shop.kit.text import tidy


@pytest.fixture
def edited(admin, shop, unit_of_work, see):
    """The tea, whose English name, price and description were changed; its id."""
    [tea] = see(sa.select(Variant).where(Variant.id == shop.variants["tea"]))
    by = {"actor_id": admin.user_id, "now": utc_now()}
    unit_of_work.run(
        lambda session: save_product(
            session, tea.product_id, {"name_en": "Renamed", "description_zh": "长" * 900}, **by
        )
    )
    unit_of_work.run(lambda session: save_product(session, tea.product_id, {"description_zh": "短"}, **by))
    unit_of_work.run(lambda session: save_variant(session, tea.id, {"price_fen": 12345}, **by))
    return tea.product_id


def address(page, label: str) -> str:
    return re.search(rf'<a href="(/admin/trail/\d+/\w+)"[^>]*>{label}</a>', page.text)[1]


def seen(page) -> str:
    return re.search(r'name="seen" value="([^"]*)"', page.text)[1].replace("&#39;", "'")


def test_the_page_tells_who_changed_what(admin, edited):
    page = admin.get(f"/admin/products/{edited}/history")
    text = tidy(re.sub(r"<[^>]+>", " ", page.text))
    assert "→ Renamed" in text
    assert "→ ¥123.45" in text
    assert "admin@example.com" in text


def test_an_earlier_value_is_put_back_once_and_noted(admin, edited, see, session):
    changed = sa.select(AuditEntry.facts).where(
        AuditEntry.action == "product.changed", AuditEntry.subject_id == str(edited)
    )
    before = see(changed.order_by(AuditEntry.id))[0]["name_en"][0]
    where = address(admin.get(f"/admin/products/{edited}/history"), "Name in English")
    asked = admin.get(where)
    assert f"Renamed → {before}" in asked.text
    assert see(sa.select(Product.name_en).where(Product.id == edited)) == ["Renamed"]
    assert admin.post(where, seen=seen(asked)).status_code == 303
    assert admin.post(where, seen=seen(asked)).status_code == 303
    assert see(sa.select(Product.name_en).where(Product.id == edited)) == [before]
    put_back = [facts for facts in see(changed) if facts.get("name_en") == ["Renamed", before]]
    assert len(put_back) == 1
    assert "There is nothing to put back." in admin.get(where).text


def test_the_price_of_a_pack_is_put_back_by_the_rules_of_its_form(admin, shop, edited, see, session):
    where = address(admin.get(f"/admin/products/{edited}/history"), "Price")
    asked = admin.get(where)
    session.execute(sa.text("UPDATE variants SET former_fen = 99999, price_until = '2099-01-01 00:00:00'"))
    session.commit()
    admin.post(where, seen=seen(asked))
    assert "A price for a time runs." in admin.said()
    assert see(sa.select(Variant.price_fen).where(Variant.id == shop.variants["tea"])) == [12345]


def test_what_was_changed_meanwhile_is_not_written_over_unseen(admin, edited, session, see):
    where = address(admin.get(f"/admin/products/{edited}/history"), "Name in English")
    asked = admin.get(where)
    session.execute(sa.update(Product).where(Product.id == edited).values(name_en="Meanwhile"))
    session.commit()
    admin.post(where, seen=seen(asked))
    assert "This has changed meanwhile." in admin.said()
    assert see(sa.select(Product.name_en).where(Product.id == edited)) == ["Meanwhile"]


def test_a_text_that_the_trail_keeps_by_its_beginning_is_not_offered(admin, edited, see):
    [entry] = [
        one
        for one in see(sa.select(AuditEntry).where(AuditEntry.action == "product.changed"))
        if (one.facts.get("description_zh") or [""])[0].startswith("长")
    ]
    assert admin.get(f"/admin/trail/{entry.id}/description_zh").status_code == 404


def test_of_a_household_nothing_personal_is_told_or_put_back(admin, shop, see, unit_of_work):
    [household] = see(sa.select(Household).limit(1))
    values = {"phone": "13800138000", "people": 7, "alias_en": "Another"}
    unit_of_work.run(
        lambda session: save_household(session, household.id, values, actor_id=admin.user_id, now=utc_now())
    )
    page = admin.get(f"/admin/households/{household.id}/history")
    assert "13800138000" not in page.text
    assert "→ Another" in page.text
    [entry] = see(sa.select(AuditEntry.id).where(AuditEntry.action == "household.changed"))
    assert admin.get(f"/admin/trail/{entry}/phone").status_code == 404
    assert admin.get(f"/admin/trail/{entry}/alias_en").status_code == 200


@pytest.mark.parametrize("path", ["/admin/trail/999999/name_en", "/admin/products/999999/history"])
def test_what_is_not_there_has_no_versions(admin, path):
    assert admin.get(path).status_code == 404


@pytest.fixture
def photos(shop, session, see):
    [tea] = see(sa.select(Variant).where(Variant.id == shop.variants["tea"]))
    made = [
        ProductPicture(
            product_id=tea.product_id,
            key=f"{place}" * 32,
            alt_zh=f"图{place}",
            position=place,
            created_at=utc_now(),
        )
        for place in (1, 2, 3)
    ]
    session.add_all(made)
    session.commit()
    return tea.product_id, [one.id for one in made]


def test_photos_are_put_in_order_once_and_nothing_else_is(admin, photos, see):
    product_id, [first, second, third] = photos
    where = f"/admin/products/{product_id}/pictures/order"
    stored = sa.select(ProductPicture.id).order_by(ProductPicture.position)
    page = admin.get(f"/admin/products/{product_id}").text
    assert f'name="order" value="{second},{first},{third}"' in page
    for _ in range(2):
        assert admin.post(where, order=f"{third},{first}").status_code == 303
        assert see(stored) == [third, first, second]
    assert len(see(sa.select(AuditEntry.id).where(AuditEntry.action == "picture.ordered"))) == 1
    assert admin.post(where, order="999999").status_code == 404
    for hostile in ("", "x", "1" * 40, "-1,²", f"{third},{third}"):
        assert admin.post(where, order=hostile).status_code == 303, hostile
    assert see(stored) == [third, first, second]
