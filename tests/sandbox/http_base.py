"""What all services of the sandbox are made of: requests, answers, refusals and forms. The services (`vouch_server.py`,
`sts.py`, `eks.py`, `k8s.py`, `control.py`) only turn a `Request` into a `Response`; `http_server.py` does the rest.
"""

import dataclasses
import json
import urllib.parse


@dataclasses.dataclass
class Request:
    """One request as it arrived. `query` is the raw text after "?", None when there is no "?"."""

    method: str
    path: str
    query: str | None
    headers: object
    body: bytes

    def header_values(self, name):
        return [value.strip(" \t") for value in self.headers.get_all(name, [])]

    def header(self, name):
        """The only field of that name, or None. Raises `ValueError` when it is repeated."""
        values = self.header_values(name)
        if len(values) > 1:
            raise ValueError(f"{len(values)} {name} header fields")
        return values[0] if values else None

    def media_type(self):
        return (self.headers.get("Content-Type") or "").split(";")[0].strip().lower()


@dataclasses.dataclass
class Response:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict = dataclasses.field(default_factory=dict)


class Refusal(Exception):
    """A request that is turned down: what the wire shows, and the true reason for the log."""

    def __init__(self, response, reason):
        super().__init__(reason)
        self.response = response
        self.reason = reason


def json_response(status, value, **headers):
    return Response(status, json.dumps(value).encode(), "application/json",
                    {name.replace("_", "-"): text for name, text in headers.items()})


class Service:
    """What a service gives to its server. `name` is the prefix of its counters."""

    name = ""

    def operation(self, request):
        """The name by which a request is counted and hit by faults."""
        raise NotImplementedError

    def aliases(self, request, operation):
        """Further names of this request, narrower than its operation."""
        return ()

    def handle(self, request, operation):
        """The answer; raises `Refusal`."""
        raise NotImplementedError

    def body_limit(self, path):
        return 256 * 1024

    def failure(self, status, code, message, request=None):
        """An error body as this service words it; `code` empty = the usual one for that status."""
        raise NotImplementedError

    def throttled(self, fault, request):
        return self.failure(429, "", "", request)

    def denied(self, request):
        return self.failure(403, "", "", request)


class FormError(ValueError):
    """A form that OAuth or AWS would not take."""


def parse_form(text, known):
    """The parameters of a form as a dict. Empty ones are absent and unknown ones ignored (RFC 6749, 3.2); a repeated
    known one raises `FormError`."""
    fields = {}
    try:
        pairs = urllib.parse.parse_qsl(text, keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise FormError("not a form") from error
    for name, value in pairs:
        if name not in known:
            continue
        if name in fields:
            raise FormError(f"parameter {name} is repeated")
        fields[name] = value
    return {name: value for name, value in fields.items() if value}
