"""The list of a gift: what is read, what has to be mended, and how."""

from __future__ import annotations

from functools import partial

import pytest

from shop.accounts.models import OrganisationMember
from shop.gifts.errors import TooManyRecipients
from shop.gifts.judging import Typed
from shop.gifts.listing import Extent, judge_waiting
from shop.gifts.mending import add_row, keep_row, mend_row, send_all_of, skip_row, take_back_row
from shop.gifts.reader import Shown, counts_of, rows_of
from shop.kit.errors import InvalidInput, NotAllowed, NotFound
from tests.factories.gifts import PEOPLE, a_gift, a_list, rows, states


def change(trade, work, gift_id, row_id, **more):
    by = {"actor_id": trade.union_id, "now": trade.now}
    return trade.run(partial(work, gift_id=gift_id, row_id=row_id, **by, **more))


def test_a_list_is_taken_apart_and_says_row_by_row_what_is_wrong(trade):
    gift_id = a_gift(trade)
    bad = [
        ("陈女士", "1380000001", "陕西省西安市雁塔区小寨东路9号"),
        ("周先生", "13800000038", "雁塔区锦业路1号"),
        ("", "13800000101", "广东省汕头市"),
    ]
    a_list(trade, gift_id, [*PEOPLE, *bad])
    assert states(trade, gift_id) == ["ready"] * 3 + ["bad"] * 3
    first = rows(trade, gift_id)[1]
    assert (first.phone, first.province, first.city, first.district, first.street) == (
        "+8613800000037", "陕西省", "西安市", "碑林区", "咸宁西路28号",
    )  # fmt: skip
    found = trade.run(lambda session: rows_of(session, gift_id, Shown.MEND)).items
    assert [list(one.judged.problems) for one in found] == [["phone"], ["address"], ["name", "address"]]
    assert [one.written for one in found[1].judged.choices] == ["陕西省西安市雁塔区锦业路1号"]


def test_a_mended_row_can_be_sent_and_one_left_out_comes_back_as_it_was(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id, [("陈女士", "1380000001", PEOPLE[0][2]), PEOPLE[1]])
    bad, good = rows(trade, gift_id)
    judged = change(trade, mend_row, gift_id, bad.id, typed=Typed("陈女士", "138 0000 0014", PEOPLE[0][2]))
    assert judged.problems == {}
    change(trade, skip_row, gift_id, good.id)
    change(trade, skip_row, gift_id, good.id)
    assert states(trade, gift_id) == ["ready", "skipped"]
    change(trade, take_back_row, gift_id, good.id)
    assert states(trade, gift_id) == ["ready", "ready"]


def test_of_two_rows_with_one_telephone_one_is_kept_or_both_are_meant(trade):
    gift_id = a_gift(trade)
    twin = ("许经理", PEOPLE[2][1], "广东省深圳市南山区科苑路2号")
    a_list(trade, gift_id, [*PEOPLE, twin])
    assert states(trade, gift_id) == ["ready", "ready", "twin", "twin"]
    shown = trade.run(lambda session: rows_of(session, gift_id, Shown.MEND)).items
    assert [(one.row, one.twins) for one in shown] == [(4, (5,)), (5, (4,))]
    third, fourth = rows(trade, gift_id)[2:]
    change(trade, keep_row, gift_id, fourth.id)
    assert states(trade, gift_id)[2:] == ["skipped", "ready"]
    change(trade, take_back_row, gift_id, third.id)
    assert states(trade, gift_id)[2:] == ["twin", "ready"]
    change(trade, send_all_of, gift_id, third.id)
    assert states(trade, gift_id)[2:] == ["ready", "ready"]


def test_rows_that_were_downloaded_and_mended_come_back_in_their_place(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id, [PEOPLE[0], ("周先生", "138", PEOPLE[1][2])])
    wrong = rows(trade, gift_id)[1]
    mended = [(str(wrong.row), *PEOPLE[1]), ("", *PEOPLE[2])]
    a_list(trade, gift_id, mended, extent=Extent.MORE, head=("行", "姓名", "手机", "地址"))
    assert [(row.id == wrong.id, row.state.value) for row in rows(trade, gift_id)[1:]] == [
        (True, "ready"),
        (False, "ready"),
    ]


def test_the_same_table_sent_twice_is_taken_once_and_another_takes_its_place(trade):
    gift_id = a_gift(trade)
    assert [a_list(trade, gift_id).rows for _ in range(2)] == [3, 0]
    a_list(trade, gift_id, PEOPLE[:1])
    assert len(rows(trade, gift_id)) == 1


def test_a_long_list_is_judged_by_the_worker_in_steps(trade):
    gift_id = a_gift(trade)
    many = [(f"客户{one}", f"139{one:08d}", PEOPLE[0][2]) for one in range(620)]
    taken = a_list(trade, gift_id, many)
    assert (taken.rows, taken.waiting) == (620, 620)
    assert trade.run(lambda session: counts_of(session, gift_id)).waiting == 620
    assert judge_waiting(trade.unit_of_work, now=trade.now) == 620
    counts = trade.run(lambda session: counts_of(session, gift_id))
    assert (counts.waiting, counts.ready) == (0, 620)


def test_columns_are_recognised_by_what_people_call_them(trade):
    gift_id = a_gift(trade)
    split = [("年终名单", "", "", "", "", "")]
    head = ("收货人", "联系电话", "省", "市", "区县", "详细地址")
    a_list(
        trade,
        gift_id,
        [head, ("陈女士", PEOPLE[0][1], "陕西", "西安", "雁塔区", "小寨东路9号")],
        head=split[0],
    )
    assert [(row.city, row.district, row.street) for row in rows(trade, gift_id)] == [
        ("西安市", "雁塔区", "小寨东路9号")
    ]


def test_a_table_without_such_columns_is_refused_and_the_list_stays(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    with pytest.raises(InvalidInput):
        a_list(trade, gift_id, [("1", "2", "3")], head=("甲", "乙", "丙"))
    assert len(rows(trade, gift_id)) == 3


def test_a_row_is_added_by_hand_once_and_never_beyond_the_most(trade, monkeypatch):
    gift_id = a_gift(trade)
    add = partial(add_row, gift_id=gift_id, typed=Typed(*PEOPLE[0]), actor_id=trade.union_id, now=trade.now)
    trade.run(add)
    trade.run(add)
    assert len(rows(trade, gift_id)) == 1
    monkeypatch.setattr("shop.gifts.mending.MOST_RECIPIENTS", 1)
    with pytest.raises(TooManyRecipients):
        trade.run(partial(add, typed=Typed(*PEOPLE[1])))


def test_a_province_where_no_courier_goes_is_said(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id, [("陈女士", "13800000014", "西藏自治区拉萨市城关区北京东路1号")])
    (row,) = trade.run(lambda session: rows_of(session, gift_id, Shown.MEND)).items
    assert row.judged.problems["address"].facts == {"province": "西藏自治区"}


def test_strangers_see_no_gift_and_readers_change_none(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    skip = partial(
        skip_row, gift_id=gift_id, row_id=rows(trade, gift_id)[0].id, actor_id=trade.admin_id, now=trade.now
    )
    with pytest.raises(NotFound):
        trade.run(skip)
    viewer = {"organisation_id": trade.organisation_id, "user_id": trade.admin_id, "role": "viewer"}
    trade.run(lambda session: session.add(OrganisationMember(**viewer)))
    with pytest.raises(NotAllowed):
        trade.run(skip)
    assert states(trade, gift_id) == ["ready"] * 3
