"""What people ask about their data, accounts that were erased, and the files of both that are still to be deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045_privacy"
down_revision = "0044_passkeys"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KIND = sa.Enum(
    "copy", "correction", "erasure", "objection", "household", name="askedfor", native_enum=False, length=32
)
_ABOUT = sa.Enum("user", "order", "household", name="aboutwhat", native_enum=False, length=32)
_STATUS = sa.Enum(
    "open", "proposed", "waiting", "done", "refused", "withdrawn",
    name="requeststatus", native_enum=False, length=32,
)  # fmt: skip
_UNSETTLED = sa.text("status IN ('open', 'proposed', 'waiting')")
_PEOPLE = ("asked_by_id", "owner_id", "agreed_by_id", "settled_by_id")


def upgrade() -> None:
    op.create_table(
        "privacy_requests",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("kind", _KIND, nullable=False),
        sa.Column("about", _ABOUT, nullable=False),
        sa.Column("about_id", sa.String(64), nullable=False),
        sa.Column("status", _STATUS, nullable=False),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column("contact", sa.String(120), nullable=False),
        sa.Column("by_desk", sa.Boolean(), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("asked_by_id", _NUMBER, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("owner_id", _NUMBER, nullable=True),
        sa.Column("agreed_by_id", _NUMBER, nullable=True),
        sa.Column("erase_at", _MOMENT, nullable=True),
        sa.Column("held_back", sa.String(200), nullable=False),
        sa.Column("answer", sa.String(1000), nullable=False),
        sa.Column("settled_at", _MOMENT, nullable=True),
        sa.Column("settled_by_id", _NUMBER, nullable=True),
        sa.CheckConstraint(
            "status <> 'waiting' OR erase_at IS NOT NULL", name=op.f("ck_privacy_requests_waits_for_a_day")
        ),
        sa.CheckConstraint(
            "status <> 'refused' OR answer <> ''", name=op.f("ck_privacy_requests_refusal_is_said")
        ),
        *(
            sa.ForeignKeyConstraint(
                [name], ["users.id"], name=op.f(f"fk_privacy_requests_{name}_users"), ondelete="SET NULL"
            )
            for name in _PEOPLE
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_requests")),
        sa.UniqueConstraint("number", name=op.f("uq_privacy_requests_number")),
    )
    op.create_index(
        "uq_privacy_requests_one_unsettled",
        "privacy_requests",
        ["about", "about_id", "kind"],
        unique=True,
        sqlite_where=_UNSETTLED,
        postgresql_where=_UNSETTLED,
    )
    op.create_index("ix_privacy_requests_status_due_on", "privacy_requests", ["status", "due_on"])
    op.create_index(op.f("ix_privacy_requests_erase_at"), "privacy_requests", ["erase_at"])
    op.create_table(
        "doomed_files",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doomed_files")),
        sa.UniqueConstraint("name", name=op.f("uq_doomed_files_name")),
    )
    with op.batch_alter_table("users") as users:
        users.add_column(sa.Column("erased_at", _MOMENT, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("users") as users:
        users.drop_column("erased_at")
    op.drop_table("doomed_files")
    op.drop_table("privacy_requests")
