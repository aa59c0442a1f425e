"""What templates say: money, weights, times, statuses and texts in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import nh3
from flask import Flask
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from shop.accounts.contacts import readable_phone
from shop.delivery.carriers import CARRIERS
from shop.delivery.run_planning import run_state
from shop.kit.clock import utc_now
from shop.kit.money import format_yuan, share
from shop.kit.weights import plain_jin
from shop.web import charts
from shop.web.links import shown_at
from shop.web.phrases import language
from shop.web.quotation_terms import clauses, contract_clauses, says_invoice
from shop.web.reasons import basis_word, reason_word, waybill_reason
from shop.web.statuses import look
from shop.web.times import clock, day, deadline, moment, month, shanghai, waited
from shop.web.what_stays import stays_in_words

_LICENCES_EN: Final = {
    "营业执照": "Business licence",
    "食品经营许可证": "Food business licence",
    "食品生产许可证": "Food production licence",
}
_HAN: Final = re.compile("[\u3400-\u9fff]")
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")
_MARKDOWN_TAGS: Final = {
    "a",
    "blockquote",
    "br",
    "code",
    "em",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "ul",
} | {"table", "tbody", "td", "th", "thead", "tr"}


def yuan(fen: int, sign: bool = True, whole: bool = False) -> str:
    """Fen as `¥1,234.50`; `sign=False` without ¥; `whole` drops `.00` of large sums that are whole yuan."""
    amount = format_yuan(abs(fen))
    if whole:
        amount = amount.removesuffix(".00")
    return f"{'−' if fen < 0 else ''}{'¥' if sign else ''}{amount}"


def said_with(message_id: str, facts: Mapping[str, Any] | None = None) -> str:
    """A domain's sentence in the reader's language, with its facts filled in."""
    sentence = str(gettext(message_id))
    return sentence % facts if facts else sentence


def yuan_words(fen: int) -> str:
    """Fen in the words of a farmer's screen: `722 元 4 角`, `5 角`, `0 元`. Always Chinese."""
    yuan_part, rest = divmod(abs(fen), 100)
    jiao, cents = divmod(rest, 10)
    words = [f"{yuan_part} 元"] if yuan_part or not rest else []
    words += [f"{jiao} 角"] if jiao else []
    words += [f"{cents} 分"] if cents else []
    return ("少 " if fen < 0 else "") + " ".join(words)


def grams(weight_g: int) -> str:
    """Grams, or kilograms from one kilogram up: `250 克`, `1.5 千克`; `250 g`, `1.5 kg`."""
    small, large = ("克", "千克") if language() == "zh" else ("g", "kg")
    if abs(weight_g) < 1000:
        return f"{weight_g} {small}"
    whole, rest = divmod(weight_g, 1000)
    decimals = f".{rest:03d}".rstrip("0").rstrip(".")
    return f"{whole:,}{decimals} {large}"


def jin(weight_g: int) -> str:
    """A weight as a village speaks of it: `12.5 斤`, `12.5 jin`."""
    return f"{plain_jin(weight_g)} {'斤' if language() == 'zh' else 'jin'}"


def unit_price(price_fen: int, net_weight_g: int) -> str:
    """The price of 500 g, the measure in which goods are compared in China."""
    amount = format_yuan(share(price_fen, 500, net_weight_g))
    return f"{amount} 元/500 克" if language() == "zh" else f"¥{amount} / 500 g"


def percent(ratio: float) -> str:
    """0.7612 → `76.1 %`."""
    return f"{ratio * 100:.1f} %"


def status_word(status: str, kind: str) -> str:
    """The word for a status in the reader's language; kinds stand in `shop/web/statuses.py`."""
    word: str = gettext(look(kind, status).word)
    return word


def bilingual(thing: Any, name: str) -> str:
    """`name_zh` or `name_en` of an object, row or mapping by language; the other one when that is empty."""
    first, second = ("zh", "en") if language() == "zh" else ("en", "zh")
    return _text_of(thing, f"{name}_{first}") or _text_of(thing, f"{name}_{second}")


