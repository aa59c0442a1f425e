"""Whose is what, in the whole shop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from shop.inventory.trace_codes import trace_code
from shop.kit.clock import shanghai_date, utc_now
from shop.settings import DEMO_TRACE_KEY
from tests.factories import privacy_records
from tests.factories.stories import OrderFacts
from tests.factories.whole_shop import SIDES, World
from tests.integration.authorisation.rows import ABSENT_ID, Target, named, numbered

ABSENT_CODE = "0000000000"
ABSENT_NUMBER = "261122-0000-0000"


def order(stage: str) -> Target:
    """A buyer's order at this stage."""
    return Target(
        lambda world: {person: {"number": one.number} for person, one in _buyers(world, stage).items()},
        {"number": ABSENT_NUMBER},
    )


def farm_task(stage: str) -> Target:
    """A farmer's task."""
    return numbered("task_id", lambda world: {
        "farmer": world.orders["a"][stage].tasks[0], "farmer2": world.orders["b"][stage].tasks[0],
    })  # fmt: skip


def prepared_task(stage: str) -> Target:
    """A task of a coordinator's own village: its household is answered for there, and nowhere else."""
    return numbered("task_id", lambda world: {
        "coordinator": world.orders["a"][stage].tasks[0],
        "coordinator2": world.orders["b"][stage].tasks[0],
    })  # fmt: skip


def received_task(stage: str) -> Target:
    """A task that comes to an own packing place; gift boxes come to the hub."""
    return numbered("task_id", lambda world: {
        "coordinator": world.orders["a"][stage].tasks[0],
        "coordinator2": world.orders["b"][stage].tasks[0],
        "hub": world.orders["a"]["box_received"].tasks[0],
    })  # fmt: skip


def parcel(stage: str) -> Target:
    return Target(lambda world: {
        "coordinator": {"code": world.orders["a"][stage].parcel},
        "coordinator2": {"code": world.orders["b"][stage].parcel},
        "hub": {"code": world.orders["a"]["box_packed"].parcel},
    }, {"code": ABSENT_CODE})  # fmt: skip


def waybill(stage: str) -> Target:
    """The first one that was asked for this stage's parcel."""
    of_parcel = parcel(stage)
    return Target(
        lambda world: {
            person: {"reference": f"{own['code']}-1"} for person, own in of_parcel.of(world).items()
        },
        {"reference": f"{ABSENT_CODE}-1"},
    )


def packing(stage: str, *, place: bool = True) -> Target:
    """An order that stands at an own packing place."""

    def of(world: World) -> Mapping[str, Mapping[str, object]]:
        orders = {
            "coordinator": world.orders["a"][stage],
            "coordinator2": world.orders["b"][stage],
            "hub": world.orders["b"]["box_received"],
        }
        return {
            person: {"number": one.number} | ({"place_id": one.place_id} if place else {})
            for person, one in orders.items()
        }

    return Target(of, {"number": ABSENT_NUMBER} | ({"place_id": ABSENT_ID} if place else {}))


# No household reads of a payout that nobody has approved.
DRAFT_PAYOUT = Target(
    lambda world: {"nobody": {"payout_id": world.records["payout_id"]}}, {"payout_id": ABSENT_ID}
)
FARM_LOT = numbered("lot_id", lambda world: {"farmer": world.lots["a"], "farmer2": world.lots["b"]})
VILLAGE_LOT = numbered("lot_id", lambda world: {
    "coordinator": world.lots["a, in the village"], "coordinator2": world.lots["b, in the village"],
})  # fmt: skip
TAKE_OUT = numbered("take_out_id", lambda world: {
    "coordinator": world.records["take_outs"]["mogou-point"], "coordinator2": world.records["take_outs"]["ruhe-point"],
})  # fmt: skip

SOLD_HERE = numbered("variant_id", lambda world: {
    "coordinator": world.variants["SAFE-A"], "coordinator2": world.variants["SAFE-B"],
})  # fmt: skip


def photo_of(own: Target) -> Target:
    """A photo of an own lot that is not there: no file is planted; the test of lots' photos looks at one."""
    return Target(
        lambda world: {who: {**values, "photo_id": ABSENT_ID} for who, values in own.of(world).items()},
        {**own.absent, "photo_id": ABSENT_ID},
        shared=own.shared,
    )


