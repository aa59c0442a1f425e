"""What happened to people and settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
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
class RobotSet:
    """Somebody set up the robot of a group chat, in place of the one before."""

    user_id: int
    at: datetime


@dataclass(frozen=True)
class RegisteredAgain:
    """Somebody registered with the address of an account that exists: its owner is told."""

    user_id: int
    at: datetime


@dataclass(frozen=True)
class PasswordChanged:
    user_id: int
    at: datetime


@dataclass(frozen=True)
class SecondFactorReset:
    """Somebody else took the second factor away; its owner is told."""

    user_id: int
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
