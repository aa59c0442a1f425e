"""Which settings an admin may change, how each is shown, and how it is judged; their values are in `shop_settings`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shop.kit.text import msg


class SettingKind(StrEnum):
    LINE = "line"
    PHONE = "phone"
    NUMBER = "number"
    ACCOUNT = "account"
    LICENCES = "licences"  # one a line: label, then number


SAMPLE: Final = "（示例）"


@dataclass(frozen=True)
class Shape:
    """How a number is written, blanks left out, and the sentence for who writes it otherwise.

    A sample of the demo shop says that it is one.
    """

    pattern: re.Pattern[str]
    sentence: str

    def fits(self, written: str) -> bool:
        return bool(self.pattern.fullmatch(written.replace(" ", "").removesuffix(SAMPLE)))


_PROVINCES: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤川青藏琼宁"
_ICP: Final = Shape(
    re.compile(rf"[{_PROVINCES}]ICP[备证][0-9]{{6,10}}号(?:-[0-9]{{1,3}})?"),
    msg("An ICP filing number is written like 陕ICP备12345678号-1."),
)
_POLICE: Final = Shape(
    re.compile(rf"[{_PROVINCES}]公网安备[0-9]{{11,14}}号"),
    msg("A public security filing number is written like 陕公网安备61010302000123号."),
)


@dataclass(frozen=True)
class SettingSpec:
    """How one setting is shown and judged; `least` and `most` bound a number, `most` the length of a line."""

    name: str
    label: str
    kind: SettingKind = SettingKind.LINE
    group: str = msg("Shop")
    least: int = 0
    most: int = 120
    required: bool = False
    unit: str = ""  # of a number, in words
    shape: Shape | None = None


_IN_DAYS, _IN_WORKING_DAYS, _IN_HOURS, _IN_MONTHS = (
    msg("days"),
    msg("working days"),
    msg("hours"),
    msg("months"),
)
_IN_PERCENT, _IN_YUAN, _OCLOCK = msg("per cent"), msg("yuan"), msg("o'clock")
_IN_PIECES, _IN_ROWS, _IN_ORDERS = msg("units"), msg("rows"), msg("orders")
_NOTICE = msg("Words to buyers")
_LAW, _TIMES = msg("Licences and filing numbers"), msg("Deadlines")
_TRANSFERS = msg("Bank transfers (empty: the seller's own account)")
_LABELS = msg("Labels on bags")
_TWO_PERSONS = msg("Two persons for transfers")
_WAITING = msg("Orders that wait for their money")
_PAYOUTS = msg("Payouts to households")
_PAIRING = msg("Pairing of departments and households")
_SERVICE = msg("Customer service")
_CAMPAIGNS = msg("Welfare campaigns of unions")
_CANTEENS = msg("Canteens: goods by weight")
_REPORTS = msg("Files of reports")
_REVIEWS, _SEARCH = msg("Reviews"), msg("Search engines")
SETTINGS: tuple[SettingSpec, ...] = (
    SettingSpec("name_zh", msg("Shop's name in Chinese"), required=True),
    SettingSpec("name_en", msg("Shop's name in English"), required=True),
    SettingSpec("short_name_zh", msg("Short name in Chinese"), required=True, most=40),
    SettingSpec("short_name_en", msg("Short name in English"), required=True, most=40),
    SettingSpec("tagline_zh", msg("Line under the name, in Chinese")),
    SettingSpec("tagline_en", msg("Line under the name, in English")),
    SettingSpec("phone", msg("Phone"), SettingKind.PHONE, most=40),
    SettingSpec("hours_zh", msg("Hours in Chinese")),
    SettingSpec("hours_en", msg("Hours in English")),
    SettingSpec("report_title_zh", msg("Title of reports in Chinese"), most=60),
    SettingSpec("report_title_en", msg("Title of reports in English"), most=60),
    SettingSpec("notice_zh", msg("Notice above every page of the shop, in Chinese (empty: none)"), group=_NOTICE, most=200),
    SettingSpec("notice_en", msg("Notice above every page of the shop, in English (empty: none)"), group=_NOTICE, most=300),
    SettingSpec("pickup_hint_zh", msg("What to know about collecting, in Chinese"), group=_NOTICE, most=200),
    SettingSpec("pickup_hint_en", msg("What to know about collecting, in English"), group=_NOTICE, most=300),
    SettingSpec("seller_name", msg("Seller in the footer"), group=_LAW),
    SettingSpec("icp_number", msg("ICP filing number"), group=_LAW, most=60, shape=_ICP),
    SettingSpec("police_number", msg("Public security filing number"), group=_LAW, most=60, shape=_POLICE),
    SettingSpec("licences", msg("Licences, one a line: name, space, number"), SettingKind.LICENCES, _LAW),
    SettingSpec("bank_payee", msg("Payee"), group=_TRANSFERS),
    SettingSpec("bank_name", msg("Bank and branch"), group=_TRANSFERS),
    SettingSpec("bank_number", msg("Account number"), SettingKind.ACCOUNT, _TRANSFERS, most=40),
    SettingSpec("second_person_above_yuan", msg("From more than so many yuan a second person confirms (0: always)"), SettingKind.NUMBER, _TWO_PERSONS, 0, 1_000_000, unit=_IN_YUAN),
    SettingSpec("most_waiting_transfers", msg("Orders of one organisation that may wait for a transfer at once"), SettingKind.NUMBER, _WAITING, 1, 500, unit=_IN_ORDERS),
    SettingSpec("approval_hours", msg("Hours in which an organisation approves an order above its limit"), SettingKind.NUMBER, _WAITING, 1, 240, unit=_IN_HOURS),
    SettingSpec("most_unpaid_orders", msg("Orders that a buyer may leave unpaid at once"), SettingKind.NUMBER, _WAITING, 1, 20, unit=_IN_ORDERS),
    SettingSpec("debt_soon_days", msg("Days before a debt is due to remind its organisation"), SettingKind.NUMBER, _WAITING, 0, 30, unit=_IN_DAYS),
    SettingSpec("debt_again_days", msg("Days between two reminders of a debt"), SettingKind.NUMBER, _WAITING, 1, 60, unit=_IN_DAYS),
    SettingSpec("substitute_borne_percent", msg("Percent of the price that the shop bears at most when other goods go instead of missing ones"), SettingKind.NUMBER, _TRANSFERS, 0, 50, unit=_IN_PERCENT),
    SettingSpec("payout_day", msg("Day of the month on which payouts are closed (0: by hand)"), SettingKind.NUMBER, _PAYOUTS, 0, 28),
    SettingSpec("payout_within_days", msg("Days within which they are paid"), SettingKind.NUMBER, _PAYOUTS, 1, 60, unit=_IN_DAYS),
    SettingSpec("pairing_percent", msg("Paired households come first with at most so many per cent more income a head (0: never)"), SettingKind.NUMBER, _PAIRING, 0, 20, unit=_IN_PERCENT),
    SettingSpec("complete_after_days", msg("Days until an order completes by itself"), SettingKind.NUMBER, _TIMES, 1, 90, unit=_IN_DAYS),
    SettingSpec("accept_within_hours", msg("Hours to accept a task"), SettingKind.NUMBER, _TIMES, 1, 240, unit=_IN_HOURS),
    SettingSpec("ready_within_hours", msg("Hours to have a task ready"), SettingKind.NUMBER, _TIMES, 1, 480, unit=_IN_HOURS),
    SettingSpec("truck_hours_village", msg("Hours before its truck by which a village has goods ready"), SettingKind.NUMBER, _TIMES, 0, 72, unit=_IN_HOURS),
    SettingSpec("truck_hours_hub", msg("Hours before its truck by which goods for the county hub are ready"), SettingKind.NUMBER, _TIMES, 0, 96, unit=_IN_HOURS),
    SettingSpec("late_yes_hours", msg("Hours for a household that accepts a task after its deadline"), SettingKind.NUMBER, _TIMES, 1, 72, unit=_IN_HOURS),
    SettingSpec("coordinator_hours", msg("Hours for the coordinator to call"), SettingKind.NUMBER, _TIMES, 1, 240, unit=_IN_HOURS),
    SettingSpec("remind_before_hours", msg("Hours before a task's deadline to remind its household (0: never)"), SettingKind.NUMBER, _TIMES, 0, 240, unit=_IN_HOURS),
    SettingSpec("answer_within_hours", msg("Hours for a buyer to answer when units are missing"), SettingKind.NUMBER, _TIMES, 1, 240, unit=_IN_HOURS),
    SettingSpec("keep_days_after_arrival", msg("Days that goods must keep after they arrive"), SettingKind.NUMBER, _TIMES, 0, 60, unit=_IN_DAYS),
    SettingSpec("claim_hours_fresh", msg("Hours to say that fresh goods arrived bad"), SettingKind.NUMBER, _TIMES, 1, 168, unit=_IN_HOURS),
    SettingSpec("late_after_days", msg("Days after which a courier's parcel is late"), SettingKind.NUMBER, _TIMES, 1, 60, unit=_IN_DAYS),
    SettingSpec("remind_uncollected_after_days", msg("Days at the pickup point until the buyer is reminded"), SettingKind.NUMBER, _TIMES, 1, 30, unit=_IN_DAYS),
    SettingSpec("remind_again_after_days", msg("Days from there until the buyer is reminded again, and until somebody decides"), SettingKind.NUMBER, _TIMES, 1, 30, unit=_IN_DAYS),
    SettingSpec("rest_ahead_days", msg("Days before trucks or couriers rest to tell buyers of it"), SettingKind.NUMBER, _TIMES, 1, 60, unit=_IN_DAYS),
    SettingSpec("certificate_days", msg("Days before a certificate expires to show it under to do"), SettingKind.NUMBER, _TIMES, 1, 180, unit=_IN_DAYS),
    SettingSpec("invoice_days", msg("Days to ask for an invoice"), SettingKind.NUMBER, _TIMES, 1, 360, unit=_IN_DAYS),
    SettingSpec("campaign_year_cap_yuan", msg("Yuan of welfare that a member may choose in a year, over all campaigns (0: no cap)"), SettingKind.NUMBER, _CAMPAIGNS, 0, 100_000, unit=_IN_YUAN),
    SettingSpec("campaign_share_percent", msg("Percent of each kind of goods of a campaign that one household delivers at most"), SettingKind.NUMBER, _CAMPAIGNS, 1, 100, unit=_IN_PERCENT),
    SettingSpec("remind_targets_months", msg("Months after which departments behind their yearly target are written to by the shop itself (0: never)"), SettingKind.NUMBER, _CAMPAIGNS, 0, 6, unit=_IN_MONTHS),
    SettingSpec("weight_over_percent", msg("Percent above the weight ordered that a canteen pays at most, for goods by weight"), SettingKind.NUMBER, _CANTEENS, 0, 50, unit=_IN_PERCENT),
    SettingSpec("service_answer_hours", msg("Hours of working time to a first answer"), SettingKind.NUMBER, _SERVICE, 1, 90, unit=_IN_HOURS),
    SettingSpec("service_resolve_hours", msg("Hours of working time until it is settled"), SettingKind.NUMBER, _SERVICE, 1, 450, unit=_IN_HOURS),
    SettingSpec("service_opens_hour", msg("Working time begins at (o'clock)"), SettingKind.NUMBER, _SERVICE, 0, 22, unit=_OCLOCK),
    SettingSpec("service_closes_hour", msg("Working time ends at (o'clock)"), SettingKind.NUMBER, _SERVICE, 1, 24, unit=_OCLOCK),
    SettingSpec("service_close_days", msg("Days after which a conversation that the buyer does not go on with is closed"), SettingKind.NUMBER, _SERVICE, 1, 60, unit=_IN_DAYS),
    SettingSpec("privacy_days", msg("Working days to answer somebody who asks about their data"), SettingKind.NUMBER, _TIMES, 1, 30, unit=_IN_WORKING_DAYS),
    SettingSpec("roster_keep_days", msg("Days that rows of the roster are kept of people who left and have no account"), SettingKind.NUMBER, _TIMES, 1, 1095, unit=_IN_DAYS),
    SettingSpec("erase_after_days", msg("Days in which an erasure can be called off"), SettingKind.NUMBER, _TIMES, 1, 30, unit=_IN_DAYS),
    SettingSpec("export_rows_at_once", msg("Rows from which a file is written in the background"), SettingKind.NUMBER, _REPORTS, 1, 200_000, unit=_IN_ROWS),
    SettingSpec("export_keep_days", msg("Days that such a file is kept"), SettingKind.NUMBER, _REPORTS, 1, 7, unit=_IN_DAYS),
    SettingSpec("gift_list_days", msg("Days after which a gift's list of recipients is deleted"), SettingKind.NUMBER, _TIMES, 7, 365, unit=_IN_DAYS),
    SettingSpec("bag_sheet_rows", msg("Rows of stickers on an A4 sheet"), SettingKind.NUMBER, _LABELS, 2, 8, unit=_IN_ROWS),
    SettingSpec("bag_sheet_columns", msg("Columns of stickers on an A4 sheet"), SettingKind.NUMBER, _LABELS, 1, 3),
    SettingSpec("review_all_first", msg("Look at every review before it is shown (1), or only at photos and flagged words (0)"), SettingKind.NUMBER, _REVIEWS, 0, 1),
    SettingSpec("review_within_days", msg("Days after receipt in which goods can be reviewed"), SettingKind.NUMBER, _REVIEWS, 7, 720, unit=_IN_DAYS),
    SettingSpec("review_change_days", msg("Days in which a review can be changed that nobody has answered"), SettingKind.NUMBER, _REVIEWS, 0, 360, unit=_IN_DAYS),
    SettingSpec("search_engines", msg("Search engines may list the shop (1: yes, 0: no)"), SettingKind.NUMBER, _SEARCH, 0, 1),
    SettingSpec("low_stock_units", msg("Units from which few are left"), SettingKind.NUMBER, _TIMES, 0, 1000, unit=_IN_PIECES),
)  # fmt: skip
# What only finance may change.
OF_FINANCE = frozenset(spec.name for spec in SETTINGS if spec.group in {_TRANSFERS, _TWO_PERSONS, _PAYOUTS})
BY_NAME = {spec.name: spec for spec in SETTINGS}
