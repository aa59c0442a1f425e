"""Certificates and pledges as documents, beside their numbers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.storage.types import UtcDateTime

revision = "0074_proof_files"
down_revision = "0073_campaign_swaps"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "proof_files",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("certificate_id", _ID, sa.ForeignKey("certificates.id", ondelete="CASCADE")),
        sa.Column("pledge_id", _ID, sa.ForeignKey("lot_pledges.id", ondelete="CASCADE")),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("file", sa.String(120), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", _ID, nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("sent_by_id", _ID, sa.ForeignKey("users.id", ondelete="SET NULL")),
        sa.UniqueConstraint("certificate_id", "digest", name=op.f("uq_proof_files_of_certificate")),
        sa.UniqueConstraint("pledge_id", "digest", name=op.f("uq_proof_files_of_pledge")),
        sa.UniqueConstraint("file", name=op.f("uq_proof_files_file")),
        sa.CheckConstraint(
            "(certificate_id IS NULL) <> (pledge_id IS NULL)", name=op.f("ck_proof_files_of_one_paper")
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_proof_files_size_positive")),
    )
    op.create_index("ix_proof_files_sent_by_id", "proof_files", ["sent_by_id"])


def downgrade() -> None:
    op.drop_table("proof_files")
