"""What somebody asks while a request of theirs waits is added to it; nothing that was typed is lost without a word."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.accounts.privacy_models import AboutWhat, AskedFor, PrivacyRequest
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import InvalidInput
from shop.privacy.asking import ask
from tests.factories.people import make_person, post, sign_in
from tests.integration.privacy.test_desk import ENGLISH, guest_order, one, written  # noqa: F401
from tests.integration.storefront.test_orders import open_as_guest

HERE = "/account/privacy"


@pytest.fixture
def buyer(unit_of_work):
    return make_person(unit_of_work, "lin@example.com")


def test_a_second_correction_stands_in_the_open_one_and_the_page_shows_both(admin, client, buyer, see):
    sign_in(client, buyer.email)
    for text, contact in (
        ("单位写错了", "内线 8866"),
        ("名字也写错了", "内线 9977"),
        ("名字也写错了", "内线 9977"),
    ):
        sent = post(client, f"{HERE}/requests", HERE, kind="correction", text=text, contact=contact)
        assert sent.status_code == 303
    assert "已并入您还在等答复的那份申请" in client.get(HERE).text
    (asked,) = see(sa.select(PrivacyRequest))
    assert asked.text == f"单位写错了\n\n{shanghai_date(utc_now()).isoformat()} 名字也写错了", (
        "sent twice, it is once"
    )
    assert asked.contact == "内线 8866; 内线 9977"
    desk = admin.get(f"/admin/privacy/requests/{asked.number}").text
    for word in ("单位写错了", "名字也写错了", "内线 8866", "内线 9977", "Something added"):
        assert word in desk, word
    own = client.get(HERE).text
    assert "单位写错了" in own
    assert "名字也写错了" in own
    assert len(see(sa.select(AuditEntry.id).where(AuditEntry.action == "privacy.added"))) == 1


def test_what_does_not_fit_is_refused_and_stays_in_the_form(client, buyer, see):
    sign_in(client, buyer.email)
    for number in range(3):
        assert (
            post(client, f"{HERE}/requests", HERE, kind="correction", text=f"{number}" * 1000).status_code
            == 303
        )
    refused = post(client, f"{HERE}/requests", HERE, kind="correction", text="改" * 1000)
    assert refused.status_code == 400
    assert "改" * 1000 in refused.text
    assert one(see).number in refused.text
    assert "改" not in one(see).text


def test_the_desk_is_told_that_its_words_went_to_the_open_request(admin, client, buyer, see):
    sign_in(client, buyer.email)
    post(client, f"{HERE}/requests", HERE, kind="objection", text="别再发短信")
    number = written(
        admin, kind="objection", about="user", whose=buyer.email, text="来电，报了工号", contact="8866"
    )
    page = admin.get(f"/admin/privacy/requests/{number}").text
    assert "what you wrote was added to it" in page
    (asked,) = see(sa.select(PrivacyRequest))
    assert asked.number == number
    assert ("别再发短信" in asked.text, "来电，报了工号" in asked.text, asked.contact) == (True, True, "8866")


def test_a_guest_adds_to_their_request_as_well(app, client, guest_order, see):  # noqa: F811
    open_as_guest(app, client, guest_order)
    here = f"/orders/{guest_order}/data"
    for text in ("地址写错了", "电话也写错了"):
        assert post(client, f"{here}/requests", here, kind="correction", text=text).status_code == 303
    page = client.get(here).text
    assert "已并入您还在等答复的那份申请" in page
    assert "地址写错了" in page
    assert "电话也写错了" in page
    assert len(see(sa.select(PrivacyRequest))) == 1


def test_what_is_settled_is_not_added_to(admin, client, buyer, see):
    sign_in(client, buyer.email)
    post(client, f"{HERE}/requests", HERE, kind="correction", text="单位写错了")
    first = one(see).number
    admin.post(f"/admin/privacy/requests/{first}/answer", answer="改好了")
    page = client.get(HERE, headers=ENGLISH).text
    assert "Answered" in page
    assert "改好了" in page
    assert "Answered" in admin.get(f"/admin/privacy/requests/{first}").text
    post(client, f"{HERE}/requests", HERE, kind="correction", text="名字也写错了")
    assert (one(see).text, one(see).number != first) == ("名字也写错了", True)


def test_words_that_are_too_many_are_refused_before_anything_is_written(buyer, unit_of_work, see):
    about = {
        "kind": AskedFor.OBJECTION,
        "about": AboutWhat.USER,
        "about_id": str(buyer.id),
        "asked_by_id": buyer.id,
    }
    now = utc_now()
    unit_of_work.run(lambda session: ask(session, **about, text="一", contact="甲" * 100, now=now))
    later = {"text": "二", "contact": "乙" * 100, "now": now + timedelta(minutes=1)}
    with pytest.raises(InvalidInput):
        unit_of_work.run(lambda session: ask(session, **about, **later))
    assert (one(see).text, one(see).contact) == ("一", "甲" * 100)


def test_what_stands_within_a_longer_sentence_is_added_all_the_same(client, buyer, see):
    """A part of what was written before may say the opposite."""
    sign_in(client, buyer.email)
    for text, contact in (("请不要删除我的旧电话 138", "13911112222"), ("删除我的旧电话 138", "1391111")):
        post(client, f"{HERE}/requests", HERE, kind="correction", text=text, contact=contact)
    asked = one(see)
    assert asked.text.endswith(" 删除我的旧电话 138")
    assert asked.contact == "13911112222; 1391111"


def seen_on(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"', maxsplit=1)[0]


def test_nobody_settles_words_that_they_have_not_read(admin, client, buyer, see):
    sign_in(client, buyer.email)
    post(client, f"{HERE}/requests", HERE, kind="correction", text="单位写错了")
    number = one(see).number
    here = f"/admin/privacy/requests/{number}"
    old = seen_on(admin.get(here).text)
    post(client, f"{HERE}/requests", HERE, kind="correction", text="名字也写错了")
    answer = admin.post(f"{here}/answer", answer="单位改好了", seen=old)
    assert answer.status_code == 409
    assert "Something was added to this request meanwhile" in answer.text
    assert "单位改好了" in answer.text, "what was typed is kept"
    assert "名字也写错了" in answer.text
    assert one(see).answer == ""
    assert admin.post(f"{here}/answer", answer="都改好了", seen=seen_on(answer.text)).status_code == 303
    assert one(see).answer == "都改好了"


def test_what_the_desk_wrote_down_for_itself_is_not_shown_to_the_person(admin, client, buyer):
    written(admin, kind="objection", about="user", whose=buyer.email, text="电话确认，核对了工号", contact="")
    sign_in(client, buyer.email)
    assert "核对了工号" not in client.get(HERE).text
