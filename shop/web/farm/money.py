"""The household's own money, from the books."""

from __future__ import annotations

from shop.accounts.models import RoleName
from shop.catalogue.households import households_of_producers
from shop.kit.errors import NotFound
from shop.ledger.household_money import household_money
from shop.ledger.household_payouts import household_payouts
from shop.ledger.models import PayoutStatus
from shop.ledger.payslips import read_payslip
from shop.web.database import read_session
from shop.web.farm.blueprint import farm
from shop.web.farm.who import page, reach
from shop.web.guards import requires


@farm.get("/money")
@requires(RoleName.FARMER)
def money() -> str:
    session = read_session()
    own = households_of_producers(session, reach().producer_ids)
    return page(
        "farm/money.html",
        is_household=bool(own),
        money=household_money(session, own),
        payouts=household_payouts(session, own),
    )


@farm.get("/money/<int:payout_id>")
@requires(RoleName.FARMER)
def payslip(payout_id: int) -> str:
    """What one payout is for; somebody else's is not there."""
    session = read_session()
    own = households_of_producers(session, reach().producer_ids)
    slip = read_payslip(session, payout_id, of_households=own)
    if slip.status is PayoutStatus.DRAFT:
        raise NotFound()
    return page("farm/payslip.html", slip=slip)
