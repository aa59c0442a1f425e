"""A coordinator writes a story on the phone, the team publishes it at a desk, and a buyer reads it and buys."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.looking import DESKTOP, PHONE
from tests.browser.navigators.buyer import Buyer
from tests.factories.page_pictures import picture_file

TITLE = "雾里采头茶"


@pytest.fixture
def coordinator(visit):
    return visit("coordinator", width=PHONE)


def test_a_story_is_written_published_read_and_bought_from(coordinator, visit, worker, tmp_path):
    coordinator.open("/village/stories")
    coordinator.press(coordinator.link("写一篇报道", ""))
    fills(coordinator, {"title_zh": TITLE, "text_zh": "天没亮就上坡。**雾大**，芽头长得慢。"})
    coordinator.main.locator("[name=kind]").select_option("harvest")
    coordinator.press(coordinator.button("保存草稿", ""))
    for name in ("一", "二"):
        adds_photo(coordinator, picture_file(tmp_path), f"茶坡{name}")
    worker.does("pictures")
    coordinator.open(coordinator.path.partition("#")[0])
    drags_last_first(coordinator)
    coordinator.main.get_by_label("高山云雾绿茶", exact=True).first.check()
    coordinator.press(coordinator.button("保存选择", ""))
    coordinator.press(coordinator.link("预览", ""))
    assert "这是预览" in coordinator.text
    coordinator.press(coordinator.link("回到编辑页", ""))
    coordinator.press(coordinator.button("交给团队", ""))
    assert "待团队审阅" in coordinator.text

    admin = visit("admin", width=DESKTOP, language="en")
    admin.open("/admin/stories?state=offered")
    admin.press(admin.link("", TITLE))
    fills(admin, {"title_en": "The first tea, picked in fog", "text_en": "Before it was light."})
    admin.press(admin.button("", "Save"))
    admin.press(admin.button("", "Publish it"))
    assert "Readers see it since" in admin.text

    buyer = visit(width=PHONE, navigator=Buyer)
    buyer.open("/stories?kind=harvest")
    with buyer.page.expect_response(lambda answer: answer.url.endswith("/read")) as told:
        buyer.press(buyer.link(TITLE, ""))
        assert "芽头长得慢" in buyer.text
        first = buyer.main.locator("figure img").first
        expect(first).to_have_attribute("alt", "茶坡二")
    assert told.value.status == 200
    buyer.press(buyer.main.get_by_role("link", name="高山云雾绿茶").first)
    buyer.adds_to_basket()
    buyer.checks_out()
    buyer.says_who(phone="139 0022 0001")  # nobody else here: a telephone has only so much unpaid
    buyer.agrees()
    buyer.goes_to_pay()
    buyer.pays()
    assert "付款成功" in buyer.text

    admin.open(admin.path.partition("#")[0])
    admin.main.locator("#reason").fill("a face that should not be there")
    admin.button("", "Take it back").click()
    admin.confirm("", "Take it back")
    assert "Nobody reads it any more" in admin.text


def fills(someone, fields) -> None:
    for name, value in fields.items():
        someone.main.locator(f"[name='{name}']").fill(value)


def adds_photo(someone, file: Path, words: str) -> None:
    someone.main.locator("#photo").set_input_files(file)
    someone.main.locator("#alt_zh").fill(words)
    someone.press(someone.button("加上照片", "Add the photo"))


def drags_last_first(someone) -> None:
    pictures = someone.main.locator("#photos [data-place]")
    with someone.page.expect_navigation():
        pictures.last.locator("img").drag_to(pictures.first.locator("img"))
    someone.look()
    expect(someone.main.locator("#photos [name=alt_zh]").first).to_have_value("茶坡二")
