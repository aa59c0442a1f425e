"""The household's own money, from the books."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from flask import url_for
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName
from shop.accounts.shop_settings import read_shop_settings
from shop.accounts.text_choice import text_choice
from shop.catalogue.households import households_of_producers
from shop.inventory.intake.own_slips import has_brought_something
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import NotFound
from shop.ledger.household_money import household_money
from shop.ledger.models import PayoutStatus
from shop.ledger.pair_figures import pairs_of_households
from shop.ledger.payouts.coming_money import MOST_LINES, ComingLine, WaitsFor, coming_lines, coming_sums
from shop.ledger.payouts.of_household import household_payouts
from shop.ledger.payouts.payslips import read_payslip
from shop.ledger.payouts.rule import PayoutRule, payout_rule
from shop.ledger.payouts.unpayable import has_payee
from shop.ledger.recall_charges import charges_of_households
from shop.web.database import read_session
from shop.web.farm.blueprint import farm
from shop.web.farm.who import page, reach
from shop.web.guards import requires
from shop.web.viewer import current_user_id

WAITS: Final = {
    WaitsFor.BUYER: "买家收到货以后结",
    WaitsFor.TRANSFER: "单位付款以后结",
    WaitsFor.CLOSING: "等下次结账",
    WaitsFor.PAYING: "结好了，正在办",
}


@farm.get("/money")
@requires(RoleName.FARMER)
def money() -> str:
    session = read_session()
    own = households_of_producers(session, reach().producer_ids)
    rule = payout_rule(session)
    return page(
        "farm/money.html",
        is_household=bool(own),
        money=household_money(session, own),
        coming=coming_sums(_coming(session, own, rule)),
        rule=rule,
        payouts=household_payouts(session, own),
        charges=charges_of_households(session, own),
        pairs=pairs_of_households(session, own),
        is_payable=has_payee(session, own),
        today=shanghai_date(utc_now()),
        waits=WAITS,
        has_slips=has_brought_something(session, own),
        texts=text_choice(session, current_user_id()),
    )


@farm.get("/money/coming")
@requires(RoleName.FARMER)
def coming() -> str:
    """What is earned and not in hand, order by order: for what goods, and when it comes."""
    session = read_session()
    own = households_of_producers(session, reach().producer_ids)
    lines = _coming(session, own, payout_rule(session))
    return page(
        "farm/money_coming.html",
        lines=lines[:MOST_LINES],
        more=max(0, len(lines) - MOST_LINES),
        total_fen=sum(line.fen for line in lines),
        today=shanghai_date(utc_now()),
        waits=WAITS,
        back=url_for("farm.money"),
    )


def _coming(session: Session, own: Collection[int], rule: PayoutRule) -> list[ComingLine]:
    days = read_shop_settings(session).complete_after_days
    return coming_lines(session, own, rule, complete_days=days, now=utc_now())


@farm.get("/money/<int:payout_id>")
@requires(RoleName.FARMER)
def payslip(payout_id: int) -> str:
    """What one payout is for; somebody else's is not there."""
    session = read_session()
    own = households_of_producers(session, reach().producer_ids)
    slip = read_payslip(session, payout_id, of_households=own)
    if slip.status is PayoutStatus.DRAFT:
        raise NotFound()
    return page("farm/payslip.html", slip=slip, back=url_for("farm.money"))
