"""Every page of the back office: which place of the navigation it is in, and what its person may do."""

from __future__ import annotations

from typing import Any

from flask import render_template

from shop.accounts.models import RoleName
from shop.web.admin.navigation import place_of, tabs_of
from shop.web.viewer import current_viewer


def desk_page(template: str, tab: str, **facts: Any) -> str:
    """`tab` is a key of `navigation.PLACES` or of one of its tabs."""
    return render_template(
        template,
        page=place_of(tab),
        tabs=tabs_of(tab),
        tab=tab,
        handles_money=may_handle_money(),
        **facts,
    )


def may_handle_money() -> bool:
    return RoleName.FINANCE in current_viewer().roles
