"""Bank movements in the browser: said by one of finance, confirmed by another, taken back; and a provider's payout."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from shop.accounts.models import RoleName
from shop.ledger.models import Account, JournalEntry
from shop.ledger.movements.models import BankMovement, MovementStatus
from shop.payments.statements.models import LineStatus, StatementLine
from tests.factories.trade import open_for_trade
from tests.integration.ledger.test_payout_steps import balance
from tests.integration.ledger.test_provider_payouts import PAYER, receipt

PAGE = "/admin/books/movements"


@pytest.fixture
def trade(session, unit_of_work):
    """A shop that has sold tea by courier."""
    at_work = open_for_trade(session, unit_of_work)
    at_work.sell({"tea": 2}, courier=True)
    yield at_work
    assert at_work.violations() == []


def typed(trade, **more) -> dict[str, object]:
    said = {"kind": "freight_paid", "amount": "1.00", "bank_reference": "YH-1", "purpose": "顺丰十一月"}
    return said | {"moved_on": f"{trade.now:%Y-%m-%d}", "village_id": "", "provider": ""} | more


def test_one_says_it_another_confirms_it_and_it_is_taken_back(trade, desk_of, see):
    admin = desk_of("admin2", RoleName.ADMIN, RoleName.FINANCE)
    other = desk_of("other", RoleName.ADMIN, RoleName.FINANCE)
    owed = -balance(trade, Account.FREIGHT_PAYABLE)
    assert f"¥{owed / 100:.2f}" in admin.get(PAGE).text
    wrong = admin.post(PAGE, **typed(trade, amount="9999.00"))
    assert wrong.status_code == 400
    assert f"Only ¥{owed / 100:.2f} is there" in wrong.text
    assert 'value="9999.00"' in wrong.text, "what was typed stays"
    assert 'value="顺丰十一月"' in wrong.text
    assert re.search(r'<option selected value="freight_paid"', wrong.text)
    assert admin.post(PAGE, **typed(trade)).status_code == 303
    [row] = see(sa.select(BankMovement.id))
    assert f'action="{PAGE}/{row}/agree"' not in admin.get(PAGE).text
    assert f'action="{PAGE}/{row}/agree"' in other.get(PAGE).text
    assert "Bank movements to confirm" in other.get("/admin").text
    admin.post(f"{PAGE}/{row}/agree")
    assert "Nobody confirms what they said themselves" in admin.said()
    other.post(f"{PAGE}/{row}/agree")
    assert see(sa.select(BankMovement.status)) == [MovementStatus.BOOKED]
    [entry] = see(sa.select(JournalEntry.id).where(JournalEntry.reference == f"movement:{row}"))
    assert f'href="/admin/books/entries/{entry}"' in admin.get(PAGE).text
    admin.post(f"{PAGE}/{row}/take-back", reason="退回")
    assert see(sa.select(BankMovement.status)) == [MovementStatus.BOOKED]
    assert f'action="{PAGE}/{row}/agree-back"' not in admin.get(PAGE).text
    admin.post(f"{PAGE}/{row}/agree-back")
    assert "Nobody confirms what they said themselves" in admin.said()
    assert "Bank movements to confirm" in other.get("/admin").text
    assert f'action="{PAGE}/{row}/agree-back"' in other.get(PAGE).text
    other.post(f"{PAGE}/{row}/let-stand")
    assert f'action="{PAGE}/{row}/take-back"' in other.get(PAGE).text
    admin.post(f"{PAGE}/{row}/take-back", reason="退回")
    other.post(f"{PAGE}/{row}/agree-back")
    assert see(sa.select(BankMovement.status)) == [MovementStatus.TAKEN_BACK]
    assert "退回" in admin.get(PAGE).text
    assert admin.get("/admin/reports/bank-movements").status_code == 200
    trail = admin.get("/admin/audit").text
    assert "Bank movement booked" in trail
    assert "Freight paid" in trail


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "theft"),
        ("kind", ""),
        ("amount", "1e9"),
        ("amount", "-5"),
        ("amount", "0"),
        ("moved_on", "2026-13-40"),
        ("moved_on", "9999-12-31"),
        ("bank_reference", " \u200b "),
        ("bank_reference", "x" * 81),
        ("village_id", "99999999999999999999"),
        ("provider", "on_account"),
        ("purpose", "x" * 201),
    ],
)
def test_what_cannot_be_is_said_at_its_field(trade, admin, see, field, value):
    answer = admin.post(PAGE, **typed(trade, **{field: value}))
    assert answer.status_code == 400
    assert 'class="err"' in answer.text
    assert see(sa.select(BankMovement.id)) == []


def test_a_receipt_is_a_providers_payout_in_one_step(trade, admin, see):
    line_id = receipt(trade, 100, serial="SN-7")
    page = f"/admin/reconcile/lines/{line_id}"
    assert f'action="{page}/payout"' in admin.get(page).text
    assert admin.post(f"{page}/payout", provider="").status_code == 303
    assert "Please choose the provider that paid." in admin.said()
    admin.post(f"{page}/payout", provider="sandbox")
    assert "It is booked as the provider&#39;s payout." in admin.said()
    [entry] = see(sa.select(JournalEntry.id).where(JournalEntry.reference == "movement:1"))
    assert "Test payment" in admin.get(f"/admin/books/entries/{entry}").text, "whose clearing it was"
    [row] = see(sa.select(BankMovement.id))
    shown = admin.get(page).text
    assert "the provider&#39;s payout" in shown
    assert f'action="{PAGE}/{row}/take-back"' in shown
    assert f'action="{page}/take-up"' not in shown
    assert f'href="{page}"' in admin.get(PAGE).text
    admin.post(f"{page}/take-up")
    assert "is booked as a provider&#39;s payout" in admin.said()
    following = receipt(trade, 50)
    offered = admin.get(f"/admin/reconcile/lines/{following}").text
    assert '<option value="sandbox" selected>' in offered
    search = offered.index("Find an order by its number")
    assert offered.index("/payout") < search, "of a payer who is known it stands first"
    assert "Probably a provider" in admin.get("/admin/reconcile").text
    admin.post(f"{PAGE}/{row}/take-back", reason="是退款")
    assert see(sa.select(StatementLine.status).where(StatementLine.id == line_id)) == [LineStatus.OPEN]
    assert PAYER in admin.get("/admin/reconcile").text


def test_who_has_nothing_to_do_with_money_does_not_see_it(clerk):
    assert clerk.get(PAGE).status_code == 404
    assert PAGE not in clerk.get("/admin").text
