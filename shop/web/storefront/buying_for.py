"""Checkout for an organisation: for which, of which project, who handles and accepts it, and where it goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation
from shop.accounts.organisation_addresses import addresses_of
from shop.accounts.organisation_models import OrganisationAddress
from shop.accounts.organisation_papers import Papers, papers_of_all
from shop.accounts.organisations import buying_organisations
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.ordering.approvals.procurement import NOTHING_SAID, Procurement
from shop.web.storefront.checkout_form import CheckoutForm


@dataclass(frozen=True)
class BuysFor:
    """One organisation that this account buys for, and what can be chosen with it."""

    organisation: Organisation
    papers: Papers
    addresses: Sequence[OrganisationAddress]

    @property
    def default_project(self) -> str:
        return next((str(one.id) for one in self.papers.projects if one.is_default), "")


def read_buys_for(session: Session, user_id: int | None) -> list[BuysFor]:
    """One statement for an account that buys for none, else four."""
    own = buying_organisations(session, user_id) if user_id is not None else []
    if not own:
        return []
    ids = [one.id for one in own]
    papers, addresses = papers_of_all(session, ids), addresses_of(session, ids)
    return [
        BuysFor(one, papers[one.id], [each for each in addresses if each.organisation_id == one.id])
        for one in own
    ]


def offer_organisations(form: CheckoutForm, own: Sequence[BuysFor]) -> None:
    form.offer(
        organisation=[
            ("", gettext("For myself")),
            *((str(one.organisation.id), one.organisation.name) for one in own),
        ],
        project=_choices(
            own, lambda papers: [(one.id, f"{one.number} {one.name}") for one in papers.projects]
        ),
        handler=_choices(own, lambda papers: [(one.id, one.name) for one in papers.handlers]),
        acceptor=_choices(own, lambda papers: [(one.id, one.name) for one in papers.acceptors]),
    )


def chosen_organisation(form: CheckoutForm, own: Sequence[BuysFor], *, on_account: bool) -> BuysFor | None:
    """On account without a choice the only one is meant."""
    if form.organisation.data:
        return next((one for one in own if str(one.organisation.id) == form.organisation.data), None)
    return own[0] if on_account and len(own) == 1 else None


def read_procurement(form: CheckoutForm, chosen: BuysFor | None) -> Procurement:
    """Nothing for who buys for themselves. Raises InvalidInput for what belongs to another organisation."""
    if chosen is None:
        return NOTHING_SAID
    errors: dict[str, str] = {}
    project = _pick(form, "project", chosen.papers.projects, errors)
    handler = _pick(form, "handler", chosen.papers.handlers, errors)
    acceptor = _pick(form, "acceptor", chosen.papers.acceptors, errors)
    if errors:
        raise InvalidInput(errors=errors)
    return Procurement(
        project_number=project.number if project else "",
        project_name=project.name if project else "",
        handler=handler.name if handler else "",
        acceptor=acceptor.name if acceptor else "",
    )


def _pick(form: CheckoutForm, name: str, rows: Sequence[Any], errors: dict[str, str]) -> Any:
    typed = form[name].data
    if not typed:
        return None
    found = next((row for row in rows if str(row.id) == typed), None)
    if found is None:
        errors[name] = msg("This belongs to another organisation. Please choose again.")
    return found


def _choices(own: Sequence[BuysFor], rows: Callable[[Papers], list[tuple[int, str]]]) -> Any:
    """Under the organisation's name where there are several."""
    found = [
        (one.organisation.name, [(str(key), name.strip()) for key, name in rows(one.papers)]) for one in own
    ]
    if len(found) == 1:
        return [("", "–"), *found[0][1]]
    return {"": [("", "–")]} | {name: choices for name, choices in found if choices}
