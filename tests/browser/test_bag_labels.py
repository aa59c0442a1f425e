"""Labels, pledges and packing slips fit their paper: what Chromium would send to the printer."""

from __future__ import annotations

import re

import pytest

from tests.browser.looking import DESKTOP

MM = 72 / 25.4  # points
_BOX = re.compile(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)\s*\]")


def sheets(pdf: bytes) -> list[tuple[int, int]]:
    """The pages of a PDF by width and height in whole millimetres."""
    return [(round(float(width) / MM), round(float(height) / MM)) for width, height in _BOX.findall(pdf)]


@pytest.fixture
def coordinator(visit):
    return visit("coordinator", width=DESKTOP)


def test_labels_are_handed_out_and_fit_each_paper(coordinator, world):
    lot = world.lots["a, in the village"]
    coordinator.open(f"/village/lots/{lot}/bags")
    coordinator.page.locator("#labels-count").fill("12")
    coordinator.press(coordinator.button("生成标签", ""))
    address = coordinator.path.split("?")[0]
    for paper, wanted in (("a4", [(210, 297)] * 2), ("small", [(70, 50)] * 12), ("large", [(100, 150)] * 12)):
        coordinator.open(f"{address}?paper={paper}")
        assert sheets(coordinator.page.pdf(prefer_css_page_size=True)) == wanted, paper
        cut = "els => els.filter(el => el.scrollHeight > el.clientHeight + 1 || el.scrollWidth > el.clientWidth + 1).length"
        assert coordinator.page.locator(".bag").evaluate_all(cut) == 0, paper


def test_a_pledge_fits_its_paper(coordinator, world):
    lot = world.lots["a, in the village"]
    for paper, wanted in (("large", [(100, 150)]), ("small", [(70, 50)])):
        coordinator.open(f"/village/lots/{lot}/pledge/paper?paper={paper}")
        assert sheets(coordinator.page.pdf(prefer_css_page_size=True)) == wanted


def test_packing_slips_fit_their_paper_and_a_long_one_goes_on(coordinator):
    """Four slips, and then one of them with thirty kinds of goods."""
    path = "/village/runs/SAFE-LOADED/packing-slips"
    four = "slip => { for (let n = 0; n < 3; n++) slip.after(slip.cloneNode(true)); }"
    longer = "tr => { for (let n = 0; n < 29; n++) tr.after(tr.cloneNode(true)); }"
    wide = "els => els.filter(el => el.scrollWidth > el.clientWidth + 1).length"
    for paper, wanted in (("roll", [(100, 150)] * 4), ("a4", [(210, 297)] * 2)):
        coordinator.open(f"{path}?paper={paper}")
        slip = coordinator.page.locator(".ps").first
        slip.evaluate("el => el.classList.remove('ps-stop')")
        slip.evaluate(four)
        assert sheets(coordinator.page.pdf(prefer_css_page_size=True)) == wanted, paper
        slip.locator("tbody tr").first.evaluate(longer)
        assert len(sheets(coordinator.page.pdf(prefer_css_page_size=True))) > len(wanted), paper
        assert coordinator.page.locator(".ps").evaluate_all(wide) == 0, paper
