"""What the law demands: classes of goods with the certificates that each needs, and the certificates themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.editing.rows import Sheet, get_row, save_row
from shop.accounts.editing.rules import Values, day, flag, line, link, slug
from shop.catalogue.models import (
    Certificate,
    ComplianceClass,
    ComplianceRequirement,
    Producer,
    Product,
    Seller,
)
from shop.catalogue.version import bump_version
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy

ONE_HOLDER = msg("A certificate belongs to exactly one seller, producer or product.")
EXPIRED_BEFORE = msg("It expires before it was issued.")
NUMBER_TAKEN = msg("This certificate is on file already.")

COMPLIANCE_CLASS = Sheet(
    "compliance_class",
    {
        "slug": slug(),
        "name_zh": line(60, needed=True),
        "name_en": line(100, needed=True),
        "sellable_online": flag(),
        "pledge_since": day(),
    },
)
CERTIFICATE = Sheet(
    "certificate",
    {
        "kind": slug(),
        "number": line(60, needed=True),
        "seller_id": link(needed=False),
        "producer_id": link(needed=False),
        "product_id": link(needed=False),
        "issued_by": line(120),
        "issued_on": day(),
        "expires_on": day(),
    },
    unique=(),
    links={"seller_id": Seller, "producer_id": Producer, "product_id": Product},
)
_HOLDERS = ("seller_id", "producer_id", "product_id")


def get_compliance_class(session: Session, record_id: int) -> ComplianceClass:
    """Raises NotFound."""
    return get_row(session, ComplianceClass, record_id)


def save_compliance_class(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    saved = save_row(
        session, ComplianceClass, COMPLIANCE_CLASS, record_id, values, actor_id=actor_id, now=now
    )
    bump_version(session)
    class_id: int = saved.row.id
    return class_id


def set_requirements(
    session: Session,
    class_id: int,
    demanded: Sequence[tuple[str, str, str]],
    *,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Say which certificates a class needs: (kind, name in Chinese, name in English). What is on sale stays so."""
    get_compliance_class(session, class_id)
    cleaned = {tidy(kind): (tidy(zh), tidy(en)) for kind, zh, en in demanded}
    if not all((kind and zh and en) for kind, (zh, en) in cleaned.items()):
        raise InvalidInput(msg("Please fill this in."), field="requirements")
    session.execute(
        sa.delete(ComplianceRequirement).where(ComplianceRequirement.compliance_class_id == class_id)
    )
    for kind, (zh, en) in cleaned.items():
        session.add(
            ComplianceRequirement(
                compliance_class_id=class_id, certificate_kind=kind[:40], name_zh=zh[:60], name_en=en[:100]
            )
        )
    session.flush()
    facts = {"kinds": sorted(cleaned)}
    audit(session, actor_id, "compliance_class.demands", "compliance_class", class_id, facts, now=now)


def certificate_kinds(session: Session) -> list[tuple[str, str, str]]:
    """The kinds that classes demand: (kind, name in Chinese, name in English)."""
    kind = ComplianceRequirement.certificate_kind
    names = (sa.func.min(ComplianceRequirement.name_zh), sa.func.min(ComplianceRequirement.name_en))
    return list(session.execute(sa.select(kind, *names).group_by(kind).order_by(kind)))


def get_certificate(session: Session, record_id: int) -> Certificate:
    """Raises NotFound."""
    return get_row(session, Certificate, record_id)


def save_certificate(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """Create or change a certificate; it has exactly one holder."""
    stored = get_certificate(session, record_id) if record_id is not None else None

    def value(name: str) -> Any:
        return values[name] if name in values else getattr(stored, name, None)

    if sum(value(name) is not None for name in _HOLDERS) != 1:
        raise InvalidInput(ONE_HOLDER, field="product_id")
    if value("issued_on") and value("expires_on") and value("expires_on") < value("issued_on"):
        raise InvalidInput(EXPIRED_BEFORE, field="expires_on")
    same = sa.select(Certificate.id).where(
        Certificate.kind == value("kind"),
        Certificate.number == value("number"),
        Certificate.id != (record_id or 0),
    )
    if session.scalar(same) is not None:
        raise InvalidInput(NUMBER_TAKEN, field="number")
    saved = save_row(session, Certificate, CERTIFICATE, record_id, values, actor_id=actor_id, now=now)
    bump_version(session)
    certificate_id: int = saved.row.id
    return certificate_id
