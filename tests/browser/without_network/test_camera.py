"""The phone's camera where the network comes and goes: a photo of a lot, and the code on a slip."""

from __future__ import annotations

import io

import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import expect

from tests.browser.without_network.phone import Phone, poll

READS = """
  self.read = "";
  self.BarcodeDetector = class {
    static async getSupportedFormats() { return ["qr_code"]; }
    async detect() { return self.read ? [{ rawValue: self.read }] : []; }
  };
  self.asked = 0;
  Object.defineProperty(navigator, "mediaDevices", { value: { async getUserMedia() {
    self.asked += 1;
    const canvas = document.createElement("canvas");
    canvas.getContext("2d").fillRect(0, 0, 10, 10);
    return canvas.captureStream(5);
  } } });
"""


def taken() -> bytes:
    """What a phone's camera gives: large, and with where it was."""
    written = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.effect_noise((3000, 2200), 90).convert("RGB").save(written, "JPEG", quality=95, exif=exif)
    assert written.tell() > 2_000_000
    return written.getvalue()


def test_a_lot_is_declared_with_a_photo_in_three_taps_and_the_photo_follows_it_small_and_once(
    visit, books, wire
):
    phone = Phone(visit("farmer")).keep("/farm/lots", "/farm/lots/new")
    one = phone.page.locator("a[href^='/farm/lots/new/']").first.get_attribute("href")
    lots = sa.text("SELECT count(*) FROM lots")
    photos = sa.text("SELECT state FROM lot_photos")
    before = books.execute(lots).scalar()
    phone.keep(one).cut()
    phone.button("20").click()
    expect(phone.page.locator("[name=units]")).to_have_value("20")
    phone.page.set_input_files("[name=photo]", {"name": "1.jpg", "mimeType": "image/jpeg", "buffer": taken()})
    expect(phone.page.get_by_alt_text("拍好的照片")).to_be_visible()
    size = phone.page.evaluate("document.querySelector('[name=photo]').files[0].size")
    assert 1_000 < size <= 200_000
    phone.press("就这些")
    expect(phone.dialog).to_contain_text("带照片")
    phone.press("对")
    expect(phone.waiting).to_contain_text("带照片")
    phone.look()
    wire.loses = "/farm/actions/photo"  # the shop has it, and the phone does not know
    phone.join()
    poll(lambda: books.execute(lots).scalar() == before + 1)
    poll(lambda: [row.state for row in books.execute(photos)] == ["processing"])
    poll(lambda: wire.lost > 0)
    expect(phone.page.locator("[data-phone-list]")).to_contain_text("照片还在传")
    wire.loses = ""
    phone.open("/farm/lots")
    expect(phone.page.locator("[data-phone-list]")).to_be_empty(timeout=20_000)
    phone.page.reload()
    assert [row.state for row in books.execute(photos)] == ["processing"]
    assert books.execute(lots).scalar() == before + 1


def test_without_a_reader_nothing_offers_one_and_with_it_the_camera_is_asked_for_on_pressing_only(
    visit, books, whole_shop_on_sqlite
):
    without = visit("point")
    without.page.add_init_script("delete self.BarcodeDetector")
    without.open("/point")
    expect(without.page.get_by_role("button", name="用镜头扫")).to_have_count(0)

    order = whole_shop_on_sqlite.world.orders["a"]["accepted"]
    task = order.tasks[0]
    code = books.execute(sa.text("SELECT code FROM tasks WHERE id = :task"), {"task": task}).scalar()
    is_here = sa.text("SELECT received_at IS NOT NULL FROM tasks WHERE id = :task")
    phone = Phone(visit("coordinator"))
    phone.page.add_init_script(READS)
    phone.waiting = phone.page.locator(".kept.wait")
    phone.keep("/village/take-in").cut()
    assert phone.page.evaluate("self.asked") == 0
    scan = phone.page.get_by_role("button", name="用镜头扫")
    scan.click()
    expect(phone.dialog).to_be_visible()
    phone.look()
    phone.press("关掉")
    expect(phone.dialog).not_to_be_visible()
    scan.click()
    phone.page.evaluate("code => { self.read = code; }", code)
    expect(phone.waiting).to_contain_text(code)
    expect(phone.page.locator("[name=code]")).to_have_value("")
    assert not books.execute(is_here, {"task": task}).scalar()
    phone.join()
    poll(lambda: books.execute(is_here, {"task": task}).scalar())


def test_two_households_at_the_scale_without_a_network_are_two_slips(visit, books):
    phone = Phone(visit("coordinator"))
    phone.waiting = phone.page.locator(".kept.wait")
    slips = sa.text("SELECT count(*) FROM intakes")
    before = books.execute(slips).scalar()
    phone.keep("/village/intake").cut()
    households = [
        one.get_attribute("value") for one in phone.page.locator("#bringers option").element_handles()[:2]
    ]
    for number, household in enumerate(households, 1):
        phone.page.locator("[name=household]").fill(household)
        phone.page.locator("[name=weight]").fill(f"1{number}.5")
        phone.press("记下，下一户")
        expect(phone.waiting).to_have_count(number)
        expect(phone.page.locator("[name=household]")).to_be_focused()
        expect(phone.page.locator("[name=weight]")).to_have_value("")
    expect(phone.waiting.first).to_contain_text("12.5 斤")
    phone.look()
    phone.join()
    poll(lambda: books.execute(slips).scalar() == before + 2)
    expect(phone.waiting).to_have_count(0, timeout=20_000)
