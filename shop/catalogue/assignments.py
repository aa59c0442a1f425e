"""Who works where: people of producers, coordinators of villages, staff of packing places."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.contacts import normalise_email
from shop.accounts.models import User
from shop.accounts.proved_email import demand_known_owner
from shop.accounts.users import find_user_id
from shop.catalogue.models import (
    PackingPlace,
    PackingPlaceStaff,
    Producer,
    ProducerMember,
    Village,
    VillageCoordinator,
)
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import like_pattern, msg, tidy

MOST_FOUND = 12


@dataclass(frozen=True)
class ProducerName:
    id: int
    name_zh: str
    name_en: str
    village_zh: str
    village_en: str


@dataclass(frozen=True)
class Worker:
    user_id: int
    name: str
    email: str | None


def set_villages(
    session: Session, user_id: int, village_ids: Collection[int], *, actor_id: int, now: datetime
) -> None:
    """Make these the villages that somebody coordinates. Raises NotFound, InvalidInput, OwnerUnknown."""
    _known(session, Village, village_ids)
    kept = sa.select(VillageCoordinator).where(VillageCoordinator.user_id == user_id)
    rows = {row.village_id: row for row in session.scalars(kept)}
    new = sorted(set(village_ids) - rows.keys())
    if new:
        demand_known_owner(session, user_id)
    for village_id in new:
        session.add(VillageCoordinator(user_id=user_id, village_id=village_id))
    for village_id in sorted(rows.keys() - set(village_ids)):
        session.delete(rows[village_id])
    _note(session, user_id, "villages", rows.keys(), village_ids, actor_id, now)


def set_packing_places(
    session: Session, user_id: int, place_ids: Collection[int], *, actor_id: int, now: datetime
) -> None:
    """Make these the packing places that somebody staffs. Raises NotFound, InvalidInput, OwnerUnknown."""
    _known(session, PackingPlace, place_ids)
    kept = sa.select(PackingPlaceStaff).where(PackingPlaceStaff.user_id == user_id)
    rows = {row.packing_place_id: row for row in session.scalars(kept)}
    new = sorted(set(place_ids) - rows.keys())
    if new:
        demand_known_owner(session, user_id)
    for place_id in new:
        session.add(PackingPlaceStaff(user_id=user_id, packing_place_id=place_id))
    for place_id in sorted(rows.keys() - set(place_ids)):
        session.delete(rows[place_id])
    _note(session, user_id, "packing_places", rows.keys(), place_ids, actor_id, now)


def add_worker(session: Session, producer_id: int, user_id: int, *, actor_id: int, now: datetime) -> None:
    """Let somebody work for a producer; a second time changes nothing. Raises NotFound, OwnerUnknown."""
    if session.get(Producer, producer_id) is None or session.get(User, user_id) is None:
        raise NotFound()
    if session.get(ProducerMember, (user_id, producer_id)) is not None:
        return
    demand_known_owner(session, user_id)
    session.add(ProducerMember(user_id=user_id, producer_id=producer_id))
    session.flush()
    facts = {"user_id": user_id}
    audit(session, actor_id, "producer.worker_added", "producer", producer_id, facts, now=now)


def add_worker_by_email(
    session: Session, producer_id: int, email: str, *, actor_id: int, now: datetime
) -> None:
    """Raises NotFound, OwnerUnknown; InvalidInput for an address that nobody has."""
    if session.get(Producer, producer_id) is None:
        raise NotFound()
    user_id = find_user_id(session, normalise_email(email))
    if user_id is None:
        raise InvalidInput(msg("Nobody has an account with this address."), field="email")
    add_worker(session, producer_id, user_id, actor_id=actor_id, now=now)


def remove_worker(session: Session, producer_id: int, user_id: int, *, actor_id: int, now: datetime) -> None:
    """Raises NotFound."""
    member = session.get(ProducerMember, (user_id, producer_id))
    if member is None:
        raise NotFound()
    session.delete(member)
    session.flush()
    facts = {"user_id": user_id}
    audit(session, actor_id, "producer.worker_removed", "producer", producer_id, facts, now=now)


def producer_of_household(session: Session, household_id: int) -> int | None:
    return session.scalar(sa.select(Producer.id).where(Producer.household_id == household_id))


def workers_of(session: Session, producer_id: int) -> Sequence[Worker]:
    statement = (
        sa.select(User.id, User.name, User.email)
        .join(ProducerMember, ProducerMember.user_id == User.id)
        .where(ProducerMember.producer_id == producer_id)
        .order_by(User.name, User.id)
    )
    return [Worker(*row) for row in session.execute(statement)]


def producers_of_user(session: Session, user_id: int) -> Sequence[ProducerName]:
    statement = _producer_names().join(ProducerMember, ProducerMember.producer_id == Producer.id)
    rows = session.execute(statement.where(ProducerMember.user_id == user_id).order_by(Producer.id))
    return [ProducerName(*row) for row in rows]


def find_producers(session: Session, text: str) -> Sequence[ProducerName]:
    """Active producers whose name or village holds the text; a few, for choosing one."""
    wanted = tidy(text)
    if not wanted:
        return []
    pattern = f"%{like_pattern(wanted)}%"
    columns = (Producer.name_zh, Producer.name_en, Village.name_zh, Village.name_en)
    matches = sa.or_(*(column.ilike(pattern, escape="\\") for column in columns))
    statement = _producer_names().where(Producer.active, matches).order_by(Producer.name_zh, Producer.id)
    return [ProducerName(*row) for row in session.execute(statement.limit(MOST_FOUND))]


def _producer_names() -> sa.Select[*tuple[Any, ...]]:
    return sa.select(Producer.id, Producer.name_zh, Producer.name_en, Village.name_zh, Village.name_en).join(
        Village, Village.id == Producer.village_id
    )


def _known(session: Session, model: type[Village | PackingPlace], ids: Collection[int]) -> None:
    if set(session.scalars(sa.select(model.id).where(model.id.in_(ids)))) != set(ids):
        raise InvalidInput(msg("Please choose one from the list."))


def _note(
    session: Session,
    user_id: int,
    what: str,
    before: Collection[int],
    after: Collection[int],
    actor_id: int,
    now: datetime,
) -> None:
    if session.get(User, user_id) is None:
        raise NotFound()
    session.flush()
    if set(before) != set(after):
        facts = {what: [sorted(before), sorted(after)]}
        audit(session, actor_id, "user.work_changed", "user", user_id, facts, now=now)