def file_of(own: Target) -> Target:
    """A document of an own paper that is not there: no file is planted; the tests of certificates look at some."""
    return Target(
        lambda world: {who: {**values, "file_id": ABSENT_ID} for who, values in own.of(world).items()},
        {**own.absent, "file_id": ABSENT_ID},
        shared=own.shared,
    )


def of_workshop(name: str, what: str) -> Target:
    """Something of the workshop that each coordinator answers for."""
    return numbered(name, lambda world: {
        SIDES[side].coordinator: kept[what] for side, kept in world.records["workshops"].items()
    })  # fmt: skip


BAG_PRINT = Target(
    lambda world: {
        person: {"lot_id": world.lots[f"{side}, in the village"], "print_id": world.prints[side]}
        for person, side in (("coordinator", "a"), ("coordinator2", "b"))
    },
    {"lot_id": ABSENT_ID, "print_id": ABSENT_ID},
)
FARM_FORECAST = numbered(
    "lot_id", lambda world: {"farmer": world.lots["a, to come"], "farmer2": world.lots["b, to come"]}
)
VILLAGE_FORECAST = numbered("lot_id", lambda world: {
    "coordinator": world.lots["a, to come in the village"], "coordinator2": world.lots["b, to come in the village"],
})  # fmt: skip
PRODUCER = numbered("producer_id", lambda world: {
    "coordinator": world.producers["mg-01"], "coordinator2": world.producers["rh-03"],
    "nobody": world.producers["far-away"],
})  # fmt: skip
HOUSE = Target(lambda world: _of_house(world, "household_id"), {"household_id": ABSENT_ID})
HOUSE_PERSON = Target(
    lambda world: _of_house(world, "household_id", "user_id"),
    {"household_id": ABSENT_ID, "user_id": ABSENT_ID},
)
HOUSE_DEVICE = Target(
    lambda world: _of_house(world, "household_id", "user_id", "session_id"),
    {"household_id": ABSENT_ID, "user_id": ABSENT_ID, "session_id": ABSENT_ID},
)
CARD = named({"token": "nobodys-card"}, {"token": "absent"})
ORGANISATION = Target(
    lambda world: {person: {"slug": slug} for person, slug in world.records["organisations"].items()},
    {"slug": "absent"},
)


def of_organisation(name: str) -> Target:
    """Something that an organisation keeps, named within it."""
    return Target(
        lambda world: {
            person: {"slug": known["slug"], name: known[name]}
            for person, known in world.records["of_organisations"].items()
        },
        {"slug": "absent", name: ABSENT_ID},
    )


INVITATION = Target(
    lambda world: {
        person: {"token": known["token"]} for person, known in world.records["of_organisations"].items()
    },
    {"token": "absent"},
)
QUOTATION = Target(
    lambda world: {
        person: {"slug": world.records["organisations"][person], "number": number}
        for person, number in world.records["quotations"].items()
    },
    {"slug": "absent", "number": "absent"},
)
STANDING = Target(
    lambda world: {
        buyer: {"slug": one["slug"], "standing_id": one["standing_id"]}
        for buyer, one in world.records["canteens"].items()
    },
    {"slug": "absent", "standing_id": ABSENT_ID},
)
CANTEEN_ORDER = Target(
    lambda world: {
        buyer: {"slug": one["slug"], "number": one["number"]}
        for buyer, one in world.records["canteens"].items()
    },
    {"slug": "absent", "number": "absent"},
)
CONTRACT = Target(
    lambda world: {
        person: {"slug": world.records["organisations"][person], "number": number, "contract_id": ABSENT_ID}
        for person, number in world.records["quotations"].items()
    },
    {"slug": "absent", "number": "absent", "contract_id": ABSENT_ID},
)
PURCHASE_FILE = Target(
    lambda world: {
        person: {"slug": slug, "kind": "csv"} for person, slug in world.records["organisations"].items()
    },
    {"slug": "absent", "kind": "csv"},
)
PAPERS = Target(
    lambda world: {
        buyer: {name: one[name] for name in ("slug", "kind", "ref")}
        for buyer, one in world.records["papers"].items()
    },
    {"slug": "absent", "kind": "order", "ref": "absent"},
)
PAPERS_FILE = Target(
    lambda world: {who: {**values, "ending": "pdf"} for who, values in PAPERS.of(world).items()},
    {**PAPERS.absent, "ending": "pdf"},
)
ATTACHED = Target(lambda world: world.records["papers"], {**PAPERS.absent, "paper_id": ABSENT_ID})
GIFT = Target(
    lambda world: {
        buyer: {"slug": one["slug"], "gift_id": one["gift_id"]}
        for buyer, one in world.records["gifts"].items()
    },
    {"slug": "absent", "gift_id": ABSENT_ID},
)
GIFT_ROW = Target(
    lambda world: world.records["gifts"], {"slug": "absent", "gift_id": ABSENT_ID, "row_id": ABSENT_ID}
)
GIFT_APPROVAL = Target(
    lambda world: {person: {**own, "approval_id": ABSENT_ID} for person, own in GIFT.of(world).items()},
    {"slug": "absent", "gift_id": ABSENT_ID, "approval_id": ABSENT_ID},
)
GIFT_TO_MAKE = numbered("gift_id", lambda world: world.records["gifts_to_make"])


