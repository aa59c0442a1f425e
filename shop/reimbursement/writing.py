"""The papers as files: a cover, then each paper with its originals, as one PDF and as a ZIP."""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shop.kit.amount_words import amount_in_words
from shop.kit.errors import NotFound
from shop.kit.text import msg
from shop.reimbursement.models import PackKind
from shop.reimbursement.section import STANDINGS, Original, Section
from shop.reimbursement.sections import Papers
from shop.reimbursement.wording import Tongue
from shop.storage.media import MediaStore
from shop.storage.pdfs import Bound, BrokenPdf, Column, Pages, join, new_pages, pages_of, picture_page

KINDS: Final = {
    PackKind.ORDER: msg("Order"),
    PackKind.CAMPAIGN: msg("Welfare campaign"),
    PackKind.QUOTATION: msg("Quotation"),
    PackKind.GIFT: msg("Gift order"),
    PackKind.BILL: msg("Invoice for several orders"),
}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Written:
    pdf: bytes
    zip: bytes


@dataclass(frozen=True)
class Desk:
    """What writing needs beside the papers: `shop` is its name, `told` hears after each paper how many are done."""

    store: MediaStore
    say: Tongue
    shop: str
    now: datetime
    told: Callable[[int], None]


def steps_of(papers: Papers) -> int:
    """The cover, each paper, and joining them."""
    return len(papers.sections) + 2


def write_papers(papers: Papers, desk: Desk) -> Written:
    """An original that cannot be read as a PDF, or is none, stands in the ZIP alone, and the PDF says so."""
    say = desk.say
    cover = _cover(papers, desk)
    desk.told(1)
    bound = [Bound(cover, say(msg("Papers for reimbursement")))]
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr(_entry(f"00 {say(msg('Papers for reimbursement'))}.pdf", desk), cover)
        for number, section in enumerate(papers.sections, 1):
            bound += _write_section(papers, section, number, pack, desk)
            desk.told(number + 1)
    title = f"{say(msg('Papers for reimbursement'))} {_what(papers, say)}"
    return Written(join(bound, title=title), kept.getvalue())


def _write_section(
    papers: Papers, section: Section, number: int, pack: zipfile.ZipFile, desk: Desk
) -> list[Bound]:
    title, say = desk.say(section.title), desk.say
    bound: list[Bound] = []
    if section.write is not None:
        pages = _begin(papers, desk, title)
        section.write(pages)
        made = pages.finish()
        pack.writestr(_entry(f"{number:02d} {title}.pdf", desk), made)
        bound.append(Bound(made, title))
    apart: list[str] = []
    for original in section.originals:
        try:
            content = desk.store.read(original.file)
        except NotFound:
            apart.append(say(msg("%(name)s: the file is gone from the shop's store."), name=original.name))
            continue
        folder = f"{number:02d} {title}" if section.in_folder else ""
        pack.writestr(
            _entry(original.name if folder else f"{number:02d} {title} {original.name}", desk, folder),
            content,
        )
        if folder:
            continue
        page = _as_pdf(original, content)
        if page is None:
            apart.append(say(msg("%(name)s stands in the ZIP, as it was issued."), name=original.name))
        else:
            bound.append(Bound(page, "" if bound else title))
    if apart:
        pages = _begin(papers, desk, title)
        for words in apart:
            pages.paragraph(words)
        bound.append(Bound(pages.finish(), "" if bound else title))
    return bound


def _as_pdf(original: Original, content: bytes) -> bytes | None:
    """None for what cannot be joined."""
    if not original.can_be_joined:
        return None
    try:
        if original.ending != "pdf":
            return picture_page(content)
        pages_of(content)
        join([Bound(content)], title="")
    except BrokenPdf:
        log.warning("an original cannot be joined: %s", original.name)
        return None
    return content


def _cover(papers: Papers, desk: Desk) -> bytes:
    about, goods, say = papers.about, papers.goods, desk.say
    pages = new_pages(say(msg("Papers for reimbursement")), running=_running(papers, desk))
    pages.heading(say(msg("Papers for reimbursement")))
    facts = [
        (say(msg("Organisation")), about.organisation.name),
        (say(msg("Title on invoices")), about.organisation.invoice_title),
        (say(msg("Tax number")), about.organisation.tax_number),
        (say(msg("What it is about")), _what(papers, say)),
        (say(msg("Amount")), say.yuan(goods.stays_fen)),
        (say(msg("In capital numerals")), amount_in_words(goods.stays_fen) if say.chinese else ""),
        (say(msg("Project number")), goods.said("project_number")),
        (say(msg("Handler")), goods.said("handler")),
        (say(msg("Acceptor")), goods.said("acceptor")),
        (say(msg("Put together on")), say.moment(desk.now)),
    ]
    pages.facts([fact for fact in facts if fact[1]])
    columns = [
        Column(say(msg("No.")), 0.6, "c"),
        Column(say(msg("Which paper")), 1.9),
        Column(say(msg("State")), 1.5),
        Column(say(msg("What is inside, and what is missing")), 5.6),
    ]
    rows = [
        [str(number), say(one.title), say(STANDINGS[one.standing]), "\n".join(one.says)]
        for number, one in enumerate(papers.sections, 1)
    ]
    pages.table(columns, rows)
    pages.paragraph(
        say(
            msg(
                "The ZIP holds every paper as a file of its own, invoices and contracts as they were issued: their"
                " electronic signatures are valid there. This PDF is for reading and printing."
            )
        )
    )
    pages.signatures([say(msg("Handler:")), say(msg("Date:"))])
    return pages.finish()


def _begin(papers: Papers, desk: Desk, title: str) -> Pages:
    pages = new_pages(title, running=_running(papers, desk))
    pages.heading(title)
    pages.facts(
        [
            (desk.say(msg("Organisation")), papers.about.organisation.name),
            (desk.say(msg("What it is about")), _what(papers, desk.say)),
        ]
    )
    return pages


def _what(papers: Papers, say: Tongue) -> str:
    about = papers.about
    ref = about.ref if about.kind in {PackKind.ORDER, PackKind.QUOTATION, PackKind.BILL} else ""
    parts = (say(KINDS[about.kind]), ref, about.title)
    return " ".join(part for part in parts if part)


def _running(papers: Papers, desk: Desk) -> str:
    return f"{papers.about.organisation.name} · {_what(papers, desk.say)} · {desk.shop}"


def _entry(name: str, desk: Desk, folder: str = "") -> zipfile.ZipInfo:
    """Its own day in Shanghai; names of our own making, in one folder at most."""
    at = desk.say.moment(desk.now)
    moment = tuple(int(at[place : place + 2 + 2 * (place == 0)]) for place in (0, 5, 8, 11, 14))
    path = "/".join(part.replace("/", "-") for part in (folder, name) if part)
    info = zipfile.ZipInfo(path, (*moment, 0))  # type: ignore[arg-type]
    info.compress_type = zipfile.ZIP_DEFLATED
    return info
