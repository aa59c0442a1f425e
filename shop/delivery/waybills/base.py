"""Who gives waybills (电子面单): what is asked for a parcel, what comes back, and what a provider must be able to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Refusal(StrEnum):
    """Why there is no waybill, or why one was not cancelled; faces have a sentence for each."""

    ADDRESS = "address"  # something of the parcel, its sender or its recipient is not as the carrier wants it
    ACCOUNT = "account"  # the shop's account is not known, or not allowed to do this
    CREDIT = "credit"  # the shop's account has no waybills left
    NO_NUMBER = "no_number"  # the provider has it already, and does not say the number again
    NUMBER_TAKEN = "number_taken"  # it gave a number that another parcel has
    CARRIER = "carrier"  # the carrier said no, in its own words


@dataclass(frozen=True, slots=True)
class Party:
    """A sender or a recipient, as a courier calls and finds them: the whole telephone number, the whole address."""

    name: str
    phone: str
    address: str


@dataclass(frozen=True, slots=True)
class WaybillRequest:
    """`reference` is our name for it, at most 32 characters: asked again under the same one, a provider gives the
    same waybill. `carrier` is our code; `weight_g` in grams.
    """

    reference: str
    carrier: str
    sender: Party
    recipient: Party
    contents: str
    weight_g: int
    remark: str = ""


@dataclass(frozen=True, slots=True)
class IssuedWaybill:
    """`route_code` is what a sorter reads from afar: the three-segment code (三段码), with some carriers a place name
    (大头笔); `hub` where the parcel's bag is made up (集包地). Both may be empty. `provider_ref` names it when it is
    cancelled.
    """

    number: str
    route_code: str = ""
    hub: str = ""
    provider_ref: str = ""


@dataclass(frozen=True, slots=True)
class WaybillToCancel:
    carrier: str
    number: str
    provider_ref: str


class WaybillRefused(Exception):
    """The provider answered no, and asking again in the same words would not help. `says` is in its own words."""

    def __init__(self, reason: Refusal, says: str = "") -> None:
        self.reason, self.says = reason, says
        super().__init__(reason.value)


class WaybillUnavailable(Exception):
    """No answer, or none that can be believed: whether the waybill exists, or was cancelled, is not known."""


class WaybillProvider(Protocol):
    """`carriers`: our codes of those with which the shop has an account."""

    @property
    def name(self) -> str: ...

    @property
    def carriers(self) -> tuple[str, ...]: ...

    def ask(self, request: WaybillRequest) -> IssuedWaybill:
        """Raises WaybillRefused or WaybillUnavailable. Asking twice under one reference gives one waybill."""

    def cancel(self, waybill: WaybillToCancel) -> None:
        """What was cancelled before is cancelled. Raises WaybillRefused or WaybillUnavailable."""
