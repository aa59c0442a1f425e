"""What an admin maintains, and who sees it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry, ShopSetting
from shop.accounts.page_texts import PAGES, consent_versions, page_text, set_page_text
from shop.accounts.setting_parsing import licences_as_text
from shop.accounts.setting_specs import SETTINGS
from shop.accounts.setting_values import Licence, ShopSettings
from shop.accounts.shop_settings import read_shop_settings, set_shop_settings
from shop.catalogue.version import current_version
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound


def change(unit_of_work, **values):
    return unit_of_work.run(lambda session: set_shop_settings(session, values, actor_id=None, now=utc_now()))


def test_what_nobody_has_set_has_a_default(session):
    assert read_shop_settings(session) == ShopSettings()


def test_a_change_is_read_audited_and_makes_public_pages_old(unit_of_work, session):
    before = current_version(session)
    session.rollback()
    change(
        unit_of_work,
        name_zh=" 大学 山货店 ",
        complete_after_days="１４",
        licences="食品经营许可证 JY1610\n营业执照 91610",
    )
    read = read_shop_settings(session)
    assert (read.name_zh, read.complete_after_days) == ("大学 山货店", 14)
    assert read.licences == (Licence("食品经营许可证", "JY1610"), Licence("营业执照", "91610"))
    assert licences_as_text(read.licences).splitlines()[1] == "营业执照 91610"
    facts = {entry.subject_id: entry.facts for entry in session.query(AuditEntry)}
    assert facts["complete_after_days"] == {"before": 10, "after": 14}
    assert current_version(session) > before


def test_nothing_is_written_when_nothing_changes(unit_of_work, session):
    change(unit_of_work, complete_after_days="10", name_en="First Secretary Village Shop")
    assert session.query(AuditEntry).count() == 0


def test_every_wrong_field_is_named_and_nothing_is_changed(unit_of_work, session):
    with pytest.raises(InvalidInput) as refused:
        change(
            unit_of_work,
            name_zh=" ",
            complete_after_days="0",
            ready_within_hours="1e3",
            phone="029",
            licences="x",
        )
    assert set(refused.value.errors) == {
        "name_zh",
        "complete_after_days",
        "ready_within_hours",
        "phone",
        "licences",
    }
    assert read_shop_settings(session).phone == ""


@pytest.mark.parametrize(
    "kept", [["bank_payee"], ["bank_name", "bank_number"], ["bank_payee", "bank_number"]]
)
def test_the_account_for_transfers_is_whole_or_none(unit_of_work, session, kept):
    account = {"bank_payee": "大学", "bank_name": "工行", "bank_number": "6222000011112222"}
    half = {name: value if name in kept else "" for name, value in account.items()}
    with pytest.raises(InvalidInput) as refused:
        change(unit_of_work, **half)
    assert set(refused.value.errors) == account.keys() - set(kept)
    assert read_shop_settings(session).bank_payee == ""


ACCOUNT = {"bank_payee": "大学", "bank_name": "工行", "bank_number": "6222-0000 1111 2222"}


def test_the_account_that_buyers_transfer_to_is_a_number(unit_of_work, session):
    with pytest.raises(InvalidInput) as refused:
        change(unit_of_work, **(ACCOUNT | {"bank_number": "不是账号"}))
    assert set(refused.value.errors) == {"bank_number"}
    change(unit_of_work, **ACCOUNT)
    assert read_shop_settings(session).bank_number == "6222000011112222"


def test_the_trail_tells_of_a_changed_account_how_the_old_and_the_new_one_end(unit_of_work, session):
    change(unit_of_work, **ACCOUNT)
    change(unit_of_work, bank_number="6222000011113333")
    facts = sa.select(AuditEntry.facts).where(AuditEntry.subject_id == "bank_number").order_by(AuditEntry.id)
    assert list(session.scalars(facts)) == [
        {"before": "", "after": "•••• 2222"},
        {"before": "•••• 2222", "after": "•••• 3333"},
    ]


@pytest.mark.parametrize(
    ("name", "typed", "is_right"),
    [
        ("icp_number", "陕ICP备12345678号-1", True),
        ("icp_number", "京ICP证030173号", True),
        ("icp_number", "陕ＩＣＰ备１２３４５６７８号", True),
        ("icp_number", "陕ICP备00000000号-1（示例）", True),
        ("icp_number", "", True),
        ("icp_number", "来买茶叶", False),
        ("icp_number", "陕ICP备1号", False),
        ("icp_number", "陕ICP备12345678", False),
        ("police_number", "陕公网安备61010302000123号", True),
        ("police_number", "陕公网安备 61010302000123 号", True),
        ("police_number", "", True),
        ("police_number", "公网安备61010302000123号", False),
        ("police_number", "陕公网安备123号", False),
    ],
)
def test_a_filing_number_has_its_shape(unit_of_work, session, name, typed, is_right):
    if is_right:
        change(unit_of_work, **{name: typed})
        return
    with pytest.raises(InvalidInput) as refused:
        change(unit_of_work, **{name: typed})
    assert set(refused.value.errors) == {name}
    assert "is written like" in refused.value.errors[name]


def test_a_filing_number_that_stands_there_does_not_keep_the_rest_from_being_saved(unit_of_work, session):
    old = "陕ICP备1号"
    session.add(ShopSetting(name="icp_number", value={"value": old}, version=1, changed_at=utc_now()))
    session.commit()
    change(unit_of_work, icp_number=old, name_zh="大学山货店")
    assert read_shop_settings(session).icp_number == old


def test_every_setting_can_be_changed_by_an_admin(session):
    assert {spec.name for spec in SETTINGS} == set(ShopSettings.__dataclass_fields__)


def test_the_footer_shows_a_change_at_once(client, unit_of_work):
    assert "大学山货店" not in client.get("/login").text
    change(unit_of_work, name_zh="大学山货店", icp_number="陕ICP备00000000号")
    page = client.get("/login?lang=zh").text
    assert "大学山货店" in page
    assert "陕ICP备00000000号" in page


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_a_text_in_both_languages(session, name):
    text = page_text(session, name)
    assert text.version == "1"
    assert min(len(text.title_zh), len(text.title_en)) > 1
    assert min(len(text.body_zh), len(text.body_en)) > 200


def test_a_page_that_does_not_exist_is_not_found(session):
    with pytest.raises(NotFound):
        page_text(session, "../privacy")


def test_a_new_text_is_a_new_version_to_agree_to(unit_of_work, session):
    old = page_text(session, "privacy")
    session.rollback()
    texts = {
        "title_zh": old.title_zh,
        "title_en": old.title_en,
        "body_zh": old.body_zh,
        "body_en": old.body_en,
    }

    def write(**changes):
        unit_of_work.run(
            lambda session: set_page_text(session, "privacy", **texts | changes, actor_id=None, now=utc_now())
        )

    write(body_zh="新的说明")
    assert consent_versions(session) == {"privacy": "2", "terms": "1"}
    assert page_text(session, "privacy").body_zh == "新的说明"
    session.rollback()
    with pytest.raises(InvalidInput):
        write(title_en="")
