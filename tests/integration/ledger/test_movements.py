"""Money that moved at the bank outside orders: said by one, posted when another agrees, never more than is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.transitions import IllegalStep
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ledger.movements.deciding import (
    agree_to_movement,
    propose_movement,
    withdraw_movement,
)
from shop.ledger.movements.errors import MovementKnown, NobodyAsked, NotHeld
from shop.ledger.movements.listing import movements, read_held, waiting_movements
from shop.ledger.movements.models import BankMovement, MovementKind, MovementStatus
from shop.ledger.movements.reading import Moved
from shop.ledger.movements.taking_back import agree_to_take_back, let_movement_stand, take_movement_back
from shop.payments.errors import NotByOnePerson, ProposalAgreed, ProposalTakenBack
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.inbox import read_inbox
from shop.reports.piles import Pile
from shop.reports.running import all_rows, totals
from tests.factories.payouts import second_person
from tests.factories.trade import Trade, open_for_trade
from tests.factories.without_locks import drop_unique, goes_wrong, without_locks
from tests.integration.ledger.test_payout_steps import at_once, balance

PAYOUT, FREIGHT = MovementKind.PROVIDER_PAYOUT, MovementKind.FREIGHT_PAID


@pytest.fixture
def trade(session, unit_of_work) -> Iterator[Trade]:
    """A shop that has sold tea by courier; at the end every invariant of the shop holds."""
    at_work = open_for_trade(session, unit_of_work)
    at_work.sell({"tea": 2}, courier=True)
    yield at_work
    assert at_work.violations() == []


@pytest.fixture
def reckless(session, unit_of_work) -> Trade:
    """Every lock switched off; what its books look like afterwards is not looked at."""
    at_work = open_for_trade(session, unit_of_work)
    at_work.sell({"tea": 2}, courier=True)
    at_work.unit_of_work = without_locks(unit_of_work)
    return at_work


def said(
    trade: Trade, kind: MovementKind, fen: int, reference: str = "YH-1", *, days: int = 0, **more
) -> Moved:
    if kind is PAYOUT:
        more = {"provider": "sandbox"} | more
    return Moved(kind, fen, reference, trade.now.date() - timedelta(days=days), "十一月", **more)


def propose(trade: Trade, moved: Moved, *, by: int | None = None) -> int:
    who = {"actor_id": by or trade.admin_id, "now": trade.now}
    return trade.run(lambda s: propose_movement(s, moved, **who))


def agree(trade: Trade, movement_id: int, *, by: int | None = None) -> bool:
    who = {"actor_id": by or second_person(trade), "now": trade.now}
    return trade.run(lambda s: agree_to_movement(s, movement_id, **who))


def ask_back(trade: Trade, movement_id: int, reason: str = "记错了") -> bool:
    who = {"actor_id": trade.admin_id, "now": trade.now}
    return trade.run(lambda s: take_movement_back(s, movement_id, reason, **who))


def agree_back(trade: Trade, movement_id: int, *, by: int | None = None) -> bool:
    who = {"actor_id": by or second_person(trade), "now": trade.now}
    return trade.run(lambda s: agree_to_take_back(s, movement_id, **who))


def take_back(trade: Trade, movement_id: int, reason: str = "记错了") -> bool:
    """One says so, another agrees; of what a statement said the first word is enough."""
    asked = ask_back(trade, movement_id, reason)
    agree_back(trade, movement_id)
    return asked


def free(trade: Trade, kind: MovementKind, village: str = "") -> int:
    village_id = trade.shop.villages[village] if village else None
    return trade.run(read_held).free(kind, village_id, "sandbox" if kind is PAYOUT else "")


def entries(trade: Trade) -> list[str]:
    wanted = sa.select(JournalEntry.reference).where(JournalEntry.kind == EntryKind.MOVEMENT)
    return trade.run(lambda s: list(s.scalars(wanted.order_by(JournalEntry.id))))


def test_a_providers_payout_empties_its_account_and_fills_the_bank(trade: Trade):
    held, bank = balance(trade, Account.PROVIDER_CLEARING), balance(trade, Account.BANK)
    assert held == free(trade, PAYOUT) > 0
    movement_id = propose(trade, said(trade, PAYOUT, held))
    assert (entries(trade), free(trade, PAYOUT)) == ([], 0), "what is said already cannot be said again"
    with pytest.raises(NotByOnePerson):
        agree(trade, movement_id, by=trade.admin_id)
    assert agree(trade, movement_id) is True
    assert agree(trade, movement_id) is False
    assert entries(trade) == [f"movement:{movement_id}"]
    assert (balance(trade, Account.PROVIDER_CLEARING), balance(trade, Account.BANK)) == (0, bank + held)


@pytest.mark.parametrize(
    ("kind", "account", "of_village"),
    [
        (FREIGHT, Account.FREIGHT_PAYABLE, False),
        (MovementKind.PACKING_PAID, Account.PACKING_PAYABLE, True),
        (MovementKind.VILLAGE_FUND_PAID, Account.VILLAGE_FUND, True),
        (MovementKind.INCOME_PAID_OUT, Account.SHOP_INCOME, False),
    ],
)
def test_what_is_owed_is_paid_from_the_bank_and_no_more_than_that(trade: Trade, kind, account, of_village):
    village_id = trade.shop.villages["mogou"] if of_village else None
    owed, bank = trade.run(read_held).free(kind, village_id), balance(trade, Account.BANK)
    assert owed > 0
    with pytest.raises(NotHeld) as refused:
        propose(trade, said(trade, kind, owed + 1, village_id=village_id))
    assert refused.value.facts["held"] == f"{owed / 100:.2f}"
    agree(trade, propose(trade, said(trade, kind, owed, village_id=village_id)))
    assert balance(trade, Account.BANK) == bank - owed
    assert trade.run(read_held).free(kind, village_id) == 0
    left = sa.select(sa.func.sum(Posting.amount_fen)).where(Posting.account == account)
    if of_village:
        left = left.where(Posting.village_id == village_id)
    assert trade.run(lambda s: s.scalar(left)) == 0


def test_one_village_is_not_paid_with_what_another_is_owed(trade: Trade):
    trade.sell({"eggs": 3}, courier=True)
    names = sorted(trade.shop.villages)
    owed = {name: free(trade, MovementKind.VILLAGE_FUND_PAID, name) for name in names}
    poorest = min(names, key=owed.__getitem__)
    assert owed[poorest] < sum(owed.values())
    village_id = trade.shop.villages[poorest]
    with pytest.raises(NotHeld):
        propose(trade, said(trade, MovementKind.VILLAGE_FUND_PAID, owed[poorest] + 1, village_id=village_id))


def test_what_the_bank_charges_and_pays_stands_on_one_account(trade: Trade):
    bank = balance(trade, Account.BANK)
    agree(trade, propose(trade, said(trade, MovementKind.BANK_CHARGE, 1500)))
    agree(trade, propose(trade, said(trade, MovementKind.INTEREST, 400, "YH-2")))
    assert (balance(trade, Account.BANK_COSTS), balance(trade, Account.BANK)) == (1100, bank - 1100)


def test_it_stands_on_the_day_of_the_bank(trade: Trade):
    trade.now += timedelta(days=3)
    agree(trade, propose(trade, said(trade, FREIGHT, 100, days=2)))
    posted = sa.select(JournalEntry.posted_at).where(JournalEntry.kind == EntryKind.MOVEMENT)
    [posted_at] = trade.run(lambda s: s.scalars(posted).all())
    assert shanghai_date(posted_at) == shanghai_date(trade.now) - timedelta(days=2)


def test_saying_it_twice_is_once_and_a_reference_stands_for_one_movement(trade: Trade):
    first = propose(trade, said(trade, FREIGHT, 100))
    assert propose(trade, said(trade, FREIGHT, 100), by=second_person(trade)) == first
    for other in (said(trade, FREIGHT, 101), said(trade, MovementKind.BANK_CHARGE, 100)):
        with pytest.raises(MovementKnown):
            propose(trade, other)
    assert len(trade.run(movements).items) == 1


def test_what_waits_is_not_there_for_another(trade: Trade):
    owed = free(trade, FREIGHT)
    waits = propose(trade, said(trade, FREIGHT, owed - 10))
    with pytest.raises(NotHeld) as refused:
        propose(trade, said(trade, FREIGHT, 11, "YH-2"))
    assert refused.value.facts["held"] == "0.10"
    agree(trade, propose(trade, said(trade, FREIGHT, 10, "YH-2")))
    assert agree(trade, waits) is True, "itself it does not count"


def test_nobody_agrees_to_more_than_is_left_meanwhile(trade: Trade):
    order_id = trade.sell({"honey": 1}, courier=True)
    movement_id = propose(trade, said(trade, PAYOUT, free(trade, PAYOUT)))
    trade.call_off(order_id)
    with pytest.raises(NotHeld):
        agree(trade, movement_id)
    who = {"actor_id": trade.admin_id, "now": trade.now}
    assert trade.run(lambda s: withdraw_movement(s, movement_id, **who)) is True


def test_what_cannot_be_is_refused_at_its_fields(trade: Trade):
    tomorrow, long_ago = -1, 800
    for moved, fields in (
        (said(trade, FREIGHT, 0, " ", days=tomorrow), {"amount", "bank_reference", "moved_on"}),
        (said(trade, PAYOUT, 5, "x" * 81, days=40, provider="on_account"), {"bank_reference", "provider", "moved_on"}),
        (said(trade, MovementKind.PACKING_PAID, 5), {"village_id"}),
        (said(trade, MovementKind.VILLAGE_FUND_PAID, 5, village_id=987), {"village_id"}),
        (said(trade, MovementKind.INTEREST, 5, days=long_ago), {"moved_on"}),
    ):  # fmt: skip
        with pytest.raises(InvalidInput) as refused:
            propose(trade, moved)
        assert set(refused.value.errors) == fields
    with pytest.raises(NotFound):
        agree(trade, 987)


def test_what_its_kind_does_not_need_is_left_out(trade: Trade):
    other = {"provider": "stripe", "village_id": trade.shop.villages["mogou"]}
    propose(trade, said(trade, FREIGHT, 5, **other))
    [row] = trade.run(waiting_movements)
    assert (row.provider, row.village_zh) == ("", "")


def test_what_was_said_by_mistake_is_withdrawn_and_nothing_is_booked(trade: Trade):
    movement_id, who = (
        propose(trade, said(trade, FREIGHT, 100)),
        {"actor_id": trade.admin_id, "now": trade.now},
    )
    assert trade.run(lambda s: withdraw_movement(s, movement_id, **who)) is True
    assert trade.run(lambda s: withdraw_movement(s, movement_id, **who)) is False
    with pytest.raises(ProposalTakenBack):
        agree(trade, movement_id)
    again = propose(trade, said(trade, FREIGHT, 100))
    agree(trade, again)
    with pytest.raises(ProposalAgreed):
        trade.run(lambda s: withdraw_movement(s, again, **who))
    assert entries(trade) == [f"movement:{again}"]


def test_an_entry_is_taken_back_by_another_and_the_money_can_move_again(trade: Trade):
    owed = free(trade, FREIGHT)
    movement_id = propose(trade, said(trade, FREIGHT, owed))
    with pytest.raises(IllegalStep):
        take_back(trade, movement_id)
    agree(trade, movement_id)
    bank = balance(trade, Account.BANK)
    with pytest.raises(InvalidInput):
        take_back(trade, movement_id, " ")
    assert take_back(trade, movement_id) is True
    assert take_back(trade, movement_id) is False
    assert entries(trade) == [f"movement:{movement_id}", f"movement:{movement_id}:reversed"]
    assert (free(trade, FREIGHT), balance(trade, Account.BANK)) == (owed, bank + owed)
    agree(trade, propose(trade, said(trade, FREIGHT, owed)))
    [newest, oldest] = trade.run(movements).items
    assert (newest.status, oldest.status) == (MovementStatus.BOOKED, MovementStatus.TAKEN_BACK)


def test_what_two_booked_one_alone_does_not_take_back(trade: Trade):
    movement_id = propose(trade, said(trade, FREIGHT, 100))
    agree(trade, movement_id)
    bank = balance(trade, Account.BANK)
    with pytest.raises(NobodyAsked):
        agree_back(trade, movement_id)
    assert ask_back(trade, movement_id, "收款方退回") is True
    assert ask_back(trade, movement_id, "另一个原因") is False, "the first word stands"
    with pytest.raises(NotByOnePerson):
        agree_back(trade, movement_id, by=trade.admin_id)
    [waits] = trade.run(waiting_movements)
    assert (waits.status, waits.reversal_reason) == (MovementStatus.BOOKED, "收款方退回")
    assert (entries(trade), balance(trade, Account.BANK)) == ([f"movement:{movement_id}"], bank)
    assert agree_back(trade, movement_id) is True
    assert agree_back(trade, movement_id) is False
    assert balance(trade, Account.BANK) == bank + 100
    assert trade.run(waiting_movements) == []


def test_what_somebody_wanted_taken_back_may_stand_after_all(trade: Trade):
    movement_id, who = (
        propose(trade, said(trade, FREIGHT, 100)),
        {"actor_id": second_person(trade), "now": trade.now},
    )
    agree(trade, movement_id)
    ask_back(trade, movement_id)
    assert trade.run(lambda s: let_movement_stand(s, movement_id, **who)) is True
    assert trade.run(lambda s: let_movement_stand(s, movement_id, **who)) is False
    with pytest.raises(NobodyAsked):
        agree_back(trade, movement_id)
    assert entries(trade) == [f"movement:{movement_id}"]
    assert take_back(trade, movement_id, "真的退回了") is True
    with pytest.raises(IllegalStep):
        trade.run(lambda s: let_movement_stand(s, movement_id, **who))
    [row] = trade.run(movements).items
    assert row.reversal_reason == "真的退回了"


def test_the_trail_the_work_list_and_the_report_tell_of_it(trade: Trade):
    pile = lambda: next(  # noqa: E731
        one for one in trade.run(lambda s: read_inbox(s, now=trade.now)) if one.pile is Pile.MOVEMENTS
    )
    assert pile().count == 0
    movement_id = propose(trade, said(trade, FREIGHT, 100))
    assert [(item.kind, item.amount_fen) for item in pile().items] == [("second", 100)]
    agree(trade, movement_id)
    assert pile().count == 0
    agree(trade, propose(trade, said(trade, MovementKind.INTEREST, 30, "YH-2")))
    today, report = trade.now.date(), find_report("bank-movements")
    added = lambda: trade.run(lambda s: totals(s, report, Span(today, today), "zh"))  # noqa: E731
    assert added() == (2, {"came_fen": 30, "went_fen": 100})
    ask_back(trade, movement_id)
    assert [(item.kind, item.amount_fen) for item in pile().items] == [("second", 100)]
    agree_back(trade, movement_id)
    assert pile().count == 0
    assert added() == (3, {"came_fen": 30, "went_fen": 0}), "both its entries, and the other one"
    listed = trade.run(lambda s: all_rows(s, report, Span(today, today), "zh"))
    assert [(row[4], row[7], row[8]) for row in listed if row[1] is FREIGHT] == [
        ("十一月", 100, "taken_back"),
        ("记错了", -100, "takes_back"),
    ]
    told = sa.select(AuditEntry.action).where(AuditEntry.subject_id == str(movement_id))
    told = told.where(AuditEntry.subject_type == "bank_movement").order_by(AuditEntry.id)
    assert trade.run(lambda s: list(s.scalars(told))) == [
        "movement.proposed",
        "movement.booked",
        "movement.back_asked",
        "movement.taken_back",
    ]


def two_agree(trade: Trade) -> None:
    movement_id = propose(trade, said(trade, FREIGHT, 1, f"YH-{trade.now:%d%H%M%S}"))
    trade.now += timedelta(seconds=1)
    work = partial(agree_to_movement, movement_id=movement_id, actor_id=second_person(trade), now=trade.now)
    assert sorted(at_once(trade, *[work] * 4), key=str) == [False, False, False, True]
    agreed = sa.select(sa.func.count()).where(
        AuditEntry.action == "movement.booked", AuditEntry.subject_id == str(movement_id)
    )
    assert trade.run(lambda s: s.scalar(agreed)) == 1
    assert entries(trade).count(f"movement:{movement_id}") == 1


@pytest.mark.race(twin="test_without_its_lock_two_would_agree")
def test_two_who_agree_at_once_post_once(trade: Trade):
    two_agree(trade)


def test_without_its_lock_two_would_agree(reckless: Trade):
    drop_unique(reckless.unit_of_work, "journal_entries", "uq_journal_entries_reference")
    drop_unique(reckless.unit_of_work, "audit_entries", "uq_audit_entries_hash")
    assert goes_wrong(lambda: two_agree(reckless))


def two_take_all_of_it(trade: Trade) -> None:
    who = {"actor_id": trade.admin_id, "now": trade.now}
    works = [
        partial(propose_movement, said=said(trade, FREIGHT, free(trade, FREIGHT), reference), **who)
        for reference in ("YH-1", "YH-2")
    ]
    assert at_once(trade, *works).count(NotHeld) == 1
    waiting = sa.select(sa.func.count(BankMovement.id)).where(BankMovement.status == MovementStatus.PROPOSED)
    assert trade.run(lambda s: s.scalar(waiting)) == 1


@pytest.mark.race(twin="test_without_its_lock_both_would_take_it")
def test_of_two_who_move_all_of_it_at_once_one_is_refused(trade: Trade):
    two_take_all_of_it(trade)


def test_without_its_lock_both_would_take_it(reckless: Trade):
    drop_unique(reckless.unit_of_work, "audit_entries", "uq_audit_entries_hash")
    assert goes_wrong(lambda: two_take_all_of_it(reckless), tries=1)
