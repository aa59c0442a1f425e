"""People as their university knows them: identities that sign in, the roster, and what is kept for signing out."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class Provider(StrEnum):
    """Who says that somebody is who they are."""

    OIDC = "oidc"
    CAS = "cas"
    WECOM = "wecom"
    ROSTER = (
        "roster"  # the shop itself: number, name and a code to the telephone that the university wrote down
    )


class CampusKind(StrEnum):
    STAFF = "staff"
    STUDENT = "student"
    OTHER = "other"


class EndedBecause(StrEnum):
    LEFT = "left"  # the roster says so
    GONE = "gone"  # the provider does not know the member any more
    ADMIN = "admin"  # somebody of the shop's team did it, and wrote why


class CampusIdentity(Base):
    """One person at one provider, who signs in to one account. What it says was so when it was last seen."""

    __tablename__ = "campus_identities"
    __table_args__ = (
        sa.UniqueConstraint("provider", "issuer", "subject", name="uq_campus_identities_subject"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_because IS NULL)", name="ended_for_a_reason"),
        sa.Index("ix_campus_identities_unit", "provider", "unit_code"),
    )

    id: Mapped[PrimaryKey]
    provider: Mapped[Provider]
    issuer: Mapped[str] = mapped_column(sa.String(255))
    subject: Mapped[str] = mapped_column(sa.String(255))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[CampusKind]
    campus_number: Mapped[str] = mapped_column(sa.String(40), default="")
    unit_code: Mapped[str] = mapped_column(sa.String(120), default="")  # as the provider writes it
    name: Mapped[str] = mapped_column(sa.String(80), default="")
    linked_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[EndedBecause | None]
    end_reason: Mapped[str] = mapped_column(sa.String(200), default="")


class CampusUnit(Base):
    """What a provider calls a unit, and which of ours that is; none of ours as long as nobody has said."""

    __tablename__ = "campus_units"
    __table_args__ = (sa.UniqueConstraint("provider", "code", name="uq_campus_units_code"),)

    id: Mapped[PrimaryKey]
    provider: Mapped[Provider]
    code: Mapped[str] = mapped_column(sa.String(120))
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("units.id"), index=True)
    first_seen_at: Mapped[datetime]


class CampusSession(Base):
    """Which of our sessions a provider opened, so that signing out there ends it here, and the other way round."""

    __tablename__ = "campus_sessions"

    session_id: Mapped[int] = mapped_column(
        sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True
    )
    identity_id: Mapped[int] = mapped_column(
        sa.ForeignKey("campus_identities.id", ondelete="CASCADE"), index=True
    )
    provider_session_hash: Mapped[str] = mapped_column(sa.String(64), default="", index=True)
    sealed_id_token: Mapped[str | None] = mapped_column(sa.Text)  # sealed with FIELD_KEYS


class CampusArrival(Base):
    """Somebody whom a provider has just named, on the way into an account: one use, ten minutes.

    The browser holds the token; only its hash is kept here.
    """

    __tablename__ = "campus_arrivals"

    id: Mapped[PrimaryKey]
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    sealed_person: Mapped[str] = mapped_column(sa.Text)  # sealed with FIELD_KEYS
    expires_at: Mapped[datetime] = mapped_column(index=True)


class UsedLogoutToken(Base):
    """A provider's word that somebody signed out, which is taken once."""

    __tablename__ = "used_logout_tokens"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class RosterRow(Base):
    """Somebody on the list that the university gives the shop (名册)."""

    __tablename__ = "roster_rows"

    id: Mapped[PrimaryKey]
    campus_number: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    phone: Mapped[str] = mapped_column(sa.String(20))  # E.164
    unit_code: Mapped[str] = mapped_column(sa.String(120), default="")
    kind: Mapped[CampusKind]
    leaves_on: Mapped[date | None]  # the first day on which they do not belong to the campus any more
    left_at: Mapped[datetime | None] = mapped_column(index=True)
    written_at: Mapped[datetime]
