"""Contracts: stamped ones of quotations, and what a campaign's organiser attached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.models import CampaignPaper, PaperKind
from shop.kit.text import msg
from shop.quotations.contracts import contract_file
from shop.quotations.models import (
    AcceptedBy,
    Quotation,
    QuotationAgreement,
    QuotationContract,
    QuotationVersion,
)
from shop.reimbursement.about import About
from shop.reimbursement.models import PackKind
from shop.reimbursement.section import Original, Section, SectionKey, Standing
from shop.reimbursement.wording import Tongue

_KINDS: Final = {
    PaperKind.MINUTES: msg("Minutes"),
    PaperKind.PRICES: msg("Comparison of prices"),
    PaperKind.CONTRACT: msg("Contract"),
    PaperKind.OTHER: msg("Other"),
}


def contract_section(session: Session, about: About, say: Tongue) -> Section:
    """Three statements at most."""
    says, originals = _of_quotations(session, about.order_ids, say)
    for paper in _campaign_papers(session, about):
        if paper.kind is PaperKind.CONTRACT:
            says.append(say(msg("Attached to the campaign: %(name)s."), name=paper.name))
            originals.append(_original(paper))
    if originals:
        return Section(SectionKey.CONTRACT, Standing.THERE, tuple(says), tuple(originals))
    if not says:
        says.append(say(msg("No contract was made for it. Where your office wants one, attach it below.")))
    return Section(SectionKey.CONTRACT, Standing.IF_ASKED, tuple(says))


def other_section(session: Session, about: About, say: Tongue) -> Section | None:
    """A campaign's minutes and its comparison of prices."""
    papers = [one for one in _campaign_papers(session, about) if one.kind is not PaperKind.CONTRACT]
    if not papers:
        return None
    says = tuple(
        say(msg("%(kind)s: %(name)s."), kind=say(_KINDS[paper.kind]), name=paper.name) for paper in papers
    )
    return Section(SectionKey.OTHER, Standing.THERE, says, tuple(map(_original, papers)))


def _of_quotations(
    session: Session, order_ids: Sequence[int], say: Tongue
) -> tuple[list[str], list[Original]]:
    agreed = session.execute(
        sa.select(
            *(Quotation.id, Quotation.number, QuotationVersion.number),
            *(QuotationAgreement.how, QuotationAgreement.accepted_at),
        )
        .join(Quotation, Quotation.id == QuotationAgreement.quotation_id)
        .join(QuotationVersion, QuotationVersion.id == QuotationAgreement.version_id)
        .where(QuotationAgreement.order_id.in_(order_ids))
        .order_by(Quotation.id)
    ).all()
    sent = session.scalars(
        sa.select(QuotationContract)
        .where(QuotationContract.quotation_id.in_([row[0] for row in agreed]))
        .order_by(QuotationContract.id)
    ).all()
    says = []
    for _, number, version, how, accepted_at in agreed:
        by_contract = how is AcceptedBy.CONTRACT
        words = (
            msg("Quotation %(number)s, version %(version)s, accepted by a stamped contract on %(day)s.")
            if by_contract
            else msg(
                "Quotation %(number)s, version %(version)s, was accepted here on %(day)s; no stamped contract was sent."
            )
        )
        says.append(say(words, number=number, version=version, day=say.day(accepted_at)))
    originals = [
        Original(contract_file(one.key, one.kind), f"contract-{one.id}.{one.kind.value}") for one in sent
    ]
    return says, originals


def _campaign_papers(session: Session, about: About) -> Sequence[CampaignPaper]:
    """Of the campaign that the pack is about: only who sees all of it gets here."""
    if about.kind is not PackKind.CAMPAIGN:
        return ()
    own = sa.select(CampaignPaper).where(CampaignPaper.campaign_id == about.record_id)
    return session.scalars(own.order_by(CampaignPaper.id)).all()


def _original(paper: CampaignPaper) -> Original:
    ending = paper.file.rsplit(".", 1)[-1]
    return Original(paper.file, f"{paper.kind.value}-{paper.id}.{ending}")
