"""Facts that many columns share; a domain's file says only how its own differ."""

from __future__ import annotations

from typing import Final

from shop.kit.text import msg
from shop.privacy.mapping import Fact
from shop.privacy.words import Ground, Kept, Kind, Reader

_SELF, _TEAM, _HIDDEN = Reader.SELF, Reader.TEAM, (Reader.NOBODY,)

ACCOUNT_NAME: Final = Fact(Kind.NAME, msg("To have an account"), (_SELF, _TEAM), Kept.ACCOUNT, instead="")
ACCOUNT_CONTACT: Final = ACCOUNT_NAME.but(kind=Kind.CONTACT, purpose=msg("To sign in and to be told"))
ACCOUNT_UNIT: Final = ACCOUNT_NAME.but(
    kind=Kind.CHOICE, purpose=msg("To count which unit bought how much"), instead=None
)
SECRET: Final = Fact(
    Kind.SIGN_IN, msg("To keep others out of an account"), _HIDDEN, Kept.ACCOUNT, Ground.SECURITY, hidden=True
)
TRACE: Final = Fact(
    Kind.DEVICE, msg("To keep others out of an account"), (_SELF, _TEAM), Kept.QUARTER, Ground.SECURITY
)
MARK: Final = TRACE.but(readers=_HIDDEN, hidden=True)
BOUGHT: Final = Fact(Kind.PURCHASES, msg("To buy and be served"), (_SELF, _TEAM), Kept.ORDER)
RECIPIENT: Final = Fact(
    Kind.NAME,
    msg("To hand over or send an order"),
    (_SELF, _TEAM, Reader.COORDINATOR, Reader.KEEPER, Reader.COURIER),
    Kept.ORDER,
)
RECIPIENT_CONTACT: Final = RECIPIENT.but(
    kind=Kind.CONTACT, readers=(_SELF, _TEAM, Reader.COORDINATOR, Reader.COURIER)
)
RECIPIENT_ADDRESS: Final = RECIPIENT_CONTACT.but(kind=Kind.ADDRESS)
BUYERS_WORDS: Final = Fact(Kind.WORDS, msg("To answer wishes and claims"), (_SELF, _TEAM), Kept.ORDER)
BUYERS_PHOTO: Final = BUYERS_WORDS.but(kind=Kind.PICTURE)
TALK: Final = BUYERS_WORDS.but(
    purpose=msg("To answer questions, and to know what was agreed"), kept=Kept.THREE_YEARS
)
REVIEWED: Final = BUYERS_WORDS.but(
    purpose=msg("To tell other buyers how goods are"),
    readers=(Reader.PUBLIC,),
    kept=Kept.ACCOUNT,
    ground=Ground.CONSENT,
)
WISHED: Final = BOUGHT.but(
    kind=Kind.CHOICE, purpose=msg("To find goods again"), readers=(_SELF,), kept=Kept.ACCOUNT
)
TAX: Final = Fact(
    Kind.TAX, msg("To issue invoices"), (_SELF, _TEAM, Reader.FINANCE), Kept.BOOKS, Ground.LAW, law=True
)
MONEY_WORDS: Final = Fact(
    Kind.BANK, msg("To prove where money came from and went"), (Reader.FINANCE,), Kept.BOOKS, Ground.LAW,
    law=True,
)  # fmt: skip
HOUSEHOLD_CONTACT: Final = Fact(
    Kind.CONTACT, msg("To give work to a household"), (_SELF, Reader.COORDINATOR, _TEAM), Kept.HOUSEHOLD
)
HOUSEHOLD_STORY: Final = Fact(
    Kind.STORY, msg("To show buyers whose goods they are"), (Reader.PUBLIC,), Kept.HOUSEHOLD, Ground.CONSENT
)
AUTHOR: Final = Fact(
    Kind.NAME, msg("To say who tells a story"), (Reader.PUBLIC,), Kept.ACCOUNT, Ground.CONSENT
)
HOUSEHOLD_SIZE: Final = Fact(
    Kind.INCOME, msg("To share work fairly by income a head"), (Reader.COORDINATOR, _TEAM), Kept.HOUSEHOLD,
    Ground.SEPARATE_CONSENT, sensitive=True,
)  # fmt: skip
EARNED: Final = HOUSEHOLD_SIZE.but(
    purpose=msg("To pay a household, and to prove it"), kept=Kept.BOOKS, ground=Ground.LAW, law=True
)
PAYEE: Final = Fact(
    Kind.BANK, msg("To pay a household, and to prove it"), (_SELF, Reader.FINANCE), Kept.HOUSEHOLD,
    Ground.SEPARATE_CONSENT, sensitive=True, hidden=True,
)  # fmt: skip
FOOD_LAW: Final = Fact(
    Kind.NAME, msg("To show who answers for food"), (Reader.TEAM, Reader.COORDINATOR), Kept.BOOKS, Ground.LAW,
    law=True,
)  # fmt: skip
TEAM_WORDS: Final = Fact(
    Kind.WORDS, msg("To know why the team did something"), (_TEAM,), Kept.BOOKS, Ground.LAW, law=True
)
