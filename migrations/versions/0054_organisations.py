"""Organisations with kind, parent and unit; projects, signers, addresses, invitations, limits; approvals of orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0054_organisations"
down_revision = "0053_direct_orders"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KIND = sa.Enum(
    "department", "union", "canteen", "company", name="organisationkind", native_enum=False, length=32
)
_DUTY = sa.Enum("handler", "acceptor", name="duty", native_enum=False, length=32)
_SPAN = sa.Enum("order", "month", "year", name="span", native_enum=False, length=32)
_STATE = sa.Enum(
    "waiting", "approved", "returned", "expired", "withdrawn",
    name="approvalstate", native_enum=False, length=32,
)  # fmt: skip
_DEFAULT = sa.text("is_default")
_OF_ALL = sa.text("user_id IS NULL")
_OF_ONE = sa.text("user_id IS NOT NULL")
_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    with op.batch_alter_table("organisations") as organisations:
        organisations.add_column(sa.Column("kind", _KIND, nullable=False, server_default="department"))
        organisations.add_column(sa.Column("parent_id", _NUMBER, nullable=True))
        organisations.add_column(sa.Column("unit_id", _NUMBER, nullable=True))
        organisations.add_column(sa.Column("unit_role", sa.String(16), nullable=True))
        organisations.create_foreign_key(
            op.f("fk_organisations_parent_id_organisations"), "organisations", ["parent_id"], ["id"]
        )
        organisations.create_foreign_key(op.f("fk_organisations_unit_id_units"), "units", ["unit_id"], ["id"])
        organisations.create_check_constraint(op.f("ck_organisations_not_its_own_parent"), "parent_id <> id")
        organisations.create_index(op.f("ix_organisations_parent_id"), ["parent_id"])
        organisations.create_index(op.f("ix_organisations_unit_id"), ["unit_id"])
    _papers()
    _people()
    _orders()


def _papers() -> None:
    op.create_table(
        "organisation_projects",
        sa.Column("id", _NUMBER, nullable=False),
        _of("organisation_projects", "organisation_id", "organisations"),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_projects")),
        sa.UniqueConstraint("organisation_id", "number", name="uq_organisation_projects_number"),
    )
    _only_one("uq_organisation_projects_default", "organisation_projects", ["organisation_id"], _DEFAULT)
    op.create_table(
        "organisation_signers",
        sa.Column("id", _NUMBER, nullable=False),
        _of("organisation_signers", "organisation_id", "organisations"),
        sa.Column("duty", _DUTY, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_signers")),
        sa.UniqueConstraint("organisation_id", "duty", "name", name="uq_organisation_signers_name"),
    )
    op.create_table(
        "organisation_addresses",
        sa.Column("id", _NUMBER, nullable=False),
        _of("organisation_addresses", "organisation_id", "organisations"),
        sa.Column("recipient", sa.String(60), nullable=False),
        sa.Column("phone", sa.String(20), nullable=False),
        *(sa.Column(name, sa.String(40), nullable=False) for name in ("province", "city", "district")),
        sa.Column("street", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_addresses")),
    )
    op.create_index(
        op.f("ix_organisation_addresses_organisation_id"), "organisation_addresses", ["organisation_id"]
    )


def _people() -> None:
    op.create_table(
        "organisation_invitations",
        sa.Column("id", _NUMBER, nullable=False),
        _of("organisation_invitations", "organisation_id", "organisations"),
        sa.Column("contact", sa.String(255), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=True),
        sa.Column("invited_at", _MOMENT, nullable=False),
        _of("organisation_invitations", "invited_by_id", "users", "SET NULL"),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("accepted_at", _MOMENT, nullable=True),
        _of("organisation_invitations", "accepted_by_id", "users", "SET NULL"),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "(accepted_at IS NULL) OR (ended_at IS NULL)",
            name=op.f("ck_organisation_invitations_accepted_or_ended"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_organisation_invitations_token_hash")),
    )
    for name in ("organisation_id", "contact"):
        op.create_index(op.f(f"ix_organisation_invitations_{name}"), "organisation_invitations", [name])
    op.create_table(
        "spending_limits",
        sa.Column("id", _NUMBER, nullable=False),
        _of("spending_limits", "organisation_id", "organisations"),
        _of("spending_limits", "user_id", "users", "CASCADE"),
        sa.Column("span", _SPAN, nullable=False),
        sa.Column("limit_fen", _NUMBER, nullable=False),
        sa.CheckConstraint("limit_fen >= 0", name=op.f("ck_spending_limits_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spending_limits")),
    )
    op.create_index(op.f("ix_spending_limits_user_id"), "spending_limits", ["user_id"])
    _only_one("uq_spending_limits_of_all", "spending_limits", ["organisation_id", "span"], _OF_ALL)
    _only_one("uq_spending_limits_of_one", "spending_limits", ["organisation_id", "user_id", "span"], _OF_ONE)


def _orders() -> None:
    op.create_table(
        "order_approvals",
        sa.Column("id", _NUMBER, nullable=False),
        _of("order_approvals", "order_id", "orders", "CASCADE"),
        _of("order_approvals", "organisation_id", "organisations"),
        sa.Column("amount_fen", _NUMBER, nullable=False),
        sa.Column("over", sa.JSON(), nullable=False),
        sa.Column("state", _STATE, nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        _of("order_approvals", "asked_by_id", "users", "SET NULL"),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=True),
        _of("order_approvals", "decided_by_id", "users", "SET NULL"),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.CheckConstraint("decided_by_id <> asked_by_id", name=op.f("ck_order_approvals_two_persons")),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)", name=op.f("ck_order_approvals_decided_when_it_is")
        ),
        sa.CheckConstraint(
            "state <> 'returned' OR reason <> ''", name=op.f("ck_order_approvals_returned_for_a_reason")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_approvals")),
    )
    op.create_index(op.f("ix_order_approvals_order_id"), "order_approvals", ["order_id"])
    op.create_index(op.f("ix_order_approvals_expires_at"), "order_approvals", ["expires_at"])
    op.create_index("ix_order_approvals_organisation", "order_approvals", ["organisation_id", "state", "id"])
    _only_one("uq_order_approvals_waiting", "order_approvals", ["order_id"], _WAITING)
    op.create_table(
        "order_procurement",
        _of("order_procurement", "order_id", "orders", "CASCADE"),
        sa.Column("project_number", sa.String(40), nullable=False),
        sa.Column("project_name", sa.String(80), nullable=False),
        sa.Column("handler", sa.String(60), nullable=False),
        sa.Column("acceptor", sa.String(60), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_order_procurement")),
    )


def _of(table: str, name: str, other: str, gone: str | None = None) -> sa.Column[int]:
    key = sa.ForeignKey(f"{other}.id", name=op.f(f"fk_{table}_{name}_{other}"), ondelete=gone)
    return sa.Column(name, _NUMBER, key, nullable=gone is not None and other == "users")


def _only_one(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, unique=True, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for table in (
        "order_procurement",
        "order_approvals",
        "spending_limits",
        "organisation_invitations",
        "organisation_addresses",
        "organisation_signers",
        "organisation_projects",
    ):
        op.drop_table(table)
    with op.batch_alter_table("organisations") as organisations:
        organisations.drop_index(op.f("ix_organisations_unit_id"))
        organisations.drop_index(op.f("ix_organisations_parent_id"))
        organisations.drop_constraint(op.f("ck_organisations_not_its_own_parent"), type_="check")
        organisations.drop_constraint(op.f("fk_organisations_unit_id_units"), type_="foreignkey")
        organisations.drop_constraint(op.f("fk_organisations_parent_id_organisations"), type_="foreignkey")
        for name in ("unit_role", "unit_id", "parent_id", "kind"):
            organisations.drop_column(name)
