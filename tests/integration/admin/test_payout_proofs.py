"""Proof of payouts in the browser: attached, opened and removed by finance, and by nobody else."""

from __future__ import annotations

import io

import sqlalchemy as sa

from shop.extensions import settings
from shop.ledger.models import Payout
from shop.ledger.payouts.proof_models import PayoutProof
from shop.ledger.payouts.proof_photos import make_proofs_ready
from shop.storage.media import media_store
from tests.integration.admin.test_payouts import (  # noqa: F401  fixtures
    PAYEE,
    named,
    other,
    payee_path,
    payout_path,
    run,
)
from tests.integration.ledger.test_proofs import PDF, photo

CASH = PAYEE | {"kind": "cash", "account": "", "account_again": "", "bank": ""}


def attach(desk, path: str, content: bytes, **fields):
    return desk.post(f"{path}/proofs", file=(io.BytesIO(content), "../../x.html"), **fields)


def paid_in_cash(admin, other, run: str, see, unit_of_work) -> str:  # noqa: F811
    """The address of the payout."""
    admin.post(payee_path(see), **CASH)
    long_ago = sa.text("UPDATE payees SET usable_from = changed_at")
    unit_of_work.run(lambda session: session.execute(long_ago))
    other.post(f"{run}/approve")
    path = payout_path(run, see)
    admin.post(f"{path}/paid", reference="收据 1")
    return path


def test_a_signed_receipt_is_asked_for_attached_and_opened(
    app, admin, other, clerk, run, see, unit_of_work  # noqa: F811
):  # fmt: skip
    path = paid_in_cash(admin, other, run, see, unit_of_work)
    assert "signed receipt is missing" in admin.get(run).text
    assert "Signed receipt missing" in admin.get(run).text
    attach(admin, path, photo())
    assert "being made ready" in admin.get(path).text
    with app.app_context():
        store = media_store(settings().media_url)
    make_proofs_ready(unit_of_work, store)
    [proof_id] = see(sa.select(PayoutProof.id))
    shown = admin.get(f"{run}/proofs/{proof_id}")
    assert (shown.status_code, shown.mimetype) == (200, "image/webp")
    assert shown.headers["Cache-Control"] == "private, no-store"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "receipt is missing" not in admin.get(run).text
    assert clerk.get(f"{run}/proofs/{proof_id}").status_code == 404
    [key] = see(sa.select(PayoutProof.key))
    assert admin.get(f"/media/{key}-640.webp").status_code == 404
    assert admin.get(f"/media/payouts/{key}.webp").status_code == 404


def test_on_the_runs_page_one_ticks_who_signed_the_sheet(admin, other, run, see, unit_of_work):  # noqa: F811
    paid_in_cash(admin, other, run, see, unit_of_work)
    [payout_id] = see(sa.select(Payout.id))
    assert f'name="payout" value="{payout_id}"' in admin.get(run).text
    attach(admin, run, PDF, payout=str(payout_id))
    page = admin.get(run).text
    assert f'name="payout" value="{payout_id}"' not in page
    [proof_id] = see(sa.select(PayoutProof.id))
    saved = admin.get(f"{run}/proofs/{proof_id}")
    name = f"{run.rpartition('/')[2]}-{proof_id}.pdf"
    assert saved.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    admin.post(f"{run}/proofs/{proof_id}/remove")
    assert see(sa.select(PayoutProof.id)) == []
    assert f'name="payout" value="{payout_id}"' in admin.get(run).text


def test_what_is_no_proof_is_said_and_of_a_draft_none_is_taken(admin, other, run, see):  # noqa: F811
    assert f'action="{run}/proofs"' not in admin.get(run).text
    attach(admin, run, PDF)
    assert "nothing of it can have been paid" in admin.said()
    other.post(f"{run}/approve", word="payees follow")
    attach(admin, run, b"")
    assert "Please choose a file first" in admin.said()
    attach(admin, run, b"<svg/>")
    assert "Only PDF, JPEG, PNG and WebP" in admin.said()
    assert attach(admin, run, PDF, payout="999999").status_code == 404
    assert see(sa.select(PayoutProof.id)) == []
