"""The advance account in the browser: said by one of finance, confirmed by another, taken back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.models import RoleName
from shop.ledger.advance.models import AdvanceRepayment, RepaymentStatus
from shop.ledger.models import JournalEntry
from shop.ledger.payouts.listing import get_payout_run
from shop.ledger.payouts.paying import lent_for
from tests.factories.trade import open_for_trade
from tests.integration.ledger.test_advance import lent, money_comes
from tests.integration.ledger.test_payout_steps import close

PAGE = "/admin/payouts/advance"


@pytest.fixture
def lender(session, unit_of_work):
    """A shop that has paid a household early, and the buyers' money has come."""
    trade = open_for_trade(session, unit_of_work)
    money_comes(trade, lent(trade))
    return trade


def test_one_says_it_another_confirms_it_and_it_is_taken_back(lender, desk_of, see):
    admin = desk_of("admin2", RoleName.ADMIN, RoleName.FINANCE)
    other = desk_of("other", RoleName.ADMIN, RoleName.FINANCE)
    day = f"{lender.now:%Y-%m-%d}"
    page = admin.get(PAGE).text
    assert page.count("¥25.33") >= 4
    wrong = admin.post(PAGE, amount="25.34", bank_reference="HK-1", paid_on=day)
    assert wrong.status_code == 400
    assert "Only ¥25.33 is lent and not repaid." in wrong.text
    assert 'value="25.34"' in wrong.text, "what was typed stays"
    assert admin.post(PAGE, amount="25.33", bank_reference="HK-1", paid_on=day).status_code == 303
    [row] = see(sa.select(AdvanceRepayment.id))
    assert f'action="{PAGE}/{row}/agree"' not in admin.get(PAGE).text
    assert f'action="{PAGE}/{row}/agree"' in other.get(PAGE).text
    assert "Waits for a second person" in other.get("/admin").text
    admin.post(f"{PAGE}/{row}/agree")
    assert "Nobody confirms what they said themselves" in admin.said()
    other.post(f"{PAGE}/{row}/agree")
    assert see(sa.select(AdvanceRepayment.status)) == [RepaymentStatus.REPAID]
    [entry_id] = see(sa.select(JournalEntry.id).where(JournalEntry.reference == f"advance:{row}"))
    assert f'href="{PAGE}"' in admin.get(f"/admin/books/entries/{entry_id}").text
    admin.post(f"{PAGE}/{row}/take-back", reason="退回")
    assert see(sa.select(AdvanceRepayment.status)) == [RepaymentStatus.TAKEN_BACK]
    wanted = sa.select(sa.func.count()).where(JournalEntry.reference.startswith(f"advance:{row}"))
    assert see(wanted) == [2]
    assert "退回" in admin.get(PAGE).text
    assert admin.get("/admin/reports/advances").status_code == 200


def test_who_approves_a_run_reads_how_much_of_it_is_lent(lender, desk_of):
    order_id = lender.sell_on_terms({"honey": 1})
    lender.deliver(order_id)
    number = close(lender, advance=True)
    other = desk_of("other", RoleName.ADMIN, RoleName.FINANCE)
    page = f"/admin/payouts/{number}"
    said = "of it is lent from the advance account"
    run_id = lender.run(lambda s: get_payout_run(s, number)).id
    lent_fen = lender.run(lambda s: lent_for(s, run_id))
    assert 0 < lent_fen <= 3799
    assert f"¥{lent_fen / 100:.2f} {said}" in other.get(page).text
    lender.settle(order_id)
    assert lender.run(lambda s: lent_for(s, run_id)) == 0
    assert said not in other.get(page).text


def test_who_has_nothing_to_do_with_money_does_not_see_it(clerk):
    assert clerk.get(PAGE).status_code == 404
    assert PAGE not in clerk.get("/admin").text
