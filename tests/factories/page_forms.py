"""The forms of a page, as a browser without script knows them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_TOKEN = re.compile(r'(?<=name="csrf_token" value=")[^"]*')
_WITHOUT_VALUE = {"submit", "button", "reset", "image", "file"}


@dataclass
class Form:
    """Where a form leads, how, and what it sends if nobody types: hidden fields, ticks and choices included."""

    action: str
    method: str
    id: str = ""
    fields: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select = ""
        self._textarea: tuple[Form, str] | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._open = Form(
                facts.get("action", ""), facts.get("method", "get").lower(), facts.get("id", "")
            )
            self.forms.append(self._open)
        elif tag in {"input", "button", "select", "textarea"}:
            self._field(tag, facts)
        elif tag == "option":
            self._option(facts)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._textarea:
            form, name = self._textarea
            form.fields[name][0] += data

    def _field(self, tag: str, facts: dict[str, str]) -> None:
        form, name = self._form_of(facts), facts.get("name")
        if form is None or not name or "disabled" in facts:
            return
        form.names.add(name)
        kind = facts.get("type", "text")
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            form.fields[name] = [""]
            self._textarea = (form, name)
        elif (
            tag == "button"
            or kind in _WITHOUT_VALUE
            or (kind in {"radio", "checkbox"} and "checked" not in facts)
        ):
            return
        else:
            form.fields.setdefault(name, []).append(facts.get("value", "on" if kind == "checkbox" else ""))

    def _option(self, facts: dict[str, str]) -> None:
        if self._open and self._select and ("selected" in facts or self._select not in self._open.fields):
            self._open.fields[self._select] = [facts.get("value", "")]

    def _form_of(self, facts: dict[str, str]) -> Form | None:
        if "form" in facts:
            return next((form for form in self.forms if form.id == facts["form"]), None)
        return self._open


def forms_of(page: str) -> list[Form]:
    reader = _Reader()
    reader.feed(page)
    return reader.forms


def without_tokens(page: str) -> str:
    """A page to be compared with another: the tokens in its forms are signed with the second in which they were made."""
    return _TOKEN.sub("", page)
