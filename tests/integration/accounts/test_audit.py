"""The audit trail cannot be altered unseen."""

from __future__ import annotations

from threading import Thread

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from shop.accounts.audit import audit
from shop.accounts.audit_chain import verify_chain
from shop.accounts.audit_queries import AuditFilter, list_audit
from shop.accounts.models import AuditEntry, AuditHead, AuditPersonal
from shop.kit.clock import utc_now
from shop.storage.locks import LockRank, note_lock
from tests.factories.without_locks import goes_wrong, without_locks


@pytest.fixture
def chain(unit_of_work):
    """Five entries, the third with personal values."""
    for number in range(5):
        note(unit_of_work, number, personal={"phone": "+8613800000000"} if number == 2 else None)


def note(unit_of_work, number, personal=None):
    facts = {"price_fen": {"before": 100, "after": number}, "name": "绿茶"}
    unit_of_work.run(
        lambda session: audit(
            session, 7, "price.changed", "variant", number, facts, now=utc_now(), personal=personal
        )
    )


@pytest.fixture
def without_triggers(session, backend):
    """What somebody with all rights on the database could do."""
    if backend == "sqlite":
        session.execute(sa.text("DROP TRIGGER audit_entries_no_update"))
        session.execute(sa.text("DROP TRIGGER audit_entries_no_delete"))
    else:
        session.execute(sa.text("ALTER TABLE audit_entries DISABLE TRIGGER ALL"))
    session.commit()


def test_an_untouched_chain_holds(chain, session):
    assert verify_chain(session) == []


def test_an_empty_chain_holds(session):
    assert verify_chain(session) == []


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET action = 'x'", "DELETE FROM audit_entries"])
def test_the_database_refuses_to_alter_or_delete_an_entry(chain, session, statement):
    with pytest.raises(DBAPIError, match="can only grow"):
        session.execute(sa.text(statement))


def test_an_altered_entry_is_found(chain, without_triggers, session):
    session.execute(sa.update(AuditEntry).where(AuditEntry.subject_id == "1").values(actor_id=8))
    assert [broken.what for broken in verify_chain(session)] == ["what it says was altered"]


def test_an_altered_entry_with_a_new_hash_is_found(chain, without_triggers, session):
    session.execute(sa.update(AuditEntry).where(AuditEntry.subject_id == "1").values(hash="f" * 64))
    assert len(verify_chain(session)) == 2


def test_a_missing_entry_is_found(chain, without_triggers, session):
    session.execute(sa.delete(AuditEntry).where(AuditEntry.subject_id == "1"))
    assert [broken.what for broken in verify_chain(session)] == [
        "an entry before it is missing or was altered"
    ]


def test_a_cut_end_is_found(chain, without_triggers, session):
    session.execute(sa.delete(AuditEntry).where(AuditEntry.subject_id == "4"))
    assert [broken.entry_id for broken in verify_chain(session)] == [0]


def test_altered_personal_values_are_found(chain, session):
    session.execute(sa.update(AuditPersonal).values(facts={"phone": "+8613900000000"}))
    assert [broken.what for broken in verify_chain(session)] == ["its personal values were altered"]


def test_erasing_a_person_does_not_break_the_chain(chain, session):
    session.execute(sa.delete(AuditPersonal))
    assert verify_chain(session) == []


def verified(app) -> tuple[int, str]:
    said = app.test_cli_runner().invoke(args=["audit", "verify"])
    return said.exit_code, said.output


def test_the_command_says_that_the_chain_is_whole(chain, app):
    assert verified(app) == (0, "5 entries; nothing was altered or left out.\n")


def test_the_command_names_the_first_entry_of_which_a_byte_was_changed(chain, without_triggers, session, app):
    for subject, word in (("1", "price.changes"), ("3", "Price.changed")):
        session.execute(sa.update(AuditEntry).where(AuditEntry.subject_id == subject).values(action=word))
    first = session.scalar(sa.select(AuditEntry.id).where(AuditEntry.subject_id == "1"))
    session.commit()
    code, said = verified(app)
    assert code == 1
    assert f"entry {first}: what it says was altered" in said
    assert f"The first that does not fit is entry {first}." in said


def many_writers_make_one_chain(unit_of_work, session):
    session.rollback()
    before = session.scalar(sa.select(sa.func.count()).select_from(AuditEntry))
    session.rollback()
    threads = [Thread(target=note, args=(unit_of_work, number)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == before + 24
    assert verify_chain(session) == []


@pytest.mark.race(twin="test_without_the_lock_on_its_head_the_chain_breaks")
def test_many_writers_at_once_make_one_chain(unit_of_work, session):
    many_writers_make_one_chain(unit_of_work, session)


def test_without_the_lock_on_its_head_the_chain_breaks(unit_of_work, session):
    assert goes_wrong(lambda: many_writers_make_one_chain(without_locks(unit_of_work), session))


def test_an_action_that_fails_leaves_no_entry(unit_of_work, session):
    def work(session):
        audit(session, None, "x", "y", 1, now=utc_now())
        raise LookupError

    with pytest.raises(LookupError):
        unit_of_work.run(work)
    assert session.get(AuditHead, 1).last_entry_id == 0


def test_the_entry_is_written_after_everything_else_is_locked(unit_of_work):
    def work(session):
        audit(session, None, "x", "y", 1, now=utc_now())
        note_lock(session, LockRank.LEDGER_ACCOUNT)

    unit_of_work.run(work)


def test_the_trail_is_read_newest_first_and_by_action(chain, unit_of_work, session):
    unit_of_work.run(lambda session: audit(session, None, "export.made", "report", "sales", now=utc_now()))
    assert [row.action for row in list_audit(session, AuditFilter(), limit=2)] == [
        "export.made",
        "price.changed",
    ]
    found = list_audit(session, AuditFilter(action="price.changed", subject_id="2"))
    assert [row.personal for row in found] == [{"phone": "+8613800000000"}]
