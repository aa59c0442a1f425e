"""Every list: empty, long, on its second page, and at a cost that does not grow with it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.campus.models import CampusIdentity, CampusKind, CampusUnit, Provider, RosterRow
from shop.accounts.models import Organisation, RoleName, Unit, User, UserRole
from shop.catalogue.models import (
    Category,
    Certificate,
    ComplianceClass,
    Household,
    PackingPlace,
    Producer,
    ProducerKind,
    Product,
    ProductStatus,
    Seller,
    Village,
    VillageCoordinator,
)
from shop.delivery.models import CalendarKind, CalendarSpan, PickupPoint, Run, RunStop
from shop.inventory.models import Lot, LotShare
from shop.kit.clock import utc_now
from shop.ledger.models import Payout, PayoutRun
from shop.ledger.movements.models import BankMovement, MovementKind
from shop.ordering.models import Order, OrderLine
from shop.payments.statements.models import BankStatement, StatementLine
from shop.reports.piles import Pile
from shop.storage.outbox import OutboxMessage
from tests.factories.counting import counted_statements
from tests.factories.people import make_person

LISTS = (
    "", "/orders", "/products", "/categories", "/sellers", "/certificates", "/compliance-classes", "/split-rules",
    "/lots", "/transfers", "/reconcile", "/reconcile/lines", "/money-work", "/payouts", "/payees", "/households", "/workshops", "/villages", "/packing-places",
    "/tasks", "/runs", "/pickup-points", "/freight-zones", "/calendar", "/users", "/organisations", "/units",
    "/campus", "/campus/units", "/roster",
    "/audit", "/messages", "/settings", "/texts", "/conversations", "/canned-answers", "/thanks",
    "/inbox/messages", "/inbox/lots",
)  # fmt: skip


def fill(session, shop, first: int, last: int) -> None:
    """One more of everything, so many times."""
    now = utc_now()
    for number in range(first, last):
        _goods(session, shop, number, now)
        _people(session, shop, number, now)
        _order(session, shop, number, now)
        _receipt(session, number, now)
        session.add_all(
            [
                CalendarSpan(
                    kind=CalendarKind.TERM, name_zh=f"学期{number}", name_en=f"Term {number}",
                    first_day=date(2026, 1, 1), last_day=date(2026, 1, 2),
                ),
                Run(
                    code=f"X-{number}", cutoff_at=now, departs_at=now, arrives_at=now, capacity_g=1000,
                    stops=[RunStop(pickup_point_id=shop.point_id)],
                ),
                PickupPoint(slug=f"p{number}", name_zh=f"点{number}", name_en=f"Point {number}"),
                OutboxMessage(
                    kind="message", payload={"message": "order_placed"}, dedupe_key=f"d{number}", created_at=now,
                    due_at=now, failed_at=now, attempts=10, last_error="no route",
                ),
                BankMovement(
                    kind=MovementKind.FREIGHT_PAID, amount_fen=100 + number, bank_reference=f"B{number}",
                    moved_on=now.date(), proposed_at=now,
                ),
                PayoutRun(
                    number=f"P{number}", until=date(2026, 1, 1), created_at=now,
                    payouts=[Payout(household_id=shop.households["li"], amount_fen=100 + number)],
                ),
            ]
        )  # fmt: skip
    session.commit()


def _goods(session, shop, number, now) -> None:
    product = Product(
        slug=f"x{number}", seller_id=shop.seller_id, category_id=shop.category_id, family="tea",
        compliance_class_id=shop.compliance_class_id, name_zh=f"货{number}", name_en=f"Goods {number}",
        shelf_life_days=9, status=ProductStatus.PUBLISHED, published_at=now,
    )  # fmt: skip
    session.add(product)
    session.flush()
    session.add_all(
        [
            Certificate(
                kind="sc", number=f"C{number}", product_id=product.id, expires_on=now.date() + timedelta(days=9)
            ),
            Category(slug=f"c{number}", name_zh=f"类{number}", name_en=f"Kind {number}", family="tea"),
            ComplianceClass(slug=f"l{number}", name_zh=f"法{number}", name_en=f"Law {number}"),
            Seller(
                slug=f"s{number}", name_zh=f"商{number}", name_en=f"Seller {number}", legal_name="x",
                tax_number=f"T{number}", tax_regime="general",
            ),
            Lot(
                code=f"LOT{number}", variant_id=shop.variants["tea"], producer_id=shop.producers["li"], declared=5,
                available=5, best_before=now.date() + timedelta(days=1), created_at=now,
                shares=[LotShare(household_id=shop.households["li"], share_bp=10_000)],
            ),
        ]
    )  # fmt: skip


def _people(session, shop, number, now) -> None:
    village_id = shop.villages["mogou"]
    household = Household(
        slug=f"h{number}",
        village_id=village_id,
        alias_zh=f"户{number}",
        alias_en=f"Family {number}",
        people=3,
    )
    session.add(household)
    session.flush()
    session.add_all(
        [
            Producer(
                slug=f"w{number}", kind=ProducerKind.WORKSHOP, village_id=village_id, name_zh=f"坊{number}",
                name_en=f"Mill {number}",
            ),
            User(
                email=f"u{number}@example.com", name=f"人{number}", created_at=now,
                roles=[UserRole(role=RoleName.FARMER)],
            ),
            Organisation(slug=f"o{number}", name=f"单位{number}", invoice_title="x", tax_number="x"),
            Unit(slug=f"n{number}", name_zh=f"系{number}", name_en=f"School {number}"),
        ]
    )  # fmt: skip
    _of_campus(session, number, now)


def _of_campus(session, number, now) -> None:
    session.flush()
    user_id = session.scalars(sa.select(User.id).where(User.email == f"u{number}@example.com")).one()
    row = {"campus_number": f"2026{number}", "unit_code": f"院{number}", "kind": CampusKind.STAFF}
    session.add_all(
        [
            CampusIdentity(
                provider=Provider.ROSTER, issuer="roster", subject=f"2026{number}", user_id=user_id, linked_at=now,
                last_seen_at=now, **row,
            ),
            CampusUnit(provider=Provider.ROSTER, code=f"院{number}", first_seen_at=now),
            RosterRow(name=f"人{number}", phone="+8613800000000", written_at=now, **row),
        ]
    )  # fmt: skip


def _receipt(session, number, now) -> None:
    statement = BankStatement(
        digest=f"d{number}", account="0088", lines=1, known=0, left_out=0, imported_at=now
    )
    session.add(statement)
    session.flush()
    session.add(
        StatementLine(
            statement_id=statement.id, row=1, fingerprint=f"f{number}", booked_on=now.date(), amount_fen=100 + number,
            payer=f"付款人{number}", payer_key=f"付款人{number}",
        )
    )  # fmt: skip


def _order(session, shop, number, now) -> None:
    session.add(
        Order(
            number=f"N{number:07d}", checkout_token=f"t{number}", recipient="林老师", phone="+8613800000000",
            delivery="courier", payment_method="sandbox", goods_fen=100, freight_fen=0, total_fen=100,
            split_version=1, gross_weight_g=1, placed_at=now,
            lines=[
                OrderLine(
                    variant_id=shop.variants["tea"], product_id=shop.products["tea"], seller_id=shop.seller_id,
                    sku="tea", product_name_zh="茶", product_name_en="Tea", variant_name_zh="一", variant_name_en="one",
                    family="tea", unit_price_fen=100, quantity=1, line_fen=100, net_weight_g=1, gross_weight_g=1,
                )
            ],
        )
    )  # fmt: skip


# What waits there is of several kinds, each with a statement of its own, or by a setting that is read: so many more.
MORE_KINDS = {Pile.QUOTATIONS: 2, Pile.RECALL_REFUNDS: 1, Pile.RECEIPTS: 1, Pile.CERTIFICATES: 1}


def test_no_list_costs_more_statements_when_it_is_longer(admin, engine, session, shop):
    lists = (
        *LISTS,
        "?owner=nobody",
        "/inbox/lots?owner=mine",
        "/books",
        "/books/movements",
        "/books/accounts/bank?from=2020-01-01&to=2099-12-31",
    )
    fill(session, shop, 0, 5)
    short = {path: _statements(admin, engine, path) for path in lists}
    fill(session, shop, 5, 50)
    long = {path: _statements(admin, engine, path) for path in lists}
    assert long == short
    # The first page looks into every pile; and who is of the team, and who looks after what, are two more.
    for path in ("", "?owner=nobody"):
        assert short.pop(path) <= 12 + len(Pile) + sum(MORE_KINDS.values())
    assert short.pop("/reconcile") <= 11  # receipts for orders, and for gifts that are paid as one
    assert max(short.values()) <= 10


def _statements(admin, engine, path: str) -> int:
    """Of the cheaper of two requests: now and then one looks after its session or the shop's settings besides."""
    counts = []
    for _ in range(2):
        with counted_statements(engine) as statements:
            assert admin.client.get(f"/admin{path}").status_code == 200, path
        counts.append(len(statements))
    return min(counts)


