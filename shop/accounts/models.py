"""People, the organisations they buy for, their addresses, sessions, consents and the audit trail."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.storage.base import Base, PrimaryKey


class RoleName(StrEnum):
    """What a person may do. Finance is a permission that an admin has besides."""

    BUYER = "buyer"
    FARMER = "farmer"
    COORDINATOR = "coordinator"
    POINT_KEEPER = "point_keeper"
    ADMIN = "admin"
    FINANCE = "finance"


class Unit(Base):
    """A department or school of the university that purchases are counted for."""

    __tablename__ = "units"

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(80))
    name_en: Mapped[str] = mapped_column(sa.String(120))


class UserRole(Base):
    """Everybody who signs in is a buyer without a row."""

    __tablename__ = "user_roles"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[RoleName] = mapped_column(primary_key=True, index=True)


class User(Base):
    """Somebody who signs in."""

    __tablename__ = "users"

    id: Mapped[PrimaryKey]
    email: Mapped[str | None] = mapped_column(sa.String(255), unique=True)  # as `normalise_email` gives it
    # To which the team's invitation went, until its owner has shown that the address is theirs.
    invited_email: Mapped[str | None] = mapped_column(sa.String(255))
    phone: Mapped[str | None] = mapped_column(sa.String(20), index=True)  # E.164
    phone_confirmed_at: Mapped[
        datetime | None
    ]  # a code that was sent to it came back: it may sign its person in
    name: Mapped[str] = mapped_column(sa.String(80), default="")
    password_hash: Mapped[str | None] = mapped_column(sa.String(255))
    active: Mapped[bool] = mapped_column(default=True)
    # A link or a code that was sent to the e-mail address came back, or who made the account vouched for it.
    confirmed_at: Mapped[datetime | None]
    totp_secret: Mapped[str | None] = mapped_column(sa.String(512))  # sealed with FIELD_KEYS
    totp_confirmed_at: Mapped[datetime | None]  # None: being set up, not asked for yet
    totp_last_counter: Mapped[int] = mapped_column(default=0)  # a code is taken once
    recovery_codes: Mapped[list[Any]] = mapped_column(default=list)  # digests of those not used yet
    language: Mapped[str | None] = mapped_column(sa.String(8))
    # Whether a farmer hears of tasks by text message.
    wants_texts: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("units.id"), index=True)  # for figures alone
    # The unit that the campus or the shop's team says; what is given to a unit's people is given by this one.
    proved_unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("units.id"), index=True)
    counts_for_unit: Mapped[bool | None]  # whether purchases count for the unit; None: not asked yet
    created_at: Mapped[datetime]
    password_changed_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]  # nothing of its person is left; the number stays for the books

    roles: Mapped[list[UserRole]] = relationship(lazy="raise", order_by=UserRole.role)
    unit: Mapped[Unit | None] = relationship(lazy="raise", foreign_keys=[unit_id])


class OrganisationKind(StrEnum):
    DEPARTMENT = "department"
    UNION = "union"
    CANTEEN = "canteen"
    COMPANY = "company"


class Organisation(Base):
    """A department, union, canteen or company that buys in its own name.

    A sub-union (分工会) stands under its union, never in a circle. Who belongs to `unit_id`, as the campus says, may join
    with `unit_role`; without a role nobody joins that way.
    """

    __tablename__ = "organisations"
    __table_args__ = (sa.CheckConstraint("parent_id <> id", name="not_its_own_parent"),)

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    invoice_title: Mapped[str] = mapped_column(sa.String(120))
    tax_number: Mapped[str] = mapped_column(sa.String(20))
    kind: Mapped[OrganisationKind] = mapped_column(
        default=OrganisationKind.DEPARTMENT, server_default=OrganisationKind.DEPARTMENT.value
    )
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("units.id"), index=True)
    unit_role: Mapped[str | None] = mapped_column(sa.String(16))  # buyer | viewer


class OrganisationMember(Base):
    __tablename__ = "organisation_members"

    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(sa.String(16))  # owner | buyer | approver | viewer


class Address(Base):
    __tablename__ = "addresses"

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    recipient: Mapped[str] = mapped_column(sa.String(60))
    phone: Mapped[str] = mapped_column(sa.String(20))
    province: Mapped[str] = mapped_column(sa.String(40))
    city: Mapped[str] = mapped_column(sa.String(40))
    district: Mapped[str] = mapped_column(sa.String(40))
    street: Mapped[str] = mapped_column(sa.String(200))
    is_default: Mapped[bool] = mapped_column(default=False)


class SessionKind(StrEnum):
    BROWSER = "browser"
    DEVICE = "device"  # 90 days, only for /farm, /village, /point and the offline queue


class SignInSession(Base):
    """One signed-in browser or device. The cookie holds an opaque token; only its hash is kept here."""

    __tablename__ = "sessions"

    id: Mapped[PrimaryKey]
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[SessionKind]
    device: Mapped[str] = mapped_column(sa.String(160), default="")
    address: Mapped[str] = mapped_column(sa.String(64), default="")
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    authenticated_at: Mapped[datetime]  # last time a password or second factor was given
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class KnownBrowser(Base):
    """A browser in which somebody signed in: a random cookie of its own, of which only a digest is kept here."""

    __tablename__ = "known_browsers"
    __table_args__ = (sa.UniqueConstraint("user_id", "token_hash"),)

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(sa.String(64))
    last_seen_at: Mapped[datetime] = mapped_column(index=True)


class AttemptKind(StrEnum):
    SIGN_IN = "sign_in"
    CODE_SENT = "code_sent"
    RESET = "reset"
    REGISTER = "register"
    ORDER_LOOKUP = "order_lookup"
    EXPORT = "export"
    REVIEW = "review"
    CLAIM = "claim"
    CARD = "card"  # a card that signs nobody in
    CONTACT = "contact"  # a conversation opened
    CONTACT_FORM = "contact_form"  # a form for one sent, whatever became of it
    MESSAGE = "message"  # written in a conversation, or to a household
    COUPON = "coupon"  # a code that holds good for nobody
    PICKUP = "pickup"  # a pickup code that no parcel at the counter has
    NEW_DEVICE = "new_device"  # a letter that a new browser signed in


class Attempt(Base):
    """A failed sign-in, a code sent, an export: counted in the database so that every worker sees it."""

    __tablename__ = "attempts"
    __table_args__ = (
        sa.Index("ix_attempts_kind_subject_at", "kind", "subject_hash", "at"),
        sa.Index("ix_attempts_kind_address_at", "kind", "address", "at"),
    )

    id: Mapped[PrimaryKey]
    kind: Mapped[AttemptKind]
    subject_hash: Mapped[str] = mapped_column(sa.String(64))
    address: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime]


class OneTimeCode(Base):
    """A six-digit code: one purpose, one subject, one browser, five tries, ten minutes."""

    __tablename__ = "one_time_codes"

    id: Mapped[PrimaryKey]
    purpose: Mapped[str] = mapped_column(sa.String(32))
    subject_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    binding: Mapped[str] = mapped_column(sa.String(64))  # hash of the browser's random cookie
    code_hash: Mapped[str] = mapped_column(sa.String(64))
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class PasswordReset(Base):
    """A link that was sent to `email` to set a new password: one use, thirty minutes. Only its hash is kept here."""

    __tablename__ = "password_resets"

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(sa.String(255))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Consent(Base):
    """Somebody agreed to one version of one text."""

    __tablename__ = "consents"

    id: Mapped[PrimaryKey]
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    order_number: Mapped[str | None] = mapped_column(sa.String(32), index=True)
    document: Mapped[str] = mapped_column(sa.String(32))
    version: Mapped[str] = mapped_column(sa.String(16))
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class AuditEntry(Base):
    """One link of the hash chain: who did what to what, when. Never updated, never deleted.

    ``personal_digest`` is a salted digest of the erasable personal values in ``audit_personal``, so that
    erasing a person does not break the chain.
    """

    __tablename__ = "audit_entries"

    id: Mapped[PrimaryKey]
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(sa.String(64), index=True)
    subject_type: Mapped[str] = mapped_column(sa.String(32))
    subject_id: Mapped[str] = mapped_column(sa.String(64))
    facts: Mapped[dict[str, Any]]
    personal_digest: Mapped[str] = mapped_column(sa.String(64), default="")
    previous_hash: Mapped[str] = mapped_column(sa.String(64))
    hash: Mapped[str] = mapped_column(sa.String(64), unique=True)

    __table_args__ = (sa.Index("ix_audit_entries_subject", "subject_type", "subject_id"),)


class AuditPersonal(Base):
    __tablename__ = "audit_personal"

    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("audit_entries.id"), primary_key=True)
    salt: Mapped[str] = mapped_column(sa.String(32))
    facts: Mapped[dict[str, Any]]


class AuditHead(Base):
    """The one row that is locked, last of all, while a link is added."""

    __tablename__ = "audit_head"

    id: Mapped[PrimaryKey]
    last_entry_id: Mapped[int] = mapped_column(default=0)
    last_hash: Mapped[str] = mapped_column(sa.String(64), default="")


class ShopSetting(Base):
    """A text or number that an admin maintains: shop names, filing numbers, deadlines, page texts."""

    __tablename__ = "shop_settings"

    name: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    value: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
