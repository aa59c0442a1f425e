"""All papers of a pack in their order, with what the organisation attached itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.orm import Session

from shop.kit.text import msg
from shop.reimbursement.about import About
from shop.reimbursement.acceptance import acceptance_section
from shop.reimbursement.attaching import BELONGS, as_original, attached_of
from shop.reimbursement.certificates import certificates_section
from shop.reimbursement.contracts import contract_section, other_section
from shop.reimbursement.goods import Goods, list_section, read_goods
from shop.reimbursement.invoices import invoice_section
from shop.reimbursement.models import ReimbursementPaper
from shop.reimbursement.payment_proof import payment_section
from shop.reimbursement.section import Section, SectionKey, Standing
from shop.reimbursement.sign_off import sign_off_section
from shop.reimbursement.wording import Tongue

# What is said of a paper that was attached makes it complete; money that is owed stays owed.
_COMPLETED: Final = {SectionKey.CONTRACT, SectionKey.ACCEPTANCE, SectionKey.SIGN_OFF}


@dataclass(frozen=True)
class Papers:
    about: About
    goods: Goods
    sections: Sequence[Section]

    @property
    def missing(self) -> int:
        return sum(one.standing is Standing.MISSING for one in self.sections)


def read_papers(session: Session, about: About, say: Tongue, *, to_write: bool = False) -> Papers:
    """A fixed number of statements; `to_write`: with a campaign's members, who are read some hundreds at a time."""
    goods = read_goods(session, about.order_ids)
    sections = [
        invoice_section(session, goods, say),
        list_section(goods, say),
        contract_section(session, about, say),
        acceptance_section(session, goods, say),
        sign_off_section(session, about, goods, say, to_write=to_write),
        payment_section(session, goods, say),
    ]
    certificates = certificates_section(session, about.order_ids, say)
    sections += [certificates] if certificates is not None else []
    attached = attached_of(session, about.organisation.id, about.kind, about.ref)
    other = other_section(session, about, say)
    if other is None and any(BELONGS[one.slot] is SectionKey.OTHER for one in attached):
        other = Section(SectionKey.OTHER, Standing.THERE, ())
    sections += [other] if other is not None else []
    return Papers(about, goods, [_with_attached(one, attached, say) for one in sections])


def _with_attached(section: Section, attached: Sequence[ReimbursementPaper], say: Tongue) -> Section:
    own = [one for one in attached if BELONGS[one.slot] is section.key]
    if not own:
        return section
    says = [say(msg("Attached by you: %(name)s."), name=one.name) for one in own]
    return replace(
        section,
        standing=Standing.THERE if section.key in _COMPLETED else section.standing,
        says=(*section.says, *says),
        originals=(*section.originals, *map(as_original, own)),
    )