def test_one_orders_page_does_not_cost_more_with_more_lines(admin, engine, place):
    few, many = place({"tea": 1}), place({"tea": 3, "eggs": 2})
    assert _statements(admin, engine, f"/orders/{few.number}") == _statements(
        admin, engine, f"/orders/{many.number}"
    )


@pytest.mark.parametrize("path", LISTS)
def test_an_empty_shop_has_empty_lists(admin, path):
    answer = admin.get(f"/admin{path}")
    assert answer.status_code == 200
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("path", "first", "last"),
    [("/orders", "N0000059", "N0000000"), ("/users", "人59", "人0<"), ("/certificates", "C0<", "C59<")],
)
def test_long_lists_have_pages_that_keep_the_filter(admin, session, shop, path, first, last):
    fill(session, shop, 0, 60)
    page = admin.get(f"/admin{path}", q="")
    assert first in page.text
    assert last not in page.text
    assert 'rel="next"' in page.text
    assert last in admin.get(f"/admin{path}", page=2).text
    for odd in ("0", "-1", "x", "999999999999", "2.5"):
        assert admin.get(f"/admin{path}", page=odd).status_code == 200


@pytest.fixture
def village_coordinator(shop, unit_of_work):
    """Somebody who packs for every village; the id."""
    villages = unit_of_work.run(lambda s: list(s.scalars(sa.select(Village.id))))
    person = make_person(unit_of_work, "village@example.com", roles=[RoleName.COORDINATOR])
    links = [VillageCoordinator(user_id=person.id, village_id=village_id) for village_id in villages]
    unit_of_work.run(lambda s: s.add_all(links))
    return person.id


