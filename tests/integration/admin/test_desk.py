"""Settings, page texts, the audit trail, messages and payouts."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
import sqlalchemy as sa
import time_machine

from shop.accounts.audit import audit
from shop.accounts.audit_queries import PAGE_SIZE
from shop.accounts.models import AuditEntry, ShopSetting
from shop.inventory.holds import ship_allocations
from shop.inventory.models import Allocation
from shop.kit.clock import shanghai_date, utc_now
from shop.ledger.models import Payout, PayoutRun
from shop.ordering.completion import complete, mark_shipped
from shop.storage.outbox import OutboxMessage
from tests.factories.counting import counted_statements

XSS = "<script>alert(1)</script>{{7*191}}"


@pytest.fixture
def completed(unit_of_work, paid):
    """An order that is paid and whose goods arrived: its households are owed their part."""
    now = utc_now()
    ids = unit_of_work.run(lambda session: list(session.scalars(sa.select(Allocation.id))))
    unit_of_work.run(lambda session: ship_allocations(session, ids, now=now))
    unit_of_work.run(lambda session: mark_shipped(session, paid.order_id, now=now))
    unit_of_work.run(lambda session: complete(session, paid.order_id, now=now))
    return paid


def test_settings_are_shown_by_the_whole_shop_at_once(admin, client, see):
    form = {"name_zh": "山货铺", "name_en": "Hill shop", "short_name_zh": "山货", "short_name_en": "Hill"}
    licences = "食品经营许可证 JY123\n营业执照 91610"
    assert (
        admin.post("/admin/settings", **form, icp_number="陕ICP备12345678号", licences=licences).status_code
        == 303
    )
    page = client.get("/pages/terms?lang=zh").text
    for words in ("山货", "陕ICP备12345678号", "JY123"):
        assert words in page, words
    assert "setting.changed" in see(sa.select(AuditEntry.action))


@pytest.mark.parametrize(
    "wrong", [{"name_zh": ""}, {"accept_within_hours": "0"}, {"accept_within_hours": "-1"}, {"complete_after_days": "x"},
              {"licences": "onlyoneword"}, {"name_en": "x" * 121}],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_refused_and_nothing_is_saved(admin, see, wrong):
    form = {"name_zh": "山货铺", "name_en": "Hill shop", "short_name_zh": "山货", "short_name_en": "Hill"}
    answer = admin.post("/admin/settings", **(form | wrong))
    assert answer.status_code == 400
    assert f"{next(iter(wrong))}-error" in answer.text
    assert see(sa.select(ShopSetting.name)) == []


def test_a_page_text_gets_a_new_version_and_shows_no_script(admin, client):
    form = {"title_zh": "隐私", "title_en": "Privacy", "body_zh": f"**您好** {XSS}", "body_en": "Hello"}
    assert admin.post("/admin/texts/privacy", **form).status_code == 303
    assert "This is version 2." in admin.said()
    page = client.get("/pages/privacy?lang=zh").text
    assert "<strong>您好</strong>" in page
    assert "<script>alert" not in page
    assert "1337" not in page
    assert admin.post("/admin/texts/privacy", **(form | {"body_en": ""})).status_code == 400
    assert admin.get("/admin/texts/secret").status_code == 404


def test_the_trail_is_searched_by_who_what_when_and_subject(admin, see):
    admin.post("/admin/settings", name_zh="甲", name_en="A", short_name_zh="甲", short_name_en="A")
    path, today = "/admin/audit", shanghai_date(utc_now())
    assert "setting.changed" in admin.get(path, who="ADMIN@example.com", action="setting.changed").text
    for nothing in (
        {"who": "nobody@example.com"}, {"action": "no.such"}, {"subject_id": "' OR 1=1"},
        {"to": (today - timedelta(days=2)).isoformat()}, {"subject_type": "%"},
    ):  # fmt: skip
        assert "Nothing found" in admin.get(path, **nothing).text, nothing
    for odd in ({"from": "x"}, {"before": "x"}, {"before": "9" * 40}, {"who": "\0"}):
        assert admin.get(path, **odd).status_code == 200


def test_the_trail_is_searched_by_text_in_any_language_and_by_parts_of_a_name(admin, clerk, unit_of_work):
    def note(actor_id, subject_id, facts, personal=None):
        unit_of_work.run(
            lambda session: audit(
                session,
                actor_id,
                "price.changed",
                "variant",
                subject_id,
                facts,
                now=utc_now(),
                personal=personal,
            )
        )

    note(admin.user_id, "7001", {"name_zh": ["绿茶", '红茶 "特级" 100%']})
    note(clerk.user_id, "7002", {"name_en": "Walnuts"}, {"recipient": "王小明"})
    note(None, "8003", {"name_en": "50 g"})

    def found(**asked):
        rows = admin.get("/admin/audit", action="price.changed", **asked).text
        return {one for one in ("7001", "7002", "8003") if one in rows}

    assert found() == {"7001", "7002", "8003"}
    assert found(q="红茶") == {"7001"}
    assert found(q='"特级" 100%') == {"7001"}
    assert found(q="WALNUT") == {"7002"}
    assert found(q="王小") == {"7002"}, "personal values are searched too"
    assert found(q="700") == {"7001", "7002"}, "the beginning of a number"
    assert found(q="0%") == {"7001"}, "a sign of a pattern is a sign"
    assert found(q="\\u7eff") == set()
    assert found(who="clerk@example.com") == {"7002"}
    assert found(who="the shop") == {"8003"}
    assert found(who="nobody at all") == set()


def test_a_long_trail_is_read_in_pages_with_a_constant_number_of_statements(admin, unit_of_work, engine):
    def write(session):
        for number in range(PAGE_SIZE + 5):
            audit(
                session, admin.user_id, "role.granted", "user", str(number), {"role": "admin"}, now=utc_now()
            )

    def read(**asked):
        with counted_statements(engine) as statements:
            page = admin.get("/admin/audit", action="role.granted", **asked).text
        return page, len(statements)

    unit_of_work.run(lambda session: audit(session, None, "role.granted", "user", "1", {}, now=utc_now()))
    admin.get("/admin/audit")
    _page, few = read(q="admin")
    unit_of_work.run(write)
    page, many = read(q="admin")
    assert page.count("<tr>") == PAGE_SIZE + 1
    assert many <= few + 1
    older = re.search(r'href="/admin/audit\?([^"]*before=\d+)"', page).group(1)
    second = admin.client.get(f"/admin/audit?{unescape(older)}&lang=en").text
    assert second.count("<tr>") == 5 + 1
    assert "Newest entries" in second
    assert "Older entries" not in second


def test_a_broken_chain_is_told(admin, unit_of_work, see):
    admin.post("/admin/audit/verify")
    assert "The chain is whole" in admin.said()
    with time_machine.travel(utc_now()):
        unit_of_work.run(
            lambda session: session.add(
                AuditEntry(
                    at=utc_now(), action="forged", subject_type="x", subject_id="1", facts={}, previous_hash="0",
                    hash="f" * 64,
                )
            )
        )  # fmt: skip
    admin.post("/admin/audit/verify")
    assert "Call whoever runs the server" in admin.said()


def test_a_dead_letter_is_sent_again_once(admin, session, see):
    now = utc_now()
    letter = OutboxMessage(
        kind="message", payload={"message": "order_placed"}, dedupe_key="x", created_at=now, due_at=now, failed_at=now,
        attempts=10, last_error=f"SMTP {XSS}",
    )  # fmt: skip
    session.add(letter)
    session.commit()
    page = admin.get("/admin/messages").text
    assert "&lt;script&gt;" in page
    assert admin.post(f"/admin/messages/{letter.id}/resend").status_code == 303
    assert see(sa.select(OutboxMessage.attempts).where(OutboxMessage.id == letter.id)) == [0]
    assert admin.post(f"/admin/messages/{letter.id}/resend").status_code == 404
    assert "Every message went out" in admin.get("/admin/messages").text


def test_closing_shows_first_what_it_drafts_and_claims_it_once(admin, completed, see):
    today = shanghai_date(utc_now()).isoformat()
    page = admin.get("/admin/payouts/close", until=today).text
    assert "¥103.36" in page
    assert see(sa.select(PayoutRun.id)) == [], "looking drafts nothing"
    answer = admin.post("/admin/payouts/close", until=today)
    assert answer.status_code == 303
    assert see(sa.select(Payout.amount_fen)) == [10336]
    admin.post("/admin/payouts/close", until=today)
    assert "Nothing is due until that day." in admin.said()
    assert len(see(sa.select(PayoutRun.id))) == 1
    page = admin.get(answer.location).text
    assert "103.36" in page
    assert f'action="{answer.location}/csv"' in page, "the run can be taken along from its page"
    assert page.index("<h1>") < page.index('class="kpis'), "the figures stand below their heading"
    csv_file = admin.post(f"{answer.location}/csv")
    assert csv_file.data.startswith(b"\xef\xbb\xbf")
    assert "103.36" in csv_file.text
    assert csv_file.headers["Content-Disposition"].endswith('.csv"')
    assert "payout.exported" in see(sa.select(AuditEntry.action))


@pytest.mark.parametrize("until", ["2999-01-01", "tomorrow", "0000-00-00", "2026-02-30"])
def test_a_day_that_cannot_be_closed_is_refused_at_its_field(admin, completed, see, until):
    for answer in (
        admin.get("/admin/payouts/close", until=until),
        admin.post("/admin/payouts/close", until=until),
    ):
        assert answer.status_code == 400
        assert 'id="until-error"' in answer.text
        assert f'value="{until}"' in answer.text, "what was typed stays"
    assert see(sa.select(PayoutRun.id)) == []


def test_an_alias_cannot_become_a_formula_in_the_export(admin, completed, session, shop):
    session.execute(sa.text("UPDATE households SET alias_zh = '=1+1', alias_en = '@SUM(A1)'"))
    session.commit()
    answer = admin.post("/admin/payouts/close", until=shanghai_date(utc_now()).isoformat())
    text = admin.post(f"{answer.location}/csv").text
    assert "'@SUM(A1)" in text or "'=1+1" in text