def as_file(own: Target) -> Target:
    """The same object as a table."""
    return Target(
        lambda world: {who: {**values, "kind": "csv"} for who, values in own.of(world).items()},
        {**own.absent, "kind": "csv"},
    )


ADDRESS = numbered("address_id", lambda world: world.addresses)
CAMPUS_LINK = numbered("identity_id", lambda world: world.records["links"])
# This shop has no provider; tests/integration/campus goes to real ones.
CAMPUS_PROVIDER = named({"provider": "cas"}, {"provider": "absent"})
PRIVACY_REQUEST = Target(
    lambda _world: {
        "buyer": {"number": privacy_records.OF_BUYER},
        "buyer2": {"number": privacy_records.OF_OTHER},
    },
    {"number": privacy_records.ABSENT},
)
SESSION = numbered("session_id", lambda world: world.sessions)
CONTACT = named({"kind": "phone"}, {"kind": "pigeon"})
PASSKEY = numbered("passkey_id", lambda world: world.passkeys)
# Goods are the county's: every farmer may declare any of them.
VARIANT = Target(
    lambda world: {"*": {"variant_id": world.variants["SAFE-A"]}}, {"variant_id": ABSENT_ID}, shared=True
)
# A truck is the county's: everybody who loads it sees it, each with own parcels.
RUN = named({"code": "SAFE-LOADED"}, {"code": ABSENT_CODE})
GIVEN_PARCEL = Target(
    lambda world: {
        "point": {"code": world.orders["a"]["collected"].parcel},
        "point2": {"code": world.orders["b"]["collected"].parcel},
    },
    {"code": ABSENT_CODE},
)
WAITING_PARCEL = Target(
    lambda world: {
        "point": {"code": world.orders["a"]["here"].parcel},
        "point2": {"code": world.orders["b"]["here"].parcel},
    },
    {"code": ABSENT_CODE},
)


def _of_shelves(*names: str) -> Target:
    return Target(
        lambda world: {
            person: {name: own[name] for name in names} for person, own in world.records["shelves"].items()
        },
        {name: ABSENT_NUMBER if name == "number" else ABSENT_ID for name in names},
    )


