"""Documents attached to a campaign: judged by content, kept under random names in the private store."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.campaigns.access import managed_desk
from shop.campaigns.models import CampaignPaper, PaperKind
from shop.catalogue.document_files import ending_of
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.storage.kept_files import keep_file
from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork

MOST: Final = 30
_FOLDER: Final = "campaigns"


def attach_paper(
    unit_of_work: UnitOfWork,
    store: MediaStore,
    campaign_id: int,
    kind: PaperKind,
    name: str,
    content: bytes,
    *,
    actor_id: int,
    now: datetime,
) -> None:
    """Raises NotFound, NotAllowed, InvalidInput for another file than PDF, JPEG and PNG, StorageFull."""
    file = f"{_FOLDER}/{secrets.token_hex(16)}.{ending_of(content)}"
    work = partial(
        _write, campaign_id=campaign_id, kind=kind, name=name, file=file, actor_id=actor_id, now=now
    )
    keep_file(unit_of_work, store, file, content, work)


def remove_paper(
    unit_of_work: UnitOfWork,
    store: MediaStore,
    campaign_id: int,
    paper_id: int,
    *,
    actor_id: int,
    now: datetime,
) -> None:
    """Raises NotFound, NotAllowed."""
    store.delete(
        unit_of_work.run(
            partial(_forget, campaign_id=campaign_id, paper_id=paper_id, actor_id=actor_id, now=now)
        )
    )


def papers_of(session: Session, campaign_id: int) -> Sequence[CampaignPaper]:
    mine = sa.select(CampaignPaper).where(CampaignPaper.campaign_id == campaign_id)
    return session.scalars(mine.order_by(CampaignPaper.id)).all()


def read_paper(session: Session, campaign_id: int, paper_id: int) -> CampaignPaper:
    """Raises NotFound."""
    paper = session.get(CampaignPaper, paper_id)
    if paper is None or paper.campaign_id != campaign_id:
        raise NotFound()
    return paper


def _write(
    session: Session, campaign_id: int, kind: PaperKind, name: str, file: str, actor_id: int, now: datetime
) -> str:
    managed_desk(session, campaign_id, actor_id)
    if len(papers_of(session, campaign_id)) >= MOST:
        raise InvalidInput(msg("At most %(most)s documents."), field="file", most=MOST)
    paper = CampaignPaper(
        campaign_id=campaign_id,
        kind=kind,
        name=tidy(name)[-120:] or file.rsplit("/", 1)[-1],
        file=file,
        sent_at=now,
        sent_by_id=actor_id,
    )
    session.add(paper)
    session.flush()
    audit(
        session,
        actor_id,
        "campaign.paper_added",
        "campaign",
        campaign_id,
        {"campaign_paper": paper.name},
        now=now,
    )
    return ""


def _forget(session: Session, campaign_id: int, paper_id: int, actor_id: int, now: datetime) -> str:
    managed_desk(session, campaign_id, actor_id)
    paper = read_paper(session, campaign_id, paper_id)
    session.delete(paper)
    session.flush()
    facts = {"campaign_paper": paper.name}
    audit(session, actor_id, "campaign.paper_removed", "campaign", campaign_id, facts, now=now)
    return paper.file
