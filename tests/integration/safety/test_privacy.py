"""Words that somebody typed are found again only where they must be: every page that each person can reach."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from shop.catalogue.models import Household, Producer
from shop.inventory.models import HouseholdMonth
from shop.ordering.models import Order
from tests.crawling import crawl
from tests.factories.stories import BOX_STAGES, TRUCK_STAGES
from tests.factories.whole_shop import SIDES
from tests.whole_shop import ANONYMOUS, WholeShop

BUYERS_OWN = ["/orders", "/cart", "/checkout", "/account", "/account/addresses", "/session/summary"]
PUBLIC = ["/", "/products", "/villages", "/impact", "/pages/privacy", "/api/v1/products", "/api/v1/openapi.json",
          "/search/suggest?q=茶", "/stock?sku=SAFE-A", "/products/safe-a", "/divisions"]  # fmt: skip
FACES = {"farmer": ["/farm"], "coordinator": ["/village"], "hub": ["/village"], "point": ["/point"]}
PHONE_OF_MONEY = re.compile(r"[¥￥]\s?\d")


@pytest.fixture(scope="module")
def pages(shop: WholeShop):
    """All that a person's browser was shown, by address; read once a person."""
    kept: dict[tuple[str, ...], dict[str, str]] = {}

    def read(person: str, starts: list[str]) -> dict[str, str]:
        key = (person, *starts)
        if key not in kept:
            kept[key] = {}
            for path, answer in crawl(shop.browser(person), starts):
                assert answer.status_code < 500, (person, path)
                kept[key][path] = flat(text_of(answer) + str(answer.headers))
        return kept[key]

    return read


