"""PDFs: Chinese can be read again, lines keep to their place, and what somebody sends acts no more."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject
from reportlab.pdfbase import pdfmetrics

from shop.storage import pdf_font, pdf_pages
from shop.storage.pdfs import Bound, BrokenPdf, Column, join, new_pages, pages_of, picture_page


def a_paper(text: str = "明细清单") -> bytes:
    pages = new_pages(text, running="校工会")
    pages.heading(text)
    return pages.finish()


def text_of(content: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_chinese_english_and_amounts_can_be_read_again():
    pages = new_pages("报销材料包", running="校工会 · 第一书记扶贫超市")
    pages.heading("报销材料包")
    pages.facts([("经办人", "堃玥 Lin")])
    pages.table(
        [Column("品名", 3), Column("金额", 1, "r")], [["土蜂蜜 500 克", "¥1,234.50"]], ["合计", "¥1,234.50"]
    )
    pages.signatures(["经办人：", "验收人："])
    said = text_of(pages.finish())
    for words in ("报销材料包", "堃玥", "Lin", "土蜂蜜", "¥1,234.50", "验收人"):
        assert words in said


def test_the_font_is_embedded_so_that_every_printer_has_it():
    fonts = PdfReader(io.BytesIO(a_paper())).pages[0]["/Resources"]["/Font"]
    described = [
        font.get_object()["/FontDescriptor"].get_object()
        for font in fonts.values()
        if "/FontDescriptor" in font.get_object()
    ]
    assert described
    assert all("/FontFile2" in one for one in described)


RARE_IN_NAMES = "䶮㛃䲟喆堃赟旸璟頔𬭎𫖮𬱖𪟝𣲗𬍛𪣻"


def test_rare_characters_of_names_are_drawn_and_can_be_copied():
    pages = new_pages(RARE_IN_NAMES, running="")
    pages.table([Column("姓名")], [[RARE_IN_NAMES]])
    assert RARE_IN_NAMES in text_of(pages.finish())
    pdf_font.register_font()
    drawn = pdfmetrics.getFont(pdf_font.FONT).face.charToGlyph
    assert [char for char in RARE_IN_NAMES if ord(char) not in drawn] == []


def test_a_paper_has_one_font_however_rare_its_characters_and_carries_only_those_it_needs():
    plain, rare = a_paper(), a_paper("经办人：𬭎䶮")
    names = {
        font.get_object()["/BaseFont"].split("+")[1]
        for font in PdfReader(io.BytesIO(rare)).pages[0]["/Resources"]["/Font"].values()
        if "/FontDescriptor" in font.get_object()
    }
    assert len(names) == 1
    assert len(plain) < 40_000


def test_what_no_font_has_does_not_stop_a_paper():
    assert "谢谢" in text_of(a_paper("谢谢🍵"))


def test_a_long_table_goes_on_with_its_heads_on_every_page():
    pages = new_pages("长", running="")
    pages.table([Column("品名"), Column("数量")], [[f"第 {number} 行", "1"] for number in range(200)])
    found = PdfReader(io.BytesIO(pages.finish())).pages
    assert len(found) > 1
    assert all("品名" in page.extract_text() for page in found)
    assert "第 199 行" in found[-1].extract_text()


@given(
    text=st.text(alphabet=st.sampled_from("茶叶，。 abcdef-/1234567890（）"), max_size=120),
    width=st.integers(40, 300),
)
def test_a_line_is_never_wider_than_its_place_and_nothing_is_lost(text, width):
    lines = pdf_pages.wrapped(text, width, 10)
    room = width + 10 * 3  # marks that never begin a line hang over its end
    assert all(pdf_pages._width(line, 10) <= room for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_papers_are_joined_in_order_with_an_outline():
    joined = join([Bound(a_paper("封面"), "封面"), Bound(a_paper("清单"), "清单")], title="材料")
    reader = PdfReader(io.BytesIO(joined))
    assert [one.title for one in reader.outline] == ["封面", "清单"]
    assert [("封面" in reader.pages[0].extract_text()), ("清单" in reader.pages[1].extract_text())] == [
        True,
        True,
    ]
    assert pages_of(joined) == 2


def test_a_picture_becomes_a_page():
    kept = io.BytesIO()
    Image.new("RGB", (3000, 200), "red").save(kept, "PNG")
    assert pages_of(picture_page(kept.getvalue())) == 1
    with pytest.raises(BrokenPdf):
        picture_page(b"\x89PNG\r\n\x1a\nnothing")


def test_what_a_page_would_do_when_it_is_opened_is_left_out_and_its_seal_stays():
    writer = PdfWriter()
    page = writer.add_page(PdfReader(io.BytesIO(a_paper())).pages[0])
    script = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
    )
    seal = DictionaryObject({NameObject("/Subtype"): NameObject("/Stamp"), NameObject("/A"): script})
    page[NameObject("/AA")] = DictionaryObject({NameObject("/O"): script})
    page[NameObject("/Annots")] = ArrayObject([seal])
    writer.root_object[NameObject("/OpenAction")] = script
    kept = io.BytesIO()
    writer.write(kept)
    assert b"JavaScript" in kept.getvalue()
    joined = join([Bound(kept.getvalue())], title="")
    assert b"JavaScript" not in joined
    assert len(PdfReader(io.BytesIO(joined)).pages[0]["/Annots"]) == 1


def locked() -> bytes:
    writer = PdfWriter()
    writer.add_page(PdfReader(io.BytesIO(a_paper())).pages[0])
    writer.encrypt("secret", algorithm="RC4-128")
    kept = io.BytesIO()
    writer.write(kept)
    return kept.getvalue()


def too_long() -> bytes:
    writer = PdfWriter()
    for _ in range(301):
        writer.add_blank_page(100, 100)
    kept = io.BytesIO()
    writer.write(kept)
    return kept.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.4\n%%EOF",
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 1 0 R>>endobj\n%%EOF",
        a_paper()[:400],
        locked(),
        too_long(),
    ],
    ids=["empty", "nothing in it", "a circle", "cut off", "locked", "too long"],
)
def test_what_is_no_paper_is_refused_in_one_way(content):
    with pytest.raises(BrokenPdf):
        join([Bound(content)], title="")


WHOLE = a_paper()


@given(st.binary(max_size=400))
def test_no_file_ends_in_another_way_than_refusal(garbage):
    whole = WHOLE
    broken = whole[: len(whole) // 2] + garbage + whole[len(whole) // 2 + len(garbage) :]
    try:
        join([Bound(broken)], title="")
    except BrokenPdf:
        return
