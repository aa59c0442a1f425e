"""What the law demands of a class, as lines of text, and finding whose certificate one is by its short name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.editing.rules import Values
from shop.catalogue.editing.law import save_certificate, save_compliance_class, set_requirements
from shop.catalogue.models import Certificate, ComplianceRequirement, Producer, Product, Seller
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy


class Holder(StrEnum):
    PRODUCT = "product"
    PRODUCER = "producer"
    SELLER = "seller"


HOLDERS: Final[dict[Holder, type[Product | Producer | Seller]]] = {
    Holder.PRODUCT: Product,
    Holder.PRODUCER: Producer,
    Holder.SELLER: Seller,
}
NO_SUCH_HOLDER: Final = msg(
    "Nothing has this short name. It stands in the list of products, sellers or households."
)
BAD_LINE: Final = msg(
    "Line %(line)s: please write three parts with | between them: kind | Chinese | English."
)


def save_class_with_demands(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """A class and, in `requirements`, a line for each certificate it needs. Raises InvalidInput."""
    wanted = _read_lines(str(values.get("requirements") or ""))
    class_id = save_compliance_class(session, record_id, values, actor_id=actor_id, now=now)
    if wanted != requirements_of(session, class_id):
        set_requirements(session, class_id, wanted, actor_id=actor_id, now=now)
    return class_id


def requirements_of(session: Session, class_id: int) -> Sequence[tuple[str, str, str]]:
    """(kind, name in Chinese, name in English), by kind."""
    rows = session.execute(
        sa.select(
            ComplianceRequirement.certificate_kind,
            ComplianceRequirement.name_zh,
            ComplianceRequirement.name_en,
        )
        .where(ComplianceRequirement.compliance_class_id == class_id)
        .order_by(ComplianceRequirement.certificate_kind)
    )
    return [(kind, zh, en) for kind, zh, en in rows]


def demands_by_class(session: Session) -> dict[int, list[ComplianceRequirement]]:
    """Every requirement, by its class: for the list."""
    found: dict[int, list[ComplianceRequirement]] = {}
    statement = sa.select(ComplianceRequirement).order_by(ComplianceRequirement.certificate_kind)
    for row in session.scalars(statement):
        found.setdefault(row.compliance_class_id, []).append(row)
    return found


def as_lines(demanded: Sequence[tuple[str, str, str]]) -> str:
    return "\n".join(" | ".join(parts) for parts in demanded)


def save_certificate_of(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """A certificate whose holder is given as a kind and a short name. Raises InvalidInput."""
    kind = Holder(values["holder"])
    holder_id = _find_holder(session, kind, str(values["holder_slug"]))
    links: dict[str, Any] = {f"{one}_id": holder_id if one is kind else None for one in Holder}
    rest = {name: value for name, value in values.items() if name not in {"holder", "holder_slug"}}
    return save_certificate(session, record_id, {**rest, **links}, actor_id=actor_id, now=now)


def holder_of(session: Session, certificate: Certificate) -> tuple[Holder, str]:
    """Whose it is: the kind, and the short name."""
    for kind, model in HOLDERS.items():
        holder_id = getattr(certificate, f"{kind}_id")
        if holder_id is not None:
            return kind, session.scalars(sa.select(model.slug).where(model.id == holder_id)).one()
    raise AssertionError("a certificate has a holder")


def _find_holder(session: Session, kind: Holder, slug: str) -> int:
    model = HOLDERS[kind]
    found: int | None = session.scalar(sa.select(model.id).where(model.slug == tidy(slug).lower()))
    if found is None:
        raise InvalidInput(NO_SUCH_HOLDER, field="holder_slug")
    return found


def _read_lines(text: str) -> list[tuple[str, str, str]]:
    demanded: dict[str, tuple[str, str, str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        parts = tuple(tidy(part) for part in line.split("|"))
        if len(parts) != 3 or not all(parts):
            raise InvalidInput(BAD_LINE, field="requirements", line=number)
        demanded[parts[0]] = (parts[0], parts[1], parts[2])
    return [demanded[kind] for kind in sorted(demanded)]
