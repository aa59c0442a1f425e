"""The migrated schema is the one that the models describe, and can be taken down again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade

from shop.cli.migrating import plug_in
from shop.settings import MIGRATIONS
from shop.storage.base import Base
from shop.web.health import newest_migration
from tests.factories.money_steps import pay_everybody
from tests.factories.trade import open_for_trade

SUSPENSE, BEFORE_TERMS = "0025_suspense", "0019_receipt_times"
LINE = (
    "INSERT INTO bank_statement_lines (statement_id, row, fingerprint, booked_on, amount_fen, matched_fen, payer,"
    " payer_key, payer_account, remark, serial, status, reason) VALUES"
    " (:statement, :row, :print, '2026-11-20', :fen, :matched, '', '', '', '', '', :status, :reason)"
)


def is_made_by_hand(difference) -> bool:
    """Full-text tables, columns and indexes stand in a hand-written migration, on no model."""
    return str(difference[0]).startswith("remove_") and "search_fts" in str(difference)


def test_models_and_migrations_say_the_same(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    assert [difference for difference in differences if not is_made_by_hand(difference)] == []


def test_the_newest_migration_is_known_by_the_name_of_its_file():
    assert newest_migration() == ScriptDirectory(str(MIGRATIONS)).get_current_head()


def test_the_schema_goes_down_and_up_again(app, engine):
    plug_in(app)
    with app.app_context():
        downgrade(revision="base")
        assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}
        upgrade()
    assert "orders" in sa.inspect(engine).get_table_names()


def test_a_shop_at_work_is_migrated_with_all_that_stands_in_it(app, engine, session, unit_of_work):
    """Down to before payments and vouchers were written anew, and up again: rows that others refer to stay."""
    trade = open_for_trade(session, unit_of_work)
    order_id = trade.sell({"tea": 2, "box": 1}, courier=True)
    trade.deliver(order_id)
    trade.part_refund(order_id, "household", units={"tea": 1})
    pay_everybody(trade)
    before = counts(engine)
    assert min(before[table] for table in ("payments", "refunds", "postings", "payouts")) > 0
    plug_in(app)
    with app.app_context():
        downgrade(revision=BEFORE_TERMS)
        then = counts(engine)
        upgrade()
    assert {table: count for table, count in before.items() if table in then} == then
    assert counts(engine).items() >= then.items()
    assert trade.violations() == []


def counts(engine) -> dict[str, int]:
    """Of every table but those of the full-text search, which SQLite keeps."""
    names = [one for one in sa.inspect(engine).get_table_names() if "search" not in one]
    with engine.connect() as connection:
        return {one: connection.scalar(sa.text(f"SELECT count(*) FROM {one}")) for one in names}


def test_what_is_here_and_belongs_to_no_order_is_opened_in_the_books(app, engine, session, unit_of_work):
    """Open, kept, waiting for a second person, on its way back; not what pays an order, went back or is not ours."""
    trade = open_for_trade(session, unit_of_work)
    orders = [
        trade.order({"tea": 1}, method=method) for method in ("sandbox", "bank_transfer", "bank_transfer")
    ]
    twice, late, waits = (trade.payments(order_id)[0].id for order_id in orders)
    plug_in(app)
    with app.app_context():
        downgrade(revision=ScriptDirectory(str(MIGRATIONS)).get_revision(SUSPENSE).down_revision)
        with engine.begin() as connection:
            _live_before_suspense(connection, twice, late, waits)
        upgrade()
    with engine.connect() as connection:
        stand = connection.execute(
            sa.text("SELECT row, suspense_fen, suspense_entries FROM bank_statement_lines ORDER BY row")
        ).all()
        assert [tuple(one) for one in stand] == [(1, 100, 1), (2, 200, 1), (3, 0, 0), (4, 0, 0), (5, 6800, 1)]
        sums = "SELECT account, sum(amount_fen) FROM postings GROUP BY account ORDER BY account"
        booked = {account: int(fen) for account, fen in connection.execute(sa.text(sums))}
        bank = 100 + 200 + 6800 + 6800
        assert booked == {"bank": bank, "provider_clearing": 6800, "suspense": -bank - 6800}
    assert [one for one in trade.violations() if "suspense" in one] == []


def _live_before_suspense(connection: sa.Connection, twice: int, late: int, waits: int) -> None:
    def do(sql: str, **values: object) -> None:
        connection.execute(sa.text(sql), values)

    for orphan in (twice, late):
        do(
            "UPDATE payments SET status = 'orphaned', received_fen = 6800, refunding_fen = 0 WHERE id = :id",
            id=orphan,
        )
    do(
        "INSERT INTO bank_statements (id, digest, file_name, account, lines, known, left_out, imported_at)"
        " VALUES (1, 'x', 'x.csv', '0088', 5, 0, 0, '2026-11-21 00:00:00')"
    )
    lines = [
        (1, 100, 0, "open", ""),
        (2, 300, 100, "set_aside", "rest_kept"),
        (3, 400, 0, "set_aside", "rest_sent_back"),
        (4, 500, 500, "matched", ""),
        (5, 6800, 6800, "matched", ""),
    ]
    for row, fen, matched, status, reason in lines:
        facts = {"row": row, "print": f"print {row}", "fen": fen, "matched": matched}
        do(LINE, statement=1, status=status, reason=reason, **facts)
    do(
        "INSERT INTO bank_matches (line_id, payment_id, amount_fen, made_at)"
        " SELECT id, :payment, 6800, '2026-11-21 00:00:00' FROM bank_statement_lines WHERE row = 5",
        payment=waits,
    )
