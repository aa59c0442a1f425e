"""What may be attached: judged by its content, whatever it is called, and cheap to refuse."""

from __future__ import annotations

import io
import time
import zipfile

import pytest

from shop.invoicing import file_kinds
from shop.invoicing.file_kinds import MOST_BYTES, kind_of, texts_of_xml
from shop.invoicing.models import FileKind
from shop.kit.errors import InvalidInput

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"
XML = b'<?xml version="1.0" encoding="UTF-8"?><EInvoice><Header><EIid>26612000000000000001</EIid></Header></EInvoice>'
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><a>&c;</a>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'


def archive(*names: str, content: bytes = b"<x/>", how: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", how) as file:
        for name in names:
            file.writestr(name, content)
    return written.getvalue()


OFD = archive("OFD.xml", "Doc_0/Document.xml")


@pytest.mark.parametrize(
    ("content", "kind"),
    [(PDF, FileKind.PDF), (OFD, FileKind.OFD), (XML, FileKind.XML), (b"\xef\xbb\xbf" + XML, FileKind.XML)],
)
def test_each_kind_is_known_by_its_content(content, kind):
    assert kind_of(content) is kind


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"MZ\x90\x00",
        b"%PDF-1.7 and nothing more",
        b"%PDF-9",
        PDF[:20],
        b"<html><script>alert(1)</script></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"<a><b></a>",
        b"<",
        LAUGHS,
        OUTSIDE,
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        b'<?xml version="1.0" encoding="UTF-16"?><a/>',
        b"<a>" * 200_000,
        b"<a>" + b"<b/>" * 100_000 + b"</a>",
        b"<a>" + b"x" * (2 * 1024 * 1024) + b"</a>",
        archive("word/document.xml"),
        archive("OFD.xml", "../../etc/passwd"),
        archive("OFD.xml", "/etc/passwd"),
        archive("OFD.xml", "C:\\x"),
        archive("OFD.xml", *(f"{number}.xml" for number in range(600))),
        archive("OFD.xml", "bomb.xml", content=b"0" * 20_000_000),
        OFD[: len(OFD) // 2],
        b"PK\x03\x04" + b"\x00" * 100,
        PDF + b"x" * MOST_BYTES,
    ],
)
def test_hostile_and_broken_files_are_refused_with_words_and_at_once(content):
    began = time.process_time()  # whatever else the machine does meanwhile
    with pytest.raises(InvalidInput) as refused:
        kind_of(content)
    assert list(refused.value.errors) == ["file"]
    assert time.process_time() - began < 1


def test_an_archive_is_never_unpacked(monkeypatch):
    def unpack(*_args, **_kwargs):
        raise AssertionError("nothing is read from an archive but its directory")

    monkeypatch.setattr(zipfile.ZipFile, "open", unpack)
    monkeypatch.setattr(zipfile.ZipFile, "extract", unpack)
    assert kind_of(OFD) is FileKind.OFD


def test_an_xml_says_its_texts():
    assert "26612000000000000001" in texts_of_xml(XML)


def test_limits_are_what_the_page_says():
    assert file_kinds.MOST_BYTES == 5 * 1024 * 1024
