"""Cards that sign a farmer's phone in, and text messages to households and back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034_farmers_sign_in"
down_revision = "0033_trace"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_LIVE = sa.text("ended_at IS NULL")
_CARDS, _REPLIES = "sign_in_cards", "text_replies"
_OUTCOMES = ("done", "unclear", "which", "too_late", "chosen", "stranger")


def upgrade() -> None:
    op.add_column("users", sa.Column("wants_texts", sa.Boolean(), nullable=False, server_default=sa.true()))
    _cards()
    _replies()


def _cards() -> None:
    op.create_table(
        _CARDS,
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("user_id", _NUMBER, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("issued_by_id", _NUMBER, nullable=True),
        sa.Column("issued_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("uses", _NUMBER, nullable=False),
        sa.Column("last_used_at", _MOMENT, nullable=True),
        sa.CheckConstraint("uses >= 0", name=op.f(f"ck_{_CARDS}_uses_not_negative")),
        sa.CheckConstraint("(uses = 0) = (last_used_at IS NULL)", name=op.f(f"ck_{_CARDS}_used_is_dated")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f(f"fk_{_CARDS}_user_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["issued_by_id"], ["users.id"], name=op.f(f"fk_{_CARDS}_issued_by_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_CARDS}")),
        sa.UniqueConstraint("token_hash", name=op.f(f"uq_{_CARDS}_token_hash")),
    )
    op.create_index(op.f(f"ix_{_CARDS}_user_id"), _CARDS, ["user_id"])
    op.create_index(
        f"uq_{_CARDS}_live_user", _CARDS, ["user_id"], unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE
    )


def _replies() -> None:
    op.create_table(
        _REPLIES,
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("provider_id", sa.String(80), nullable=False),
        sa.Column("user_id", _NUMBER, nullable=True),
        sa.Column("task_id", _NUMBER, nullable=True),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column(
            "outcome", sa.Enum(*_OUTCOMES, name="replyoutcome", native_enum=False, length=32), nullable=False
        ),
        sa.Column("answer", sa.String(500), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f(f"fk_{_REPLIES}_user_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f(f"fk_{_REPLIES}_task_id_tasks")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_REPLIES}")),
        sa.UniqueConstraint("provider_id", name=op.f(f"uq_{_REPLIES}_provider_id")),
    )
    op.create_index(op.f(f"ix_{_REPLIES}_received_at"), _REPLIES, ["received_at"])
    op.create_index(f"ix_{_REPLIES}_user_id_received_at", _REPLIES, ["user_id", "received_at"])


def downgrade() -> None:
    op.drop_table(_REPLIES)
    op.drop_table(_CARDS)
    op.drop_column("users", "wants_texts")
