"""Signing in from the campus: identities, what providers call units, the roster, and what signing out needs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043_campus_identities"
down_revision = "0042_uncollected"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def _one_of(name, *values):
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def _provider():
    return sa.Column("provider", _one_of("provider", "oidc", "cas", "wecom", "roster"), nullable=False)


def _kind():
    return sa.Column("kind", _one_of("campuskind", "staff", "student", "other"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "campus_identities",
        sa.Column("id", _NUMBER, nullable=False),
        _provider(),
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("user_id", _NUMBER, nullable=False),
        _kind(),
        sa.Column("campus_number", sa.String(40), nullable=False),
        sa.Column("unit_code", sa.String(120), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("linked_at", _MOMENT, nullable=False),
        sa.Column("last_seen_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("ended_because", _one_of("endedbecause", "left", "gone", "admin"), nullable=True),
        sa.Column("end_reason", sa.String(200), nullable=False),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_because IS NULL)",
            name=op.f("ck_campus_identities_ended_for_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_campus_identities_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campus_identities")),
        sa.UniqueConstraint("provider", "issuer", "subject", name=op.f("uq_campus_identities_subject")),
    )
    op.create_index(op.f("ix_campus_identities_user_id"), "campus_identities", ["user_id"])
    op.create_index(op.f("ix_campus_identities_unit"), "campus_identities", ["provider", "unit_code"])
    op.create_table(
        "campus_units",
        sa.Column("id", _NUMBER, nullable=False),
        _provider(),
        sa.Column("code", sa.String(120), nullable=False),
        sa.Column("unit_id", _NUMBER, nullable=True),
        sa.Column("first_seen_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_campus_units_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campus_units")),
        sa.UniqueConstraint("provider", "code", name=op.f("uq_campus_units_code")),
    )
    op.create_index(op.f("ix_campus_units_unit_id"), "campus_units", ["unit_id"])
    op.create_table(
        "campus_sessions",
        sa.Column("session_id", _NUMBER, nullable=False),
        sa.Column("identity_id", _NUMBER, nullable=False),
        sa.Column("provider_session_hash", sa.String(64), nullable=False),
        sa.Column("sealed_id_token", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name=op.f("fk_campus_sessions_session_id_sessions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["campus_identities.id"],
            name=op.f("fk_campus_sessions_identity_id_campus_identities"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_campus_sessions")),
    )
    for column in ("identity_id", "provider_session_hash"):
        op.create_index(op.f(f"ix_campus_sessions_{column}"), "campus_sessions", [column])
    op.create_table(
        "campus_arrivals",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("sealed_person", sa.Text(), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campus_arrivals")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_campus_arrivals_token_hash")),
    )
    op.create_index(op.f("ix_campus_arrivals_expires_at"), "campus_arrivals", ["expires_at"])
    op.create_table(
        "used_logout_tokens",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_used_logout_tokens")),
    )
    op.create_index(op.f("ix_used_logout_tokens_expires_at"), "used_logout_tokens", ["expires_at"])
    op.create_table(
        "roster_rows",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("campus_number", sa.String(40), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("unit_code", sa.String(120), nullable=False),
        _kind(),
        sa.Column("leaves_on", sa.Date(), nullable=True),
        sa.Column("left_at", _MOMENT, nullable=True),
        sa.Column("written_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_rows")),
        sa.UniqueConstraint("campus_number", name=op.f("uq_roster_rows_campus_number")),
    )
    op.create_index(op.f("ix_roster_rows_left_at"), "roster_rows", ["left_at"])


def downgrade() -> None:
    for table in (
        "roster_rows",
        "used_logout_tokens",
        "campus_arrivals",
        "campus_sessions",
        "campus_units",
        "campus_identities",
    ):
        op.drop_table(table)