SHELF, SALE = _of_shelves("shelf_id"), _of_shelves("number")
CASH_COUNT = _of_shelves("shelf_id", "count_id")
AWAITED = _of_shelves("shelf_id", "load_id")
SENT = Target(lambda world: world.records["shelf_loads"], {"load_id": ABSENT_ID})
ARRIVING_RUN = named({"code": "SAFE-DEPARTED"}, {"code": ABSENT_CODE})
PRODUCT = named({"slug": "safe-a"}, {"slug": "absent"})
VILLAGE = named({"slug": "mogou"}, {"slug": "absent"})
MEDIA = named({"name": "0" * 32 + "-480.webp"}, {"name": "absent"})
PASS = named({"key": "0" * 35}, {"key": "absent"})
REPACK_REQUEST = named({"request_id": ABSENT_ID - 1}, {"request_id": ABSENT_ID})
CLAIM_PHOTO = Target(
    lambda world: {
        person: {"number": one.number, "photo_id": ABSENT_ID}
        for person, one in _buyers(world, "shipped").items()
    },
    {"number": ABSENT_NUMBER, "photo_id": ABSENT_ID},
)
CONVERSATION = Target(lambda world: _of_buyer(world, code="code"), {"code": ABSENT_CODE})
CONVERSATION_PHOTO = Target(
    lambda world: {who: {**own, "photo_id": ABSENT_ID} for who, own in _of_buyer(world, code="code").items()},
    {"code": ABSENT_CODE, "photo_id": ABSENT_ID},
)
STORY = named({"slug": "safe-story-a"}, {"slug": "absent"})
QUESTION = numbered("question_id", lambda world: _talks_of(world, "coordinator", "question"))
REVIEWED = Target(
    lambda world: {
        person: {"number": one.number, "product_id": world.records[f"reviewed_{side}"]}
        for side, (person, one) in zip("ab", _buyers(world, "completed").items(), strict=True)
    },
    {"number": ABSENT_NUMBER, "product_id": ABSENT_ID},
)
OWN_REVIEW = Target(
    lambda world: {
        "buyer": {"review_id": world.records["review_a"]},
        "buyer2": {"review_id": world.records["review_b"]},
    },
    {"review_id": ABSENT_ID},
)
REVIEW_PHOTO = Target(
    lambda world: {
        person: {"number": one.number, "photo_id": ABSENT_ID}
        for person, one in _buyers(world, "completed").items()
    },
    {"number": ABSENT_NUMBER, "photo_id": ABSENT_ID},
)
PUBLIC_REVIEW_PHOTO = named({"name": "0" * 32}, {"name": "absent"})
SITEMAP_PART = named({"part": 1}, {"part": 99_999})
LATE_HARVEST = Target(
    lambda world: {
        person: {"number": one.number, "delay_id": ABSENT_ID}
        for person, one in _buyers(world, "open").items()
    },
    {"number": ABSENT_NUMBER, "delay_id": ABSENT_ID},
)
INVOICE_FILE = Target(
    lambda world: {
        person: {"number": one.number, "file_id": ABSENT_ID}
        for person, one in _buyers(world, "shipped").items()
    },
    {"number": ABSENT_NUMBER, "file_id": ABSENT_ID},
)
PAGE = named({"name": "privacy"}, {"name": "absent"})
OWN_REPORT = named({"name": "intake"}, {"name": "orders"})
EXPORT = numbered("job_id", lambda world: world.records["exports"])
SCHEDULE = numbered("schedule_id", lambda world: world.records["schedules"])
REPORT_VIEW = numbered("view_id", lambda world: world.records["report_views"])
REPORT = named({"name": "orders"}, {"name": "absent"})
PROVIDER = named({"provider": "sandbox"}, {"provider": "absent"})
SKU = named({"sku": "SAFE-A"}, {"sku": "ABSENT"})
TRACE = Target(
    lambda world: {"*": {"code": trace_code(world.lots["a"], 0, DEMO_TRACE_KEY)}},
    {"code": ABSENT_CODE},
    shared=True,
)
# Whoever knows the page's unguessable address pays.
SANDBOX_PAGE = Target(
    lambda world: {"*": {"token": world.orders["a"]["awaiting"].page_token}},
    {"token": "sb_0000"},
    shared=True,
)


def _of_house(world: World, *names: str) -> Mapping[str, Mapping[str, int]]:
    """Somebody of a household of an own village, who is signed in on one phone."""
    people = world.records["house_people"]
    return {person: {name: facts[name] for name in names} for person, facts in people.items()}


def _buyers(world: World, stage: str) -> dict[str, OrderFacts]:
    return {"buyer": world.orders["a"][stage], "buyer2": world.orders["b"][stage]}


def _of_buyer(world: World, **names: str) -> dict[str, dict[str, object]]:
    """What each buyer's planted conversation is called."""
    talks = world.records["talks"]
    return {
        SIDES[side].buyer: {name: kept[what] for name, what in names.items()} for side, kept in talks.items()
    }


def _talks_of(world: World, who: str, what: str) -> dict[str, int]:
    return {getattr(SIDES[side], who): kept[what] for side, kept in world.records["talks"].items()}


