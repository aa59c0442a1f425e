"""The demo's union at work: sub-unions, who signs, projects, a limit, and an order that waits for its approver."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.addresses import AddressFields
from shop.accounts.invitations import invite
from shop.accounts.membership import put_member
from shop.accounts.models import Organisation, OrganisationKind, Unit, User
from shop.accounts.organisation_addresses import save_organisation_address
from shop.accounts.organisation_models import Duty, OrganisationProject, Span
from shop.accounts.organisation_papers import add_project, add_signer
from shop.accounts.organisations import APPROVER, BUYER, VIEWER
from shop.accounts.passwords import DEMO_PASSWORD
from shop.accounts.spending_limits import set_limits
from shop.accounts.users import create_user, find_user_id
from shop.catalogue.models import Product, ProductStatus, StockState, Variant
from shop.kit.errors import ShopError
from shop.kit.references import secret_token
from shop.ordering.approvals.procurement import Procurement
from shop.ordering.direct.placing import place_direct_order
from shop.ordering.direct.wish import DirectWish, Item
from shop.ordering.models import Channel
from shop.ordering.wish import Courier, Recipient
from shop.payments.models import ON_ACCOUNT
from shop.payments.terms.accepting import accept_on_terms
from shop.purchases.buyers import FUNDING_BY_KIND
from shop.purchases.models import PurchaseBuyer
from shop.storage.unit_of_work import UnitOfWork

UNION: Final = "demo-staff-union"
OWNER: Final = "union@demo.example"
LEADER: Final = "approver@demo.example"
COLLEAGUE: Final = "buyer2@demo.example"
ORDER_FEN, MONTH_FEN, OWN_FEN = 300_000, 2_000_000, 500_000
PROJECT: Final = ("GH2026-07", "职工慰问")
_OFFICE: Final = Courier("陕西省", "西安市", "碑林区", "咸宁西路 28 号（示例）行政楼 210")


@dataclass(frozen=True, slots=True)
class Other:
    """`unit`: the department that it buys for. Its invoices are made out to its own name and number, which is made up."""

    slug: str
    name: str
    tax_number: str
    kind: OrganisationKind
    unit: str | None = None
    is_below: bool = False  # under the union


_OTHERS: Final = (
    Other("demo-sub-union-mech", "示例大学机械学院分工会", "81610000MC23456A6E", OrganisationKind.UNION, "mechanical", True),
    Other("demo-sub-union-logistics", "示例大学后勤分工会", "81610000MC34567B1D", OrganisationKind.UNION, "logistics", True),
    Other("demo-canteen", "示例大学饮食服务中心", "12610000MB45678C34", OrganisationKind.CANTEEN, "logistics"),
    Other("demo-alumni-company", "示例校友科技有限公司", "91610131MA6TX12D6G", OrganisationKind.COMPANY),
)  # fmt: skip


def add_organisations(unit_of_work: UnitOfWork, *, now: datetime) -> None:
    """Nothing where the demo's union is missing, or was set up before."""
    ids = unit_of_work.run(partial(_set_up, now=now))
    if ids is None:
        return
    try:
        order_id = unit_of_work.run(partial(_order_above, organisation_id=ids[0], owner_id=ids[1], now=now))
        unit_of_work.run(partial(accept_on_terms, order_id=order_id, organisation_id=ids[0], now=now))
    except ShopError:
        return  # sold out: the rest is there all the same


def _set_up(session: Session, now: datetime) -> tuple[int, int] | None:
    union = session.scalar(sa.select(Organisation).where(Organisation.slug == UNION))
    owner = find_user_id(session, OWNER)
    if union is None or owner is None or _has_projects(session, union.id):
        return None
    union.kind = OrganisationKind.UNION
    union.unit_id = session.scalar(sa.select(Unit.id).where(Unit.slug == "trade-union"))
    union.unit_role = VIEWER
    for one in _OTHERS:
        _add(session, one, union.id)
    _people(session, union.id, owner, now)
    _papers(session, union.id, owner, now)
    return union.id, owner


