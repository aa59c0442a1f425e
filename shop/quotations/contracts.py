"""A stamped contract accepts a version as the button does; the file is kept for both sides."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.picture_files import MOST_BYTES, begins_like_a_picture, judge
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.pdf_files import begins_as_pdf, is_whole_pdf
from shop.quotations.accepting import Accepted, Answer, accept_version
from shop.quotations.access import Member
from shop.quotations.errors import ContractDamaged, ContractTooLarge, WrongContract
from shop.quotations.models import FileKind, Quotation, QuotationContract, QuotationVersion
from shop.storage.kept_files import keep_file
from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork

_FOLDER: Final = "contracts"
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"


def accept_by_contract(
    unit_of_work: UnitOfWork,
    store: MediaStore,
    member: Member,
    answer: Answer,
    content: bytes,
    *,
    now: datetime,
) -> Accepted:
    """Keep the file and accept the version, both or neither; the same file again is the same agreement.

    Raises WrongContract, ContractTooLarge, ContractDamaged, StorageFull, and what `accept_version` raises.
    """
    kind, digest, key = contract_kind(content), hashlib.sha256(content).hexdigest(), secrets.token_hex(16)
    outcome: list[Accepted] = []

    def write(session: Session) -> str:
        outcome[:] = [accept_version(session, member, answer, now=now)]
        return _keep(session, answer, kind, key, digest, len(content), member.user_id, now)

    keep_file(unit_of_work, store, contract_file(key, kind), content, write)
    return outcome[0]


def contract_kind(content: bytes) -> FileKind:
    """By what the file is, not by what it is called. Raises WrongContract, ContractTooLarge, ContractDamaged."""
    if len(content) > MOST_BYTES:
        raise ContractTooLarge(field="contract")
    if begins_as_pdf(content):
        if not is_whole_pdf(content):
            raise ContractDamaged(field="contract")
        return FileKind.PDF
    is_photo = content.startswith((_PNG, _JPEG)) and begins_like_a_picture(content)
    if not is_photo:
        raise WrongContract(field="contract")
    try:
        judge(content)
    except InvalidInput as wrong:
        raise InvalidInput(wrong.message, field="contract") from None
    return FileKind.PNG if content.startswith(_PNG) else FileKind.JPEG


def contract_file(key: str, kind: FileKind) -> str:
    """The name in the store."""
    return f"{_FOLDER}/{key}.{kind.value}"


def find_contract(
    session: Session, number: str, contract_id: int, organisation_id: int | None = None
) -> QuotationContract:
    """Raises NotFound, also for a contract of another organisation."""
    statement = (
        sa.select(QuotationContract)
        .join(Quotation, Quotation.id == QuotationContract.quotation_id)
        .where(QuotationContract.id == contract_id, Quotation.number == number)
    )
    if organisation_id is not None:
        statement = statement.where(Quotation.organisation_id == organisation_id)
    found = session.scalar(statement)
    if found is None:
        raise NotFound()
    return found


def _keep(
    session: Session,
    answer: Answer,
    kind: FileKind,
    key: str,
    digest: str,
    size: int,
    user_id: int,
    now: datetime,
) -> str:
    """Returns the name of the file where the same one lies here already."""
    version = session.scalars(
        sa.select(QuotationVersion)
        .join(Quotation, Quotation.id == QuotationVersion.quotation_id)
        .where(Quotation.number == answer.number, QuotationVersion.number == answer.version)
    ).one()
    known = sa.select(QuotationContract.id).where(
        QuotationContract.quotation_id == version.quotation_id, QuotationContract.digest == digest
    )
    if session.scalar(known) is not None:
        return contract_file(key, kind)
    session.add(
        QuotationContract(
            quotation_id=version.quotation_id,
            version_id=version.id,
            kind=kind,
            key=key,
            digest=digest,
            size=size,
            added_at=now,
            added_by_id=user_id,
        )
    )
    session.flush()
    return ""
