"""From a draft payout to money in a household's hands."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.ledger.models import PayeeKind, Payout, PayoutRun
from shop.ledger.payouts.approval import approve_run
from shop.ledger.payouts.payees import PayeeAsked, set_payee
from shop.ledger.payouts.paying import pay_payout
from shop.storage.field_cipher import FieldCipher
from tests.factories.trade import Trade

CIPHER: Final = FieldCipher(["a key for tests only, long enough"])
IDENTITY: Final = "11010519491231002X"  # the example of the standard, nobody's
OTHER_IDENTITY: Final = "110105194912310038"  # made up, nobody's


def second_person(trade: Trade) -> int:
    """The id of somebody else of finance."""

    def add(session: Session) -> int:
        person = User(email="second@shop.example", name="second", created_at=trade.now)
        session.add(person)
        session.flush()
        return person.id

    known = trade.run(lambda s: s.scalar(sa.select(User.id).where(User.email == "second@shop.example")))
    return known or trade.run(add)


def pay_in_cash(trade: Trade, household: str) -> None:
    """The newest run is approved, and this household has its money a day later."""
    household_id = trade.shop.households[household]
    asked = PayeeAsked(PayeeKind.CASH, "李大山", IDENTITY)
    who = {"cipher": CIPHER, "actor_id": trade.admin_id, "now": trade.now}
    trade.run(lambda s: set_payee(s, household_id, asked, seen_version=0, **who))
    trade.now += timedelta(days=1, minutes=1)
    by = {"actor_id": trade.admin_id, "now": trade.now}
    newest = sa.select(PayoutRun.number, Payout.id).join(Payout, Payout.run_id == PayoutRun.id)
    newest = newest.where(Payout.household_id == household_id).order_by(Payout.id.desc()).limit(1)
    number, payout_id = trade.run(lambda s: s.execute(newest).one())
    approver = second_person(trade)
    trade.run(lambda s: approve_run(s, number, actor_id=approver, now=trade.now))
    trade.run(lambda s: pay_payout(s, number, payout_id, "收据 1", **by))
