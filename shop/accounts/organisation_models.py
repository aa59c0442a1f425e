"""What an organisation keeps for its purchases: projects, who signs, addresses, invitations, and how much may be spent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey

_ONE_DEFAULT = sa.text("is_default")
_OF_ALL = sa.text("user_id IS NULL")
_OF_ONE = sa.text("user_id IS NOT NULL")


class OrganisationProject(Base):
    """A fund that purchases are booked to (经费项目). Orders keep its number and name as they were."""

    __tablename__ = "organisation_projects"
    __table_args__ = (
        sa.UniqueConstraint("organisation_id", "number", name="uq_organisation_projects_number"),
        sa.Index(
            "uq_organisation_projects_default",
            "organisation_id",
            unique=True,
            sqlite_where=_ONE_DEFAULT,
            postgresql_where=_ONE_DEFAULT,
        ),
    )

    id: Mapped[PrimaryKey]
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"))
    number: Mapped[str] = mapped_column(sa.String(40))
    name: Mapped[str] = mapped_column(sa.String(80), default="")
    is_default: Mapped[bool] = mapped_column(default=False)


class Duty(StrEnum):
    HANDLER = "handler"  # 经办人: sees to the purchase
    ACCEPTOR = "acceptor"  # 验收人: says that the goods are what was ordered


class OrganisationSigner(Base):
    """Somebody whose name stands on papers; they need no account."""

    __tablename__ = "organisation_signers"
    __table_args__ = (
        sa.UniqueConstraint("organisation_id", "duty", "name", name="uq_organisation_signers_name"),
    )

    id: Mapped[PrimaryKey]
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"))
    duty: Mapped[Duty]
    name: Mapped[str] = mapped_column(sa.String(60))


class OrganisationAddress(Base):
    """Where goods for the organisation go; everybody who buys for it may choose it."""

    __tablename__ = "organisation_addresses"

    id: Mapped[PrimaryKey]
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    recipient: Mapped[str] = mapped_column(sa.String(60))
    phone: Mapped[str] = mapped_column(sa.String(20))  # E.164
    province: Mapped[str] = mapped_column(sa.String(40))
    city: Mapped[str] = mapped_column(sa.String(40))
    district: Mapped[str] = mapped_column(sa.String(40))
    street: Mapped[str] = mapped_column(sa.String(200))


class OrganisationInvitation(Base):
    """Somebody was asked to join. The link is made when its message is written; only its hash is kept here.

    It works once, until `expires_at`, and only for the account with this e-mail address or telephone.
    """

    __tablename__ = "organisation_invitations"
    __table_args__ = (
        sa.CheckConstraint("(accepted_at IS NULL) OR (ended_at IS NULL)", name="accepted_or_ended"),
    )

    id: Mapped[PrimaryKey]
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    contact: Mapped[str] = mapped_column(sa.String(255), index=True)  # an address, or a number in E.164
    role: Mapped[str] = mapped_column(sa.String(16))
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    invited_at: Mapped[datetime]
    invited_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    ended_at: Mapped[datetime | None]  # taken back, or another took its place


class Span(StrEnum):
    """What a limit is counted over; months and years as in Shanghai."""

    ORDER = "order"
    MONTH = "month"
    YEAR = "year"


class SpendingLimit(Base):
    """The most that is bought on account without somebody's approval: by one member, or, without `user_id`, by all."""

    __tablename__ = "spending_limits"
    __table_args__ = (
        sa.CheckConstraint("limit_fen >= 0", name="not_negative"),
        sa.Index(
            "uq_spending_limits_of_all",
            "organisation_id",
            "span",
            unique=True,
            sqlite_where=_OF_ALL,
            postgresql_where=_OF_ALL,
        ),
        sa.Index(
            "uq_spending_limits_of_one",
            "organisation_id",
            "user_id",
            "span",
            unique=True,
            sqlite_where=_OF_ONE,
            postgresql_where=_OF_ONE,
        ),
    )

    id: Mapped[PrimaryKey]
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"))
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    span: Mapped[Span]
    limit_fen: Mapped[int]
