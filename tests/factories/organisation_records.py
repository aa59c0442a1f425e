"""One of everything that an organisation keeps, for the authorisation matrix."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationMember, User
from shop.accounts.organisation_models import (
    Duty,
    OrganisationAddress,
    OrganisationInvitation,
    OrganisationProject,
    OrganisationSigner,
)
from shop.kit.references import token_digest
from shop.ordering.approvals.models import ApprovalState, OrderApproval

INVITED: Final = "invitation-of-{}"


def plant_organisation(
    session: Session, own: Organisation, world: Any, buyer: str, now: datetime
) -> dict[str, Any]:
    """Its slug, the id of each, and the token of an invitation for its own buyer."""
    colleague = User(email=f"colleague.of.{buyer}@demo.example", name="同事", created_at=now)
    project = OrganisationProject(organisation_id=own.id, number="GH-1", name="慰问", is_default=True)
    signer = OrganisationSigner(organisation_id=own.id, duty=Duty.HANDLER, name="韩老师")
    address = OrganisationAddress(
        organisation_id=own.id, recipient="工会", phone="+8613800138000", province="陕西省", city="西安市",
        district="碑林区", street="咸宁西路 28 号",
    )  # fmt: skip
    invitation = OrganisationInvitation(
        organisation_id=own.id, contact=f"{buyer}@demo.example", role="viewer",
        token_hash=token_digest(INVITED.format(buyer)), invited_at=now, expires_at=now + timedelta(days=7),
    )  # fmt: skip
    waits = OrderApproval(
        order_id=world.orders["a" if buyer == "buyer" else "b"]["awaiting"].id, organisation_id=own.id,
        amount_fen=1, over=[{"of": "organisation", "span": "month", "limit_fen": 1, "spent_fen": 0}],
        state=ApprovalState.WAITING, asked_at=now, expires_at=now + timedelta(days=3),
    )  # fmt: skip
    session.add_all([colleague, project, signer, address, invitation, waits])
    session.flush()
    session.add(OrganisationMember(organisation_id=own.id, user_id=colleague.id, role="viewer"))
    return {
        "slug": own.slug, "project_id": project.id, "signer_id": signer.id, "address_id": address.id,
        "invitation_id": invitation.id, "user_id": colleague.id, "approval_id": waits.id,
        "token": INVITED.format(buyer),
    }  # fmt: skip
