"""How templates are read."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask import Flask
from flask.templating import Environment


class TemplateEnvironment(Environment):
    """Templates share the environment's globals, where each would have a layer of its own above them.

    Jinja compares the names of both whenever one template imports another: with plain dicts that costs nothing.
    """

    def __init__(self, app: Flask, **options: Any) -> None:
        super().__init__(app, **{"trim_blocks": True, "lstrip_blocks": True} | options)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals
