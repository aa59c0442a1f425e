"""Views of reports about own villages, long files of them, and files that are planned."""

from __future__ import annotations

from typing import Any, Final

from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.exports.reader import Desk
from shop.web.guards import requires
from shop.web.report_columns import columns_page
from shop.web.report_desks import ReportDesk
from shop.web.report_exports import cancel, export_page, exports_page, send_file
from shop.web.report_schedules import plan_page, schedule_page, schedules_page
from shop.web.report_view_list import view_page, views_page
from shop.web.village.blueprint import village
from shop.web.village.desk import page


def _render(template: str, **facts: Any) -> str:
    return page(f"reports/{template}", "intake", **facts)


VILLAGE_DESK: Final = ReportDesk(Desk.VILLAGE, "village", "own_report", "reports/_village.html", _render)


@village.route("/reports/<name>/columns", methods=["GET", "POST"])
@requires(RoleName.COORDINATOR)
def report_columns(name: str) -> Any:
    return columns_page(VILLAGE_DESK, name)


@village.get("/report-views")
@requires(RoleName.COORDINATOR)
def report_views() -> str:
    return views_page(VILLAGE_DESK)


@village.route("/report-views/<int:view_id>", methods=["GET", "POST"])
@requires(RoleName.COORDINATOR)
def report_view(view_id: int) -> Any:
    return view_page(VILLAGE_DESK, view_id)


@village.get("/exports")
@requires(RoleName.COORDINATOR)
def report_exports() -> str:
    return exports_page(VILLAGE_DESK)


@village.get("/exports/<int:job_id>")
@requires(RoleName.COORDINATOR)
def report_export(job_id: int) -> str:
    return export_page(VILLAGE_DESK, job_id)


@village.post("/exports/<int:job_id>/cancel")
@requires(RoleName.COORDINATOR)
def cancel_export(job_id: int) -> Response:
    return cancel(VILLAGE_DESK, job_id)


@village.get("/exports/<int:job_id>/file")
@requires(RoleName.COORDINATOR)
def export_file(job_id: int) -> Response:
    return send_file(VILLAGE_DESK, job_id)


@village.get("/schedules")
@requires(RoleName.COORDINATOR)
def report_schedules() -> str:
    return schedules_page(VILLAGE_DESK)


@village.route("/report-views/<int:view_id>/plan", methods=["GET", "POST"])
@requires(RoleName.COORDINATOR)
def plan_report(view_id: int) -> Any:
    return plan_page(VILLAGE_DESK, view_id)


@village.route("/schedules/<int:schedule_id>", methods=["GET", "POST"])
@requires(RoleName.COORDINATOR)
def report_schedule(schedule_id: int) -> Any:
    return schedule_page(VILLAGE_DESK, schedule_id)
