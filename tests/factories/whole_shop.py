"""The seeded demo shop with a month of orders, everybody signed in, and two sides that must not see each other.

Side `a` and side `b` each have a buyer, a farmer, a coordinator and a keeper of their own, and one order at every
stage. What a side's people typed can be found again word by word: `Side.secrets`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from shop.accounts.models import Address, RoleName, SignInSession, User, UserRole
from shop.accounts.passkey_models import Passkey
from shop.accounts.passwords import DEMO_PASSWORD
from shop.accounts.users import create_user
from shop.catalogue.models import (
    Household,
    PackingPlace,
    PackingPlaceStaff,
    Producer,
    Village,
)
from shop.catalogue.refreshing import rebuild
from shop.catalogue.search_index import reindex
from shop.delivery.models import PickupPoint, PointKeeper
from shop.demo.play import play
from shop.extensions import settings, unit_of_work
from shop.inventory.stock_state import refresh_stock_state
from shop.kit.clock import utc_now
from shop.seeding.loading import load_seed
from tests.conftest import OwnOriginClient
from tests.factories import planted_intakes
from tests.factories.desk_records import desk_records
from tests.factories.house_people import plant_house_people
from tests.factories.people import csrf_token, sign_in
from tests.factories.planted_campaigns import plant_campaigns
from tests.factories.planted_gifts import plant_gifts
from tests.factories.planted_goods import plant_goods, plant_take_outs
from tests.factories.planted_reports import plant_reports
from tests.factories.planted_shelves import plant_shelves
from tests.factories.planted_stories import plant_posts
from tests.factories.planted_talks import plant_talks
from tests.factories.privacy_records import plant_requests
from tests.factories.seeds import SEED_FILE
from tests.factories.stories import OrderFacts, tell_stories

DEMO_ORDERS = 150
DEMO_DAYS = 30


@dataclass(frozen=True)
class Side:
    """Accounts and places by name, and the words that nobody of the other side may read."""

    key: str
    buyer: str
    farmer: str
    coordinator: str
    keeper: str
    producer: str
    village: str
    point: str
    recipient: str
    phone: str
    email: str
    street: str
    note: str
    invoice_title: str
    tax_number: str
    household_phone: str

    @property
    def secrets(self) -> dict[str, str]:
        """What the buyer typed, by field."""
        names = ("recipient", "phone", "email", "street", "note", "invoice_title", "tax_number")
        return {name: getattr(self, name) for name in names}


SIDES = {
    "a": Side(
        "a", "buyer", "farmer", "coordinator", "point", "mg-01", "mogou", "xingqing-library",
        recipient="甘草甲收件", phone="13877710001", email="canary-a@mail.example", street="金丝雀甲路 71 号",
        note="甲方留言请轻放", invoice_title="甲方金丝雀学会", tax_number="51610000MJY1234X1A",
        household_phone="13677710003",
    ),
    "b": Side(
        "b", "buyer2", "farmer2", "coordinator2", "point2", "rh-03", "ruhe", "",
        recipient="黄连乙收件", phone="13977720002", email="canary-b@mail.example", street="百灵鸟乙路 82 号",
        note="乙方留言莫倒置", invoice_title="乙方百灵鸟学会", tax_number="52610000MJY5678Y2B",
        household_phone="13577720004",
    ),
}  # fmt: skip

# Those whom the seed does not know: their roles and where they work.
MORE_PEOPLE: dict[str, tuple[RoleName, ...]] = {
    "hub": (RoleName.COORDINATOR,),
    "hub2": (RoleName.COORDINATOR,),
    "point2": (RoleName.POINT_KEEPER,),
    "clerk": (RoleName.ADMIN,),
    "clerk2": (RoleName.ADMIN,),
    "treasurer": (),
}
SEEDED = (
    "buyer", "buyer2", "union", "farmer", "farmer2", "coordinator", "coordinator2", "point", "admin", "admin2",
)  # fmt: skip
EVERYBODY = (*SEEDED, *MORE_PEOPLE)


@dataclass
class World:
    """What was planted: plain numbers and codes, good for every copy of the database."""

    users: dict[str, int] = field(default_factory=dict)
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)  # CSRF, by person
    orders: dict[str, dict[str, OrderFacts]] = field(
        default_factory=dict
    )  # by side ("a", "b", "guest"), stage
    addresses: dict[str, int] = field(default_factory=dict)
    sessions: dict[str, int] = field(default_factory=dict)  # a second browser's, by person
    passkeys: dict[str, int] = field(default_factory=dict)  # the first of two
    producers: dict[str, int] = field(default_factory=dict)
    villages: dict[str, int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    points: dict[str, int] = field(default_factory=dict)
    variants: dict[str, int] = field(default_factory=dict)  # by SKU
    lots: dict[str, int] = field(default_factory=dict)  # by side; "a, in the village" is for its coordinator
    prints: dict[str, int] = field(default_factory=dict)  # labels of the lot "in the village", by side
    runs: dict[str, str] = field(default_factory=dict)  # by stage
    records: dict[str, Any] = field(default_factory=dict)  # one of each kind that the back office edits


def build_world(app: Flask) -> World:
    """Fill an empty, migrated shop. The same for SQLite and PostgreSQL."""
    world, now = World(), utc_now()
    with app.app_context():
        load_seed(unit_of_work(), SEED_FILE, now=now, demo=True)
        unit_of_work().run(
            lambda session: play(session, orders=DEMO_ORDERS, households=0, days=DEMO_DAYS, seed=7, now=now)
        )
        unit_of_work().run(lambda session: _settle(session, world, now))
        plots = unit_of_work().run(lambda session: plant_goods(session, world.producers, now))
        world.variants, world.lots, world.prints = plots.variants, plots.lots, plots.prints
        world.producers["far-away"] = plots.lone_producer
        unit_of_work().run(_relist)
        world.orders, world.runs = tell_stories(app, world, SIDES, plots, now)
        world.records = unit_of_work().run(lambda session: desk_records(session, world, now))
        secret = settings().secret_key
        world.records |= unit_of_work().run(lambda session: plant_campaigns(session, world, secret, now))
        world.records |= unit_of_work().run(lambda session: plant_talks(session, world, SIDES, now))
        world.records |= unit_of_work().run(lambda session: plant_posts(session, world, SIDES, now))
        world.records |= unit_of_work().run(lambda session: plant_gifts(session, world, now))
        world.records |= _weigh_in(now)
        world.records |= unit_of_work().run(lambda session: plant_reports(session, world, now))
        keepers = {
            side.keeper: (world.users[side.keeper], world.points[name], world.lots[name])
            for name, side in SIDES.items()
        }
        world.records["shelves"] = plant_shelves(unit_of_work(), keepers, world.users["admin"], now)
        world.records["shelf_loads"] = {
            side.coordinator: {"load_id": world.records["shelves"][side.keeper]["load_id"]}
            for side in SIDES.values()
        }
        unit_of_work().run(lambda session: plant_requests(session, world.users, now))
        world.records["take_outs"] = unit_of_work().run(
            lambda session: plant_take_outs(session, world.places, now)
        )
        world.records["house_people"] = unit_of_work().run(
            lambda session: plant_house_people(session, SIDES.values(), world, now)
        )
    for name in EVERYBODY:
        _let_in(app, world, name)
    return world


def _settle(session: Session, world: World, now: datetime) -> None:
    """The people whom the seed does not know, and telephones for households."""
    world.producers |= _ids(session, Producer, ("mg-01", "mg-02", "rh-03", "rh-04"))
    world.villages |= _ids(session, Village, ("mogou", "ruhe", "longtou"))
    world.places |= _ids(session, PackingPlace, ("mogou-point", "ruhe-point", "county-hub", "longtou-point"))
    world.points |= dict(session.execute(sa.select(PickupPoint.slug, PickupPoint.id)).all())
    for name, roles in MORE_PEOPLE.items():
        create_user(
            session, email=f"{name}@demo.example", password=DEMO_PASSWORD, name=name, roles=roles,
            demo=True, now=now,
        )  # fmt: skip
    users = dict(session.execute(sa.select(User.email, User.id)).all())
    world.users |= {name: users[f"{name}@demo.example"] for name in EVERYBODY}
    # Finance alone is not given any more; who has it from before must still find every door of the team closed.
    session.add(UserRole(user_id=world.users["treasurer"], role=RoleName.FINANCE))
    other_point = next(id_ for slug, id_ in world.points.items() if slug != SIDES["a"].point)
    world.points["b"], world.points["a"] = other_point, world.points[SIDES["a"].point]
    session.add_all(
        [
            PackingPlaceStaff(user_id=world.users["hub"], packing_place_id=world.places["county-hub"]),
            PackingPlaceStaff(user_id=world.users["hub2"], packing_place_id=world.places["longtou-point"]),
            PointKeeper(user_id=world.users["point2"], pickup_point_id=other_point),
        ]
    )
    for side in SIDES.values():
        _give_phone(session, side)
        _give_passkeys(session, world, side.buyer)
        address = Address(
            user_id=world.users[side.buyer], recipient=side.recipient, phone=f"+86{side.phone}",
            province="陕西省", city="西安市", district="雁塔区", street=side.street,
        )  # fmt: skip
        session.add(address)
        session.flush()
        world.addresses[side.buyer] = address.id


def _give_phone(session: Session, side: Side) -> None:
    producer = session.scalars(sa.select(Producer).where(Producer.slug == side.producer)).one()
    producer.phone = side.household_phone
    session.get_one(Household, producer.household_id).phone = side.household_phone


def _give_passkeys(session: Session, world: World, name: str) -> None:
    """Keys that nobody holds."""
    made = [
        Passkey(
            user_id=world.users[name], credential_id=f"{name}-{place}", public_key="", user_handle=name,
            label=f"钥匙 {name} {place}", created_at=utc_now(),
        )
        for place in (1, 2)
    ]  # fmt: skip
    session.add_all(made)
    session.flush()
    world.passkeys[name] = made[0].id


def _ids(session: Session, model: type, slugs: Iterable[str]) -> dict[str, int]:
    return dict(session.execute(sa.select(model.slug, model.id).where(model.slug.in_(slugs))).all())


def _weigh_in(now: datetime) -> dict[str, Any]:
    """At a workshop of each side: a slip, a lot made of another, and packaging."""
    run = unit_of_work().run
    good = run(planted_intakes.raw_good)
    sides = {}
    for side in SIDES:
        used = run(partial(planted_intakes.weigh, side=side, grade_id=good["raw_grade"], now=now))
        made = run(partial(planted_intakes.make, side=side, kept=used, now=now))
        fresh = run(partial(planted_intakes.weigh, side=side, grade_id=good["raw_grade"], now=now))
        sides[side] = fresh | made | run(partial(planted_intakes.pack, kept=fresh, now=now))
    return {"raw_good": good["raw_good"], "workshops": sides}


def _relist(session: Session) -> None:
    rebuild(session)
    reindex(session)
    refresh_stock_state(session, now=utc_now())


def _let_in(app: Flask, world: World, name: str) -> None:
    """Sign in twice: the first browser is a second device that a test may end."""
    for _ in range(2):
        client = OwnOriginClient(app, app.response_class, use_cookies=True)
        answer = sign_in(client, f"{name}@demo.example", DEMO_PASSWORD)
        assert answer.status_code == 303, (name, answer.status_code)
        if name not in world.sessions:
            world.sessions[name] = _newest_session(app, world.users[name])
    world.tokens[name] = csrf_token(client, "/account/security")
    kept = (client.get_cookie(cookie) for cookie in ("session", "device"))
    world.cookies[name] = {cookie.key: cookie.value for cookie in kept if cookie is not None}


def _newest_session(app: Flask, user_id: int) -> int:
    newest = sa.select(sa.func.min(SignInSession.id)).where(SignInSession.user_id == user_id)
    with app.app_context():
        return unit_of_work().run(lambda session: session.scalar(newest))
