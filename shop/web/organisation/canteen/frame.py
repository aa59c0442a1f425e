"""What every page of a canteen needs: whose it is, and what was typed in cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import render_template, request

from shop.accounts.organisations import BUYING, Membership
from shop.canteens.access import refuse_others
from shop.canteens.sheet import WRONG_NUMBER
from shop.kit.errors import InvalidInput
from shop.kit.text import form_number, typed_number
from shop.web.organisation.membership import own_organisation

CASES: Final = "cases-"


def own_canteen(slug: str, *roles: str) -> Membership:
    """As `own_organisation`; raises NotFound also for an organisation of another kind."""
    here = own_organisation(slug, *roles)
    refuse_others(here)
    return here


def canteen_page(template: str, here: Membership, tab: str, **shown: Any) -> str:
    return render_template(
        f"organisation/canteen/{template}.html",
        here=here,
        slug=here.organisation.slug,
        tab=tab,
        buys=here.may(*BUYING),
        **shown,
    )


def typed_cases() -> dict[str, str]:
    """As it was typed, by the name of its field."""
    return {
        name: typed
        for name, typed in request.form.items()
        if name.startswith(CASES) and form_number(name[len(CASES) :]) is not None
    }


def read_cases() -> Mapping[int, int]:
    """By variant; nothing typed is none. Raises InvalidInput by field."""
    found: dict[int, int] = {}
    errors: dict[str, str] = {}
    for name, typed in typed_cases().items():
        try:
            found[int(name.removeprefix(CASES))] = typed_number(typed) if typed.strip() else 0
        except ValueError:
            errors[name] = WRONG_NUMBER
    if errors:
        raise InvalidInput(errors=errors)
    return found
