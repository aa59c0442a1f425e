"""Conversations with the shop's team, answers that are ready, questions to villages, and thanks to households.

A claim that was told before has its conversation from now on too, closed where it was decided.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046_conversations"
down_revision = "0045_privacy"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def _words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)


_TOPIC = _words("topic", "order", "delivery", "goods", "money", "claim", "other")
_TABLES = (
    "thanks_letters",
    "thanks",
    "village_questions",
    "canned_answers",
    "conversation_ratings",
    "conversation_photos",
    "conversation_messages",
    "conversations",
)


def _to(column: str, target: str, *, ondelete: str | None = None, nullable: bool = True) -> sa.Column[int]:
    return sa.Column(column, _ID, sa.ForeignKey(f"{target}.id", ondelete=ondelete), nullable=nullable)


def _user(column: str) -> sa.Column[int]:
    return _to(column, "users", ondelete="SET NULL")


def upgrade() -> None:
    _conversations()
    _messages()
    _desk()
    _thanks()
    _carry_claims()


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("code", sa.String(16), nullable=False, unique=True),
        sa.Column("topic", _TOPIC, nullable=False),
        sa.Column("status", _words("conversationstatus", "open", "answered", "closed"), nullable=False),
        _user("user_id"),
        _to("order_id", "orders", ondelete="CASCADE"),
        sa.Column("claim_id", _ID, sa.ForeignKey("claims.id", ondelete="CASCADE"), unique=True),
        _to("product_id", "products", ondelete="SET NULL"),
        sa.Column("language", sa.String(8), nullable=False),
        _user("assignee_id"),
        sa.Column("request_token", sa.String(64), nullable=False, unique=True),
        *(
            sa.Column(name, _MOMENT, nullable=False)
            for name in ("opened_at", "last_at", "answer_due_at", "resolve_due_at")
        ),
        sa.Column("first_answered_at", _MOMENT),
        sa.Column("answer_minutes", _ID),
        sa.Column("answered_in_time", sa.Boolean()),
        sa.Column("closed_at", _MOMENT),
        sa.Column("resolve_minutes", _ID),
        *(
            sa.Column(name, _ID, nullable=False, server_default=sa.text("0"))
            for name in ("closings", "buyer_unread", "desk_unread")
        ),
        sa.CheckConstraint(
            "buyer_unread >= 0 AND desk_unread >= 0", name=op.f("ck_conversations_unread_not_negative")
        ),
        sa.CheckConstraint(
            "(status = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_conversations_closed_at_some_time")
        ),
    )
    for columns in (
        ("status", "answer_due_at"),
        ("user_id", "last_at"),
        ("assignee_id", "status"),
        ("order_id",),
        ("product_id",),
        ("opened_at",),
        ("last_at",),
    ):
        op.create_index(op.f(f"ix_conversations_{'_'.join(columns)}"), "conversations", list(columns))


def _messages() -> None:
    op.create_table(
        "conversation_messages",
        sa.Column("id", _ID, primary_key=True),
        _to("conversation_id", "conversations", ondelete="CASCADE", nullable=False),
        sa.Column("side", _words("side", "buyer", "shop", "note"), nullable=False),
        _user("author_id"),
        sa.Column("happening", _words("happening", "claim_opened", "claim_decided")),
        sa.Column("text", sa.String(2000), nullable=False),
        sa.Column("request_token", sa.String(64), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.UniqueConstraint("conversation_id", "request_token"),
    )
    op.create_table(
        "conversation_photos",
        sa.Column("id", _ID, primary_key=True),
        _to("message_id", "conversation_messages", ondelete="CASCADE", nullable=False),
        sa.Column("key", sa.String(64), nullable=False, unique=True),
        sa.Column("state", _words("picturestate", "processing", "ready", "refused"), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    for column in ("message_id", "state"):
        op.create_index(op.f(f"ix_conversation_photos_{column}"), "conversation_photos", [column])
    op.create_table(
        "conversation_ratings",
        sa.Column("id", _ID, primary_key=True),
        _to("conversation_id", "conversations", ondelete="CASCADE", nullable=False),
        sa.Column("closing", _ID, nullable=False),
        sa.Column("score", _ID, nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.UniqueConstraint("conversation_id", "closing"),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_conversation_ratings_score_range")),
    )


def _desk() -> None:
    op.create_table(
        "canned_answers",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("title_zh", sa.String(60), nullable=False),
        sa.Column("title_en", sa.String(80), nullable=False),
        sa.Column("topic", _TOPIC),
        sa.Column("text_zh", sa.String(1000), nullable=False),
        sa.Column("text_en", sa.String(1000), nullable=False),
        sa.Column("position", _ID, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "village_questions",
        sa.Column("id", _ID, primary_key=True),
        _to("conversation_id", "conversations", ondelete="CASCADE", nullable=False),
        _to("village_id", "villages", nullable=False),
        _to("product_id", "products", ondelete="SET NULL"),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column("request_token", sa.String(64), nullable=False),
        _user("asked_by_id"),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("answer", sa.String(1000), nullable=False),
        _user("answered_by_id"),
        sa.Column("answered_at", _MOMENT),
        sa.UniqueConstraint("conversation_id", "request_token"),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answer = '')", name=op.f("ck_village_questions_answered_in_words")
        ),
    )
    op.create_index(
        op.f("ix_village_questions_village_id_answered_at"),
        "village_questions",
        ["village_id", "answered_at"],
    )


def _thanks() -> None:
    op.create_table(
        "thanks",
        sa.Column("id", _ID, primary_key=True),
        sa.Column(
            "order_id", _ID, sa.ForeignKey("orders.id", ondelete="CASCADE"), nullable=False, unique=True
        ),
        sa.Column(
            "signed_as", _words("signedas", "buyer", "teacher", "student", "staff", "alumnus"), nullable=False
        ),
        sa.Column("text", sa.String(300), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_table(
        "thanks_letters",
        sa.Column("id", _ID, primary_key=True),
        _to("thanks_id", "thanks", ondelete="CASCADE", nullable=False),
        _to("household_id", "households", nullable=False),
        sa.Column(
            "state",
            _words("letterstate", "waiting", "shown", "kept_back", "replied", "sent"),
            nullable=False,
        ),
        _user("looked_by_id"),
        sa.Column("looked_at", _MOMENT),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("read_at", _MOMENT),
        sa.Column("ready_reply", _words("readyreply", "thanks", "come_again", "visit")),
        sa.Column("reply", sa.String(300), nullable=False),
        _user("sent_by_id"),
        sa.Column("sent_at", _MOMENT),
        sa.UniqueConstraint("thanks_id", "household_id"),
        sa.CheckConstraint(
            "(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_thanks_letters_sent_at_some_time")
        ),
    )
    op.create_index(
        op.f("ix_thanks_letters_household_id_state"), "thanks_letters", ["household_id", "state"]
    )
    op.create_index(op.f("ix_thanks_letters_state"), "thanks_letters", ["state"])


def _carry_claims() -> None:
    """What was told is said by its claim; how long it took then is not known in working hours."""
    op.execute(
        """
        INSERT INTO conversations (code, topic, status, user_id, order_id, claim_id, language, request_token,
            opened_at, last_at, answer_due_at, resolve_due_at, first_answered_at, closed_at, closings)
        SELECT 'claim-' || claims.id, 'claim', CASE WHEN claims.status = 'open' THEN 'open' ELSE 'closed' END,
            orders.user_id, orders.id, claims.id, orders.language, 'claim-' || claims.id, claims.opened_at,
            COALESCE(claims.decided_at, claims.opened_at), claims.opened_at, claims.opened_at, claims.decided_at,
            CASE WHEN claims.status = 'open' THEN NULL ELSE COALESCE(claims.decided_at, claims.opened_at) END,
            CASE WHEN claims.status = 'open' THEN 0 ELSE 1 END
        FROM claims JOIN orders ON orders.id = claims.order_id
        """
    )
    for happening, side, moment in (
        ("claim_opened", "buyer", "opened_at"),
        ("claim_decided", "shop", "decided_at"),
    ):
        op.execute(
            f"""
            INSERT INTO conversation_messages (conversation_id, side, author_id, happening, text, request_token, at)
            SELECT conversations.id, '{side}',
                {"claims.opened_by_id" if side == "buyer" else "claims.decided_by_id"},
                '{happening}', '', '{happening}', claims.{moment}
            FROM claims JOIN conversations ON conversations.claim_id = claims.id
            WHERE claims.{moment} IS NOT NULL
            """  # noqa: S608  the words stand above
        )


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
