"""A member's year is counted for a union and its sub-unions together: what was counted for each is added up. And what
members have bought themselves when a close begins.
"""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0081_years_of_families"
down_revision = "0079_after_the_close"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_organisations = sa.table("organisations", sa.column("id", _NUMBER), sa.column("parent_id", _NUMBER))
_years = sa.table(
    "campaign_years",
    sa.column("organisation_id", _NUMBER),
    sa.column("staff_number", sa.String),
    sa.column("year", _NUMBER),
    sa.column("spent_fen", _NUMBER),
)
_CHOSEN = sa.text(
    "SELECT campaigns.organisation_id, campaign_members.staff_number, campaigns.year,"
    " CAST(SUM(campaign_choices.allowance_fen) AS BIGINT)"
    " FROM campaign_choices JOIN campaign_members ON campaign_members.id = campaign_choices.member_id"
    " JOIN campaigns ON campaigns.id = campaign_members.campaign_id"
    " GROUP BY campaigns.organisation_id, campaign_members.staff_number, campaigns.year"
)


def upgrade() -> None:
    add_up()
    with op.batch_alter_table("campaign_goods") as goods:
        goods.add_column(sa.Column("own_at_close", _NUMBER))
        goods.create_check_constraint(
            op.f("ck_campaign_goods_own_at_close_not_negative"), "own_at_close IS NULL OR own_at_close >= 0"
        )


def downgrade() -> None:
    take_apart()
    with op.batch_alter_table("campaign_goods") as goods:
        goods.drop_constraint(op.f("ck_campaign_goods_own_at_close_not_negative"), type_="check")
        goods.drop_column("own_at_close")


def add_up() -> None:
    connection = op.get_bind()
    above = {one.id: one.parent_id for one in connection.execute(sa.select(_organisations))}
    spent = Counter[tuple[int, str, int]]()
    for one in connection.execute(sa.select(_years)):
        spent[_topmost(one.organisation_id, above), one.staff_number, one.year] += one.spent_fen
    _write(spent)


def take_apart() -> None:
    """Each organisation's own again, from what was chosen in its campaigns."""
    rows = op.get_bind().execute(_CHOSEN)
    _write(Counter({(one[0], one[1], one[2]): one[3] for one in rows}))


def _topmost(organisation_id: int, above: dict[int, int | None]) -> int:
    seen, here = {organisation_id}, organisation_id
    while (parent := above.get(here)) is not None and parent not in seen:
        seen.add(parent)
        here = parent
    return here


def _write(spent: Counter[tuple[int, str, int]]) -> None:
    connection = op.get_bind()
    connection.execute(sa.delete(_years))
    rows = [
        {"organisation_id": organisation_id, "staff_number": number, "year": year, "spent_fen": fen}
        for (organisation_id, number, year), fen in sorted(spent.items())
    ]
    if rows:
        connection.execute(sa.insert(_years), rows)
