"""How what a quotation says can be paid: on the organisation's terms, or by transfer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from shop.extensions import payment_providers
from shop.payments.models import ON_ACCOUNT
from shop.payments.offering import methods_for
from shop.payments.providers.config import BANK_TRANSFER
from shop.payments.terms.accepting import refuse_over_limit
from shop.payments.terms.debts import TermsOffer
from shop.payments.terms.errors import NoTerms
from shop.quotations.accepting import buyer_of
from shop.quotations.access import Member
from shop.quotations.models import Quotation, QuotationVersion
from shop.quotations.reading import sellers_of
from shop.web.visit import current_visit

OFFERED: Final = (ON_ACCOUNT, BANK_TRANSFER)


@dataclass(frozen=True)
class Ways:
    """Names of methods; `terms` those of this organisation, if it has any."""

    methods: tuple[str, ...]
    terms: TermsOffer | None
    total_fen: int

    def refuse(self, method: str) -> None:
        """Before anything is ordered. Raises NoTerms for a way that there is not, OverLimit above the terms' limit.

        What decides is asked again behind the organisation's lock, when the order is accepted on terms.
        """
        if method not in self.methods:
            raise NoTerms(field="payment_method")
        if method == ON_ACCOUNT and self.terms is not None:
            refuse_over_limit(self.terms.grant, self.terms.owed_fen, self.total_fen)


def ways_to_pay(session: Session, quotation: Quotation, version: QuotationVersion, member: Member) -> Ways:
    """For the account that the order would be placed for."""
    buyer_id = buyer_of(session, quotation, member)
    sellers = sellers_of(session, version.id)
    offer = methods_for(session, payment_providers(), sellers, current_visit(), user_id=buyer_id)
    terms = next((one for one in offer.terms if one.grant.organisation_id == quotation.organisation_id), None)
    methods = tuple(
        one for one in OFFERED if one in offer.methods and (one != ON_ACCOUNT or terms is not None)
    )
    return Ways(methods, terms, version.total_fen)
