"""A small Stripe for tests: sessions, refunds, idempotency, events and faults, over HTTP in a thread.

It knows just the rules that the shop's provider rests on. Tests drive it through the paths under `/_ctl/`, which
a larger double may offer too: both run through the same tests.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from tests.fakes.stripe_postman import Postman

NAMES = re.compile(r"\[([^\]]*)\]")


class Refusal(Exception):
    def __init__(self, status: int, message: str, **facts: str) -> None:
        self.status = status
        self.body = {"error": {"type": "invalid_request_error", "message": message, **facts}}
        super().__init__(message)


class Till:
    """What Stripe remembers."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.saved: dict[str, tuple[str, int, dict[str, Any]]] = {}
        self.faults: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.skew = 0
        self.async_refunds = False
        self.postman = Postman()

    def now(self) -> int:
        return int(time.time()) + self.skew

    def new(self, kind: str, prefix: str, **facts: Any) -> dict[str, Any]:
        thing = {"id": f"{prefix}_{uuid4().hex}", "object": kind, "created": self.now(), **facts}
        self.objects[thing["id"]] = thing
        return thing

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [thing for thing in reversed(self.objects.values()) if thing["object"] == kind]

    def get(self, name: str) -> dict[str, Any]:
        if name not in self.objects:
            raise Refusal(404, f"No such object: {name}", code="resource_missing")
        return self.objects[name]

    def tell(self, kind: str, thing: dict[str, Any]) -> None:
        self.new("event", "evt", type=kind, data={"object": json.loads(json.dumps(thing))})

    def tick(self) -> None:
        for session in self.of("checkout.session"):
            if session["status"] == "open" and session["expires_at"] <= self.now():
                self.expire(session)

    def move_clock(self, *, advance: int) -> None:
        self.skew += advance
        self.tick()

    def break_down(self, **fault: Any) -> None:
        self.faults = [*self.faults, {"times": 1, "path": "", "seconds": 2, **fault}] if fault else []

    def change(self, *, async_refunds: bool) -> None:
        self.async_refunds = async_refunds

    def deliver(self, *, events: str = "pending", **how: Any) -> list[dict[str, Any]]:
        """The oldest first, unless told otherwise; what has arrived goes again only with `all`."""
        chosen = [
            one
            for one in reversed(self.of("event"))
            if events == "all" or one["id"] not in self.postman.arrived
        ]
        return self.postman.deliver(chosen, **how)

    def told(self) -> list[dict[str, Any]]:
        return self.requests

    def state(self) -> dict[str, Any]:
        return {"objects": list(self.objects.values())}

    # What the API does.

    def create_session(self, request: dict[str, Any]) -> dict[str, Any]:
        if "payment_method_types" in request:
            raise Refusal(
                400, "Received unknown parameter", code="parameter_unknown", param="payment_method_types"
            )
        expires_at = int(request["expires_at"])
        if not self.now() + 1795 <= expires_at <= self.now() + 86405:
            raise Refusal(400, "`expires_at` must be 30 minutes to 24 hours away.", param="expires_at")
        lines = request["line_items"].values()
        total = sum(int(line["price_data"]["unit_amount"]) * int(line["quantity"]) for line in lines)
        session = self.new(
            "checkout.session", "cs_test", amount_total=total, currency="cny", expires_at=expires_at, status="open",
            payment_status="unpaid", payment_intent=None, client_reference_id=request["client_reference_id"],
            metadata=request["metadata"], payment_method_types=list(request["allowed_payment_method_types"].values()),
            success_url=request["success_url"], cancel_url=request["cancel_url"],
        )  # fmt: skip
        session["url"] = f"{self.url}/pay/{session['id']}"
        return session

    def expire(self, session: dict[str, Any]) -> dict[str, Any]:
        if session["status"] != "open":
            raise Refusal(400, f"Only open sessions can be expired, this one is {session['status']}.")
        session.update(status="expired", url=None)
        self.tell("checkout.session.expired", session)
        return session

    def create_refund(self, request: dict[str, Any]) -> dict[str, Any]:
        intent = self.get(request["payment_intent"])
        charge = self.get(intent["latest_charge"])
        amount = int(request["amount"])
        if charge.get("disputed"):
            raise Refusal(400, "Charge has been charged back.", code="charge_disputed")
        if charge["amount_refunded"] + amount > charge["amount"]:
            raise Refusal(400, "Charge has already been refunded.", code="charge_already_refunded")
        charge["amount_refunded"] += amount
        refund = self.new(
            "refund", "re", amount=amount, payment_intent=intent["id"], charge=charge["id"], failure_reason=None,
            metadata=request.get("metadata") or {}, status="pending" if self.async_refunds else "succeeded",
        )  # fmt: skip
        self.tell("refund.created", refund)
        return refund

    # What the buyer, the bank and time do.

    def pay(self, session: dict[str, Any], *, method: str = "card", outcome: str = "paid", amount: int | None = None,
            currency: str | None = None) -> dict[str, Any]:  # fmt: skip
        self.tick()
        if session["status"] != "open":
            raise Refusal(409, f"the session is {session['status']}")
        if amount is not None or currency:
            session.update(
                amount_total=amount or session["amount_total"], currency=currency or session["currency"]
            )
        intent = self.new(
            "payment_intent", "pi", amount=session["amount_total"], amount_received=0, currency=session["currency"],
            status="requires_payment_method", latest_charge=None, last_payment_error=None, method=method,
        )  # fmt: skip
        if outcome == "declined":
            return session
        session.update(payment_intent=intent["id"], status="complete", url=None)
        if outcome == "processing":
            intent["status"] = "processing"
        else:
            self.capture(session, intent)
        self.tell("checkout.session.completed", session)
        return session

    def settle(self, session: dict[str, Any], *, outcome: str) -> dict[str, Any]:
        intent = self.get(session["payment_intent"])
        if outcome == "succeeded":
            self.capture(session, intent)
            self.tell("checkout.session.async_payment_succeeded", session)
        else:
            intent.update(status="requires_payment_method", last_payment_error={"code": "refused"})
            self.tell("checkout.session.async_payment_failed", session)
        return session

    def capture(self, session: dict[str, Any], intent: dict[str, Any]) -> None:
        amount = intent["amount"]
        balance = self.new("balance_transaction", "txn", amount=amount, fee=amount * 340 // 10_000)
        charge = self.new(
            "charge", "ch", amount=amount, amount_refunded=0, balance_transaction=balance["id"],
            payment_intent=intent["id"], payment_method_details={"type": intent["method"]},
        )  # fmt: skip
        intent.update(status="succeeded", amount_received=amount, latest_charge=charge["id"])
        session["payment_status"] = "paid"

    def settle_refund(self, refund: dict[str, Any], *, outcome: str) -> dict[str, Any]:
        refund["status"] = outcome
        if outcome == "failed":
            refund["failure_reason"] = "expired_or_canceled_card"
            self.get(refund["charge"])["amount_refunded"] -= refund["amount"]
        self.tell("refund.updated", refund)
        return refund

    def dashboard_refund(self, *, payment_intent: str, amount: int) -> dict[str, Any]:
        return self.create_refund({"payment_intent": payment_intent, "amount": amount})

    def dispute(
        self, charge: dict[str, Any], *, outcome: str = "open", reason: str = "fraudulent"
    ) -> dict[str, Any]:
        known = [one for one in self.of("dispute") if one["charge"] == charge["id"]]
        dispute = known[0] if known else self.open_dispute(charge, reason)
        if outcome != "open":
            dispute["status"] = outcome
            self.tell("charge.dispute.closed", dispute)
            if outcome == "won":
                self.tell("charge.dispute.funds_reinstated", dispute)
        return dispute

    def open_dispute(self, charge: dict[str, Any], reason: str) -> dict[str, Any]:
        dispute = self.new(
            "dispute", "dp", amount=charge["amount"], currency="cny", charge=charge["id"], reason=reason,
            payment_intent=charge["payment_intent"], status="needs_response", evidence_details={"due_by": None},
        )  # fmt: skip
        self.tell("charge.dispute.created", dispute)
        self.tell("charge.dispute.funds_withdrawn", dispute)
        charge["disputed"] = True
        return dispute


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    till: Till

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(
            json.loads(body or b"{}") if self.path.startswith("/_ctl/") else nested(parse_qsl(body.decode()))
        )

    def answer(self, request: dict[str, Any]) -> None:
        path, _, query = self.path.partition("?")
        try:
            if path == "/_ctl/deliver":  # takes long, and the shop may ask back meanwhile
                self.send(200, self.till.deliver(**request))
            elif path.startswith("/_ctl/"):
                with self.till.lock:
                    self.send(200, self.control(path.split("/")[2:], request))
            elif path.startswith("/pay/"):
                self.send(200, {"page": path})
            else:
                self.stripe(path, request, nested(parse_qsl(query)))
        except Refusal as refusal:
            self.send(refusal.status, refusal.body)

    def control(self, path: list[str], request: dict[str, Any]) -> Any:
        till = self.till
        if len(path) == 3:
            act = {
                ("sessions", "pay"): till.pay,
                ("sessions", "settle"): till.settle,
                ("sessions", "expire"): till.expire,
                ("refunds", "settle"): till.settle_refund,
                ("charges", "dispute"): till.dispute,
            }[path[0], path[2]]
            return act(till.get(path[1]), **request)
        return {
            "clock": till.move_clock,
            "faults": till.break_down,
            "settings": till.change,
            "refund": till.dashboard_refund,
            "delivery": till.postman.set_up,
            "requests": till.told,
            "state": till.state,
            "reset": till.reset,
        }[path[0]](**request)

    def stripe(self, path: str, request: dict[str, Any], query: dict[str, Any]) -> None:
        with self.till.lock:
            self.till.requests.append({"method": self.command, "path": path})
            fault = next((one for one in self.till.faults if is_meant(one, self.command, path)), None)
            if fault:
                fault["times"] -= 1
        mode = fault["mode"] if fault else ""
        if mode == "hang_before":
            time.sleep(fault["seconds"])
        if mode in {"reset_before", "hang_before"}:
            return self.hang_up()
        if mode in {"500", "503", "429", "409"}:
            return self.send(int(mode), {"error": {"type": "api_error", "message": "a fault"}})
        if mode == "502_html":
            return self.send(502, "<html>Bad gateway</html>")
        with self.till.lock:
            status, body, headers = self.remembered(path, request, query, mode)
        if mode == "hang_after":
            time.sleep(fault["seconds"])
        if mode in {"reset_after", "hang_after"}:
            return self.hang_up()
        return self.send(status, body, headers)

    def remembered(
        self, path: str, request: dict[str, Any], query: dict[str, Any], mode: str
    ) -> tuple[int, Any, dict[str, str]]:
        """The answer, kept under the request's key unless the request was refused."""
        key, said = self.headers.get("Idempotency-Key"), json.dumps([path, request], sort_keys=True)
        if key in self.till.saved:
            before, status, body = self.till.saved[key]
            if before != said:
                raise Refusal(400, "Other parameters under the same key.", type="idempotency_error")
            return status, body, {"Idempotent-Replayed": "true"}
        status, body = 200, {}
        if mode == "500_saved":
            status, body = 500, {"error": {"type": "api_error", "message": "a saved fault"}}
        else:
            body = json.loads(json.dumps(self.api(path, request, query)))
        if key:
            self.till.saved[key] = (said, status, body)
        return status, body, {}

    def api(self, path: str, request: dict[str, Any], query: dict[str, Any]) -> Any:
        till = self.till
        till.tick()
        match self.command, path.split("/")[2:]:
            case "POST", ["checkout", "sessions"]:
                answer = till.create_session(request)
            case "GET", ["checkout", "sessions"]:
                since = int(query["created"]["gte"])
                answer = listed([one for one in till.of("checkout.session") if one["created"] >= since])
            case "POST", ["checkout", "sessions", name, "expire"]:
                answer = till.expire(till.get(name))
            case "GET", ["checkout", "sessions", name]:
                answer = self.expanded(till.get(name))
            case "POST", ["refunds"]:
                answer = till.create_refund(request)
            case "GET", ["refunds"] if "payment_intent" in query:
                intent = query["payment_intent"]
                answer = listed([one for one in till.of("refund") if one["payment_intent"] == intent])
            case "GET", ["refunds" | "disputes" as kind]:
                since = int(query["created"]["gte"])
                answer = listed([one for one in till.of(kind.removesuffix("s")) if one["created"] >= since])
            case "GET", ["refunds", name]:
                answer = till.get(name)
            case _:
                raise Refusal(404, f"Unrecognized request URL: {path}")
        return answer

    def expanded(self, session: dict[str, Any]) -> dict[str, Any]:
        get = self.till.objects.get
        intent = dict(get(session["payment_intent"] or "") or {})
        if charge := get(intent.get("latest_charge") or ""):
            intent["latest_charge"] = {**charge, "balance_transaction": get(charge["balance_transaction"])}
        return {**session, "payment_intent": intent or None}

    def send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def hang_up(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


def is_meant(fault: dict[str, Any], method: str, path: str) -> bool:
    named = fault.get("method")
    return fault["times"] > 0 and named in {None, method} and re.search(fault["path"], path) is not None


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0]=c` as dictionaries in dictionaries."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        place, *rest = [name.split("[")[0], *NAMES.findall(name)]
        node = root
        for part in rest:
            node, place = node.setdefault(place, {}), part
        node[place] = value
    return root


def listed(things: list[dict[str, Any]]) -> dict[str, Any]:
    return {"object": "list", "data": things, "has_more": False}


class FakeStripe:
    """Runs until `stop`; `url` is its API base."""

    def __init__(self) -> None:
        handler = type("BoundHandler", (Handler,), {"till": Till()})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        handler.till.url = self.url
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
