"""Certificates of the lots that were delivered: a list of them, and their documents in a folder of the ZIP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.editing.law import certificate_kinds
from shop.inventory.lot_papers import LotPapers, lots_with_papers, papers_of_lots
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.inventory.proof_models import ProofFile
from shop.kit.text import msg
from shop.ordering.models import OrderLine
from shop.reimbursement.section import Original, Section, SectionKey, Standing
from shop.reimbursement.wording import Tongue
from shop.storage.pdfs import Column, Pages

# More bytes of documents than this are not copied into one ZIP; the list names them, and each can be asked for.
MOST_BYTES: Final = 60 * 1024 * 1024


def certificates_section(session: Session, order_ids: Sequence[int], say: Tongue) -> Section | None:
    """None where nothing was delivered yet, or nothing is on file. Five statements at most."""
    lots = lots_with_papers(session, Lot.id.in_(_delivered(order_ids)))
    papers = papers_of_lots(session, lots)
    if not papers.certificates and not papers.pledges:
        return None
    kinds = {kind: zh if say.chinese else en for kind, zh, en in certificate_kinds(session)}
    files = papers.files
    inside = _that_fit(files)
    says = [
        say(
            msg(
                "Lots delivered: %(lots)s. Certificates and pledges: %(papers)s, documents of them: %(files)s."
            ),
            lots=len(lots),
            papers=len(papers.certificates) + len(papers.pledges),
            files=len(files),
        )
    ]
    if len(inside) < len(files):
        left = len(files) - len(inside)
        says.append(
            say(
                msg("Documents that are too large for the ZIP: %(left)s. Please ask the shop for them."),
                left=left,
            )
        )
    return Section(
        SectionKey.CERTIFICATES,
        Standing.THERE if files else Standing.IF_ASKED,
        tuple(says),
        tuple(Original(one.file, _name(one)) for one in inside),
        lambda pages: _write(pages, papers, kinds, say),
        in_folder=True,
    )


def _delivered(order_ids: Sequence[int]) -> sa.Select[int]:
    """Lots whose goods have left for these orders."""
    return (
        sa.select(Allocation.lot_id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .where(OrderLine.order_id.in_(order_ids), Allocation.status == AllocationStatus.SHIPPED)
    )


def _that_fit(files: Sequence[ProofFile]) -> list[ProofFile]:
    room, inside = MOST_BYTES, []
    for one in files:
        if one.size <= room:
            room -= one.size
            inside.append(one)
    return inside


def _name(one: ProofFile) -> str:
    """Of our own making; the list says of which certificate it is."""
    return f"certificate-{one.id}.{one.ending}"


def _write(pages: Pages, papers: LotPapers, kinds: dict[str, str], say: Tongue) -> None:
    columns = [
        Column(say(msg("Certificate")), 2.6),
        Column(say(msg("Number")), 2.2),
        Column(say(msg("Issued by")), 1.8),
        Column(say(msg("Valid until")), 1.4),
        Column(say(msg("Document in the ZIP")), 2.2),
    ]
    rows = [
        [
            say(msg("Pledge of the producer, lot %(code)s"), code=one.code),
            one.row.number,
            one.row.signed_by if one.row.of_supplier else say(msg("the producer")),
            *(_until(one.row.expires_on, say), _names(one.files)),
        ]
        for one in papers.pledges
    ] + [
        [
            "\n".join(filter(None, (kinds.get(one.row.kind, one.row.kind), say.name(one, "of")))),
            *(one.row.number, one.row.issued_by, _until(one.row.expires_on, say), _names(one.files)),
        ]
        for one in papers.certificates
    ]
    pages.table(columns, rows)


def _names(files: Sequence[ProofFile]) -> str:
    return "\n".join(_name(one) for one in files) or "–"


def _until(day: date | None, say: Tongue) -> str:
    return say.day(day) if day is not None else "–"