def _add(session: Session, other: Other, union_id: int) -> None:
    organisation = Organisation(
        slug=other.slug, name=other.name, invoice_title=other.name, tax_number=other.tax_number,
        kind=other.kind, parent_id=union_id if other.is_below else None,
    )  # fmt: skip
    session.add(organisation)
    session.flush()
    unit_id = session.scalar(sa.select(Unit.id).where(Unit.slug == other.unit)) if other.unit else None
    if unit_id is not None:
        funding = FUNDING_BY_KIND[other.kind]
        session.add(PurchaseBuyer(organisation_id=organisation.id, unit_id=unit_id, funding=funding))


def _has_projects(session: Session, organisation_id: int) -> bool:
    known = sa.exists().where(OrganisationProject.organisation_id == organisation_id)
    return bool(session.scalar(sa.select(known)))


def _people(session: Session, union_id: int, owner: int, now: datetime) -> None:
    leader = find_user_id(session, LEADER)
    if leader is None:
        person = create_user(
            session, email=LEADER, password=DEMO_PASSWORD, name="工会主席 · 白老师", phone="13800000031", demo=True, now=now
        )  # fmt: skip
        person.confirmed_at = now
        leader = person.id
    put_member(session, union_id, leader, APPROVER, actor_id=owner, now=now)
    colleague = find_user_id(session, COLLEAGUE)
    if colleague is not None:
        put_member(session, union_id, colleague, BUYER, actor_id=owner, now=now)
        set_limits(session, union_id, colleague, {Span.MONTH: OWN_FEN}, actor_id=owner, now=now)
    limits = {Span.ORDER: ORDER_FEN, Span.MONTH: MONTH_FEN}
    set_limits(session, union_id, None, limits, actor_id=owner, now=now)
    invite(session, union_id, "jiang.fenhui@demo.example", BUYER, actor_id=owner, now=now)


def _papers(session: Session, union_id: int, owner: int, now: datetime) -> None:
    who: dict[str, Any] = {"actor_id": owner, "now": now}
    add_project(session, union_id, *PROJECT, is_default=True, **who)
    add_project(session, union_id, "GH2026-11", "春节福利", **who)
    for duty, name in ((Duty.HANDLER, "韩老师"), (Duty.HANDLER, "蒋老师"), (Duty.ACCEPTOR, "白老师")):
        add_signer(session, union_id, duty, name, **who)
    fields = AddressFields(
        "校工会 韩老师", "13800000003", _OFFICE.province, _OFFICE.city, _OFFICE.district, _OFFICE.street
    )
    save_organisation_address(session, union_id, None, fields, **who)


def _order_above(session: Session, organisation_id: int, owner_id: int, now: datetime) -> int:
    """One order above the limit of one order. Raises ShopError when nothing can be ordered."""
    found = session.execute(
        sa.select(Variant.id, Variant.price_fen)
        .join(Product, Product.id == Variant.product_id)
        .where(
            Product.status == ProductStatus.PUBLISHED,
            Variant.active,
            Variant.stock_state == StockState.AVAILABLE,
            Variant.price_fen >= 5_000,
        )
        .order_by(Variant.price_fen.desc(), Variant.id)
        .limit(1)
    ).one_or_none()
    if found is None:
        raise ShopError()
    owner = session.get_one(User, owner_id)
    wish = DirectWish(
        token=secret_token(),
        items=(Item(found.id, ORDER_FEN // found.price_fen + 1),),
        recipient=Recipient("校工会 韩老师", owner.phone or "+8613800000003"),
        delivery=_OFFICE,
        payment_method=ON_ACCOUNT,
        channel=Channel.SHOP,
        user_id=owner_id,
        organisation_id=organisation_id,
        unit_id=owner.unit_id,
        procurement=Procurement(*PROJECT, handler="韩老师", acceptor="白老师"),
    )
    return place_direct_order(session, wish, now=now).order_id
