"""What a receipt may be for. Pure: it is given the line and the payments that come into question."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from shop.kit.text import form_number
from shop.payments.models import PaymentStatus
from shop.payments.statements.names import codes_in, payer_key
from shop.payments.transitions import DEAD, PAID

MOST_OTHERS = 5


class Finding(StrEnum):
    """How a line stands to what is awaited; the first two may be confirmed together."""

    SURE = "sure"  # it names its payments, and is exactly their sum
    # The amount of one order or of all that are awaited, and a payer who has paid for this buyer before, or whose name
    # is on the invoice.
    LIKELY = "likely"
    UNDER = "under"  # it names a payment, or its payer has only this one, and is less
    OVER = "over"
    LATE = "late"  # it is for a payment whose time is over
    DUPLICATE = "duplicate"  # what it names is paid already
    WAITS = "waits"  # another receipt was put to what it names, and a second person has not agreed yet
    REST = "rest"  # its orders are paid with it, and so much is over
    UNKNOWN = "unknown"


PROPOSED = (Finding.SURE, Finding.LIKELY)


@dataclass(frozen=True, slots=True)
class OpenLine:
    id: int
    booked_on: date
    amount_fen: int
    left_fen: int
    payer: str
    payer_key: str
    payer_account: str
    remark: str
    serial: str
    imported_at: datetime
    booked_at: datetime | None = None
    waits: bool = False  # for a second person, who says whether its money went


@dataclass(frozen=True, slots=True)
class Candidate:
    """A payment by transfer; `is_taken`: a line pays it already, or is proposed to.

    With `joint_id` it is one transfer for so many orders: its `payment_id` is that id below zero, so that no two are
    the same, and its `order_number` is the reference that names it.
    """

    payment_id: int
    order_number: str
    reference: str
    amount_fen: int
    status: PaymentStatus
    user_id: int | None
    recipient: str
    invoice_title: str
    created_at: datetime
    is_taken: bool
    joint_id: int | None = None
    title: str = ""
    orders: int = 1

    def is_for_other_than(self, payer: str) -> bool:
        """Its invoice is to be written to somebody else than this payer's key."""
        return bool(self.invoice_title) and payer_key(self.invoice_title) != payer

    @property
    def key(self) -> str:
        """How a form names it: `12`, or `j7` for a transfer for many orders."""
        return f"j{self.joint_id}" if self.joint_id is not None else str(self.payment_id)

    @property
    def is_dead(self) -> bool:
        return self.status in DEAD

    @property
    def is_paid(self) -> bool:
        """Confirmed by hand; a line may still be put to it."""
        return self.status in PAID


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a line seems to pay, and what else has its amount. `difference_fen`: how much it is more than that.

    Of a rest the payments are those that the line pays.
    """

    line: OpenLine
    finding: Finding
    payments: Sequence[Candidate] = ()
    others: Sequence[Candidate] = ()

    @property
    def difference_fen(self) -> int:
        if self.finding is Finding.REST:
            return self.line.left_fen
        return self.line.left_fen - sum(one.amount_fen for one in self.payments) if self.payments else 0

    @property
    def titles_differ(self) -> bool:
        """An invoice is to be written to somebody else than who paid."""
        return any(one.is_for_other_than(self.line.payer_key) for one in self.payments)


def id_of(key: str) -> int:
    """The `payment_id` of the candidate that a form names. Raises ValueError."""
    number = form_number(key.removeprefix("j"))
    if number is None:
        raise ValueError(key)
    return -number if key.startswith("j") else number


def judge(
    lines: Sequence[OpenLine], candidates: Sequence[Candidate], known: Collection[tuple[str, int]]
) -> list[Judgement]:
    """Each line's judgement, in their order. `known`: (payer's key, buyer) that have been seen together.

    A payment is promised to one line only: what a reference names first, then the older line.
    """
    found: dict[int, Judgement] = {}
    taken: set[int] = set()
    for by in (_by_reference, _by_payer):
        for line in lines:
            if line.id in found:
                continue
            judgement = by(line, candidates, taken, known)
            if judgement is None:
                continue
            found[line.id] = judgement
            if judgement.finding in (*PROPOSED, Finding.LATE):
                taken |= {one.payment_id for one in judgement.payments}
    return [_rest(found[line.id]) for line in lines]


def _rest(judgement: Judgement) -> Judgement:
    """Something of the line pays an order already, and nothing awaits what is left: it was too much."""
    is_rest = judgement.line.left_fen < judgement.line.amount_fen
    if is_rest and judgement.finding in (Finding.DUPLICATE, Finding.WAITS, Finding.UNKNOWN):
        return replace(judgement, finding=Finding.REST)
    return judgement


def _by_reference(
    line: OpenLine, candidates: Sequence[Candidate], taken: set[int], _known: Collection[tuple[str, int]]
) -> Judgement | None:
    references, numbers = codes_in(line.remark)
    named = [one for one in candidates if one.reference in references or one.order_number in numbers]
    named = _one_an_order(named, references)
    if not named:
        return None
    free = [one for one in named if not one.is_taken and one.payment_id not in taken]
    if not free:
        return Judgement(line, Finding.WAITS if _only_proposed(named) else Finding.DUPLICATE, named)
    if _mixes(free):
        return Judgement(line, Finding.UNKNOWN, others=free[:MOST_OTHERS])
    return Judgement(line, _compare(line, free), free)


def _only_proposed(named: Sequence[Candidate]) -> bool:
    """A receipt was put to each of them, and none is paid: it may yet be taken back."""
    return all(one.is_taken and not one.is_paid for one in named)


def _by_payer(
    line: OpenLine, candidates: Sequence[Candidate], taken: set[int], known: Collection[tuple[str, int]]
) -> Judgement:
    free = [one for one in candidates if not one.is_taken and one.payment_id not in taken]
    exact = [one for one in free if one.amount_fen == line.left_fen]
    trusted = [one for one in free if _is_trusted(line, one, known)]
    for chosen in (
        [one for one in trusted if one in exact and not one.is_dead and not one.is_paid],
        [one for one in trusted if one in exact and one.is_paid],
        [one for one in trusted if one in exact and one.is_dead],
    ):
        if len(chosen) == 1:
            finding = Finding.LATE if chosen[0].is_dead else Finding.LIKELY
            return Judgement(line, finding, chosen)
        if chosen:
            return Judgement(line, Finding.UNKNOWN, others=chosen[:MOST_OTHERS])
    awaited = [one for one in trusted if not one.is_dead and not one.is_paid]
    if _mixes(awaited):
        return Judgement(line, Finding.UNKNOWN, others=exact[:MOST_OTHERS])
    if len(awaited) > 1 and sum(one.amount_fen for one in awaited) == line.left_fen:
        return Judgement(line, Finding.LIKELY, awaited)
    if len(awaited) == 1 and not exact:
        return Judgement(line, _compare(line, awaited), awaited)
    return Judgement(line, Finding.UNKNOWN, others=exact[:MOST_OTHERS])


def _mixes(payments: Sequence[Candidate]) -> bool:
    """A transfer for many orders is confirmed alone: with others, a person says which it is."""
    return len(payments) > 1 and any(one.joint_id is not None for one in payments)


def _compare(line: OpenLine, payments: Sequence[Candidate]) -> Finding:
    wanted = sum(one.amount_fen for one in payments)
    if line.left_fen != wanted:
        return Finding.UNDER if line.left_fen < wanted else Finding.OVER
    return Finding.LATE if any(one.is_dead for one in payments) else Finding.SURE


def _is_trusted(line: OpenLine, one: Candidate, known: Collection[tuple[str, int]]) -> bool:
    if not line.payer_key:
        return False
    if one.user_id is not None and (line.payer_key, one.user_id) in known:
        return True
    return bool(one.invoice_title) and payer_key(one.invoice_title) == line.payer_key


def _one_an_order(named: Iterable[Candidate], references: Collection[str]) -> list[Candidate]:
    """An order's number names its attempts all together: the one that its reference names, else the one that counts."""
    best: dict[str, Candidate] = {}
    for one in named:
        held = best.get(one.order_number)
        if held is None or _rank(one, references) > _rank(held, references):
            best[one.order_number] = one
    return sorted(best.values(), key=lambda one: one.payment_id)


def _rank(one: Candidate, references: Collection[str]) -> tuple[bool, bool, bool, int]:
    return one.reference in references, not one.is_dead, not one.is_taken, one.payment_id
