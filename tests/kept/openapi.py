"""The API's description of every HTTP status written once a process; no application's settings are in it."""

from __future__ import annotations

from typing import Any

from flask_smorest import Api


def keep_answers_of_the_api() -> None:
    """Sixty answers, which an application describes only when somebody asks for its openapi.json."""
    describe = Api._register_responses
    kept: dict[type[Api], tuple[dict[str, Any], dict[str, Any]]] = {}

    def describe_once(api: Api) -> None:
        parts, refs = api.spec.components, api.ma_plugin.converter.refs
        if type(api) not in kept:
            describe(api)
            kept[type(api)] = (
                {n: dict(v) for n, v in vars(parts).items() if isinstance(v, dict)},
                dict(refs),
            )
            return
        described, references = kept[type(api)]
        for name, value in described.items():
            getattr(parts, name).update(value)
        refs.update(references)

    Api._register_responses = describe_once
