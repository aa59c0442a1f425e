"""What WeChat Pay and Alipay have in common: how long, how patiently, and under which words."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from shop.payments.errors import ProviderUnavailable
from shop.payments.providers.base import Draft

LIFETIME = timedelta(minutes=31)
# A wallet's clock may be a little behind ours: only after this an attempt is over for it as well.
CLOCKS_MAY_DIFFER = timedelta(minutes=1)
STALE_AFTER = timedelta(minutes=5)
USUAL_FEE_BP = 60  # hundredths of a percent
MOST_TRIES = 3
PATIENCE_SECONDS = 8.0  # after that no further try begins
LONGEST_TITLE = 60

Answer = TypeVar("Answer")


class PassingFault(ProviderUnavailable):
    """Busy, unreachable or broken for a moment; our reference makes another try safe."""


class WalletRefused(Exception):
    """The wallet understood and said no; `code` is its own word for why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def ask_patiently(ask: Callable[[], Answer], sleep: Callable[[float], None] = time.sleep) -> Answer:
    """Ask, and ask again after a passing fault."""
    retrying = Retrying(
        retry=retry_if_exception_type(PassingFault),
        stop=_has_tried_enough,
        wait=wait_random_exponential(multiplier=0.2, max=1.0),
        sleep=sleep,
        reraise=True,
    )
    return retrying(ask)


def title_of(draft: Draft) -> str:
    """What the buyer reads in the wallet: the goods, without signs that a wallet refuses, and the order's number."""
    first = draft.items[0].name if draft.items else ""
    plain = "".join(sign for sign in first if sign.isalnum() or sign in " -·")[:LONGEST_TITLE].strip()
    more = " …" if len(draft.items) > 1 else ""
    return f"{plain}{more} {draft.order_number}".strip()


def is_over(expires_at: datetime | None, now: datetime) -> bool:
    """Whether the wallet takes no money any more for an attempt that had until then."""
    return expires_at is not None and now >= expires_at + CLOCKS_MAY_DIFFER


def _has_tried_enough(state: RetryCallState) -> bool:
    return state.attempt_number >= MOST_TRIES or (state.seconds_since_start or 0.0) >= PATIENCE_SECONDS
