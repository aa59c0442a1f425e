"""Project, handler and acceptor of a campaign: printed on the papers of every order of its close."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.accounts.organisation_papers import papers_of
from shop.campaigns.models import Campaign
from shop.ordering.approvals.procurement import Procurement


def default_procurement(session: Session, organisation_id: int) -> Procurement:
    """The default project; a handler or an acceptor where there is only one."""
    papers = papers_of(session, organisation_id)
    project = next((one for one in papers.projects if one.is_default), None)
    return Procurement(
        project_number=project.number if project else "",
        project_name=project.name if project else "",
        handler=papers.handlers[0].name if len(papers.handlers) == 1 else "",
        acceptor=papers.acceptors[0].name if len(papers.acceptors) == 1 else "",
    )


def write_procurement(campaign: Campaign, said: Procurement | None) -> None:
    """None: as it was."""
    if said is not None:
        campaign.project_number, campaign.project_name = said.project_number, said.project_name
        campaign.handler, campaign.acceptor = said.handler, said.acceptor


def procurement_of(campaign: Campaign) -> Procurement:
    return Procurement(campaign.project_number, campaign.project_name, campaign.handler, campaign.acceptor)