def test_the_dashboard_names_villages_that_have_goods_and_no_active_coordinator(
    admin, village_coordinator, unit_of_work
):
    of_villages = sa.select(PackingPlace).join(Village, Village.packing_place_id == PackingPlace.id).limit(1)
    place = unit_of_work.run(lambda s: s.scalars(of_villages).one())
    assert place.name_en not in admin.get("/admin").text
    left = sa.update(User).where(User.id == village_coordinator).values(active=False)
    unit_of_work.run(lambda s: s.execute(left))
    page = admin.get("/admin").text
    assert place.name_en in page
    assert "/admin/users?role=coordinator" in page


def test_the_dashboard_counts_what_waits_and_hides_money_from_clerks(
    admin, clerk, village_coordinator, session, shop, place
):
    assert "Nothing waits for you" in admin.get("/admin").text
    fill(session, shop, 0, 7)
    page = admin.get("/admin").text
    for words in (
        "Lots that spoil soon",
        "Certificates that expire",
        "Messages not sent",
        "Order placed",
        "2 more",
    ):
        assert words in page, words
    assert "Transfers to confirm" in page
    assert "Transfers to confirm" not in clerk.get("/admin").text
    for path in ("/payouts", "/transfers", "/money-work", "/payouts/close"):
        assert clerk.get(f"/admin{path}").status_code == 404


def test_todays_figures_are_those_of_the_books(admin, unit_of_work, place, session):
    placed = place({"tea": 2})
    assert "¥136.00" in admin.get("/admin").text  # awaited
    session.execute(
        sa.update(Order).where(Order.id == placed.order_id).values(status="confirmed", confirmed_at=utc_now())
    )
    session.commit()
    page = admin.get("/admin").text
    assert "Paid today" in page
    assert page.index("Paid today") < page.index("¥136.00") < page.index("Orders today")
