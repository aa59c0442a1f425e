"""Who a campaign is for: a table judged row by row and written whole or not at all."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.campus.roster_table import Mistake, same_name
from shop.campaigns.access import managed_desk
from shop.campaigns.batches import in_batches
from shop.campaigns.errors import NotADraft
from shop.campaigns.locking import lock_campaign
from shop.campaigns.matching import match_accounts
from shop.campaigns.member_models import CampaignMember, CampaignUnit, Choice, Standing, Telling
from shop.campaigns.member_table import Entry, read_members
from shop.campaigns.models import Campaign, CampaignState
from shop.campaigns.spending import spend_of_unit
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg


class TableHasMistakes(InvalidInput):
    code = "campaign_table_has_mistakes"
    default_message = msg("Some rows cannot be right. Nothing was written.")


@dataclass(frozen=True)
class MembersPlan:
    """What a table would do. With any mistake it does nothing. `same_names` and `renamed` are to be looked at."""

    digest: str
    new: Sequence[Entry]
    changed: Sequence[Entry]
    same: int
    leaving: Sequence[str]  # numbers that are not on it any more, where the table is the whole list
    units: Sequence[tuple[str, int]]  # sub-unions and how many of the table belong to each
    same_names: Sequence[str]
    renamed: Sequence[tuple[str, str, str]]  # number, the name that it has, the name that it gets
    mistakes: Sequence[Mistake]

    @property
    def does_something(self) -> bool:
        return bool(self.new or self.changed or self.leaving)


def plan_members(session: Session, campaign_id: int, content: bytes, *, whole: bool) -> MembersPlan:
    """Judge every row; nothing is written. `whole`: who is not in it is taken out, as long as nothing was chosen.

    Raises InvalidInput for a file that cannot be read at all.
    """
    entries, mistakes = read_members(content)
    known = {row.staff_number: row for row in session.scalars(members_of(campaign_id))}
    units = {unit.id: unit for unit in session.scalars(_units(campaign_id))}
    named = {entry.number for entry in entries}
    new = [entry for entry in entries if entry.number not in known]
    changed = [
        entry for entry in entries if entry.number in known and _differs(known[entry.number], entry, units)
    ]
    leaving = sorted(known.keys() - named) if whole else []
    counts = Counter(entry.unit for entry in entries if entry.unit)
    moved = {entry.number for entry in entries if entry.unit}.union(leaving)
    stay = Counter(
        units[row.unit_id].name
        for number, row in known.items()
        if row.unit_id is not None and number not in moved
    )
    mistakes = [*mistakes, *_over_quota(entries, units.values(), counts + stay)]
    names = Counter(entry.name for entry in entries)
    return MembersPlan(
        digest=hashlib.sha256(content).hexdigest(),
        new=new,
        changed=changed,
        same=len(entries) - len(new) - len(changed),
        leaving=leaving,
        units=sorted(counts.items()),
        same_names=sorted(name for name, times in names.items() if times > 1),
        renamed=[
            (one.number, known[one.number].name, one.name)
            for one in changed
            if not same_name(known[one.number].name, one.name)
        ],
        mistakes=mistakes,
    )


def import_members(
    session: Session, campaign_id: int, content: bytes, *, whole: bool, actor_id: int, now: datetime
) -> MembersPlan:
    """Write it. Sent twice it does nothing the second time. Who chose already is not taken out by a table.

    Locks the campaign. Raises NotFound, NotAllowed, NotADraft after the close, TableHasMistakes, InvalidInput.
    """
    campaign = open_list(session, campaign_id, actor_id)
    plan = plan_members(session, campaign_id, content, whole=whole)
    if plan.mistakes:
        raise TableHasMistakes(field="file")
    if not plan.does_something:
        return plan
    units = unit_ids(session, campaign_id, [name for name, _count in plan.units])
    _take_out(session, campaign_id, plan.leaving)
    known = {row.staff_number: row for row in session.scalars(members_of(campaign_id))}
    for entry in plan.changed:
        correct(session, known[entry.number], entry, units)
    written = [new_member(session, campaign, entry, units, now) for entry in plan.new]
    session.add_all(written)
    session.flush()
    match_accounts(session, [*written, *(known[entry.number] for entry in plan.changed)])
    facts = {
        "new": len(plan.new),
        "changed": len(plan.changed),
        "left": len(plan.leaving),
        "whole": whole,
        "sha256": plan.digest,
    }
    audit(session, actor_id, "campaign.members_written", "campaign", campaign_id, facts, now=now)
    return plan


def open_list(session: Session, campaign_id: int, actor_id: int) -> Campaign:
    campaign = lock_campaign(session, campaign_id)
    managed_desk(session, campaign_id, actor_id)
    if campaign.state not in {CampaignState.DRAFT, CampaignState.OPEN}:
        raise NotADraft(msg("The list is locked: the campaign is closed."))
    return campaign


def members_of(campaign_id: int) -> sa.Select[CampaignMember]:
    return sa.select(CampaignMember).where(CampaignMember.campaign_id == campaign_id)


def _units(campaign_id: int) -> sa.Select[CampaignUnit]:
    return sa.select(CampaignUnit).where(CampaignUnit.campaign_id == campaign_id)


def _differs(row: CampaignMember, entry: Entry, units: dict[int, CampaignUnit]) -> bool:
    unit = units[row.unit_id].name if row.unit_id is not None else ""
    is_gone = row.standing is Standing.TAKEN_BACK  # comes back only by hand, one by one
    return not is_gone and (row.name, row.phone, row.email, unit) != (
        *corrected(row, entry),
        entry.unit or unit,
    )


def _over_quota(
    entries: Sequence[Entry], units: Iterable[CampaignUnit], counts: Counter[str]
) -> list[Mistake]:
    """The first row of a sub-union that would have more members than its quota lets in."""
    found = []
    for unit in units:
        if unit.most_people is None or counts[unit.name] <= unit.most_people:
            continue
        row = next((entry.row for entry in entries if entry.unit == unit.name), 1)
        sentence = msg("%(unit)s has a quota of %(most)s people and would have %(count)s.")
        facts = {"unit": unit.name, "most": unit.most_people, "count": counts[unit.name]}
        found.append(Mistake(row, "unit", sentence, facts))
    return found


def refuse_full(session: Session, unit_id: int | None) -> None:
    unit = session.get(CampaignUnit, unit_id) if unit_id is not None else None
    if unit is None or unit.most_people is None:
        return
    here = sa.select(sa.func.count(CampaignMember.id)).where(
        CampaignMember.unit_id == unit.id, CampaignMember.standing != Standing.TAKEN_BACK
    )
    if (session.scalar(here) or 0) >= unit.most_people:
        raise Conflict(
            msg("%(unit)s has a quota of %(most)s people, which is reached."),
            unit=unit.name,
            most=unit.most_people,
        )


def unit_ids(session: Session, campaign_id: int, names: Sequence[str]) -> dict[str, int]:
    """By name; what is not known yet is added."""
    known = {unit.name: unit for unit in session.scalars(_units(campaign_id))}
    new = [
        CampaignUnit(campaign_id=campaign_id, name=name, spent_fen=0) for name in names if name not in known
    ]
    session.add_all(new)
    session.flush()
    return {unit.name: unit.id for unit in (*known.values(), *new)}


def _take_out(session: Session, campaign_id: int, numbers: Sequence[str]) -> None:
    """Out of the list; who has chosen stays, since leaving is then decided one by one."""
    for some in in_batches(numbers):
        chosen = sa.exists().where(Choice.member_id == CampaignMember.id)
        session.execute(
            sa.delete(CampaignMember)
            .where(CampaignMember.campaign_id == campaign_id, CampaignMember.staff_number.in_(some), ~chosen)
            .execution_options(synchronize_session=False)
        )


def new_member(
    session: Session, campaign: Campaign, entry: Entry, units: dict[str, int], now: datetime
) -> CampaignMember:
    is_told = campaign.state is CampaignState.OPEN
    member = CampaignMember(
        campaign_id=campaign.id,
        staff_number=entry.number,
        enrolled_at=now,
        to_tell=Telling.OPENED if is_told else None,
    )
    correct(session, member, entry, units)
    return member


def correct(session: Session, member: CampaignMember, entry: Entry, units: dict[str, int]) -> None:
    """Another person under the same number begins without the account and the link of the one before."""
    said = corrected(member, entry)
    if is_somebody_else(member, entry):
        member.user_id = None
        member.link_version += 1
    member.name, member.phone, member.email = said
    if entry.unit:
        _move(session, member, units.get(entry.unit))


def corrected(member: CampaignMember, entry: Entry) -> tuple[str, str | None, str | None]:
    """Name, telephone, e-mail as they will be. What is empty says nothing: it erases nothing that is known.

    Only another person does not inherit the e-mail address of the one before.
    """
    email = entry.email if is_somebody_else(member, entry) else entry.email or member.email
    return entry.name, entry.phone or member.phone, email


def is_somebody_else(member: CampaignMember, entry: Entry) -> bool:
    """Neither name nor telephone are those of the member."""
    is_known = bool(member.name) and entry.phone is not None
    return is_known and not same_name(member.name, entry.name) and member.phone != entry.phone


def _move(session: Session, member: CampaignMember, unit_id: int | None) -> None:
    """What was chosen counts for the quota of the unit to which its member belongs. Raises OverQuota."""
    if member.unit_id == unit_id:
        return
    choice = session.get(Choice, member.id) if member.id is not None else None
    if choice is not None:
        spend_of_unit(session, member.unit_id, -choice.allowance_fen)
        spend_of_unit(session, unit_id, choice.allowance_fen)
    member.unit_id = unit_id
