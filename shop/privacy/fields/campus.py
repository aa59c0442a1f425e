"""Who somebody is at the university: linked campus accounts, the roster, and what signing out there needs."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from shop.accounts.campus.models import Provider
from shop.kit.text import msg
from shop.privacy.facts import ACCOUNT_CONTACT, ACCOUNT_NAME, ACCOUNT_UNIT, SECRET
from shop.privacy.mapping import Gone, Person, nobody, of_user, table, through
from shop.privacy.words import Kept, Kind

_OWN: Final = of_user("user_id")
_NUMBER: Final = ACCOUNT_NAME.but(kind=Kind.SIGN_IN, purpose=msg("To sign in from the campus"))


def on_the_roster(rows: sa.FromClause, person: Person) -> sa.ColumnElement[bool]:
    """The row with which the person has signed in."""
    links = rows.metadata.tables["campus_identities"]  # type: ignore[attr-defined]
    mine = sa.and_(_OWN(links, person), links.c.provider == Provider.ROSTER)
    return rows.c.campus_number.in_(sa.select(links.c.campus_number).where(mine))


TABLES: Final = (
    *nobody("campus_units used_logout_tokens"),
    table(
        "campus_identities", msg("Campus accounts"), whose=_OWN, gone=Gone.ROW,
        plain="id provider issuer kind linked_at last_seen_at ended_at ended_because end_reason",
        user_id=_NUMBER, subject=_NUMBER, campus_number=_NUMBER, name=ACCOUNT_NAME, unit_code=ACCOUNT_UNIT,
    ),
    table(
        "campus_sessions", msg("What the university has signed in"), gone=Gone.ROW,
        whose=through("session_id", "sessions", _OWN), plain="session_id identity_id",
        provider_session_hash=SECRET.but(kept=Kept.QUARTER), sealed_id_token=SECRET.but(kept=Kept.QUARTER),
    ),
    table("campus_arrivals", msg("People on their way in from the campus"), whose=None, gone=Gone.OWN_WAY,
          plain="id expires_at",
          token_hash=SECRET.but(kept=Kept.DAY), sealed_person=SECRET.but(kept=Kept.DAY)),
    table(
        "roster_rows", msg("The university's roster"), whose=on_the_roster, gone=Gone.OWN_WAY,
        plain="id kind leaves_on left_at written_at",
        campus_number=_NUMBER.but(kept=Kept.ROSTER),
        name=ACCOUNT_NAME.but(purpose=msg("To sign in from the campus"), kept=Kept.ROSTER),
        phone=ACCOUNT_CONTACT.but(purpose=msg("To sign in from the campus"), kept=Kept.ROSTER),
        unit_code=ACCOUNT_UNIT.but(kept=Kept.ROSTER),
    ),
)  # fmt: skip
