"""Addresses are cut after thirty days, to the minute, and the audit trail stays whole."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from shop import jobs
from shop.accounts import trace_addresses
from shop.accounts.attempts import Origin, begin_attempt
from shop.accounts.audit import audit
from shop.accounts.audit_chain import verify_chain
from shop.accounts.models import Attempt, AttemptKind, AuditPersonal, SessionKind, SignInSession
from shop.accounts.sessions import start_session
from shop.accounts.trace_addresses import cut_address
from shop.kit.clock import utc_now
from tests.factories.people import make_person


@pytest.mark.parametrize(
    ("address", "cut"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("unix:", ""),
        ("", ""),
    ],
)
def test_an_address_is_cut_to_its_network_and_not_further_when_cut_again(address, cut):
    assert cut_address(address) == cut
    assert cut_address(cut) == cut


def test_addresses_are_cut_after_thirty_days_and_the_trail_keeps_its_chain(app, unit_of_work, monkeypatch):
    monkeypatch.setattr(trace_addresses, "BATCH", 1)
    person, now = make_person(unit_of_work), utc_now()

    def leave_traces(session) -> None:
        for last in (7, 8):
            address = f"198.51.{last}.9"
            start_session(
                session,
                person.id,
                roles=frozenset(),
                device="x",
                address=address,
                now=now,
                kind=SessionKind.BROWSER,
            )
            begin_attempt(session, AttemptKind.SIGN_IN, f"{last}", origin=Origin(address), now=now)
            audit(session, None, "sign_in.refused", "user", 1, now=now, personal={"address": address})
        audit(session, None, "user.changed", "user", 1, now=now, personal={"phone": "1"})

    unit_of_work.run(leave_traces)

    def held() -> tuple[set[str], set[str], int]:
        def read(session):
            assert verify_chain(session) == []
            return (
                set(session.scalars(sa.select(SignInSession.address))),
                set(session.scalars(sa.select(Attempt.address))),
                session.scalar(sa.select(sa.func.count()).select_from(AuditPersonal)),
            )

        return unit_of_work.run(read)

    whole, cut = {"198.51.7.9", "198.51.8.9"}, {"198.51.7.0/24", "198.51.8.0/24"}
    personal = held()[2]
    with app.app_context():
        with time_machine.travel(now + timedelta(days=30) - timedelta(minutes=1)):
            assert jobs.run_job("cut_addresses") == 0
        assert held() == (whole, whole, personal)
        with time_machine.travel(now + timedelta(days=30, minutes=1)):
            assert jobs.run_job("cut_addresses") > 0
            assert jobs.run_job("cut_addresses") == 0
    assert held() == (cut, cut, personal - 2), (
        "what was changed of a person stays, where a sign-in came from does not"
    )
