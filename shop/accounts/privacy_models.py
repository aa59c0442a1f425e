"""What people ask about their data, with deadline, owner and answer, and the files that an erasure still has to delete."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class AskedFor(StrEnum):
    """What somebody wants of the shop, in the order of the form."""

    COPY = "copy"
    CORRECTION = "correction"
    ERASURE = "erasure"
    OBJECTION = "objection"
    HOUSEHOLD = "household"  # about a household's file: story, telephone, account


class AboutWhat(StrEnum):
    """Whose data: an account's, a guest's order, somebody's to whom an account sent goods, or a household's."""

    USER = "user"
    ORDER = "order"
    RECIPIENT = "recipient"  # by the number of the order that stands in their name
    HOUSEHOLD = "household"


class RequestStatus(StrEnum):
    OPEN = "open"
    PROPOSED = "proposed"  # an erasure by the desk: a second admin has to agree
    WAITING = "waiting"  # an erasure that is carried out on its day, and can be called off until then
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


UNSETTLED = (RequestStatus.OPEN, RequestStatus.PROPOSED, RequestStatus.WAITING)
_UNSETTLED = sa.text("status IN ('open', 'proposed', 'waiting')")


class PrivacyRequest(Base):
    """One wish of one person. Asked again before it is settled, it is the same one, with what was added."""

    __tablename__ = "privacy_requests"
    __table_args__ = (
        sa.Index(
            "uq_privacy_requests_one_unsettled",
            "about",
            "about_id",
            "kind",
            unique=True,
            sqlite_where=_UNSETTLED,
            postgresql_where=_UNSETTLED,
        ),
        sa.Index("ix_privacy_requests_status_due_on", "status", "due_on"),
        sa.CheckConstraint("status <> 'waiting' OR erase_at IS NOT NULL", name="waits_for_a_day"),
        sa.CheckConstraint("status <> 'refused' OR answer <> ''", name="refusal_is_said"),
        sa.CheckConstraint("agreed_by_id <> proposed_by_id", name="two_admins"),
    )

    id: Mapped[PrimaryKey]
    number: Mapped[str] = mapped_column(sa.String(16), unique=True)
    kind: Mapped[AskedFor]
    about: Mapped[AboutWhat]
    about_id: Mapped[str] = mapped_column(sa.String(64))  # an id, or the number of an order
    status: Mapped[RequestStatus] = mapped_column(default=RequestStatus.OPEN)
    # Of who asks; of the desk: its reason. What was added later stands below it, with its day
    text: Mapped[str] = mapped_column(sa.String(4000), default="")
    contact: Mapped[str] = mapped_column(sa.String(120), default="")  # where the answer goes
    by_desk: Mapped[bool] = mapped_column(default=False)
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    due_on: Mapped[date]
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    agreed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    erase_at: Mapped[datetime | None] = mapped_column(index=True)
    # The words of the reviews stay on the pages, without a name
    keeps_reviews: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    held_back: Mapped[str] = mapped_column(sa.String(200), default="")  # codes of what is still open
    answer: Mapped[str] = mapped_column(sa.String(1000), default="")
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))


def own_requests(user_id: int) -> sa.Select[PrivacyRequest]:
    """What was asked with this account and is not settled; what the desk wrote down is another matter."""
    return sa.select(PrivacyRequest).where(
        PrivacyRequest.about == AboutWhat.USER,
        PrivacyRequest.about_id == str(user_id),
        PrivacyRequest.status.in_(UNSETTLED),
        PrivacyRequest.by_desk.is_(False),
    )


class DoomedFile(Base):
    """A file in the store whose row is gone. The worker deletes it, then this: killed between, it does so again."""

    __tablename__ = "doomed_files"

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(sa.String(200), unique=True)
    since: Mapped[datetime]
