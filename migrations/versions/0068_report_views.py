"""Views of reports that people save and share, and files of reports that the worker writes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0068_report_views"
down_revision = "0067_stories"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_UNFINISHED = sa.text("state IN ('waiting', 'running')")


def upgrade() -> None:
    op.create_table(
        "report_views",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("owner_id", _NUMBER, nullable=False),
        sa.Column("report", sa.String(60), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("shared_with", sa.String(32)),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name="fk_report_views_owner_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_report_views"),
        sa.UniqueConstraint("owner_id", "report", "name", name="uq_report_views_owner_id_report_name"),
    )
    op.create_index("ix_report_views_report_shared_with", "report_views", ["report", "shared_with"])
    op.create_table(
        "default_views",
        sa.Column("user_id", _NUMBER, nullable=False),
        sa.Column("report", sa.String(60), nullable=False),
        sa.Column("view_id", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_default_views_user_id_users", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["view_id"], ["report_views.id"], name="fk_default_views_view_id_report_views", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "report", name="pk_default_views"),
    )
    op.create_index("ix_default_views_view_id", "default_views", ["view_id"])

    op.create_table(
        "report_schedules",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("owner_id", _NUMBER, nullable=False),
        sa.Column("desk", sa.String(32), nullable=False),
        sa.Column("report", sa.String(60), nullable=False),
        sa.Column("view_id", _NUMBER),
        sa.Column("view", sa.String(80), nullable=False),
        sa.Column("period", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("rule", sa.String(200), nullable=False),
        sa.Column("next_at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("failures", _NUMBER, nullable=False),
        sa.Column("request_token", sa.String(64), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.CheckConstraint(
            "(state = 'paused') = (reason <> '')", name="ck_report_schedules_reason_when_paused"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name="fk_report_schedules_owner_id_users", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["view_id"],
            ["report_views.id"],
            name="fk_report_schedules_view_id_report_views",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_report_schedules"),
        sa.UniqueConstraint("owner_id", "request_token", name="uq_report_schedules_owner_id_request_token"),
    )
    op.create_index("ix_report_schedules_owner_id", "report_schedules", ["owner_id"])
    op.create_index("ix_report_schedules_view_id", "report_schedules", ["view_id"])
    op.create_index(
        "ix_report_schedules_due",
        "report_schedules",
        ["next_at"],
        postgresql_where=sa.text("state = 'active'"),
        sqlite_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "export_jobs",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("owner_id", _NUMBER, nullable=False),
        sa.Column("desk", sa.String(32), nullable=False),
        sa.Column("report", sa.String(60), nullable=False),
        sa.Column("view", sa.String(80), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("narrowing", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("request_token", sa.String(64), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("rows_expected", _NUMBER),
        sa.Column("rows_written", _NUMBER, nullable=False),
        sa.Column("attempts", _NUMBER, nullable=False),
        sa.Column("beat_at", _MOMENT),
        sa.Column("file", sa.String(80)),
        sa.Column("size_bytes", _NUMBER),
        sa.Column("villages", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("schedule_id", _NUMBER),
        sa.Column("due_at", _MOMENT),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("started_at", _MOMENT),
        sa.Column("ended_at", _MOMENT),
        sa.Column("expires_at", _MOMENT),
        sa.CheckConstraint("(state = 'done') = (file IS NOT NULL)", name="ck_export_jobs_file_when_done"),
        sa.CheckConstraint(
            "state IN ('waiting', 'running') = (ended_at IS NULL)", name="ck_export_jobs_ended_at_some_time"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name="fk_export_jobs_owner_id_users", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["report_schedules.id"],
            name="fk_export_jobs_schedule_id_report_schedules",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_export_jobs"),
        sa.UniqueConstraint("schedule_id", "due_at", name="uq_export_jobs_schedule_id_due_at"),
        sa.UniqueConstraint("owner_id", "request_token", name="uq_export_jobs_owner_id_request_token"),
    )
    op.create_index("ix_export_jobs_owner_id_asked_at", "export_jobs", ["owner_id", "asked_at"])
    op.create_index(
        "ix_export_jobs_unfinished",
        "export_jobs",
        ["id"],
        postgresql_where=_UNFINISHED,
        sqlite_where=_UNFINISHED,
    )


def downgrade() -> None:
    op.drop_table("export_jobs")
    op.drop_table("report_schedules")
    op.drop_table("default_views")
    op.drop_table("report_views")
