"""The documents of certificates: kept on the certificate's page, and saved by the canteen from its delivery note."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Certificate, Household, Producer, Variant
from shop.inventory.models import Allocation, Lot
from shop.inventory.proof_models import ProofFile
from shop.inventory.trace_models import LotPledge
from shop.kit.clock import utc_now
from shop.ordering.models import Order, OrderLine
from tests.factories.counting import counted_statements
from tests.factories.people import post
from tests.integration.canteens.test_pages import BASE, as_, looked_at, people, sheet, shop
from tests.integration.village.test_pledge_files import a_pdf

__all__ = ["as_", "people", "shop"]


@pytest.fixture
def ordered(as_, shop, session):
    """The number of an order of the canteen's sheet, and the lots that it is from."""
    buyer = as_("he")
    _page, seen = looked_at(buyer, shop)
    post(buyer, BASE, BASE, step="order", seen_total=seen, **sheet(shop))
    return session.scalars(sa.select(Order.number)).one()


@pytest.fixture
def certificate(session, ordered):
    """Of the first line's product; its id."""
    product_id = session.scalars(
        sa.select(Variant.product_id).join(OrderLine, OrderLine.variant_id == Variant.id)
    ).first()
    row = Certificate(kind="inspection", number="检-2026-7", product_id=product_id, issued_by="县检测站")
    session.add(row)
    session.commit()
    return row.id


def attach(admin, certificate_id, content, name="检测报告.pdf"):
    at = f"/admin/certificates/{certificate_id}"
    return post(admin, f"{at}/files", at, file=(io.BytesIO(content), name))


def test_the_team_keeps_the_document_and_the_canteen_saves_it_from_the_note(
    as_, ordered, certificate, session
):
    team, buyer, sent = as_("team"), as_("he"), a_pdf("REPORT")
    note = f"{BASE}/orders/{ordered}/delivery-note"
    assert "检-2026-7" in buyer.get(note).text
    assert "/certificates/" not in buyer.get(note).text
    assert attach(team, certificate, sent).status_code == 303
    assert "检测报告.pdf" in team.get(f"/admin/certificates/{certificate}").text
    link = re.search(r'href="([^"]+/certificates/\d+)"', buyer.get(note).text)[1]
    saved = buyer.get(link)
    assert saved.data == sent
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert as_("other").get(link).status_code == 404
    assert as_("reader").get(link).status_code == 200


def test_a_certificate_of_other_goods_is_not_handed_out_with_this_order(as_, shop, certificate, session):
    """The certificate is of the tea or the eggs; the second order has only the other of the two."""
    of_it = session.scalars(sa.select(Certificate.product_id).where(Certificate.id == certificate)).one()
    tea = session.scalars(sa.select(Variant.product_id).where(Variant.id == shop.variants["tea"])).one()
    session.commit()  # nothing waits for what was only read
    left_out, changes = ("tea" if of_it == tea else "eggs"), {"token": "two"}
    changes[f"cases-{shop.variants[left_out]}"] = "0"
    buyer = as_("he")
    _page, seen = looked_at(buyer, shop, **changes)
    post(buyer, BASE, BASE, step="order", seen_total=seen, **sheet(shop, **changes))
    second = session.scalars(sa.select(Order.number).order_by(Order.id.desc())).first()
    session.commit()
    assert attach(as_("team"), certificate, a_pdf()).status_code == 303
    file_id = session.scalars(sa.select(ProofFile.id)).one()
    assert buyer.get(f"{BASE}/orders/{second}/certificates/{file_id}").status_code == 404


@pytest.mark.parametrize("named", [True, False])
def test_the_document_of_a_household_goes_along_only_if_it_agreed_to_be_named(named, as_, ordered, session):
    lot = session.scalars(sa.select(Lot).join(Allocation, Allocation.lot_id == Lot.id)).first()
    household_id = session.scalar(sa.select(Producer.household_id).where(Producer.id == lot.producer_id))
    if household_id is None:
        pytest.fail("the small shop's lots are households'")
    session.execute(
        sa.update(Household)
        .where(Household.id == household_id)
        .values(consented_at=utc_now() if named else None)
    )
    pledge = LotPledge(
        lot_id=lot.id, number="P-1", goods_zh="蛋", goods_en="eggs", units=1, net_weight_g=1, place="村",
        producer="一户", basis="promise", signed_by="一户", issued_on=date(2026, 1, 1), created_at=utc_now(),
    )  # fmt: skip
    session.add(pledge)
    session.flush()
    session.add(
        ProofFile(
            pledge_id=pledge.id, name="p", file="certificates/p.pdf", digest="0", size=1, sent_at=utc_now()
        )
    )
    session.commit()
    note = as_("he").get(f"{BASE}/orders/{ordered}/delivery-note").text
    assert "P-1" in note
    assert ("/certificates/" in note) is named


def test_the_note_costs_the_same_however_many_documents(as_, ordered, certificate, engine):
    team, buyer = as_("team"), as_("he")
    note = f"{BASE}/orders/{ordered}/delivery-note"
    buyer.get(note)
    with counted_statements(engine) as before:
        buyer.get(note)
    for number in range(3):
        attach(team, certificate, a_pdf(str(number)))
    buyer.get(note)
    with counted_statements(engine) as after:
        assert buyer.get(note).text.count("/certificates/") == 3
    assert len(after) == len(before)
