"""What a coordinator does in the village."""

from __future__ import annotations

import re

from tests.factories.form_browser import FormBrowser


class Coordinator:
    def __init__(self, browser: FormBrowser) -> None:
        self.browser = browser

    def looks_at_board(self) -> str:
        return self.browser.open("/village").text

    def acts_for(self, household: str) -> None:
        """Accepts and reports ready all that a household has, because it has no telephone."""
        for step in ("accept", "ready"):
            self.looks_at_board()
            card = re.search(
                rf'href="(/village/producers/\d+)[^"]*"[^>]* aria-label="[^"]*{household}', self.browser.page
            )
            assert card, f"{household} is not on the board: {self.browser.text}"
            self.browser.open(card[1])
            self.browser.send(f"{card[1]}/{step}")

    def receives(self, number: str) -> None:
        """Takes in every task of the order that was brought."""
        self.browser.open(f"/village/packing/{number}")
        while found := re.search(r'action="(/village/tasks/\d+/receive)"', self.browser.page):
            self.browser.send(found[1])
            self.browser.open(f"/village/packing/{number}")

    def packs(self, number: str) -> str:
        """Everything that is here into one parcel; its code."""
        self.browser.open(f"/village/packing/{number}")
        found = re.search(rf'action="(/village/packing/{number}/\d+)"', self.browser.page)
        assert found, self.browser.text
        self.browser.send(found[1])
        return self.parcel_of(number)

    def parcel_of(self, number: str) -> str:
        self.browser.open(f"/village/packing/{number}")
        return self.browser.link(r"/village/parcels/\w{10}").rsplit("/", 1)[1]

    def ships(self, parcel: str, carrier: str, tracking_number: str) -> str:
        path = f"/village/parcels/{parcel}"
        self.browser.open(path)
        return self.browser.send(f"{path}/ship", carrier=carrier, tracking_number=tracking_number).text

    def loads(self, run: str) -> str:
        """All parcels that wait for this truck."""
        path = f"/village/runs/{run}"
        self.browser.open(path)
        return self.browser.send(f"{path}/load").text

    def sends_off(self, run: str) -> str:
        path = f"/village/runs/{run}/depart"
        self.browser.open(path)
        return self.browser.send(path).text
