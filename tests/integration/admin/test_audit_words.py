"""The audit trail as a person reads it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shop.catalogue.models import Certificate, ComplianceRequirement
from shop.web.admin.audit_words import ACTIONS, SUBJECTS, action_word

SHOP = Path(__file__).resolve().parents[3] / "shop"
_NOTED = re.compile(r'"([a-z_]+\.[a-z_]+)",?\s+"([a-z_]+)"')


def noted() -> set[tuple[str, str]]:
    """(action, subject) of each call of `audit` in the code."""
    found = set()
    for path in SHOP.rglob("*.py"):
        text = path.read_text("utf-8")
        if "audit(" in text:
            found |= set(_NOTED.findall(text))
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
    "sku": "TEA", "name_zh": "一份", "name_en": "One", "price_fen": "15394.42", "net_weight_g": "150",
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
