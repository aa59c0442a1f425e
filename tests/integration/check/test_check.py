"""The check command: silent about a healthy shop, and it names every row that breaks a rule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from shop.check.all_rules import RULES
from tests.factories.counting import counted_statements
from tests.factories.trade import Trade
from tests.integration.check import (
    campaign_day_plants,
    campaign_plants,
    canteen_plants,
    count_plants,
    coupon_plants,
    gift_plants,
    hub_plants,
    intake_plants,
    invoice_plants,
    organisation_plants,
    outside_plants,
    privacy_plants,
    purchase_plants,
    quotation_plants,
    review_plants,
    shelf_plants,
    story_plants,
    terms_plants,
    trace_plants,
    waybill_plants,
)
from tests.integration.check.plants import PLANTS, Plant, Saboteur

RULE_OF = {rule.name: rule for rule in RULES}
TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger'"


@contextmanager
def defences_down(engine: Engine) -> Iterator[Session]:
    """A transaction without checks, foreign keys and triggers that never commits."""
    with engine.connect() as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        if on_sqlite:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            for (name,) in connection.exec_driver_sql(TRIGGERS).all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            _drop_checks(connection)
        with Session(connection) as session:
            yield session
        connection.rollback()
        connection.invalidate()


def _drop_checks(connection: sa.Connection) -> None:
    checks = sa.text(
        "SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint "
        "WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
    )
    for table, name in connection.execute(checks).all():
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def look(session: Session, trade: Trade, rule: str, plant: Plant) -> tuple[str, set[str]]:
    """What is planted, and what the rule finds then; nothing of it stays."""
    planting = session.begin_nested()
    session.info.clear()  # what the plant before has locked is undone
    subject = plant(Saboteur(session, trade))
    found = {one.subject for one in RULE_OF[rule].violations(session, trade.now)}
    planting.rollback()
    return subject, found


def test_a_busy_shop_breaks_no_rule(busy: Trade):
    assert busy.violations() == []


def test_every_rule_has_its_plant():
    assert terms_plants.PLANTED
    assert organisation_plants.PLANTED
    assert hub_plants.PLANTED
    assert gift_plants.PLANTED
    assert intake_plants.PLANTED
    assert all(one.PLANTED for one in (review_plants, shelf_plants, story_plants))
    assert trace_plants.PLANTED
    assert waybill_plants.PLANTED
    assert count_plants.PLANTED
    assert campaign_plants.PLANTED
    assert campaign_day_plants.PLANTED
    assert coupon_plants.PLANTED
    assert outside_plants.PLANTED
    assert purchase_plants.PLANTED
    assert quotation_plants
    assert canteen_plants.PLANTED
    assert privacy_plants.PLANTED
    assert invoice_plants.ISSUED  # its plants stand in the same table
    assert set(PLANTS) == {rule.name for rule in RULES}
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_each_planted_violation_is_found_with_its_subject(busy: Trade, engine: Engine):
    missed = {}
    with defences_down(engine) as session:
        for rule, plant in PLANTS.items():
            subject, found = look(session, busy, rule, plant)
            if subject not in found:
                missed[rule] = (subject, found)
    assert missed == {}


def test_the_number_of_statements_does_not_grow_with_the_shop(busy: Trade, engine: Engine):
    with counted_statements(engine) as before:
        busy.violations()
    for _ in range(3):
        busy.sell({"tea": 1, "honey": 1})
    with counted_statements(engine) as after:
        busy.violations()
    # The trail alone is read in five: its head, blocks of its numbers, their entries, and what is kept of nobody.
    assert len(after) == len(before) <= len(RULES) + 9, "one statement a rule, and a few rules that need more"


def test_the_command_prints_the_whole_document(busy: Trade, app: Flask):
    result = app.test_cli_runner().invoke(args=["check", "--json"])
    report = json.loads(result.stdout)
    assert (result.exit_code, report["ok"], report["violations"]) == (0, True, [])
    assert set(report) == {"ok", "violations", "stock", "ledger", "orders"}
    tea = next(one for one in report["stock"] if one["sku"] == "tea")
    assert tea["declared"] == sum(
        tea[state] for state in ("available", "held", "committed", "shipped", "withdrawn")
    )
    assert set(report["ledger"]) == {"entries", "balance_fen"}
    assert report["ledger"]["balance_fen"] == 0
    assert report["orders"]["count"] == 18
    assert set(report["orders"]) == {"count", "paid_fen", "receivable_fen", "refunded_fen"}
    assert report["orders"]["receivable_fen"] == 6800


def test_the_command_fails_and_names_the_row(busy: Trade, app: Flask):
    busy.run(
        lambda session: session.execute(sa.text("UPDATE runs SET booked_g = booked_g + 1 WHERE code = 'R1'"))
    )
    runner = app.test_cli_runner()
    plain, document = runner.invoke(args=["check"]), runner.invoke(args=["check", "--json"])
    assert plain.exit_code == document.exit_code == 1
    assert "truck: what is booked is what its orders weigh: run R1: booked" in plain.stderr
    (violation,) = json.loads(document.stdout)["violations"]
    assert violation["rule"] == "truck: what is booked is what its orders weigh"
    assert violation["subject"] == "run R1"
    assert violation["detail"].startswith("booked ")
