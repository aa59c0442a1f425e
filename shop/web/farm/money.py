"""The household's own money, from the books."""

from __future__ import annotations

from shop.accounts.models import RoleName
from shop.catalogue.households import households_of_producers
from shop.ledger.household_money import household_money
from shop.ledger.household_payouts import household_payouts
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
