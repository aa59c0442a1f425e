"""Erasures that were not carried out to their end."""

from __future__ import annotations

from datetime import timedelta

from tests.integration.check.plants import Saboteur, plants


@plants("account: nothing of its person is left once it is erased")
def _a_name_that_stayed(by: Saboteur) -> str:
    person = by.ask("SELECT min(id) FROM users WHERE email IS NOT NULL")
    by.do("UPDATE users SET erased_at = :now WHERE id = :person", now=by.trade.now, person=person)
    return f"user {person}"


@plants("file: what an erasure gave up is deleted within a day")
def _a_photo_that_stayed(by: Saboteur) -> str:
    since = by.trade.now - timedelta(days=2)
    by.do("INSERT INTO doomed_files (id, name, since) VALUES (9, 'claims/x.webp', :since)", since=since)
    return "file claims/x.webp"


PLANTED = True
