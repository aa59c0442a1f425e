"""Households, which are shown only by alias and with their consent, and the workshops that pool their goods."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.editing.rows import Sheet, get_row, save_row
from shop.accounts.editing.rules import Values, flag, line, lines, link, number, phone, slug
from shop.catalogue.claims import refuse_claims
from shop.catalogue.models import Household, Producer, ProducerKind, Village
from shop.catalogue.version import bump_version

HOUSEHOLD = Sheet(
    "household",
    {
        "slug": slug(),
        "village_id": link(),
        "alias_zh": line(40, needed=True),
        "alias_en": line(80, needed=True),
        "people": number(1, 50),
        "phone": phone(),
        "story_zh": lines(2_000),
        "story_en": lines(2_000),
        "active": flag(),
    },
    links={"village_id": Village},
    personal=frozenset({"story_zh", "story_en"}),  # it may leave, and be forgotten; an alias names nobody
)
WORKSHOP = Sheet(
    "producer",
    {
        "slug": slug(),
        "village_id": link(),
        "name_zh": line(80, needed=True),
        "name_en": line(120, needed=True),
        "phone": phone(),
        "active": flag(),
    },
    links={"village_id": Village},
)


def get_household(session: Session, record_id: int) -> Household:
    """Raises NotFound."""
    return get_row(session, Household, record_id)


def save_household(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """Create or change a household, and with it the producer that it is. `consents` (yes or no) says whether it
    agreed to be shown; the moment is kept.
    """
    refuse_claims(values)
    given = {"active": True, **values} if record_id is None else values
    saved = save_row(session, Household, HOUSEHOLD, record_id, given, actor_id=actor_id, now=now)
    household: Household = saved.row
    _keep_producer(session, household)
    if "consents" in values:
        _note_consent(session, household, bool(values["consents"]), actor_id, now)
    bump_version(session)
    return household.id


def withdraw_consent(session: Session, household_id: int, *, actor_id: int | None, now: datetime) -> bool:
    """Nobody is shown the household's alias and story from now on; False when that was so already."""
    household = get_household(session, household_id)
    if household.consented_at is None:
        return False
    _note_consent(session, household, False, actor_id, now)
    bump_version(session)
    return True


def get_workshop(session: Session, record_id: int) -> Producer:
    """Raises NotFound."""
    return get_row(session, Producer, record_id)


def save_workshop(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    refuse_claims(values)
    given = {"active": True, **values} if record_id is None else values
    kind = {"kind": ProducerKind.WORKSHOP} if record_id is None else {}
    saved = save_row(session, Producer, WORKSHOP, record_id, given, actor_id=actor_id, now=now, also=kind)
    bump_version(session)
    producer_id: int = saved.row.id
    return producer_id


def _keep_producer(session: Session, household: Household) -> None:
    """A household is the producer of its own goods, under the same name."""
    producer = session.scalar(sa.select(Producer).where(Producer.household_id == household.id))
    if producer is None:
        producer = Producer(
            slug=household.slug,
            kind=ProducerKind.HOUSEHOLD,
            household_id=household.id,
            village_id=household.village_id,
        )
        session.add(producer)
    producer.village_id = household.village_id
    producer.name_zh, producer.name_en = household.alias_zh, household.alias_en
    producer.phone, producer.active = household.phone, household.active
    session.flush()


def _note_consent(
    session: Session, household: Household, agreed: bool, actor_id: int | None, now: datetime
) -> None:
    if agreed == (household.consented_at is not None):
        return
    household.consented_at = now if agreed else None
    session.flush()
    action = "household.consented" if agreed else "household.consent_withdrawn"
    audit(session, actor_id, action, "household", household.id, now=now)
