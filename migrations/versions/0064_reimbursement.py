"""Packs of papers for reimbursement, and papers that organisations attach."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.storage.types import UtcDateTime

revision = "0064_reimbursement"
down_revision = "0063_own_top_ups"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_KIND = sa.Enum(
    "order", "campaign", "quotation", "gift", "bill", name="packkind", native_enum=False, length=32
)
_STATE = sa.Enum("waiting", "made", "failed", name="packstate", native_enum=False, length=32)
_SLOT = sa.Enum(
    "contract", "acceptance", "sign_off", "payment", "other", name="slot", native_enum=False, length=32
)
_WAITS = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.create_table(
        "reimbursement_packs",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("organisation_id", _ID, sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("kind", _KIND, nullable=False),
        sa.Column("ref", sa.String(40), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("state", _STATE, nullable=False),
        sa.Column("done", _ID, nullable=False),
        sa.Column("total", _ID, nullable=False),
        sa.Column("missing", _ID, nullable=False),
        sa.Column("key", sa.String(40)),
        sa.Column("pdf_size", _ID, nullable=False),
        sa.Column("zip_size", _ID, nullable=False),
        sa.Column("failure", sa.String(40), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by_id", _ID, sa.ForeignKey("users.id", ondelete="SET NULL")),
        sa.Column("made_at", UtcDateTime()),
        sa.UniqueConstraint("key", name=op.f("uq_reimbursement_packs_key")),
        sa.CheckConstraint(
            "(state = 'made') = (made_at IS NOT NULL)", name=op.f("ck_reimbursement_packs_made_at_some_time")
        ),
    )
    op.create_index("ix_reimbursement_packs_about", "reimbursement_packs", ["organisation_id", "kind", "ref", "id"])
    op.create_index("ix_reimbursement_packs_asked_at", "reimbursement_packs", ["asked_at"])
    op.create_index(op.f("ix_reimbursement_packs_asked_by_id"), "reimbursement_packs", ["asked_by_id"])
    op.create_index(
        "uq_reimbursement_packs_one_waits", "reimbursement_packs", ["organisation_id", "kind", "ref"],
        unique=True, sqlite_where=_WAITS, postgresql_where=_WAITS,
    )  # fmt: skip
    op.create_table(
        "reimbursement_papers",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("organisation_id", _ID, sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("kind", _KIND, nullable=False),
        sa.Column("ref", sa.String(40), nullable=False),
        sa.Column("slot", _SLOT, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("file", sa.String(120), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", _ID, nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("sent_by_id", _ID, sa.ForeignKey("users.id", ondelete="SET NULL")),
        sa.UniqueConstraint("file", name=op.f("uq_reimbursement_papers_file")),
        sa.UniqueConstraint("organisation_id", "kind", "ref", "digest", name="uq_reimbursement_papers_one_file"),
        sa.CheckConstraint("size > 0", name=op.f("ck_reimbursement_papers_size_positive")),
    )
    op.create_index(op.f("ix_reimbursement_papers_sent_by_id"), "reimbursement_papers", ["sent_by_id"])


def downgrade() -> None:
    op.drop_table("reimbursement_papers")
    op.drop_table("reimbursement_packs")
