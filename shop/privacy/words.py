"""The words of the map: what kind of data, what for, who reads it, how long, and on what ground."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from shop.kit.text import msg


class Kind(StrEnum):
    NAME = "name"
    CONTACT = "contact"
    ADDRESS = "address"
    SIGN_IN = "sign_in"
    DEVICE = "device"
    PURCHASES = "purchases"
    WORDS = "words"  # what somebody wrote
    PICTURE = "picture"
    TAX = "tax"
    BANK = "bank"
    IDENTITY = "identity"
    INCOME = "income"  # of a household, and how many live on it
    STORY = "story"
    CHOICE = "choice"
    WORK = "work"  # who of the team did something


class Ground(StrEnum):
    CONTRACT = "contract"
    CONSENT = "consent"
    SEPARATE_CONSENT = "separate_consent"
    LAW = "law"
    SECURITY = "security"


class Reader(StrEnum):
    SELF = "self"
    TEAM = "team"
    FINANCE = "finance"
    COORDINATOR = "coordinator"
    KEEPER = "keeper"
    COURIER = "courier"
    PUBLIC = "public"
    NOBODY = "nobody"  # digests and sealed keys


class Kept(StrEnum):
    """How long. What is not said otherwise goes with the account or at the person's wish."""

    ACCOUNT = "account"
    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    ROSTER = "roster"
    ORDER = "order"
    THREE_YEARS = "three_years"
    BOOKS = "books"
    HOUSEHOLD = "household"


KIND_WORDS: Final = {
    Kind.NAME: msg("Name"),
    Kind.CONTACT: msg("E-mail and telephone"),
    Kind.ADDRESS: msg("Address"),
    Kind.SIGN_IN: msg("Password and keys"),
    Kind.DEVICE: msg("Network address and device"),
    Kind.PURCHASES: msg("What was bought and when"),
    Kind.WORDS: msg("What somebody wrote"),
    Kind.PICTURE: msg("Photos"),
    Kind.TAX: msg("Invoice title and tax number"),
    Kind.BANK: msg("Bank account"),
    Kind.IDENTITY: msg("Identity number"),
    Kind.INCOME: msg("Income and size of a household"),
    Kind.STORY: msg("A household's story"),
    Kind.CHOICE: msg("Unit and choices"),
    Kind.WORK: msg("Who of the team did it"),
}
GROUND_WORDS: Final = {
    Ground.CONTRACT: msg("Contract (PIPL art. 13 no. 2)"),
    Ground.CONSENT: msg("Consent (PIPL art. 13 no. 1)"),
    Ground.SEPARATE_CONSENT: msg("Separate consent for sensitive data (PIPL art. 29)"),
    Ground.LAW: msg("Legal duty (PIPL art. 13 no. 3)"),
    Ground.SECURITY: msg("Safety of accounts (PIPL art. 51)"),
}
READER_WORDS: Final = {
    Reader.SELF: msg("the person"),
    Reader.TEAM: msg("the shop's team"),
    Reader.FINANCE: msg("finance"),
    Reader.COORDINATOR: msg("the village's coordinators"),
    Reader.KEEPER: msg("keepers of the pickup point"),
    Reader.COURIER: msg("the courier"),
    Reader.PUBLIC: msg("everybody"),
    Reader.NOBODY: msg("nobody, only the program"),
}
KEPT_WORDS: Final = {
    Kept.ACCOUNT: msg("until the account is erased"),
    Kept.DAY: msg("1 day"),
    Kept.MONTH: msg("30 days"),
    Kept.QUARTER: msg("90 days"),
    Kept.HALF_YEAR: msg("180 days"),
    Kept.ROSTER: msg(
        "until the account is erased; 365 days, or as the shop has set, for who left and has none"
    ),
    Kept.ORDER: msg("until erasure is asked for, the order being settled"),
    Kept.THREE_YEARS: msg("3 years after the last word, or until erasure is asked for"),
    Kept.BOOKS: msg("30 years, as bookkeeping law demands"),
    Kept.HOUSEHOLD: msg("while the household supplies, or until it asks for erasure"),
}
