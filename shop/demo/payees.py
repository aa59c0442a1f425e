"""Who takes the money of the demo's households: most have somebody, so that a payout run can be paid."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household
from shop.demo.rows import Rows
from shop.kit.bank_cards import luhn_digit
from shop.kit.identity_numbers import check_place
from shop.ledger.models import Payee, PayeeKind
from shop.ledger.payouts.payees import WAITS
from shop.storage.field_cipher import FieldCipher

NAMED_IN_TWENTY: Final = 19  # the others show what a household without a payee looks like
KINDS: Final = (PayeeKind.OWN,) * 7 + (PayeeKind.CASH,) * 2 + (PayeeKind.RELATIVE,)
BANKS: Final = ("中国农业银行平利县支行", "平利县农村信用合作联社", "中国邮政储蓄银行平利县支行")
NO_REGION, NO_BANK = "999999", "629999"  # no region of the standard and no bank has these: nobody's numbers


def add_payees(session: Session, cipher: FieldCipher, *, seed: int, now: datetime) -> int:
    """Name payees for most households that have none, usable since a while; how many. In bulk, without an audit."""
    random, rows = Random(f"payees/{seed}"), Rows(session)  # noqa: S311  made up, no secret
    without = ~sa.exists().where(Payee.household_id == Household.id)
    households = session.execute(
        sa.select(Household.id, Household.alias_zh, Household.phone).where(without).order_by(Household.id)
    )
    added = 0
    for household_id, alias, phone in households:
        if random.randrange(20) >= NAMED_IN_TWENTY:
            continue
        rows.add(
            Payee,
            household_id=household_id,
            contact_phone=phone,
            version=1,
            changed_at=now - 2 * WAITS,
            usable_from=now - WAITS,
            **_payee(random, cipher, household_id, alias, now - 2 * WAITS),
        )
        added += 1
    rows.write()
    rows.catch_up_sequences()
    return added


def _payee(random: Random, cipher: FieldCipher, number: int, alias: str, at: datetime) -> dict[str, Any]:
    kind = random.choice(KINDS)
    born = datetime(1950, 1, 1) + timedelta(days=random.randrange(15_000))  # noqa: DTZ001  a day, no moment
    identity = f"{NO_REGION}{born:%Y%m%d}{number % 1000:03d}"
    card = f"{NO_BANK}{number:012d}"
    is_cash, is_relative = kind is PayeeKind.CASH, kind is PayeeKind.RELATIVE
    return {
        "kind": kind,
        "name_sealed": cipher.seal(
            f"{alias[:1]}{random.choice('建国志红春梅秀英')}{random.choice('明华芳强')}"
        ),
        "identity_sealed": cipher.seal(identity + check_place(identity)),
        "account_sealed": "" if is_cash else cipher.seal(card + luhn_digit(card)),
        "bank": "" if is_cash else random.choice(BANKS),
        "relation": "儿子" if is_relative else "",
        "consented_at": at if is_relative else None,
    }
