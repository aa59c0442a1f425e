"""What each report must say, worked out by hand from plain rows: no statement of the reports is used."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.reports.definition import Span
from shop.storage.types import UtcDateTime

EIGHT = timedelta(hours=8)
_MOMENTS = {
    name: UtcDateTime()
    for name in (
        *("confirmed_at", "placed_at", "opened_at", "ready_at", "deadline_at"),
        *("posted_at", "succeeded_at", "created_at", "updated_at", "erased_at"),
    )
}


class Oracle:
    """Tables as lists of dictionaries, narrowed to the orders confirmed on the days of `span`."""

    def __init__(self, session: Session, span: Span) -> None:
        self._session, self.span = session, span
        confirmed = [row for row in self.table("orders") if row["confirmed_at"] is not None]
        self.orders = {row["id"]: row for row in confirmed if self.holds(row["confirmed_at"])}
        self.lines = [row for row in self.table("order_lines") if row["order_id"] in self.orders]
        kinds = {"sale", "reassignment", "refund", "reversal"}
        entries = {row["id"]: row for row in self.table("journal_entries") if row["kind"] in kinds}
        self.postings = [
            {**row, "order_id": entries[row["entry_id"]]["order_id"]}
            for row in self.table("postings")
            if row["entry_id"] in entries and entries[row["entry_id"]]["order_id"] in self.orders
        ]

    def table(self, name: str) -> list[dict[str, Any]]:
        names = [column["name"] for column in sa.inspect(self._session.connection()).get_columns(name)]
        columns = [sa.column(one, _MOMENTS.get(one)) for one in names]
        return [
            dict(row)
            for row in self._session.execute(sa.select(*columns).select_from(sa.table(name))).mappings()
        ]

    def names(self, table: str, column: str = "name_zh") -> dict[int, str]:
        return {row["id"]: row[column] for row in self.table(table)}

    def holds(self, moment: datetime) -> bool:
        return self.span.first <= (moment + EIGHT).date() <= self.span.last

    def by_pair(self) -> dict[tuple[str, str], tuple[int, int, int]]:
        """Orders, units and fen by department and household, of the pairs that hold on some day of the span."""
        units, households = self.names("units"), self.names("households", "alias_zh")
        running = [row for row in self.table("pairs") if day_of(row["first_day"]) <= self.span.last]
        return {
            (units[pair["unit_id"]], households[pair["household_id"]]): self._of_pair(pair)
            for pair in running
        }

    def _of_pair(self, pair: dict[str, Any]) -> tuple[int, int, int]:
        ids = {
            order["id"]
            for order in self.orders.values()
            if order["unit_id"] == pair["unit_id"]
            and order["status"] != "cancelled"
            and (order["confirmed_at"] + EIGHT).date() >= day_of(pair["first_day"])
        }
        household, back = pair["household_id"], defaultdict(int)
        for one in self.table("returned_units"):
            back[one["allocation_id"]] += one["units"] * (one["status"] == "restocked")
        lots = {row["lot_id"] for row in self.table("lot_shares") if row["household_id"] == household}
        lines = {line["id"]: line["order_id"] for line in self.lines if line["order_id"] in ids}
        given = [
            row
            for row in self.table("allocations")
            if row["order_line_id"] in lines
            and row["lot_id"] in lots
            and row["status"] in {"committed", "shipped"}
        ]
        earned = [
            row["amount_fen"]
            for row in self.postings
            if row["account"] == "household_payable"
            and row["household_id"] == household
            and row["order_id"] in ids
        ]
        return (
            len({lines[row["order_line_id"]] for row in given}),
            sum(row["units"] - back[row["id"]] for row in given),
            -sum(earned),
        )

    def by_period(self, start: Any) -> dict[Any, tuple[int, ...]]:
        """Orders, goods, freight, paid, refunded, net by `start(day)`."""
        sums: dict[Any, list[int]] = defaultdict(lambda: [0] * 6)
        for order in self.orders.values():
            add(sums[start((order["confirmed_at"] + EIGHT).date())], order_sums(order))
        return {key: tuple(values) for key, values in sums.items()}

    def by_unit(self) -> dict[str, tuple[int, ...]]:
        units, sums = self.names("units"), defaultdict(lambda: [0] * 6)
        for order in self.orders.values():
            add(sums[units.get(order["unit_id"], "—")], order_sums(order))
        return {key: tuple(values) for key, values in sums.items()}

    def by_product(self, group: str = "product") -> dict[str, tuple[int, ...]]:
        """Units, goods, refunded goods, net."""
        products = {row["id"]: row for row in self.table("products")}
        categories = self.names("categories")
        sums: dict[str, list[int]] = defaultdict(lambda: [0] * 4)
        for line in self.lines:
            order, product = self.orders[line["order_id"]], products[line["product_id"]]
            name = product["name_zh"] if group == "product" else categories[product["category_id"]]
            back = line["line_fen"] if order["refunded_fen"] >= order["total_fen"] else 0
            add(sums[name], (line["quantity"], line["line_fen"], back, line["line_fen"] - back))
        return {key: tuple(values) for key, values in sums.items()}

    def by_village(self) -> dict[str, tuple[int, ...]]:
        """Orders, households, packing, fund, all."""
        villages = self.names("villages")
        orders, sums = defaultdict(set), defaultdict(lambda: [0] * 3)
        accounts = ("household_payable", "packing_payable", "village_fund")
        for one in self.postings:
            if one["village_id"] is not None:
                name = villages[one["village_id"]]
                orders[name].add(one["order_id"])
                sums[name][accounts.index(one["account"])] -= one["amount_fen"]
        return {name: (len(orders[name]), *values, sum(values)) for name, values in sums.items()}

    def by_household(self) -> dict[str, tuple[int, int]]:
        """Orders and income by alias with village."""
        aliases, villages = self.names("households", "alias_zh"), self.names("villages")
        homes = {row["id"]: row["village_id"] for row in self.table("households")}
        orders, sums = defaultdict(set), defaultdict(int)
        for one in self.postings:
            if one["household_id"] is not None:
                name = f"{villages[homes[one['household_id']]]} {aliases[one['household_id']]}"
                orders[name].add(one["order_id"])
                sums[name] -= one["amount_fen"]
        return {name: (len(orders[name]), fen) for name, fen in sums.items()}

    def tasks(self) -> list[dict[str, Any]]:
        return [row for row in self.table("tasks") if self.holds(row["opened_at"])]


def order_sums(order: dict[str, Any]) -> tuple[int, ...]:
    net = order["total_fen"] - order["refunded_fen"]
    return (1, order["goods_fen"], order["freight_fen"], order["total_fen"], order["refunded_fen"], net)


def add(into: list[int], values: tuple[int, ...]) -> None:
    for place, value in enumerate(values):
        into[place] += value


class MoneyOracle:
    """The books and the payments from plain rows, by their own dates: orders may be older than their money."""

    def __init__(self, session: Session, span: Span) -> None:
        self._of = Oracle(session, span)
        self._holds = self._of.holds
        self.entries = {row["id"]: row for row in self._of.table("journal_entries")}
        self.postings = self._of.table("postings")

    def trial_balance(self) -> dict[str, tuple[int, int, int, int]]:
        """Opening, debit, credit, closing by account."""
        sums: dict[str, list[int]] = defaultdict(lambda: [0] * 4)
        for posting in self.postings:
            moment, fen = self.entries[posting["entry_id"]]["posted_at"], posting["amount_fen"]
            if (moment + EIGHT).date() > self._of.span.last:
                continue
            line = sums[posting["account"]]
            line[3] += fen
            if self._holds(moment):
                line[1 if fen > 0 else 2] += abs(fen)
            else:
                line[0] += fen
        return {account: tuple(line) for account, line in sums.items()}

    def moved(self) -> int:
        """Debits of the span, which are its credits."""
        within = {key for key, row in self.entries.items() if self._holds(row["posted_at"])}
        return sum(
            one["amount_fen"] for one in self.postings if one["entry_id"] in within and one["amount_fen"] > 0
        )

    def payments(self) -> dict[str, tuple[int, int, int, int]]:
        """Number, received, sent back, fees of all that came, by provider."""
        sums: dict[str, list[int]] = defaultdict(lambda: [0] * 4)
        back: dict[int, int] = defaultdict(int)
        for row in self._of.table("refunds"):
            if row["status"] == "succeeded":
                back[row["payment_id"]] += row["amount_fen"]
        for row in self._of.table("payments"):
            came = row["status"] in ("succeeded", "orphaned") and row["currency"] == "CNY"
            if came and self._holds(row["succeeded_at"]):
                numbers = (1, row["received_fen"], back[row["id"]], row["fee_fen"] or 0)
                add(sums[row["provider"]], numbers)
        return {provider: tuple(line) for provider, line in sums.items()}

    def fees(self) -> dict[tuple[date, str], tuple[int, int, int, int]]:
        """Payments with a fee, their money, what prices had set aside, what was charged; by month and provider."""
        sums: dict[tuple[date, str], list[int]] = defaultdict(lambda: [0] * 4)
        payments = {row["id"]: row for row in self._of.table("payments")}
        paid = {
            row["order_id"]: row["provider"]
            for row in payments.values()
            if row["status"] == "succeeded" or row["provider"] == "on_account"
        }
        for posting in self.postings:
            entry = self.entries[posting["entry_id"]]
            if posting["account"] != "fee_reserve" or not self._holds(entry["posted_at"]):
                continue
            month = (entry["posted_at"] + EIGHT).date().replace(day=1)
            fen = posting["amount_fen"]
            if entry["kind"] == "payment_fee":
                payment = payments[int(entry["reference"].removeprefix("fee:payment:"))]
                add(sums[month, payment["provider"]], (1, payment["received_fen"] or 0, 0, fen))
            else:
                add(sums[month, paid.get(entry["order_id"], "no_payment")], (0, 0, -fen, 0))
        return {key: tuple(line) for key, line in sums.items()}

    def refunds(self, *states: str) -> int:
        """Those asked for on these days, of these states."""
        rows = [row for row in self._of.table("refunds") if self._holds(row["created_at"])]
        return sum(row["amount_fen"] for row in rows if row["status"] in states)

    def sent_back(self) -> int:
        """What left the accounts that money is paid from, for refunds posted on these days."""
        own = {"household_payable", "packing_payable", "freight_payable", "fee_reserve", "village_fund"}
        own |= {"shop_income", "rounding", "refunds_borne"}
        ids = {
            key
            for key, row in self.entries.items()
            if row["kind"] in {"refund", "reversal"} and self._holds(row["posted_at"])
        }
        return -sum(
            one["amount_fen"] for one in self.postings if one["entry_id"] in ids and one["account"] not in own
        )

    def owed(self, account: str) -> int:
        """At the end of the last day."""
        return -sum(
            one["amount_fen"]
            for one in self.postings
            if one["account"] == account
            and (self.entries[one["entry_id"]]["posted_at"] + EIGHT).date() <= self._of.span.last
        )


def day_of(stored: Any) -> date:
    """SQLite hands a day out as it is written."""
    return date.fromisoformat(stored) if isinstance(stored, str) else stored
