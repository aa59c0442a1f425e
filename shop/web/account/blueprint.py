from __future__ import annotations

from typing import Any

from flask import Blueprint

from shop.web.account.email_first import code_awaited
from shop.web.viewer import current_viewer

account = Blueprint("account", __name__)


@account.context_processor
def membership() -> dict[str, Any]:
    """Whether the person's pages lead to an organisation's account, and to the households of a unit; and whether they
    ask for the proof of the address first.
    """
    viewer = current_viewer()
    return {
        "has_organisation": bool(viewer.organisation_ids),
        "is_of_unit": viewer.unit_id is not None,
        "email_waits": viewer.email_waits,
        "own_email": viewer.email,
        "code_awaited": viewer.email_waits and code_awaited(),
    }