def post(stage: str) -> Target:
    """A story of an own village."""
    return numbered("post_id", lambda world: {
        SIDES[side].coordinator: kept[stage] for side, kept in world.records["posts"].items()
    })  # fmt: skip


POST_PICTURE = Target(
    lambda world: {
        SIDES[side].coordinator: {"post_id": kept["draft"], "picture_id": kept["draft_picture"]}
        for side, kept in world.records["posts"].items()
    },
    {"post_id": ABSENT_ID, "picture_id": ABSENT_ID},
)


def letter(who: str, what: str) -> Target:
    """Thanks to an own household, or one of an own village."""
    return numbered("letter_id", lambda world: _talks_of(world, who, what))


# What a form says: the person's own value. Who has none sends one that does not exist.


def own_task(stage: str) -> Callable[[World, str], int]:
    return lambda world, person: (prepared_task(stage).own(world, person) or {}).get("task_id", ABSENT_ID)


def own_parcel(stage: str) -> Callable[[World, str], str]:
    return lambda world, person: (parcel(stage).own(world, person) or {}).get("code", ABSENT_CODE)


def own_producer(world: World, person: str) -> int:
    side = _side_of(person)
    return world.producers[SIDES[side].producer] if side else ABSENT_ID


def at_workshop(what: str) -> Callable[[World, str], int]:
    def of(world: World, person: str) -> int:
        return world.records["workshops"].get(_side_of(person) or "", {}).get(what, ABSENT_ID)

    return of


def own_variant(world: World, person: str) -> int:
    return world.variants[f"SAFE-{(_side_of(person) or 'a').upper()}"]


def own_pickup_code(world: World, person: str) -> str:
    return world.orders[_side_of(person) or "a"]["here"].pickup_code


def tracking_number(_world: World, person: str) -> str:
    """Numbers are taken once."""
    return f"SF{8_000_000_000_000 + sum(person.encode())}"


def coupon_token(_world: World, person: str) -> str:
    return f"codes-{person}"


def price_token(_world: World, person: str) -> str:
    return f"price-{person}"


def soon(_world: World, _person: str) -> str:
    return (shanghai_date(utc_now()) + timedelta(days=20)).isoformat()


def today(_world: World, _person: str) -> str:
    return shanghai_date(utc_now()).isoformat()


def _side_of(person: str) -> str | None:
    return next(
        (key for key, side in SIDES.items() if person in {side.farmer, side.coordinator, side.keeper}), None
    )


def campaign(state: str, **more: str) -> Target:
    """A campaign of the buyer's own union, `open` or `draft`; `more`: what else the address names, by its key."""
    return Target(
        lambda world: {
            buyer: {"slug": one["slug"], "campaign_id": one[state]}
            | {name: one[key] for name, key in more.items()}
            for buyer, one in world.records["campaigns"].items()
        },
        {"slug": "absent", "campaign_id": ABSENT_ID} | dict.fromkeys(more, ABSENT_ID),
    )


CAMPAIGN_APPROVAL = Target(
    lambda world: {
        person: {**own, "approval_id": ABSENT_ID} for person, own in campaign("open").of(world).items()
    },
    {"slug": "absent", "campaign_id": ABSENT_ID, "approval_id": ABSENT_ID},
)

MEMBERS_CAMPAIGN = numbered(
    "campaign_id", lambda world: {buyer: one["open"] for buyer, one in world.records["campaigns"].items()}
)


def at_point(**names: str) -> Target:
    """What a keeper hands out of the campaign at the own point; `names`: what the address says, by its key."""
    return Target(
        lambda world: {
            keeper: {name: world.records["campaigns"][buyer][key] for name, key in names.items()}
            for keeper, buyer in (("point", "buyer"), ("point2", "buyer2"))
        },
        dict.fromkeys(names, ABSENT_ID),
    )


def of_day(key: str) -> Callable[[World, str], str]:
    """A value of the person's own campaign that is handed out."""

    def value(world: World, person: str) -> str:
        buyer = {"point": "buyer", "point2": "buyer2"}.get(person, person)
        return str(world.records["campaigns"].get(buyer, {}).get(key, ABSENT_ID))

    return value


MEMBERS_LINK = Target(
    lambda world: {"*": {"key": world.records["campaigns"]["buyer"]["key"]}}, {"key": "absent"}, shared=True
)
