"""Orders as the shop's team finds and reads them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.accounts.models import Organisation, Unit, User
from shop.catalogue.models import Product, Variant
from shop.inventory.models import Allocation, AllocationStatus
from shop.kit.clock import day_range
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.references import normalise_code
from shop.kit.text import like_pattern, msg, normalise_digits, tidy, tidy_lines
from shop.ordering.claims import has_open_claim
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.ordering.models import Channel, DeliveryKind, Order, OrderEvent, OrderLine, OrderStatus
from shop.ordering.outside.models import OutsideOrder, OutsideSource
from shop.storage.paging import Page, read_page

NOTE: Final = "shop_note"
LONGEST_NOTE: Final = 1000
COUNTRY_CODE: Final = "86"
SHORTEST_TAIL: Final = 4  # digits of a telephone number that somebody may search by
_EARLIEST, _LATEST = date(2000, 1, 1), date(9998, 1, 1)


@dataclass(frozen=True)
class OrderFilter:
    """Empty fields filter nothing.

    `text`: a number or its end, the beginning or the end of a telephone, a recipient, an account,
    an organisation, an e-mail address, goods by name or SKU, a pickup code, a note of the buyer or of the team.
    """

    text: str = ""
    status: OrderStatus | None = None
    delivery: DeliveryKind | None = None
    payment_method: str = ""
    channel: Channel | None = None
    source_id: int | None = None  # where it came from, of those from elsewhere
    first_day: date | None = None
    last_day: date | None = None
    complained: bool = False  # only those whose buyer waits for an answer
    numbers: frozenset[str] | None = None  # only these
    known_as: frozenset[str] = (
        frozenset()
    )  # numbers that `text` leads to by what other rooms of the house know


@dataclass(frozen=True)
class FoundOrder:
    number: str
    placed_at: datetime
    status: OrderStatus
    recipient: str
    phone: str
    delivery: DeliveryKind
    payment_method: str
    total_fen: int
    refunded_fen: int
    channel: Channel
    source_zh: str
    source_en: str
    outside_number: str


@dataclass(frozen=True)
class Buyer:
    """Who placed an order; all empty for a guest."""

    user_id: int | None
    name: str
    email: str
    unit_zh: str
    unit_en: str
    organisation: str


@dataclass(frozen=True)
class HistoryLine:
    at: datetime
    kind: str
    actor: str | None
    facts: dict[str, Any]


def find_orders(session: Session, wanted: OrderFilter, *, page: int = 1) -> Page[FoundOrder]:
    """The newest first. Two statements."""
    statement = (
        sa.select(
            *(Order.number, Order.placed_at, Order.status, Order.recipient, Order.phone, Order.delivery),
            *(Order.payment_method, Order.total_fen, Order.refunded_fen, Order.channel),
            *(sa.func.coalesce(name, "") for name in (OutsideSource.name_zh, OutsideSource.name_en)),
            sa.func.coalesce(OutsideOrder.number, ""),
        )
        .outerjoin(OutsideOrder, OutsideOrder.order_id == Order.id)
        .outerjoin(OutsideSource, OutsideSource.id == OutsideOrder.source_id)
        .where(*_conditions(wanted))
        .order_by(Order.placed_at.desc(), Order.id.desc())
    )
    return read_page(session, statement, number=page).map(lambda row: FoundOrder(*row))


def payment_methods_used(session: Session) -> Sequence[str]:
    return session.scalars(sa.select(Order.payment_method).distinct().order_by(Order.payment_method)).all()


def read_order(session: Session, number: str) -> Order:
    """With its lines, its point and its run. Raises NotFound."""
    order = session.scalar(
        sa.select(Order)
        .where(Order.number == number)
        .options(selectinload(Order.lines), selectinload(Order.pickup_point), selectinload(Order.run))
    )
    if order is None:
        raise NotFound()
    return order


def is_cancelled(session: Session, order_id: int) -> bool:
    return session.scalar(sa.select(Order.status).where(Order.id == order_id)) is OrderStatus.CANCELLED


def was_ordered(session: Session, variant_id: int) -> bool:
    """Whether any order, of whatever state, has this pack."""
    return (
        session.scalar(sa.select(OrderLine.id).where(OrderLine.variant_id == variant_id).limit(1)) is not None
    )


def orders_to_come(session: Session, point_id: int) -> int:
    """Paid orders that are still to be collected at a pickup point."""
    open_ones = sa.select(sa.func.count()).where(
        Order.pickup_point_id == point_id, Order.status.in_((OrderStatus.CONFIRMED, OrderStatus.SHIPPED))
    )
    return session.scalar(open_ones) or 0


def order_id_of(session: Session, number: str) -> int:
    """Raises NotFound."""
    order_id = session.scalar(sa.select(Order.id).where(Order.number == number))
    if order_id is None:
        raise NotFound()
    return order_id


def buyer_of(session: Session, order_id: int) -> Buyer:
    row = session.execute(
        sa.select(User.id, User.name, User.email, Unit.name_zh, Unit.name_en, Organisation.name)
        .select_from(Order)
        .outerjoin(User, User.id == Order.user_id)
        .outerjoin(Unit, Unit.id == Order.unit_id)
        .outerjoin(Organisation, Organisation.id == Order.organisation_id)
        .where(Order.id == order_id)
    ).one()
    user_id, *words = row
    return Buyer(user_id, *(word or "" for word in words))


def history_of(session: Session, order_id: int) -> list[HistoryLine]:
    """Everything that happened to it, the newest first."""
    rows = session.execute(
        sa.select(
            OrderEvent.at,
            OrderEvent.kind,
            sa.func.coalesce(sa.func.nullif(User.name, ""), User.email),
            OrderEvent.facts,
        )
        .outerjoin(User, User.id == OrderEvent.actor_id)
        .where(OrderEvent.order_id == order_id)
        .order_by(OrderEvent.id.desc())
    )
    return [HistoryLine(*row) for row in rows]


def has_left(session: Session, order_id: int) -> bool:
    """Whether goods of the order are on their way, or were."""
    left = (
        sa.select(Allocation.id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .where(OrderLine.order_id == order_id, Allocation.status == AllocationStatus.SHIPPED)
    )
    return session.scalar(left.limit(1)) is not None


def add_note(session: Session, order_id: int, text: str, *, actor_id: int, now: datetime) -> None:
    """A word of the team for itself: the buyer does not see it. Raises NotFound, InvalidInput."""
    words = tidy_lines(text)[:LONGEST_NOTE]
    if not words:
        raise InvalidInput(msg("Please write something."), field="text")
    order = lock_order(session, order_id)
    note(session, order.id, NOTE, now, actor_id, text=words)


def _conditions(wanted: OrderFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if text := tidy(wanted.text):
        conditions.append(sa.or_(_matches(text), Order.number.in_(wanted.known_as)))
    if wanted.status is not None:
        conditions.append(Order.status == wanted.status)
    if wanted.delivery is not None:
        conditions.append(Order.delivery == wanted.delivery)
    if wanted.payment_method:
        conditions.append(Order.payment_method == wanted.payment_method)
    if wanted.channel is not None:
        conditions.append(Order.channel == wanted.channel)
    if wanted.source_id is not None:
        conditions.append(OutsideOrder.source_id == wanted.source_id)
    if wanted.numbers is not None:
        conditions.append(Order.number.in_(wanted.numbers))
    if wanted.complained:
        conditions.append(has_open_claim())
    if wanted.first_day is not None or wanted.last_day is not None:
        first, last = wanted.first_day or _EARLIEST, min(wanted.last_day or _LATEST, _LATEST)
        start, end = day_range(first, max(first, last))
        conditions += [Order.placed_at >= start, Order.placed_at < end]
    return conditions


def _matches(text: str) -> sa.ColumnElement[bool]:
    digits = "".join(filter(str.isdigit, normalise_digits(text)))
    ways = [
        Order.number.startswith(text.upper(), autoescape=True),
        Order.recipient.ilike(f"%{like_pattern(text)}%", escape="\\"),
        Order.note.ilike(f"%{like_pattern(text)}%", escape="\\"),
        Order.pickup_code == text,
        _has_goods(text),
        _is_noted(text),
        *_is_of(text),
    ]
    if len(code := normalise_code(text)) >= SHORTEST_TAIL:
        ways.append(sa.func.replace(Order.number, "-", "").contains(code, autoescape=True))
    if "@" in text:
        of_account = sa.select(User.id).where(User.email == text.lower())
        ways += [sa.func.lower(Order.email) == text.lower(), Order.user_id.in_(of_account)]
    if len(digits) >= SHORTEST_TAIL:
        # With the country's code or without: people read a number from its beginning or remember its end.
        begins = [Order.phone.startswith(f"+{code}{digits}", autoescape=True) for code in ("", COUNTRY_CODE)]
        ways += [Order.phone.endswith(digits, autoescape=True), *begins]
    return sa.or_(*ways)


def _is_of(text: str) -> list[sa.ColumnElement[bool]]:
    """Of an account or an organisation that is called so."""
    like = f"%{like_pattern(text)}%"
    people = sa.select(User.id).where(User.name.ilike(like, escape="\\"))
    organisations = sa.select(Organisation.id).where(Organisation.name.ilike(like, escape="\\"))
    return [Order.user_id.in_(people), Order.organisation_id.in_(organisations)]


def _is_noted(text: str) -> sa.ColumnElement[bool]:
    """The team wrote so of it. JSON is stored as `json.dumps` writes it: what is not ASCII is looked for by its codes."""
    like = f'%"text": "%{like_pattern(json.dumps(text)[1:-1])}%'
    says = sa.cast(OrderEvent.facts, sa.Text).ilike(like, escape="\\")
    # The partial index is found by the word itself, and not by a parameter.
    is_note = OrderEvent.kind == sa.literal_column(f"'{NOTE}'")
    return Order.id.in_(sa.select(OrderEvent.order_id).where(is_note, says))


def _has_goods(text: str) -> sa.ColumnElement[bool]:
    """Goods are few and lines are many: the packs that are meant are found first."""
    like = f"%{like_pattern(text)}%"
    names = (Variant.sku, Product.name_zh, Product.name_en)
    meant = (
        sa.select(Variant.id)
        .join(Product, Product.id == Variant.product_id)
        .where(sa.or_(*(name.ilike(like, escape="\\") for name in names)))
    )
    return Order.id.in_(sa.select(OrderLine.order_id).where(OrderLine.variant_id.in_(meant)))
