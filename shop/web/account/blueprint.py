from __future__ import annotations

from flask import Blueprint

from shop.web.viewer import current_viewer

account = Blueprint("account", __name__)


@account.context_processor
def membership() -> dict[str, bool]:
    """Whether the person's pages lead to an organisation's account, and to the households of a unit."""
    viewer = current_viewer()
    return {"has_organisation": bool(viewer.organisation_ids), "is_of_unit": viewer.unit_id is not None}
