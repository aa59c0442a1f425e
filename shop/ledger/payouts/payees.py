"""Who takes a household's money: sealed in the table, masked on screens, and a day old before money goes there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.models import Household
from shop.kit.bank_accounts import mask
from shop.kit.bank_cards import is_mistyped_card
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.identity_numbers import is_identity
from shop.kit.text import msg, normalise_digits, tidy
from shop.ledger.events import PayeeChanged
from shop.ledger.models import Payee, PayeeKind
from shop.ledger.payouts.payee_doubles import households_of_account, payees_of_others, refuse_double
from shop.storage.event_log import record
from shop.storage.field_cipher import FieldCipher
from shop.storage.locks import LockRank, lock_row
from shop.storage.named_locks import lock_name

WAITS: Final = timedelta(hours=24)
LONGEST_NAME: Final = 40
# 李大山, 阿卜杜拉·热合曼, Mary O'Neil: nothing that a bank's program could take for something else.
_A_NAME: Final = re.compile(r"[^\W\d_]+(?:[ ·•・.'’-]{1,2}[^\W\d_]+)*")
NOBODY: Final = msg("Nobody is named yet who takes this household's money.")
TOO_NEW: Final = msg("Who takes the money was changed less than 24 hours ago.")
_ACCOUNT: Final = re.compile(r"[0-9]{8,30}")
_LOCK: Final = "ledger.payees"


class PayeeMoved(Conflict):
    code = "payee_moved"
    default_message = msg("Somebody else has changed this meanwhile. Please look again.")


@dataclass(frozen=True)
class PayeeAsked:
    """As typed. A relative needs `relation` and `consents`; cash has no account. `account_again`: typed once more,
    where a person typed it. `shared`: somebody says that this person takes another household's money, too;
    `shares_account`: that another household's money goes to the same account.
    """

    kind: PayeeKind
    name: str
    identity: str
    account: str = ""
    bank: str = ""
    relation: str = ""
    consents: bool = False
    account_again: str | None = None
    shared: bool = False
    shares_account: bool = False


@dataclass(frozen=True)
class PayeeOpen:
    """In clear, for who pays: never kept, and on a screen only when somebody asked for it."""

    kind: PayeeKind
    name: str
    identity: str
    account: str
    bank: str
    relation: str

    def masked(self) -> PayeeOpen:
        return PayeeOpen(
            self.kind, mask_name(self.name), mask(self.identity), mask(self.account), self.bank, self.relation
        )


def find_payee(session: Session, household_id: int) -> Payee | None:
    return session.scalar(sa.select(Payee).where(Payee.household_id == household_id))


def open_payee(payee: Payee, cipher: FieldCipher) -> PayeeOpen:
    """Raises SealBroken."""
    account = cipher.open(payee.account_sealed) if payee.account_sealed else ""
    return PayeeOpen(
        payee.kind,
        cipher.open(payee.name_sealed),
        cipher.open(payee.identity_sealed),
        account,
        payee.bank,
        payee.relation,
    )


def set_payee(
    session: Session,
    household_id: int,
    asked: PayeeAsked,
    *,
    seen_version: int,
    cipher: FieldCipher,
    actor_id: int,
    now: datetime,
) -> bool:
    """Write who takes the money from 24 hours on, and tell the contact known before; False when nothing changes.

    Raises InvalidInput with every field that is wrong, PayeeMoved when it was changed since it was seen.
    """
    said = _read(asked)
    # One identity and one account stand for one household, and the other may be written at this moment.
    lock_name(session, _LOCK)
    household = session.get(Household, household_id)
    if household is None:
        raise NotFound()
    payee = lock_row(session, LockRank.PAYOUT, sa.select(Payee).where(Payee.household_id == household_id))
    if seen_version != (payee.version if payee is not None else 0):
        raise PayeeMoved()
    if payee is not None and open_payee(payee, cipher) == said:
        return False
    is_relative = said.kind is PayeeKind.RELATIVE
    others = payees_of_others(session, household_id, cipher)
    refuse_double(others, said.identity, is_relative=is_relative, is_shared=asked.shared)
    sharing = households_of_account(
        others, said.account, identity=said.identity, is_shared=asked.shares_account
    )
    old_phone = payee.contact_phone if payee is not None else household.phone
    if payee is None:
        payee = Payee(household_id=household_id, version=0)
        session.add(payee)
    _write(payee, said, cipher, now)
    payee.contact_phone, payee.changed_by_id = household.phone, actor_id
    session.flush()
    record(session, PayeeChanged(household_id, payee.version, old_phone, now, payee.usable_from))
    facts = {"payee_kind": said.kind.value} | ({"shares_account_with": sharing} if sharing else {})
    audit(session, actor_id, "payee.set", "household", household_id, facts, now=now)
    return True


def note_revealed(session: Session, household_id: int, reason: str, *, actor_id: int, now: datetime) -> None:
    """`reason` is one of `accounts.file_looks.REASONS`."""
    audit(session, actor_id, "payee.revealed", "household", household_id, {"reason": reason}, now=now)


def held_back(payee: Payee | None, now: datetime) -> str:
    """Why money must not go there now, as a message id; empty when it may."""
    return why_held_back(payee.usable_from if payee is not None else None, now)


def why_held_back(usable_from: datetime | None, now: datetime) -> str:
    if usable_from is None:
        return NOBODY
    return TOO_NEW if usable_from > now else ""


def mask_name(name: str) -> str:
    return f"{name[:1]}**"


def _write(payee: Payee, said: PayeeOpen, cipher: FieldCipher, now: datetime) -> None:
    payee.kind, payee.bank, payee.relation = said.kind, said.bank, said.relation
    payee.name_sealed, payee.identity_sealed = cipher.seal(said.name), cipher.seal(said.identity)
    payee.account_sealed = cipher.seal(said.account) if said.account else ""
    payee.consented_at = now if said.kind is PayeeKind.RELATIVE else None
    payee.changed_at, payee.usable_from, payee.version = now, now + WAITS, payee.version + 1


def _read(asked: PayeeAsked) -> PayeeOpen:
    errors: dict[str, str] = {}
    is_cash, is_relative = asked.kind is PayeeKind.CASH, asked.kind is PayeeKind.RELATIVE
    said = PayeeOpen(
        asked.kind,
        tidy(asked.name),
        normalise_digits(tidy(asked.identity)).replace(" ", "").upper(),
        "" if is_cash else _number(asked.account),
        "" if is_cash else tidy(asked.bank)[:60],
        tidy(asked.relation)[:40] if is_relative else "",
    )
    if not 1 < len(said.name) <= LONGEST_NAME:
        errors["name"] = msg("Please enter the name as the bank knows it.")
    elif not _A_NAME.fullmatch(said.name):
        errors["name"] = msg("A name has letters only, and spaces, dots or hyphens between them.")
    if not is_identity(said.identity):
        errors["identity"] = msg("This is no identity number: 18 places, the last may be an X.")
    if not is_cash:
        errors |= _wrong_account(said.account, asked.account_again)
    if not is_cash and not said.bank:
        errors["bank"] = msg("Please enter the bank and its branch.")
    if is_relative and not said.relation:
        errors["relation"] = msg("Please say how they are related.")
    if is_relative and not asked.consents:
        errors["consents"] = msg("Without the household's consent no money goes to a relative.")
    if errors:
        raise InvalidInput(errors=errors)
    return said


def _wrong_account(account: str, again: str | None) -> dict[str, str]:
    if not _ACCOUNT.fullmatch(account):
        return {"account": msg("Please enter the account number: 8 to 30 digits.")}
    if is_mistyped_card(account):
        return {
            "account": msg(
                "This looks like a bank card, and a digit of it is wrong: please compare it with the card. Numbers of passbooks and other accounts are not checked like this."
            )
        }
    if again is not None and _number(again) != account:
        return {
            "account_again": msg("The two account numbers differ. Please type it once more from the card.")
        }
    return {}


def _number(typed: str) -> str:
    """Digits without the blanks in which a card prints them."""
    return normalise_digits(tidy(typed)).replace(" ", "")
