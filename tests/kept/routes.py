"""Routes made and compiled once a process: the shop has a thousand, and nearly every test an application of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from flask import Flask
from flask.sansio.app import App
from flask.sansio.blueprints import Blueprint, BlueprintSetupState
from werkzeug.routing import Map, Rule, RuleFactory
from werkzeug.routing.matcher import StateMachineMatcher

# What a view itself may say about its route; Flask reads it then.
_WORDS_OF_VIEWS = ("methods", "required_methods", "provide_automatic_options")


def keep_compiled_routes() -> None:
    """An application takes the rules of the one before it, as far as its blueprints ask for the same ones."""
    Flask.url_map_class = _KeptMap
    Blueprint.make_setup_state = lambda blueprint, app, options, first=False: _KeptSetupState(
        blueprint, app, options, first
    )


class _KeptMap(Map):
    """A map of kept rules has the matcher of the first map of the same ones; another one makes its own."""

    _matchers: ClassVar[dict[tuple[Any, ...], StateMachineMatcher]] = {}

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.listed: list[Rule] = []
        self._all_are_kept = True
        super().__init__(*arguments, **options)

    def add(self, rulefactory: RuleFactory) -> None:
        for rule in rulefactory.get_rules(self):
            rule.bind(self)
            self._list(rule)
        self._all_are_kept = False

    def take(self, rule: Rule) -> None:
        """A rule that is bound already, to another map of the same converters."""
        self._list(rule)

    def _list(self, rule: Rule) -> None:
        self.listed.append(rule)
        self._rules_by_endpoint.setdefault(rule.endpoint, []).append(rule)
        self._remap = True

    def update(self) -> None:
        if not self._remap:
            return
        with self._remap_lock:
            if not self._remap:
                return
            self._matcher = self._kept_matcher() if self._all_are_kept else self._own_matcher()
            for rules in self._rules_by_endpoint.values():
                if len(rules) > 1:
                    rules.sort(key=lambda rule: rule.build_compare_key())
            self._remap = False

    def _kept_matcher(self) -> StateMachineMatcher:
        key = (
            self.merge_slashes,
            *map(id, self.listed),
        )  # a kept rule is there to the end, and its id with it
        if key not in self._matchers:
            self._matchers[key] = self._own_matcher()
        return self._matchers[key]

    def _own_matcher(self) -> StateMachineMatcher:
        matcher = StateMachineMatcher(self.merge_slashes)
        for rule in self.listed:
            if not rule.build_only:
                matcher.add(rule)
        matcher.update()
        return matcher


class _KeptSetupState(BlueprintSetupState):
    """Of what a blueprint says, Flask makes a rule. It depends on nothing but what stands in the key."""

    _kept: ClassVar[dict[tuple[Any, ...], Rule]] = {}

    def __init__(self, blueprint: Blueprint, app: App, options: Any, first_registration: bool) -> None:
        super().__init__(blueprint, app, options, first_registration)
        self._speech = (
            self.url_prefix, self.subdomain, self.name_prefix, self.name, repr(self.url_defaults),
            app.config["PROVIDE_AUTOMATIC_OPTIONS"], *app.url_map.converters.items(),
        )  # fmt: skip

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., Any] | None = None,
        **options: Any,
    ) -> None:
        words = [repr(getattr(view_func, word, None)) for word in _WORDS_OF_VIEWS]
        name = endpoint or getattr(view_func, "__name__", None)
        key = (*self._speech, rule, name, repr(options), *words)
        kept, views = self._kept.get(key), self.app.view_functions
        if kept is None:
            super().add_url_rule(rule, endpoint, view_func, **options)
            self._kept[key] = self.app.url_map.listed[-1]
        elif view_func is None or views.get(kept.endpoint, view_func) != view_func:
            super().add_url_rule(rule, endpoint, view_func, **options)  # which says what is wrong
        else:
            self.app.url_map.take(kept)
            views[kept.endpoint] = view_func
