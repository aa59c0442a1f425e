"""The people of a household who have an account, as the coordinator of its village sees them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.contacts import normalise_mobile
from shop.accounts.device_sign_in import who_may_have_card
from shop.accounts.errors import NoCardFor, PhoneShared
from shop.accounts.models import RoleName, User, UserRole
from shop.accounts.users import add_user, sign_out_everywhere
from shop.catalogue.assignments import add_worker, producer_of_household, remove_worker
from shop.catalogue.models import Household, PackingPlace, Producer, ProducerMember, Village
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.storage.named_locks import lock_name

MOST_PEOPLE = 20
NEEDS_NAME = msg("Please write the name that the household calls them by.")
OWN_NUMBER = msg("This is your own number. Please write the number of the person in the household.")
TOO_MANY = msg("A household has at most %(most)s people with an account.")


@dataclass(frozen=True, slots=True)
class House:
    id: int
    alias_zh: str
    alias_en: str
    village_id: int
    village_zh: str
    village_en: str
    place_phone: str  # the coordinator's
    producer_id: int | None


@dataclass(frozen=True, slots=True)
class HousePerson:
    user_id: int
    name: str
    phone: str | None
    active: bool
    wants_texts: bool


def village_house(session: Session, household_id: int, village_ids: Collection[int]) -> House:
    """Raises NotFound, the same for an absent household and another village's. One statement."""
    statement = _houses().where(Household.id == household_id, Household.village_id.in_(village_ids))
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound()
    return House(*row)


def houses_of(session: Session, user_ids: Collection[int]) -> dict[int, House]:
    """The first household that each of these people works for. One statement."""
    statement = (
        _houses()
        .add_columns(ProducerMember.user_id)
        .join(ProducerMember, ProducerMember.producer_id == Producer.id)
        .where(ProducerMember.user_id.in_(user_ids))
        .order_by(Household.id.desc())
    )
    return {row[-1]: House(*row[:-1]) for row in session.execute(statement)}


def people_of_house(session: Session, household_id: int) -> list[HousePerson]:
    """By name. One statement."""
    statement = (
        sa.select(User.id, User.name, User.phone, User.active, User.wants_texts)
        .join(ProducerMember, ProducerMember.user_id == User.id)
        .join(Producer, Producer.id == ProducerMember.producer_id)
        .where(Producer.household_id == household_id)
        .order_by(User.name, User.id)
    )
    return [HousePerson(*row) for row in session.execute(statement)]


def person_of_house(session: Session, household_id: int, user_id: int) -> HousePerson:
    """Raises NotFound for somebody of another household."""
    found = next((one for one in people_of_house(session, household_id) if one.user_id == user_id), None)
    if found is None:
        raise NotFound()
    return found


def add_person(
    session: Session,
    household_id: int,
    *,
    name: str,
    phone: str,
    may_share: bool = True,
    actor_id: int,
    now: datetime,
) -> int:
    """An account without address or password for somebody of the household, who signs in by telephone or card.

    The same name and number again change nothing. Raises InvalidInput, also for the number of whoever writes it down;
    PhoneShared where somebody else who works with the shop has it, unless it `may_share`; NotFound for a household
    without goods. Who only buys here is nobody's business, and is not asked about.
    """
    known_as, number = tidy(name)[:80], normalise_mobile(phone)
    if not known_as:
        raise InvalidInput(NEEDS_NAME, field="name")
    lock_name(session, f"household people:{household_id}")
    producer_id = producer_of_household(session, household_id)
    if producer_id is None:
        raise NotFound()
    people = people_of_house(session, household_id)
    same = next((one for one in people if (one.name, one.phone) == (known_as, number)), None)
    if same is not None:
        return same.user_id
    if len(people) >= MOST_PEOPLE:
        raise InvalidInput(TOO_MANY, field="name", most=MOST_PEOPLE)
    _judge_number(session, number, may_share, actor_id)
    user = User(name=known_as, phone=number, language="zh", created_at=now, recovery_codes=[])
    add_user(session, user, [RoleName.FARMER], actor_id=actor_id, now=now)
    add_worker(session, producer_id, user.id, actor_id=actor_id, now=now)
    return user.id


def _judge_number(session: Session, number: str, may_share: bool, actor_id: int) -> None:
    works = sa.exists().where(UserRole.user_id == User.id, UserRole.role != RoleName.BUYER)
    owners = session.scalars(sa.select(User.id).where(User.phone == number, User.active, works)).all()
    if actor_id in owners:
        raise InvalidInput(OWN_NUMBER, field="phone")
    if owners and not may_share:
        raise PhoneShared(field="phone")


def remove_person(session: Session, household_id: int, user_id: int, *, actor_id: int, now: datetime) -> None:
    """Somebody works for the household no more: every device is out, and the card dead.

    Raises NotFound; NoCardFor somebody whose account is more than a household's.
    """
    producer_id = producer_of_household(session, household_id)
    if producer_id is None:
        raise NotFound()
    if not who_may_have_card(session, [user_id]):
        raise NoCardFor()
    remove_worker(session, producer_id, user_id, actor_id=actor_id, now=now)
    sign_out_everywhere(session, user_id, actor_id=actor_id, now=now)


def _houses() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            Household.id,
            Household.alias_zh,
            Household.alias_en,
            Village.id,
            Village.name_zh,
            Village.name_en,
            PackingPlace.phone,
            Producer.id,
        )
        .join(Village, Village.id == Household.village_id)
        .join(PackingPlace, PackingPlace.id == Village.packing_place_id)
        .outerjoin(Producer, Producer.household_id == Household.id)
    )
