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
    shape: Shape | None = None


_LAW, _TIMES = msg("Licences and filing numbers"), msg("Deadlines")
_TRANSFERS = msg("Bank transfers (empty: the seller's own account)")
_LABELS = msg("Labels on bags")
_TWO_PERSONS = msg("Two persons for transfers")
_WAITING = msg("Orders that wait for their money")
_PAYOUTS = msg("Payouts to households")
_PAIRING = msg("Pairing of departments and households")
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
    SettingSpec("seller_name", msg("Seller in the footer"), group=_LAW),
    SettingSpec("icp_number", msg("ICP filing number"), group=_LAW, most=60, shape=_ICP),
    SettingSpec("police_number", msg("Public security filing number"), group=_LAW, most=60, shape=_POLICE),
    SettingSpec("licences", msg("Licences, one a line: name, space, number"), SettingKind.LICENCES, _LAW),
    SettingSpec("bank_payee", msg("Payee"), group=_TRANSFERS),
    SettingSpec("bank_name", msg("Bank and branch"), group=_TRANSFERS),
    SettingSpec("bank_number", msg("Account number"), SettingKind.ACCOUNT, _TRANSFERS, most=40),
    SettingSpec("second_person_above_yuan", msg("From more than so many yuan a second person confirms (0: always)"), SettingKind.NUMBER, _TWO_PERSONS, 0, 1_000_000),
    SettingSpec("most_waiting_transfers", msg("Orders of one organisation that may wait for a transfer at once"), SettingKind.NUMBER, _WAITING, 1, 500),
    SettingSpec("payout_day", msg("Day of the month on which payouts are closed (0: by hand)"), SettingKind.NUMBER, _PAYOUTS, 0, 28),
    SettingSpec("payout_within_days", msg("Days within which they are paid"), SettingKind.NUMBER, _PAYOUTS, 1, 60),
    SettingSpec("pairing_percent", msg("Paired households come first with at most so many per cent more income a head (0: never)"), SettingKind.NUMBER, _PAIRING, 0, 20),
    SettingSpec("complete_after_days", msg("Days until an order completes by itself"), SettingKind.NUMBER, _TIMES, 1, 90),
    SettingSpec("accept_within_hours", msg("Hours to accept a task"), SettingKind.NUMBER, _TIMES, 1, 240),
    SettingSpec("ready_within_hours", msg("Hours to have a task ready"), SettingKind.NUMBER, _TIMES, 1, 480),
    SettingSpec("coordinator_hours", msg("Hours for the coordinator to call"), SettingKind.NUMBER, _TIMES, 1, 240),
    SettingSpec("remind_before_hours", msg("Hours before a task's deadline to remind its household (0: never)"), SettingKind.NUMBER, _TIMES, 0, 240),
    SettingSpec("answer_within_hours", msg("Hours for a buyer to answer when units are missing"), SettingKind.NUMBER, _TIMES, 1, 240),
    SettingSpec("keep_days_after_arrival", msg("Days that goods must keep after they arrive"), SettingKind.NUMBER, _TIMES, 0, 60),
    SettingSpec("claim_hours_fresh", msg("Hours to say that fresh goods arrived bad"), SettingKind.NUMBER, _TIMES, 1, 168),
    SettingSpec("late_after_days", msg("Days after which a courier's parcel is late"), SettingKind.NUMBER, _TIMES, 1, 60),
    SettingSpec("remind_uncollected_after_days", msg("Days at the pickup point until the buyer is reminded"), SettingKind.NUMBER, _TIMES, 1, 30),
    SettingSpec("remind_again_after_days", msg("Days from there until the buyer is reminded again, and until somebody decides"), SettingKind.NUMBER, _TIMES, 1, 30),
    SettingSpec("invoice_days", msg("Days to ask for an invoice"), SettingKind.NUMBER, _TIMES, 1, 360),
    SettingSpec("bag_sheet_rows", msg("Rows of stickers on an A4 sheet"), SettingKind.NUMBER, _LABELS, 2, 8),
    SettingSpec("bag_sheet_columns", msg("Columns of stickers on an A4 sheet"), SettingKind.NUMBER, _LABELS, 1, 3),
    SettingSpec("low_stock_units", msg("Units from which few are left"), SettingKind.NUMBER, _TIMES, 0, 1000),
)  # fmt: skip
# What only finance may change.
OF_FINANCE = frozenset(spec.name for spec in SETTINGS if spec.group in {_TRANSFERS, _TWO_PERSONS, _PAYOUTS})
