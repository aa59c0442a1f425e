"""Proof that payouts arrived: what is kept, what is refused, and what is missing."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from PIL import Image

from shop.accounts.models import AuditEntry
from shop.catalogue.models import PictureState
from shop.inventory.stock_state import refresh_stock_state
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.ledger.months import close_month
from shop.ledger.payouts.listing import get_payout_run, payouts_of_run, run_totals
from shop.ledger.payouts.paying import return_payout
from shop.ledger.payouts.proof_list import proofs_of_run
from shop.ledger.payouts.proof_models import PayoutProof, ProofKind, ProvenPayout
from shop.ledger.payouts.proof_photos import make_proofs_ready
from shop.ledger.payouts.proofs import (
    NothingProven,
    ProofKept,
    ProofTaken,
    attach_proof,
    proof_file,
    remove_proof,
)
from shop.ledger.payouts.unproven import PATIENCE, cash_to_prove, list_unproven
from shop.reports.inbox import read_inbox
from shop.reports.piles import Pile
from shop.storage.media import MediaStore, StorageFull
from tests.factories.trade import Trade
from tests.integration.ledger.test_payout_steps import (
    approved_run,
    close,
    drafted_run,
    pay,
    payout_of,
)

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"


@pytest.fixture
def store(app, settings) -> MediaStore:
    return MediaStore(settings.media_url)


def photo(colour: str = "tan", size: tuple[int, int] = (900, 700)) -> bytes:
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = "where it was taken"
    Image.new("RGB", size, colour).save(file, "JPEG", exif=exif)
    return file.getvalue()


@pytest.fixture
def attach(trade: Trade, store: MediaStore):
    def run(number: str, content: bytes, *households: str) -> None:
        payout_ids = [payout_of(trade, household).id for household in households]
        who = {"payout_ids": payout_ids, "actor_id": trade.admin_id, "now": trade.now}
        attach_proof(trade.unit_of_work, store, number, content, **who)

    return run


def proofs(trade: Trade) -> list[PayoutProof]:
    return trade.run(lambda s: list(s.scalars(sa.select(PayoutProof).order_by(PayoutProof.id))))


def deeds(trade: Trade, *actions: str) -> list[dict]:
    wanted = sa.select(AuditEntry.facts).where(AuditEntry.action.in_(actions)).order_by(AuditEntry.id)
    return trade.run(lambda s: list(s.scalars(wanted)))


def missing(trade: Trade) -> list[int]:
    return [row.payout_id for row in trade.run(lambda s: list_unproven(s, now=trade.now)).items]


def files_left(store: MediaStore) -> int:
    late = utc_now() + timedelta(days=3650)
    return sum(store.delete_older(folder, before=late) for folder in ("payouts", "originals"))


def paid_in_cash(trade: Trade) -> str:
    """A run of which chen has her money in cash."""
    number = approved_run(trade)
    pay(trade, number, "chen", "收据 1")
    return number


def test_cash_without_a_signed_receipt_is_missing_until_one_lies_there(trade: Trade, attach, store):
    number = paid_in_cash(trade)
    chen = payout_of(trade, "chen").id
    run = trade.run(lambda s: get_payout_run(s, number))
    assert trade.run(lambda s: run_totals(s, run.id, now=trade.now)).unproven == 1
    assert [one.payout_id for one in trade.run(lambda s: cash_to_prove(s, run.id))] == [chen]
    assert missing(trade) == [], "who brought it is still on the way back"
    trade.now += PATIENCE
    assert missing(trade) == [chen]
    piles = {one.pile: one for one in trade.run(lambda s: read_inbox(s, now=trade.now))}
    assert (piles[Pile.PROOFS].count, piles[Pile.PROOFS].amount_fen) == (1, 1266)
    assert piles[Pile.PROOFS].items[0].ref == f"{number}/{chen}"
    attach(number, photo(), "chen")
    assert missing(trade) == []
    assert trade.run(lambda s: run_totals(s, run.id, now=trade.now)).unproven == 0
    rows = {row.id: row for row in trade.run(lambda s: payouts_of_run(s, run.id)).items}
    assert (rows[chen].proofs, rows[chen].lacks_receipt) == (1, False)


def test_what_went_to_the_bank_needs_no_signed_receipt(trade: Trade):
    number = approved_run(trade)
    pay(trade, number, "li")
    trade.now += PATIENCE
    assert missing(trade) == []


def test_a_photo_is_made_anew_without_its_metadata_before_it_is_shown(trade: Trade, attach, store):
    number = paid_in_cash(trade)
    attach(number, photo(), "chen")
    [waiting] = proofs(trade)
    assert waiting.state is PictureState.PROCESSING
    assert make_proofs_ready(trade.unit_of_work, store) == 1
    [ready] = proofs(trade)
    made = store.read(proof_file(ready.key, ready.kind))
    assert ready.state is PictureState.READY
    with Image.open(io.BytesIO(made)) as shown:
        assert (shown.format, shown.size, dict(shown.getexif())) == ("WEBP", (900, 700), {})
    assert files_left(store) == 1, "the original is gone"


def test_a_photo_that_cannot_be_read_proves_nothing(trade: Trade, attach, store):
    number = paid_in_cash(trade)
    attach(number, photo()[:-400], "chen")
    make_proofs_ready(trade.unit_of_work, store)
    trade.now += PATIENCE
    assert [proof.state for proof in proofs(trade)] == [PictureState.REFUSED]
    assert missing(trade) == [payout_of(trade, "chen").id]
    assert files_left(store) == 0


def test_the_same_file_twice_is_once_and_a_sheet_stands_for_all_who_signed_it(trade: Trade, attach, store):
    number = paid_in_cash(trade)
    attach(number, PDF, "chen")
    attach(number, PDF, "chen")
    attach(number, PDF, "chen", "li")
    [proof] = proofs(trade)
    proven = trade.run(lambda s: s.scalars(sa.select(ProvenPayout.payout_id)).all())
    assert sorted(proven) == sorted([payout_of(trade, "chen").id, payout_of(trade, "li").id])
    facts = deeds(trade, "payout.proof_added")
    assert [one["proof_of"] for one in facts] == [
        [trade.shop.households["chen"]],
        [trade.shop.households["li"]],
    ]
    assert (proof.kind, facts[0]["digest"]) == (ProofKind.PDF, proof.digest)
    assert files_left(store) == 1


def test_the_banks_confirmation_is_of_the_whole_run_and_proves_no_cash(trade: Trade, attach):
    number = paid_in_cash(trade)
    attach(number, PDF)
    run = trade.run(lambda s: get_payout_run(s, number))
    [shown] = trade.run(lambda s: proofs_of_run(s, run.id))
    assert (shown.households, shown.removable) == ((), True)
    assert trade.run(lambda s: run_totals(s, run.id, now=trade.now)).unproven == 1
    of_chen = payout_of(trade, "chen").id
    assert trade.run(lambda s: proofs_of_run(s, run.id, payout_id=of_chen)) == []


def test_what_was_signed_before_does_not_prove_what_was_paid_again(trade: Trade, attach):
    number = paid_in_cash(trade)
    attach(number, PDF, "chen")
    chen, who = payout_of(trade, "chen").id, {"actor_id": trade.admin_id, "now": trade.now}
    trade.run(lambda s: return_payout(s, number, chen, "not at home", **who))
    assert payout_of(trade, "chen").in_cash is False
    pay(trade, number, "chen", "收据 2")
    trade.now += PATIENCE
    assert missing(trade) == [chen]
    attach(number, PDF, "chen")
    assert missing(trade) == [], "somebody says that it holds for this one, too"


def test_a_file_of_another_run_is_refused_by_its_name(trade: Trade, attach, store):
    first = paid_in_cash(trade)
    attach(first, PDF, "chen")
    trade.deliver(trade.sell({"honey": 1}))
    second = close(trade)
    with pytest.raises(NothingProven):
        attach(second, PDF + b"\n%%EOF")
    trade.run(lambda s: s.execute(sa.text("UPDATE payout_runs SET approved_at = created_at")))
    with pytest.raises(ProofTaken) as taken:
        attach(second, PDF)
    assert taken.value.facts["where"] == first
    with pytest.raises(NotFound):
        attach_proof(
            *(trade.unit_of_work, store, first, PDF + b"\n%%EOF"),
            payout_ids=[payout_of(trade, "chen").id],
            actor_id=trade.admin_id,
            now=trade.now,
        )
    trade.run(lambda s: s.execute(sa.text("UPDATE payouts SET status = 'approved' WHERE status = 'draft'")))
    assert files_left(store) == 1


def test_a_draft_has_no_proof(trade: Trade, attach, store):
    with pytest.raises(NothingProven):
        attach(drafted_run(trade), PDF)
    assert files_left(store) == 0


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html><script>alert(1)</script></html>",
        b"%PDF-1.7 without an end",
        b"%PDF-1.7\n" + b"x" * (10 * 1024 * 1024) + b"%%EOF",
        b"GIF89a" + b"\x00" * 300,
        photo(size=(5000, 4001)),
    ],
    ids=["program", "svg", "html", "cut-pdf", "large-pdf", "gif", "too-many-pixels"],
)
def test_hostile_files_are_refused_and_leave_nothing_behind(trade: Trade, attach, store, content: bytes):
    number = paid_in_cash(trade)
    with pytest.raises(InvalidInput):
        attach(number, content, "chen")
    assert proofs(trade) == []
    assert files_left(store) == 0


def test_a_full_disk_is_said_and_nothing_is_written_down(trade: Trade, attach, store, monkeypatch):
    number = paid_in_cash(trade)

    def full(*_arguments, **_more):
        raise OSError("no space left on device")

    monkeypatch.setattr(store._files, "pipe_file", full)
    with pytest.raises(StorageFull):
        attach(number, PDF, "chen")
    assert proofs(trade) == []


def test_a_file_added_by_mistake_goes_and_the_trail_keeps_what_it_was(trade: Trade, attach, store):
    number = paid_in_cash(trade)
    attach(number, PDF, "chen")
    [proof] = proofs(trade)
    who = {"actor_id": trade.admin_id, "now": trade.now}
    remove_proof(trade.unit_of_work, store, number, proof.id, **who)
    assert (proofs(trade), files_left(store)) == ([], 0)
    [facts] = deeds(trade, "payout.proof_removed")
    assert (facts["digest"], facts["proof_of"]) == (proof.digest, [trade.shop.households["chen"]])
    with pytest.raises(NotFound):
        remove_proof(trade.unit_of_work, store, number, proof.id, **who)


def test_once_its_month_is_closed_a_file_stays(trade: Trade, attach, store):
    number = paid_in_cash(trade)
    attach(number, PDF, "chen")
    [proof] = proofs(trade)
    month = trade.now.date().replace(day=1)
    trade.now += timedelta(days=62)
    by = {"actor_id": trade.admin_id, "now": trade.now}
    trade.run(lambda s: close_month(s, month, **by))
    with pytest.raises(ProofKept):
        remove_proof(trade.unit_of_work, store, number, proof.id, **by)
    run = trade.run(lambda s: get_payout_run(s, number))
    assert [one.removable for one in trade.run(lambda s: proofs_of_run(s, run.id))] == [False]
    assert store.read(proof_file(proof.key, proof.kind)) == PDF
    trade.run(lambda s: refresh_stock_state(s, now=trade.now))
