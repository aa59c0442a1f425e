"""What a receipt may be for, worked out from plain facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from shop.payments.models import PaymentStatus
from shop.payments.statements.finding import Candidate, Finding, OpenLine, judge
from shop.payments.statements.names import payer_key

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PAYER = "某某大学"
ORDER = Candidate(
    payment_id=1, order_number="261122-7KQ2-M9XD", reference="7KQ2M9XD4AB0", amount_fen=6800,
    status=PaymentStatus.PENDING, user_id=5, recipient="林老师", invoice_title="", created_at=NOW, is_taken=False,
)  # fmt: skip
OTHER = replace(ORDER, payment_id=2, order_number="261122-AAAA-BBBB", reference="AAAABBBBCCCC", user_id=6)


def line(number: int = 1, fen: int = 6800, remark: str = "货款", payer: str = PAYER) -> OpenLine:
    return OpenLine(
        id=number, booked_on=date(2026, 11, 20), amount_fen=fen, left_fen=fen, payer=payer,
        payer_key=payer_key(payer), payer_account="", remark=remark, serial="", imported_at=NOW,
    )  # fmt: skip


def found(*lines: OpenLine, among: list[Candidate], known: set[tuple[str, int]] | None = None):
    return [
        (one.finding, [pay.payment_id for pay in one.payments]) for one in judge(lines, among, known or set())
    ]


NAMED = line(remark="付 7KQ2-M9XD-4AB0")


def test_reference_and_amount_are_sure():
    assert found(NAMED, among=[ORDER, OTHER]) == [(Finding.SURE, [1])]
    assert found(line(remark="订单261122-7KQ2-M9XD"), among=[ORDER]) == [(Finding.SURE, [1])]


def test_one_receipt_that_names_two_orders_and_is_their_sum_is_sure():
    both = line(fen=13600, remark="7KQ2M9XD4AB0、AAAABBBBCCCC")
    assert found(both, among=[ORDER, OTHER]) == [(Finding.SURE, [1, 2])]
    assert found(replace(both, left_fen=13599), among=[ORDER, OTHER]) == [(Finding.UNDER, [1, 2])]


def test_less_more_late_and_paid_have_names():
    assert found(replace(NAMED, left_fen=6799), among=[ORDER]) == [(Finding.UNDER, [1])]
    assert found(replace(NAMED, left_fen=6801), among=[ORDER]) == [(Finding.OVER, [1])]
    dead = replace(ORDER, status=PaymentStatus.EXPIRED)
    assert found(NAMED, among=[dead]) == [(Finding.LATE, [1])]
    taken = replace(ORDER, status=PaymentStatus.SUCCEEDED, is_taken=True)
    assert found(NAMED, among=[taken]) == [(Finding.DUPLICATE, [1])]


def test_of_two_for_one_order_the_older_is_sure_and_the_other_a_duplicate():
    twice = [NAMED, replace(NAMED, id=2)]
    assert found(*twice, among=[ORDER]) == [(Finding.SURE, [1]), (Finding.DUPLICATE, [1])]


def test_an_orders_number_means_the_attempt_that_waits():
    old = replace(ORDER, payment_id=9, reference="ZZZZZZZZZZZZ", status=PaymentStatus.EXPIRED)
    assert found(line(remark="261122-7KQ2-M9XD"), among=[ORDER, old]) == [(Finding.SURE, [1])]


def test_amount_and_a_known_payer_are_likely_and_the_amount_alone_is_no_clue():
    known = {(payer_key(PAYER), 5)}
    assert found(line(), among=[ORDER, OTHER], known=known) == [(Finding.LIKELY, [1])]
    assert found(line(), among=[ORDER, OTHER]) == [(Finding.UNKNOWN, [])]
    titled = replace(OTHER, invoice_title="某某大学 ")
    assert found(line(), among=[ORDER, titled]) == [(Finding.LIKELY, [2])]
    assert found(line(payer=""), among=[ORDER, titled]) == [(Finding.UNKNOWN, [])]


def test_two_orders_that_fit_equally_are_for_a_person():
    known = {(payer_key(PAYER), 5), (payer_key(PAYER), 6)}
    assert found(line(), among=[ORDER, OTHER], known=known) == [(Finding.UNKNOWN, [])]
    named_first = [line(1), replace(NAMED, id=2)]
    assert found(*named_first, among=[ORDER, OTHER], known=known) == [
        (Finding.LIKELY, [2]),
        (Finding.SURE, [1]),
    ]


def test_a_known_payer_with_one_order_of_another_price_paid_too_little_or_too_much():
    known = {(payer_key(PAYER), 5)}
    assert found(line(fen=6780), among=[ORDER], known=known) == [(Finding.UNDER, [1])]
    assert found(line(fen=6820), among=[ORDER], known=known) == [(Finding.OVER, [1])]


def test_a_payer_who_is_not_the_title_is_flagged():
    titled = replace(ORDER, invoice_title="某某大学工会委员会")
    (judgement,) = judge([NAMED], [titled], set())
    assert judgement.titles_differ
    (judgement,) = judge([NAMED], [replace(titled, invoice_title="某某 大学")], set())
    assert not judgement.titles_differ


def test_what_is_left_when_its_order_is_paid_is_too_much_and_no_second_payment():
    taken = replace(ORDER, is_taken=True, status=PaymentStatus.SUCCEEDED)
    rest = replace(NAMED, left_fen=1000, amount_fen=ORDER.amount_fen + 1000)
    [judgement] = judge([rest], [taken], set())
    assert (judgement.finding, judgement.difference_fen) == (Finding.REST, 1000)
    [unnamed] = judge([replace(rest, remark="")], [taken], set())
    assert unnamed.finding is Finding.REST


def test_what_is_left_may_be_exactly_another_orders_amount():
    other = replace(OTHER, amount_fen=1000)
    rest = replace(NAMED, remark=other.reference, left_fen=1000, amount_fen=ORDER.amount_fen + 1000)
    assert [one.finding for one in judge([rest], [other], set())] == [Finding.SURE]
