"""The document of a pledge: attached by the coordinator of its village, saved as it was sent, gone when taken away."""

from __future__ import annotations

import io
import re

import pytest
import sqlalchemy as sa
from PIL import Image
from pypdf import PdfWriter

from shop.accounts.models import AuditEntry
from shop.extensions import settings
from shop.inventory.models import Lot
from shop.inventory.proof_files import MOST
from shop.inventory.proof_models import ProofFile
from shop.inventory.trace_models import LotPledge
from shop.kit.errors import NotFound
from shop.storage.media import media_store

KEPT = {
    "number": "SAFE-2026-01", "producer": "安康农贸", "place": "安康市", "signed_by": "安康农贸", "contact": "",
}  # fmt: skip


def a_pdf(words="PLEDGE"):
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_metadata({"/Title": words})
    kept = io.BytesIO()
    writer.write(kept)
    return kept.getvalue()


def a_photo():
    kept = io.BytesIO()
    Image.new("RGB", (900, 700), "green").save(kept, "JPEG")
    return kept.getvalue()


@pytest.fixture
def lot(coordinator, county, press, rows):
    """A lot of the coordinator's village with the supplier's own pledge; its id."""
    found = rows(sa.select(Lot.id).where(Lot.producer_id == county.producers[0][0]).order_by(Lot.id))[0]
    assert press(coordinator, f"/village/lots/{found}/pledge/supplier", **KEPT).status_code == 303
    return found


@pytest.fixture
def attach(press):
    def _attach(client, lot_id, content, name="合格证.pdf"):
        return press(client, f"/village/lots/{lot_id}/pledge/files", file=(io.BytesIO(content), name))

    return _attach


def test_a_document_is_kept_as_it_was_sent_and_stands_on_the_page(app, coordinator, lot, attach, rows):
    sent = a_pdf()
    assert attach(coordinator, lot, sent).status_code == 303
    page = coordinator.get(f"/village/lots/{lot}/pledge?lang=zh").text
    assert "合格证.pdf" in page
    saved = coordinator.get(re.search(r'href="(/village/lots/\d+/pledge/files/\d+)', page)[1])
    assert saved.data == sent
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert saved.headers["Cache-Control"] == "private, no-store"
    assert len(rows(sa.select(AuditEntry).where(AuditEntry.action == "proof.file_added"))) == 1


def test_the_same_document_twice_is_one_and_leaves_one_file(app, coordinator, lot, attach, rows):
    for _ in range(2):
        assert attach(coordinator, lot, a_photo(), "照片.jpg").status_code == 303
    [file] = rows(sa.select(ProofFile.file))
    with app.app_context():
        assert media_store(settings().media_url).read(file) == a_photo()


def test_what_is_neither_pdf_nor_photo_is_refused_in_words(coordinator, lot, attach, rows):
    attach(coordinator, lot, b"<html><script>alert(1)</script>", "合格证.pdf")
    assert "只能传 PDF" in coordinator.get(f"/village/lots/{lot}/pledge?lang=zh").text
    attach(coordinator, lot, b"")
    assert "请先选文件" in coordinator.get(f"/village/lots/{lot}/pledge?lang=zh").text
    assert rows(sa.select(ProofFile.id)) == []


def test_there_are_so_many_documents_of_one_pledge_at_most(coordinator, lot, attach, rows):
    for number in range(MOST + 1):
        attach(coordinator, lot, a_pdf(f"page {number}"))
    assert len(rows(sa.select(ProofFile.id))) == MOST


def test_the_coordinator_of_another_village_finds_none_of_it(coordinator, stranger, lot, attach, press, rows):
    attach(coordinator, lot, a_pdf())
    [file_id] = rows(sa.select(ProofFile.id))
    path = f"/village/lots/{lot}/pledge/files"
    assert attach(stranger, lot, a_pdf("other")).status_code == 404
    assert stranger.get(f"{path}/{file_id}").status_code == 404
    assert press(stranger, f"{path}/{file_id}/remove").status_code == 404
    assert len(rows(sa.select(ProofFile.id))) == 1


def test_taken_away_the_file_goes_too_and_a_second_press_finds_none(
    app, coordinator, lot, attach, press, rows
):
    attach(coordinator, lot, a_pdf())
    [(file_id, name)] = [(one.id, one.file) for one in rows(sa.select(ProofFile))]
    path = f"/village/lots/{lot}/pledge/files/{file_id}/remove"
    assert press(coordinator, path).status_code == 303
    assert press(coordinator, path).status_code == 404
    with app.app_context(), pytest.raises(NotFound):
        media_store(settings().media_url).read(name)


def test_a_pledge_signed_anew_begins_without_documents_and_the_old_keeps_its_own(
    coordinator, lot, attach, press, rows
):
    attach(coordinator, lot, a_pdf())
    anew = {**KEPT, "number": "SAFE-2026-02"}
    assert press(coordinator, f"/village/lots/{lot}/pledge/supplier", **anew).status_code == 303
    assert "合格证.pdf" not in coordinator.get(f"/village/lots/{lot}/pledge?lang=zh").text
    [old] = rows(sa.select(LotPledge.id).where(LotPledge.replaced_at.is_not(None)))
    assert rows(sa.select(ProofFile.pledge_id)) == [old]
