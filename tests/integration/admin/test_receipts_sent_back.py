"""Money of a receipt that was sent back: said with the bank's reference, by two where it is much, and never lost sight of."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.payments.models import Refund, RefundStatus
from shop.payments.statements.models import LineStatus, StatementLine
from tests.factories.statements import as_csv, rows_of
from tests.integration.admin.test_reconcile import (  # noqa: F401
    always_two,
    awaited,
    books_hold,
    bring_in,
    called_off,
    line,
    other,
    status_of,
    the_lines,
    today,
)


@pytest.fixture
def unmatched(admin, awaited, see, today):  # noqa: F811
    """The page of a receipt for which nobody waits."""
    bring_in(admin, as_csv(rows_of([line(today, awaited(), fen=31_00, remark="货款")])))
    return f"/admin/reconcile/lines/{the_lines(see)[0]}"


def stands(see) -> tuple[LineStatus, int]:
    (found,) = see(sa.select(StatementLine))
    return found.status, found.suspense_fen


def send_back(desk, path: str, sent_as: str = "ICBC-79"):
    desk.post(f"{path}/rest", rest="rest_sent_back", sent_as=sent_as)
    return desk.said()


def note_on(page: str) -> str:
    return f"/admin/reconcile/notes/{re.search(r'/admin/reconcile/notes/([0-9]+)/withdraw', page)[1]}"


def test_what_was_sent_back_is_taken_up_again_with_a_reason_and_stays_readable(admin, unmatched, see):
    assert "Noted: it was sent back." in send_back(admin, unmatched)
    page = admin.get(unmatched).text
    assert re.search(r'class="tag[^"]*">.*?Sent back</span>', page)
    assert "Set aside" not in page
    assert 'data-confirm="#ask-again"' in page
    assert "Sent back" in admin.get("/admin/reconcile/lines").text
    assert f'href="{unmatched}"' not in admin.get("/admin/reconcile/lines", status="set_aside").text
    assert f'href="{unmatched}"' in admin.get("/admin/reconcile/lines", status="sent_back").text
    admin.post(f"{unmatched}/take-up")
    assert "Please say why." in admin.said()
    assert stands(see) == (LineStatus.SET_ASIDE, 0), "one click takes nothing up"
    admin.post(f"{unmatched}/take-up", reason="退汇")
    assert stands(see) == (LineStatus.OPEN, 31_00)
    page = admin.get(unmatched).text
    for words in ("¥31.00 was sent back", "ICBC-79", "¥31.00 that was sent back is taken up again", "退汇"):
        assert words in page, words
    assert {"statement.line_sent_back", "statement.sent_back_taken_up"} <= set(
        see(sa.select(AuditEntry.action))
    )
    trail = admin.get("/admin/audit").text
    assert "Receipt that was sent back taken up again" in trail
    assert "退汇" in trail


def test_above_the_limit_two_say_that_it_was_sent_back(admin, other, always_two, unmatched, see):  # noqa: F811
    assert "Please enter what the bank calls the transfer." in send_back(admin, unmatched, sent_as=" ")
    assert stands(see) == (LineStatus.OPEN, 31_00)
    for _ in range(2):
        assert "when a second person of finance says so too" in send_back(admin, unmatched)
    assert stands(see) == (LineStatus.SET_ASIDE, 31_00), "spoken for, and still here"
    assert "Another person of finance confirms it." in admin.get(unmatched).text
    admin.post(f"{unmatched}/take-up", reason="x")
    assert "A second person has to say first" in admin.said()
    dashboard = other.get("/admin").text
    assert f'href="{unmatched}"' in dashboard
    assert "Waits for a second person" in dashboard
    page = other.get("/admin/reconcile").text
    assert "¥31.00 was sent back" in page
    note = note_on(page)
    admin.post(f"{note}/agree")
    assert "Nobody confirms what they said themselves." in admin.said()
    other.post(f"{note}/agree")
    assert "Noted: it was sent back." in other.said()
    assert stands(see) == (LineStatus.SET_ASIDE, 0)
    other.post(f"{note}/agree")
    assert "done" in other.said()
    other.post(f"{note}/withdraw")
    assert "A second person has agreed already" in other.said()


def test_above_the_limit_two_say_that_it_is_here_again(admin, other, always_two, unmatched, see):  # noqa: F811
    send_back(admin, unmatched)
    other.post(f"{note_on(other.get(unmatched).text)}/agree")
    for _ in range(2):
        admin.post(f"{unmatched}/take-up", reason="退汇")
    assert stands(see) == (LineStatus.SET_ASIDE, 0), "one person does not bring money back that has left"
    note = note_on(other.get("/admin/reconcile").text)
    admin.post(f"{note}/agree")
    assert stands(see) == (LineStatus.SET_ASIDE, 0)
    other.post(f"{note}/withdraw")
    assert stands(see) == (LineStatus.SET_ASIDE, 0)
    other.post(f"{note}/agree")
    assert "It was taken back meanwhile." in other.said()
    admin.post(f"{unmatched}/take-up", reason="退汇")
    other.post(f"{note_on(other.get(unmatched).text)}/agree")
    assert stands(see) == (LineStatus.OPEN, 31_00)


def test_a_word_that_is_taken_back_frees_the_receipt_and_the_banks_reference(
    admin,
    other,  # noqa: F811
    always_two,  # noqa: F811
    unmatched,
    see,
):
    send_back(admin, unmatched)
    note = note_on(admin.get(unmatched).text)
    for _ in range(2):
        other.post(f"{note}/withdraw")
    assert stands(see) == (LineStatus.OPEN, 31_00)
    assert "when a second person of finance says so too" in send_back(admin, unmatched)


def test_a_bank_reference_stands_at_one_sending_back_only(admin, awaited, see, today, unit_of_work):  # noqa: F811
    payment = awaited()
    rows = [line(today, payment, fen=fen, remark="货款", serial=str(fen)) for fen in (31_00, 32_00, 33_00)]
    bring_in(admin, as_csv(rows_of(rows)))
    first, second, third = (f"/admin/reconcile/lines/{one}" for one in the_lines(see))
    send_back(admin, first)
    assert f"stands already at the receipt of {today} over ¥31.00" in send_back(admin, second)
    assert "Noted: it was sent back." in send_back(admin, second, sent_as="ICBC-80")
    assert "Noted: it was sent back." in send_back(admin, third, sent_as="")
    admin.post(f"{first}/take-up", reason="记错了单")
    assert "Noted: it was sent back." in send_back(admin, first)


def test_a_bank_reference_of_a_receipt_that_was_sent_back_is_no_refunds_and_the_other_way_round(
    admin,
    see,
    called_off,  # noqa: F811
    awaited,  # noqa: F811
    today,  # noqa: F811
):
    rows = [line(today, awaited(), fen=fen, remark="货款", serial=str(fen)) for fen in (31_00, 32_00)]
    bring_in(admin, as_csv(rows_of(rows)))
    *_, first, second = (f"/admin/reconcile/lines/{one}" for one in the_lines(see))
    send_back(admin, first)
    admin.post(f"/admin/refunds/{called_off}/sent", sent_as="ICBC-79")
    assert f"stands already at the receipt of {today} over ¥31.00" in admin.said()
    assert see(sa.select(Refund.sent_as)) == [""]
    admin.post(f"/admin/refunds/{called_off}/sent", sent_as="ICBC-80")
    assert see(sa.select(Refund.status)) == [RefundStatus.SUCCEEDED]
    assert "stands already at a refund of order" in send_back(admin, second, sent_as="ICBC-80")


def test_set_aside_in_words_is_never_a_way_round(admin, always_two, unmatched, see):  # noqa: F811
    for code in ("rest_sent_back", "rest_going_back", "provider_payout"):
        admin.post(f"{unmatched}/aside", reason=code)
        assert "Please say why." in admin.said()
    assert stands(see) == (LineStatus.OPEN, 31_00)
