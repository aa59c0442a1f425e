"""Each account's code in the accounting program that finance hands the books to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import InvalidInput
from shop.kit.text import half_width, msg, tidy
from shop.ledger.models import Account, AccountCode
from shop.ledger.words import ACCOUNT_CODES
from shop.storage.named_locks import lock_name

# 1122, 220201 or 1122.01: four digits of the subject list, then what the institution's own chart adds.
_A_CODE: Final = re.compile(r"\d{4}(?:[.\d]{0,15}\d)?", re.ASCII)
LONGEST_CODE: Final = 20
_LOCK: Final = "ledger.account_codes"


def code_of(account: Any) -> sa.ColumnElement[str]:
    """The code of the account in a column, for a statement that is grouped by it."""
    own = sa.select(AccountCode.code).where(AccountCode.account == account).scalar_subquery()
    return sa.func.coalesce(own, sa.case(dict(ACCOUNT_CODES), value=account, else_=""))


def account_codes(session: Session) -> dict[Account, str]:
    """Of every account, in the order of the codes."""
    own = dict(session.execute(sa.select(AccountCode.account, AccountCode.code)).all())
    codes = {**ACCOUNT_CODES, **own}
    return dict(sorted(codes.items(), key=lambda item: item[1]))


def lock_account_codes(session: Session) -> dict[Account, str]:
    """The codes as they are, which nobody else changes before the end of this transaction."""
    lock_name(session, _LOCK)
    return account_codes(session)


def set_account_codes(
    session: Session, typed: Mapping[Account, str], *, actor_id: int, now: datetime
) -> None:
    """Give accounts their codes; an empty one is again that of the subject list. The trail holds before and after.

    Raises InvalidInput naming every account whose code is none, or another one's too.
    """
    before = lock_account_codes(session)
    wanted = {account: _written(code) or ACCOUNT_CODES[account] for account, code in typed.items()}
    _refuse_wrong({**before, **wanted}, wanted)
    changed = {account: code for account, code in wanted.items() if code != before[account]}
    # Taken away first, so that two accounts may change their codes with each other.
    session.execute(sa.delete(AccountCode).where(AccountCode.account.in_(changed)))
    own = [one for one in changed.items() if one[1] != ACCOUNT_CODES[one[0]]]
    session.add_all(AccountCode(account=account, code=code) for account, code in own)
    for account, code in changed.items():
        facts = {"before": before[account], "after": code}
        audit(session, actor_id, "account_code.changed", "account_code", account.value, facts, now=now)
    session.flush()


def _written(typed: str) -> str:
    """As it is typed, full-width digits and spaces made plain."""
    return tidy(half_width(typed)).replace(" ", "")


def _refuse_wrong(codes: Mapping[Account, str], typed: Mapping[Account, str]) -> None:
    counts = list(codes.values())
    errors = {}
    for account, code in typed.items():
        if len(code) > LONGEST_CODE or not _A_CODE.fullmatch(code):
            errors[account.value] = msg(
                "A code is four digits, and further digits or points after them: 1122 or 1122.01."
            )
        elif counts.count(code) > 1:
            errors[account.value] = msg("Another account has this code already.")
    if errors:
        raise InvalidInput(errors=errors)
