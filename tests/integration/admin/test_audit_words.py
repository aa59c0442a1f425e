"""The audit trail as a person reads it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from shop.catalogue.editing.people import save_household
from shop.catalogue.models import Certificate, ComplianceRequirement, Product
from shop.kit.clock import utc_now
from shop.web.admin.audit_labels import LABELS
from shop.web.admin.audit_subjects import SUBJECTS
from shop.web.admin.audit_words import ACTIONS, action_word

SHOP = Path(__file__).resolve().parents[3] / "shop"
_NOTED = re.compile(r'"([a-z_]+\.[a-z_]+)",?\s+"([a-z_]+)"')
_HANDED_ON = re.compile(r'_set_password\([^)]*"([a-z_]+\.[a-z_]+)"')


def noted() -> set[tuple[str, str]]:
    """(action, subject) of each call of `audit` in the code."""
    found = set()
    for path in SHOP.rglob("*.py"):
        text = path.read_text("utf-8")
        if "audit(" in text:
            found |= set(_NOTED.findall(text)) | {(action, "user") for action in _HANDED_ON.findall(text)}
    return found


def test_every_action_that_is_noted_has_words(app):
    with app.test_request_context():
        assert len(noted()) > 40
        assert {action for action, _subject in noted() if action_word(action) == action} == set()
        assert {subject for _action, subject in noted()} - set(SUBJECTS) == set()
        assert set(ACTIONS).isdisjoint(SUBJECTS)


@pytest.fixture
def trail(admin, shop) -> str:
    """The trail in English, after somebody changed a few things."""
    admin.post(f"/admin/variants/{shop.variants['tea']}", **VARIANT)
    admin.post("/admin/settings", phone="029-8820 0077")
    admin.post("/admin/payouts/close", until="")
    return admin.get("/admin/audit").text


VARIANT = {
    "sku": "TEA", "name_zh": "一份", "name_en": "One", "price_fen": "15394.42", "price_meant": "1539442", "net_weight_g": "150",
    "gross_weight_g": "200", "tax_rate_bp": "9", "low_stock_at": "10", "position": "0", "active": "y",
}  # fmt: skip


def test_amounts_codes_and_rows_are_words(trail):
    text = " ".join(re.sub(r"<[^>]+>", " ", trail.split("<tbody>")[1]).split())
    assert "Pack: changed" in text
    assert "¥15,394.42" in text
    assert "Tax rate 0.0 % → 9.0 %" in text
    assert "Setting changed" in text
    assert "Phone" in text
    for raw in ("1539442", "price_fen", "shop_setting", "variant.changed", "null", "{"):
        assert raw not in text, raw


def test_certificates_are_listed_and_found_by_what_their_kind_is_called(admin, session, shop):
    law = {"compliance_class_id": shop.compliance_class_id, "certificate_kind": "workshop_permit"}
    session.add(ComplianceRequirement(**law, name_zh="小作坊登记证", name_en="Small workshop permit"))
    session.add(Certificate(kind="workshop_permit", number="W-1", seller_id=shop.seller_id))
    session.add(Certificate(kind="food_business", number="F-1", seller_id=shop.seller_id))
    session.commit()
    page = admin.get("/admin/certificates", q="small workshop").text
    assert "Small workshop permit" in page
    assert "workshop_permit" not in page
    assert "F-1" not in page
    assert "Food business licence" in admin.get("/admin/certificates").text


def test_every_fact_that_is_noted_has_a_name(app):
    """`orders_left_behind` is a name of ours, not a word."""
    said_otherwise = {"before", "after", "value", "sha256", "parcel_id", "picture", "digest"}
    known = set(LABELS) | said_otherwise | {"title_zh", "title_en", "body_zh", "body_en"}  # of a page's text
    assert {name for name in named_facts() if name not in known} == set()


def named_facts() -> set[str]:
    """The keys of every mapping in a function that notes something."""
    found = set()
    for path in SHOP.rglob("*.py"):
        if "audit(" in path.read_text("utf-8") and "web" not in path.parts:
            for function in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(function, ast.FunctionDef) and _notes(function):
                    found |= {
                        key.value
                        for node in ast.walk(function)
                        if isinstance(node, ast.Dict)
                        for key in node.keys
                        if isinstance(key, ast.Constant)
                    }
    return found


def _notes(function: ast.FunctionDef) -> bool:
    calls = (node for node in ast.walk(function) if isinstance(node, ast.Call))
    return any(isinstance(call.func, ast.Name) and call.func.id == "audit" for call in calls)


def test_a_report_that_was_taken_is_called_as_its_page_is(admin, session, shop):
    admin.get("/admin/reports/sales-by-day", format="csv")
    admin.post(
        "/admin/pickup-points/new", slug="east-gate", name_zh="东门", name_en="East gate", position="0"
    )
    rows = admin.get("/admin/audit").text.split("<tbody>")[1]
    text = " ".join(re.sub(r"<[^>]+>", " ", rows).split())
    assert "Report Sales by day" in text
    assert "sales-by-day " not in text
    assert 'href="/admin/reports/sales-by-day"' in rows
    assert "Pickup point East gate" in text


def test_a_certificate_says_whose_it_is_in_the_readers_language_and_keeps_a_usual_kind(admin, session, shop):
    paper = Certificate(kind="food_business", number="F-1", product_id=shop.products["tea"])
    session.add(paper)
    session.get(Product, shop.products["tea"]).name_en = "Tea of the cloud"
    session.commit()
    assert "Tea of the cloud" in admin.get("/admin/certificates").text.split("<tbody>")[1]
    address = f"/admin/certificates/{paper.id}"
    form = admin.get(address).text
    assert "Food business licence" in form.split('name="kind"')[1].split("</select>")[0]
    sent = {"kind": "food_business", "number": "F-2", "holder": "product"}
    slug = re.search(r'name="holder_slug"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="holder_slug"', form)
    assert admin.post(address, **sent, holder_slug=slug.group(1) or slug.group(2)).status_code == 303


def test_the_trail_says_that_a_households_people_and_telephone_changed_and_never_to_what(
    admin, shop, unit_of_work
):
    household_id, now = shop.households["li"], utc_now()
    facts = {"people": 7, "phone": "13900007777", "alias_zh": "李家新"}
    unit_of_work.run(
        lambda session: save_household(session, household_id, facts, actor_id=admin.user_id, now=now)
    )
    text = " ".join(re.sub(r"<[^>]+>", " ", admin.get("/admin/audit").text.split("<tbody>")[1]).split())
    assert "People changed" in text
    assert "Phone changed" in text
    assert "李家新" in text  # an alias is public
    assert "7777" not in text
    assert "→ 7" not in text
