"""What the bank did in the demo's year besides orders: providers pass money on, couriers and villages are paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName, UserRole
from shop.demo.year import weeks
from shop.kit.clock import months_before, shanghai_date, shanghai_moment
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ledger.months import bank_moment
from shop.ledger.movements.deciding import entry_reference
from shop.ledger.movements.kinds import HELD_IN, WAYS, amounts_of
from shop.ledger.movements.models import BankMovement, MovementKind, MovementStatus
from shop.ledger.posting import Place, post
from shop.storage.expressions import shanghai_day

# On which day of a month the month before is paid, and what the paper says.
MONTHLY: Final = (
    (MovementKind.FREIGHT_PAID, 8, "{month} 月快递和班车运费"),
    (MovementKind.HUB_PAID, 8, "{month} 月集货仓费用"),
    (MovementKind.PACKING_PAID, 10, "{month} 月包装质检"),
    (MovementKind.VILLAGE_FUND_PAID, 15, "{month} 月村集体收入"),
)
OFFICE_HOUR: Final = time(16, 20)
CHARGE_FEN, INTEREST_FEN = 2_000, 3_150
SPONSORED_FEN: Final = 40_000  # by the union, for what its coupons take off
QUARTERS: Final = {3, 6, 9, 12}  # on whose 21st a bank pays interest


class Wish(NamedTuple):
    """All that stood on the account of its kind at the end of `until`, or what a bank takes and gives by itself."""

    moved_on: date
    kind: MovementKind
    until: date
    purpose: str
    fen: int | None = None


class Balances:
    """What came on each account day by day, and what movements have taken of it before."""

    def __init__(self, session: Session) -> None:
        day = shanghai_day(JournalEntry.posted_at)
        is_movement = JournalEntry.kind == EntryKind.MOVEMENT
        moved = sa.case((is_movement, Posting.amount_fen), else_=0)
        rows = session.execute(
            sa.select(
                *(Posting.account, Posting.village_id, Posting.provider, day),
                *(sa.func.sum(Posting.amount_fen - moved), sa.func.sum(moved)),
            )
            .join(JournalEntry, JournalEntry.id == Posting.entry_id)
            .where(Posting.account.in_(HELD_IN))
            .group_by(Posting.account, Posting.village_id, Posting.provider, day)
        )
        self._days: dict[Place, list[tuple[date, int]]] = defaultdict(list)
        self._taken: dict[Place, int] = defaultdict(int)
        for account, village_id, provider, on, came, gone in rows:
            sign = 1 if account is Account.PROVIDER_CLEARING else -1
            place = Place(account, village_id=village_id, provider=provider)
            self._days[place].append((_day(on), sign * int(came)))
            self._taken[place] -= sign * int(gone)

    def take(self, account: Account, until: date) -> Iterator[tuple[Place, int]]:
        """(whose, fen) of all that was there at the end of that day; it is gone then."""
        mine = [place for place in self._days if place.account is account]
        for place in sorted(mine, key=lambda one: (one.village_id or 0, one.provider or "")):
            came = sum(fen for day, fen in self._days[place] if day <= until)
            if (left := came - self._taken[place]) > 0:
                self._taken[place] += left
                yield place, left


def move_money(session: Session, start: datetime, now: datetime) -> int:
    """Book what the bank did since `start`, as people of finance say it month by month; how many movements that are.

    The newest freight waits for a second person.
    """
    balances, people = Balances(session), _people(session)
    known = session.scalar(sa.select(sa.func.count(BankMovement.id))) or 0
    numbers, done = count(known + 1), 0
    wishes = sorted(_wishes(shanghai_date(start), shanghai_date(now), with_costs=not known))
    newest = max((one for one in wishes if one.kind is MovementKind.FREIGHT_PAID), default=None)
    for wish in wishes:
        for place, fen in _parts(wish, balances):
            row = _row(wish, place, fen, next(numbers), people, now)
            session.add(row)
            session.flush()
            done += 1
            if wish is newest:
                row.status, row.decided_at, row.decided_by_id = MovementStatus.PROPOSED, None, None
            else:
                _post(session, row, now)
    return done


def _parts(wish: Wish, balances: Balances) -> Iterator[tuple[Place, int]]:
    account = WAYS[wish.kind].account
    return balances.take(account, wish.until) if wish.fen is None else iter([(Place(account), wish.fen)])


def _wishes(first: date, today: date, *, with_costs: bool) -> Iterator[Wish]:
    for monday in weeks(first + timedelta(days=7), today):
        if first < monday <= today:
            yield Wish(monday, MovementKind.PROVIDER_PAYOUT, monday - timedelta(days=1), "")
    month = today.replace(day=1)
    while month > first:
        last = month - timedelta(days=1)
        for kind, day, paper in MONTHLY:
            if month.replace(day=day) <= today:
                yield Wish(month.replace(day=day), kind, last, paper.format(month=last.month))
        if with_costs:
            yield Wish(month, MovementKind.BANK_CHARGE, month, "账户管理费", CHARGE_FEN)
            interest = last.replace(day=21)
            if last.month in QUARTERS and interest > first:
                yield Wish(interest, MovementKind.INTEREST, interest, "活期结息", INTEREST_FEN)
        month = months_before(month, 1)
    if with_costs and (paid_in := today - timedelta(days=10)) > first:
        yield Wish(paid_in, MovementKind.COUPON_FUND_PAID_IN, paid_in, "校工会", SPONSORED_FEN)


def _row(
    wish: Wish, place: Place, fen: int, number: int, people: Sequence[int | None], now: datetime
) -> BankMovement:
    said_at = min(now, shanghai_moment(wish.moved_on, OFFICE_HOUR))
    return BankMovement(
        kind=wish.kind,
        status=MovementStatus.BOOKED,
        amount_fen=fen,
        bank_reference=f"{wish.moved_on:%Y%m%d}{number:06d}",
        moved_on=wish.moved_on,
        village_id=place.village_id,
        provider=place.provider or "",
        purpose=wish.purpose,
        proposed_at=said_at,
        proposed_by_id=people[1],
        decided_at=min(now, said_at + timedelta(minutes=40)),
        decided_by_id=people[0],
    )


def _post(session: Session, row: BankMovement, now: datetime) -> None:
    amounts = amounts_of(row.kind, row.amount_fen, row.village_id, row.provider)
    post(session, EntryKind.MOVEMENT, entry_reference(row.id), amounts, now=bank_moment(row.moved_on, now))


def _people(session: Session) -> list[int | None]:
    """Two persons of finance; nobody, where a shop has not so many."""
    finance = sa.select(UserRole.user_id).where(UserRole.role == RoleName.FINANCE)
    found: list[int | None] = list(session.scalars(finance.order_by(UserRole.user_id).limit(2)))
    return [*found, None, None][:2]


def _day(value: date | str) -> date:
    """SQLite's date functions answer text."""
    return value if isinstance(value, date) else date.fromisoformat(value)