def _text_of(thing: Any, attribute: str) -> str:
    value = thing.get(attribute) if isinstance(thing, Mapping) else getattr(thing, attribute, None)
    return value or ""


@lru_cache(maxsize=1024)
def markdown(text: str | None, top: int = 2) -> Markup:
    """Text from people as safe HTML: no raw HTML, no pictures, only web and mail links.

    Its headings stand below the page's own: none is higher than `top`.
    """
    tokens = _MARKDOWN.parse(text or "")
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{max(int(token.tag[1:]), top)}"
    html = nh3.clean(
        _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}),
        tags=_MARKDOWN_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    )
    return Markup(html)  # noqa: S704 - cleaned by nh3 on the line above


def phone_masked(phone: str | None) -> str:
    """`138 **** 0000`; a short number keeps only its last two digits."""
    digits = "".join(character for character in phone or "" if character.isdigit())
    if len(digits) >= 11:
        return f"{digits[-11:-8]} **** {digits[-4:]}"
    return f"**** {digits[-2:]}" if digits else ""


def carrier_name(code: str) -> str:
    carrier = CARRIERS.get(code)
    return bilingual(carrier, "name") if carrier else code


def tracking_url(code: str, number: str) -> str | None:
    """Where a parcel with this courier can be followed, if the courier is known and a number is there."""
    carrier = CARRIERS.get(code)
    return carrier.tracking_link(number) if carrier and number else None


def address_line(place: Any) -> str:
    """Province to street as it is written in China; a municipality, which is its own province, stands once."""
    province, city, district, street = (
        _text_of(place, name) for name in ("province", "city", "district", "street")
    )
    return f"{province}{'' if city == province else city}{district} {street}"


def licence_word(label: str) -> str:
    """What a licence is called in the reader's language; settings hold the name that stands on it."""
    return _LICENCES_EN.get(label, label) if language() == "en" else label


def in_chinese(text: str | None) -> Markup:
    """A proper name that has only a Chinese form: on an English page it is marked as such, for who has it read aloud."""
    said = escape(text or "")
    if language() == "zh" or not _HAN.search(said):
        return said
    return Markup('<span lang="zh-CN">{}</span>').format(said)


def run_state_now(run: Any) -> str:
    return run_state(run, utc_now())


def csrf_field() -> Markup:
    """The hidden field of every form but the named exceptions. Opens the session: never on a public page."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


FILTERS: Final = {
    "yuan": yuan,
    "yuan_words": yuan_words,
    "said_with": said_with,
    "grams": grams,
    "jin": jin,
    "unit_price": unit_price,
    "shanghai": shanghai,
    "day": day,
    "moment": moment,
    "deadline": deadline,
    "clock": clock,
    "waited": waited,
    "month": month,
    "percent": percent,
    "status_word": status_word,
    "bilingual": bilingual,
    "markdown": markdown,
    "phone_masked": phone_masked,
    "phone_readable": readable_phone,
    "carrier_name": carrier_name,
    "tracking_url": tracking_url,
    "address_line": address_line,
    "reason_word": reason_word,
    "basis_word": basis_word,
    "waybill_reason": waybill_reason,
    "licence_word": licence_word,
    "in_chinese": in_chinese,
    "clauses": clauses,
    "contract_clauses": contract_clauses,
    "says_invoice": says_invoice,
    "run_state": run_state_now,
    "stays_in_words": stays_in_words,
}


def register(app: Flask) -> None:
    """Give templates the filters above and the globals that macros draw with."""
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(
        language=language,
        csrf_field=csrf_field,
        shown_at=shown_at,
        status_look=look,
        flow_segments=charts.flow_segments,
        bar_segments=charts.bar_segments,
        bar_chart=charts.bar_chart,
        line_chart=charts.line_chart,
        lorenz_chart=charts.lorenz_chart,
    )
