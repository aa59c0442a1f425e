"""What happened to people and settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True)
class AuditNoted:
    """Somebody did something that the audit trail must hold; written last in the transaction."""

    actor_id: int | None
    action: str
    subject_type: str
    subject_id: str
    facts: Mapping[str, Any]
    personal: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True)
class ResetRequested:
    """Somebody typed this address to get a new password; it may belong to nobody."""

    email: str
    language: str
    request_id: str  # one message for one request
    at: datetime


@dataclass(frozen=True)
class SignInCodeAsked:
    """A code that signs a device in, sealed with FIELD_KEYS, for a number that somebody has."""

    phone: str  # E.164
    sealed_code: str
    at: datetime


@dataclass(frozen=True)
class ContactCodeAsked:
    """A code that signs a buyer in or proves a contact, sealed with FIELD_KEYS: to one of both."""

    phone: str | None  # E.164
    email: str | None
    sealed_code: str
    language: str
    at: datetime


@dataclass(frozen=True)
class ContactChanged:
    """Somebody's telephone or address is another one; what it was before is told."""

    user_id: int
    old_phone: str | None
    old_email: str | None
    language: str
    at: datetime


@dataclass(frozen=True)
class PasskeyAdded:
    user_id: int
    label: str
    at: datetime


@dataclass(frozen=True)
class PasskeyRemoved:
    user_id: int
    label: str
    at: datetime


@dataclass(frozen=True)
class CampusLinked:
    """A campus account opens somebody's account from now on; its owner is told."""

    user_id: int
    provider: str
    at: datetime


@dataclass(frozen=True)
class CampusUnlinked:
    user_id: int
    provider: str
    at: datetime


class DroppedWay(StrEnum):
    """What went when an e-mail address was proved for the first time."""

    PHONE = "phone"
    PASSKEYS = "passkeys"
    AUTHENTICATOR = "authenticator"
    CAMPUS = "campus"
    ROBOT = "robot"
    DEVICES = "devices"
    TYPED_PHONE = "typed_phone"  # for messages; it opened nothing
    ADDRESSES = "addresses"
    CONSENT = "consent"
    REQUESTS = "requests"
    UNIT = "unit"  # that the profile named; nobody had confirmed it
    COUNTING = "counting"  # whether purchases count for the unit


@dataclass(frozen=True)
class WaysDropped:
    """An address was proved for the first time, and what had been tied to its account before is gone."""

    user_id: int
    dropped: tuple[DroppedWay, ...]
    taken_over: bool
    at: datetime


@dataclass(frozen=True)
class AccountTakenOver:
    """Its owner came by a link to an account that somebody else may have made: what that one began is called off."""

    user_id: int
    at: datetime


@dataclass(frozen=True)
class Registered:
    """Somebody made an account with this address. The code that proves it, sealed with FIELD_KEYS; None where so many
    codes were sent there that this one was not.
    """

    user_id: int
    email: str
    sealed_code: str | None
    language: str
    at: datetime


@dataclass(frozen=True)
class NewDeviceUsed:
    """Somebody signed in with a browser that was not seen before."""

    user_id: int
    device: str
    at: datetime


@dataclass(frozen=True)
class RobotSet:
    """Somebody set up the robot of a group chat, in place of the one before."""

    user_id: int
    at: datetime


@dataclass(frozen=True)
class RegisteredAgain:
    """Somebody registered with the address of an account that exists: its owner is told."""

    user_id: int
    at: datetime


class PasswordHow(StrEnum):
    """By which way a password came, and with it who stays signed in."""

    CHANGED = "changed"  # by who knew the one before: the device on which it was done stays signed in
    SET = "set"  # the first one, by who was signed in without: that device stays as well
    RESET = "reset"  # by the link of a letter: nobody stays signed in


@dataclass(frozen=True)
class PasswordChanged:
    user_id: int
    at: datetime
    how: PasswordHow = PasswordHow.CHANGED


@dataclass(frozen=True)
class SecondFactorReset:
    """Somebody else took the second factor away; its owner is told."""

    user_id: int
    at: datetime


class FactorNews(StrEnum):
    """What its owner, or somebody who has the password, did with the second factor."""

    ON = "on"
    OFF = "off"
    CODES = "codes"  # new recovery codes; the old ones stopped working
    CODE_USED = "code_used"  # a recovery code opened the account


@dataclass(frozen=True)
class SecondFactorChanged:
    """Whoever did it: the owner is told. `codes_left` recovery codes work from now on."""

    user_id: int
    news: FactorNews
    codes_left: int
    at: datetime


@dataclass(frozen=True)
class Invited:
    """Somebody of the team made this account: its person is told how to set a password."""

    user_id: int
    at: datetime


@dataclass(frozen=True)
class ShopSettingsChanged:
    """Public pages show settings, so they are old now."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class OrganisationInvited:
    """Somebody was asked to join an organisation; the link is made when its message is written."""

    invitation_id: int
    language: str  # of the page of who invited; an account of the invited has its own
    at: datetime


@dataclass(frozen=True)
class OrganisationMoved:
    """It stands, with all below it, under another union or none: of another family, named by the topmost of each."""

    organisation_id: int
    from_family: int
    to_family: int
