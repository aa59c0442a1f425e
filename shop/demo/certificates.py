"""Documents behind some certificates of the demo, each drawn here and marked as an example."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import Certificate
from shop.inventory.proof_files import attach_proof, of_certificate
from shop.inventory.proof_models import ProofFile
from shop.storage.media import MediaStore
from shop.storage.pdfs import new_pages
from shop.storage.unit_of_work import UnitOfWork

ADMIN: Final = "admin@demo.example"
MOST: Final = 16  # of them: the others have a number only, as most have in life


def add_certificates(unit_of_work: UnitOfWork, store: MediaStore, *, now: datetime) -> None:
    """Those of sellers first; nothing where some have documents already."""
    admin_id, drawn = unit_of_work.run(_draw)
    for certificate_id, number, content in drawn:
        find = partial(of_certificate, certificate_id=certificate_id)
        attach_proof(unit_of_work, store, find, f"{number}.pdf", content, actor_id=admin_id, now=now)


def _draw(session: Session) -> tuple[int, list[tuple[int, str, bytes]]]:
    admin_id = session.scalar(sa.select(User.id).where(User.email == ADMIN))
    if admin_id is None or session.scalar(sa.select(ProofFile.id).limit(1)) is not None:
        return 0, []
    of_seller = sa.case((Certificate.seller_id.is_not(None), 0), else_=1)
    found = session.scalars(sa.select(Certificate).order_by(of_seller, Certificate.id).limit(MOST))
    return admin_id, [(one.id, one.number, _paper(one)) for one in found]


def _paper(certificate: Certificate) -> bytes:
    pages = new_pages(f"示例 {certificate.number}", running="示例文件，不是真的证书")
    pages.heading("证书（示例）")
    pages.paragraph("这是演示用的示例文件，由商店自己画出，不是真的证书。")
    pages.facts(
        [
            ("编号", certificate.number),
            ("发证机关", certificate.issued_by or "–"),
            ("发证日期", f"{certificate.issued_on or '–'}"),
            ("有效期至", f"{certificate.expires_on or '–'}"),
        ]
    )
    return pages.finish()
