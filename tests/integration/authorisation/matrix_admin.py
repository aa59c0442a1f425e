"""The back office: who may use which of its routes."""

from __future__ import annotations

from tests.integration.authorisation import targets
from tests.integration.authorisation.rows import ADMINS, get

ADMIN_ROWS = (
    get("admin.reports", ADMINS),
    get("admin.report", ADMINS, targets.REPORT),
)