def text_of(answer: TestResponse) -> str:
    """What is written in it; a workbook's cells."""
    if not answer.mimetype.endswith("spreadsheetml.sheet"):
        return answer.get_data(as_text=True)
    sheets = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets
    return "\n".join(
        str(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row
    )


# Who sells over the counter says what goods cost and what was paid there.
SOLD_OVER_THE_COUNTER = ("/point/shelf", "/point/sales")


def flat(text: str) -> str:
    """Without the blanks that numbers are grouped by."""
    return re.sub(r"(?<=\d)[  -](?=\d)", "", text)


def found(pages: dict[str, str], *words: str) -> list[tuple[str, str]]:
    return [(path, word) for path, text in pages.items() for word in words if flat(word) in text]


def below(pages: dict[str, str], face: str) -> dict[str, str]:
    shown = {path: text for path, text in pages.items() if path.startswith(face)}
    assert len(shown) > 2, list(pages)
    return shown


@pytest.fixture(scope="module")
def all_phones(shop: WholeShop) -> list[str]:
    """Every telephone that any buyer gave; who buys over a counter gives none."""
    return shop.read(
        lambda session: [
            phone.removeprefix("+86")
            for phone in session.scalars(sa.select(Order.phone).where(Order.phone != "").distinct())
        ]
    )


def test_a_farmer_sees_nothing_of_any_buyer(shop, pages, all_phones):
    shown = below(pages("farmer", ["/farm", *task_paths(shop, "a")]), "/farm")
    assert any(path.startswith("/farm/tasks/") for path in shown)
    for side in SIDES.values():
        assert found(shown, *side.secrets.values()) == []
    assert found(shown, *all_phones) == []
    numbers = [order.number for stages in shop.world.orders.values() for order in stages.values()]
    assert found(shown, *numbers) == []


def test_a_farmer_sees_no_other_households_work_or_money(shop, pages):
    shown = below(pages("farmer", ["/farm", *task_paths(shop, "a")]), "/farm")
    other = shop.read(lambda session: session.get_one(Producer, shop.world.producers["rh-03"]).name_zh)
    assert found(shown, other, SIDES["b"].household_phone) == []
    assert found(shown, *(f'/farm/tasks/{order.tasks[0]}"' for order in shop.world.orders["b"].values() if order.tasks
                          and len(order.tasks) == 1)) == []  # fmt: skip


def test_a_keeper_sees_names_and_codes_but_no_telephone_street_or_price(shop, pages, all_phones):
    shown = below(pages("point", FACES["point"]), "/point")
    code = shop.world.orders["a"]["here"].pickup_code
    shop.send("point", "POST", "/point/find", {"code": code})
    shown["/point/pickup"] = flat(shop.browser("point").get("/point/pickup").text)
    assert found(shown, SIDES["a"].recipient)
    for side in SIDES.values():
        secrets = {name: word for name, word in side.secrets.items() if name != "recipient"}
        assert found(shown, *secrets.values()) == []
    assert found(shown, *all_phones, SIDES["b"].recipient) == []
    priced = [path for path, text in shown.items() if PHONE_OF_MONEY.search(text)]
    assert [path for path in priced if not path.startswith(SOLD_OVER_THE_COUNTER)] == []


def test_a_coordinator_sees_no_buyer_of_another_village(shop, pages):
    shown = below(pages("coordinator", ["/village", *village_paths(shop, "a")]), "/village")
    assert found(shown, SIDES["a"].recipient)
    assert found(shown, *SIDES["b"].secrets.values()) == []
    assert found(shown, SIDES["b"].household_phone) == []


def test_a_coordinator_sees_of_a_buyer_what_a_parcel_needs_and_no_more(shop, pages):
    """Neither mail nor invoice; of a box that the hub packs, no address at all."""
    shown = below(pages("coordinator", ["/village", *village_paths(shop, "a")]), "/village")
    side = SIDES["a"]
    assert found(shown, side.email, side.invoice_title, side.tax_number) == []
    assert found(shown, *(f"{side.street} {stage}" for stage in BOX_STAGES)) == []


def test_the_hub_sees_addresses_of_its_own_parcels_only(shop, pages):
    shown = below(
        pages("hub", ["/village", *village_paths(shop, "a"), *village_paths(shop, "b")]), "/village"
    )
    for side in SIDES.values():
        others = [stage for stage in shop.world.orders["a"] if stage not in {*BOX_STAGES, *TRUCK_STAGES}]
        assert found(shown, *(f"{side.street} {stage}" for stage in others)) == []
        assert found(shown, *(f"{side.note} {stage}" for stage in others)) == []
        assert found(shown, side.email, side.invoice_title, side.tax_number) == []


def test_what_a_household_earns_is_its_own_villages_matter(shop):
    """The hub takes its goods in, and is not told the money."""
    path = f"/village/tasks/{shop.world.orders['b']['box_received'].tasks[0]}?lang=en"
    assert "Earns" in shop.browser("coordinator").get(path).text
    assert "Earns" not in shop.browser("hub").get(path).text


@pytest.mark.parametrize(("person", "own", "other"), [("buyer", "a", "b"), ("buyer2", "b", "a")])
def test_a_buyer_sees_nothing_of_another_buyer_and_no_households_telephone(shop, pages, person, own, other):
    starts = [*BUYERS_OWN, *(f"/orders/{order.number}" for order in shop.world.orders[own].values())]
    shown = pages(person, starts)
    assert found(shown, SIDES[own].street)
    assert found(shown, *SIDES[other].secrets.values()) == []
    assert found(shown, *(side.household_phone for side in SIDES.values())) == []
    assert found(shown, *(order.number for order in shop.world.orders[other].values())) == []


def test_public_pages_show_no_person_and_no_households_money(shop, pages):
    shown = pages(ANONYMOUS, PUBLIC)
    assert len(shown) > 40
    for side in SIDES.values():
        assert found(shown, *side.secrets.values(), side.household_phone) == []
    assert found(shown, *earnings(shop)) == []


@pytest.mark.parametrize("person", ["treasurer", "farmer", "coordinator", "point"])
def test_the_public_pages_are_the_same_for_those_who_are_signed_in(shop, pages, person):
    for path in ("/", "/products", "/products/safe-a", "/villages/mogou", "/impact"):
        assert (
            shop.browser(person).get(f"{path}?lang=en").data
            == shop.browser(ANONYMOUS).get(f"{path}?lang=en").data
        )


def test_nobody_elses_words_stand_in_an_address(shop, pages):
    """Addresses are kept in histories and logs."""
    words = [
        word for side in SIDES.values() for word in (side.phone, side.recipient, side.email, side.tax_number)
    ]
    for person, face in FACES.items():
        for path in pages(person, face):
            assert not [word for word in words if word in path], path


def test_what_is_written_for_the_outbox_reaches_the_buyer_only(shop):
    """No message about an order is addressed to anybody but the one who placed it."""
    rows = shop.read(
        lambda session: (
            session.execute(sa.text("SELECT CAST(payload AS TEXT) FROM outbox_messages")).scalars().all()
        )
    )
    assert rows
    for side in SIDES.values():
        for row in rows:
            if side.email in row:
                other = next(one for one in SIDES.values() if one is not side)
                assert not [word for word in other.secrets.values() if word in row]


def task_paths(shop: WholeShop, side: str) -> list[str]:
    return [f"/farm/tasks/{order.tasks[0]}" for order in shop.world.orders[side].values() if order.tasks]


def village_paths(shop: WholeShop, side: str) -> list[str]:
    """Every page about an order of this side, whether it may be opened or not."""
    paths = []
    for order in shop.world.orders[side].values():
        paths += [f"/village/tasks/{task}" for task in order.tasks]
        paths += [f"/village/packing/{order.number}"]
        paths += (
            [f"/village/parcels/{order.parcel}", f"/village/parcels/labels?code={order.parcel}"]
            if order.parcel
            else []
        )
    return paths


def earnings(shop: WholeShop) -> list[str]:
    """What each household earned in all, as it would be written."""

    def work(session):
        total = sa.func.sum(HouseholdMonth.earned_fen)
        rows = session.execute(
            sa.select(total).join(Household).group_by(HouseholdMonth.household_id).having(total > 60_000)
        )
        return [f"{fen // 100:,}.{fen % 100:02d}" for fen in rows.scalars()]

    sums = shop.read(work)
    assert len(sums) > 3
    return sums
