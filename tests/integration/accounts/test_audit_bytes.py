"""Whatever byte of the audit trail is changed in the database, the check names the record."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from shop.accounts.audit import audit, link_hash
from shop.accounts.audit_chain import MISSING, UNREADABLE, verify_chain
from shop.accounts.models import AuditEntry, AuditHead, AuditPersonal
from shop.kit.clock import utc_now

TABLES = {"audit_entries": AuditEntry, "audit_personal": AuditPersonal, "audit_head": AuditHead}
COLUMNS = [(name, column.name) for name, entity in TABLES.items() for column in entity.__table__.columns]
KEYS = {"audit_entries": "id", "audit_personal": "entry_id", "audit_head": "id"}


@pytest.fixture
def trail(unit_of_work, session, backend):
    """Six entries, every second with personal values, in a database that refuses nothing."""
    for number in range(6):
        personal = {"phone": "+8613800000000", "name": "王 “小” 明"} if number % 2 else None
        facts = {"price_fen": {"before": 100, "after": number}, "name": "绿茶", "tags": ["a b", None, True]}
        unit_of_work.run(
            lambda session, number=number, facts=facts, personal=personal: audit(
                session, 7, "price.changed", "variant", number, facts, now=utc_now(), personal=personal
            )
        )
    if backend == "sqlite":
        session.execute(sa.text("DROP TRIGGER audit_entries_no_update"))
        session.execute(sa.text("DROP TRIGGER audit_entries_no_delete"))
        session.commit()
    else:
        for table in TABLES:
            session.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        session.commit()
    return session


def without_references(session):
    if session.get_bind().dialect.name == "sqlite":
        session.execute(sa.text("PRAGMA defer_foreign_keys = ON"))


def change(session, table, column, key, place, byte):
    """Change one byte of one value as it is written; False where that made nothing else of it."""
    without_references(session)
    stored = sa.text(f"SELECT CAST({column} AS TEXT) FROM {table} WHERE {KEYS[table]} = :key")
    before = session.scalar(stored, {"key": key})
    if not before:
        return False
    raw = bytearray(before.encode())
    raw[place % len(raw)] = byte
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    try:
        value = bytes(raw) if on_sqlite else raw.decode()
        kind = "TEXT" if on_sqlite else TABLES[table].__table__.c[column].type.compile(postgresql.dialect())
        written = f"UPDATE {table} SET {column} = CAST(:value AS {kind}) WHERE {KEYS[table]} = :key"
        session.execute(sa.text(written), {"value": value, "key": key})
        after = session.scalar(stored, {"key": int(value) if column == KEYS[table] else key})
    except (UnicodeDecodeError, sa.exc.DBAPIError, ValueError) as error:
        return "decode" in str(error) and on_sqlite  # else this database keeps no such value
    return after != before


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_byte_that_is_changed_in_any_column_is_found_and_its_record_named(trail, table, column):
    keys = trail.scalars(sa.text(f"SELECT {KEYS[table]} FROM {table} ORDER BY 1")).all()
    ids = trail.scalars(sa.select(AuditEntry.id).order_by(AuditEntry.id)).all()
    trail.commit()

    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        key=st.sampled_from(keys),
        place=st.integers(0, 400),
        byte=st.integers(0, 255) | st.sampled_from(list(b'0123456789abcdef \t"T.{}+-')),
    )
    def changes(key, place, byte):
        try:
            if not change(trail, table, column, key, place, byte):
                return
            broken = verify_chain(trail)
            assert broken, "nobody saw it"
            if table == "audit_entries" and column != "id":
                assert broken[0].entry_id == key
            elif table == "audit_entries":
                assert broken[0].entry_id == 0 or broken[0].entry_id not in ids or broken[0].entry_id > key
            elif table == "audit_head":
                assert [one.entry_id for one in broken] == [0]
        finally:
            trail.rollback()
            trail.expire_all()

    changes()


def test_what_the_database_cannot_read_any_more_does_not_stop_the_check(trail, backend):
    if backend != "sqlite":
        pytest.skip("PostgreSQL keeps no such value")
    second, fourth = trail.scalars(sa.select(AuditEntry.id).order_by(AuditEntry.id)).all()[1:4:2]
    trail.execute(sa.text("UPDATE audit_entries SET facts = '{' WHERE id = :id"), {"id": second})
    trail.execute(
        sa.text("UPDATE audit_entries SET action = CAST(:raw AS TEXT) WHERE id = :id"),
        {"raw": b"price\xff", "id": fourth},
    )
    assert [(one.entry_id, one.what) for one in verify_chain(trail)] == [
        (second, UNREADABLE),
        (fourth, UNREADABLE),
    ]


def test_an_entry_whose_number_moves_into_a_gap_is_found(trail):
    last = trail.scalar(sa.select(sa.func.max(AuditEntry.id)))
    without_references(trail)
    trail.execute(sa.update(AuditEntry).where(AuditEntry.id == last).values(id=last + 3))
    trail.execute(sa.update(AuditPersonal).where(AuditPersonal.entry_id == last).values(entry_id=last + 3))
    trail.execute(sa.update(AuditHead).values(last_entry_id=last + 3))
    assert [one.entry_id for one in verify_chain(trail)] == [last + 3]


def test_entries_of_the_first_versions_still_hold(trail):
    """They were hashed without their number."""
    previous = ""
    assert verify_chain(trail) == []
    for entry in trail.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)):
        entry.previous_hash = previous
        previous = entry.hash = link_hash(entry, numbered=False)
    trail.execute(sa.update(AuditHead).values(last_hash=previous))
    trail.flush()
    assert verify_chain(trail) == []


def test_a_missing_entry_is_named_by_the_one_behind_it(trail):
    third, fourth = trail.scalars(sa.select(AuditEntry.id).order_by(AuditEntry.id)).all()[2:4]
    trail.execute(sa.delete(AuditEntry).where(AuditEntry.id == third))
    assert [(one.entry_id, one.what) for one in verify_chain(trail)] == [(fourth, MISSING)]
