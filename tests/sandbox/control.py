"""The control port, for tests only: counters, faults, the clock, and what no client can do to a server.

    GET  /counts          {"sts.AssumeRoleWithWebIdentity": 1, "sts.AssumeRoleWithWebIdentity.ok": 1, …}
    POST /reset-counts    those, and the visits
    ANY  /visited…        where the fault "redirect" leads; GET /visits: [{"method", "target", "headers": [names]}]
    POST /faults          {"sts": {"mode": "delay", "seconds": 0.3, "count": 2, "operation": "GetCallerIdentity"}}
                          (a list of faults is taken too: the first that fits is applied)
    POST /clock           {"skew_seconds": 90}: the far end's clock, for everything that it dates or judges; with
                          "before": "sts.AssumeRole" it jumps when that is asked for next
    POST /trust           {"statements": […], "permissions": […]}: the trust policy of the member roles and what the
                          management roles may do, as IAM statements; {"refuse": true}: no trust; {}: as at the start
    POST /access-entries  {"entries": [{"principal_arn": …, "policies": [{"policy": "AmazonEKSViewPolicy", "namespaces":
                          ["default"]}], "groups": [], "username": …}], "authentication_mode": "API", "status":
                          "ACTIVE", "config_map_roles": [ARN], "role_bindings": [{"subject": user or group,
                          "namespaces": []}], "denied_operations": ["DescribeAccessEntry"]}; without "namespaces" the
                          whole cluster; what is left out stays as it is; {"reset": true}: as at the start
    POST /revoke-sessions, /downgrade-sessions (as if made without a hardware key)
    POST /seconds         {"session": 9, "sts": 60}: the life of the logins and credentials that follow
    POST /deactivate-users {}: an administrator takes the accounts away; {"active": true} gives them back
    POST /forget-clients, /remove-grant {"grant": "urn:…"}
    POST /users           what `softkey create` printed; without credential_id: an account without a key
    GET  /device          the codes of the device flow: {"codes": [{"user_code": "…", "state": "pending", …}]}
    POST /device          {"user_code": "…", "decision": "approve" or "deny", "user": EMAIL, "hardware": true}: what the
                          person does in the browser; without "user" the only account, without "hardware" whether it
                          has a key
    GET  /posture         {"last": the device posture of the last login, or null}
    GET  /issued          [{"kind": "session_token", "secret": …}]: every secret that a client was given
    GET  /assumed         the granted calls that assumed a role: role, via, session name, tags, policies; no secrets
"""

import json

import accounts
from faults import SERVICES, BadFault, parse_fault
from http_base import Refusal, Service, json_response
from iam_policy import check_statements
from sts import OPERATIONS


class Control(Service):
    """`servers` maps the names of the services to their `Server`."""

    name = "control"

    def __init__(self, world, faults, servers, vouch, sts, certificates):
        self.world = world
        self._faults = faults
        self._servers = servers
        self._vouch = vouch
        self._sts = sts
        self._certificates = certificates
        self._visits = []
        self._routes = {
            ("GET", "/counts"): lambda body: self._counts(),
            ("GET", "/issued"): lambda body: self.world.issued.list(),
            ("GET", "/assumed"): lambda body: self._sts.credentials.calls(),
            ("GET", "/visits"): lambda body: list(self._visits),
            ("POST", "/reset-counts"): lambda body: self._reset(),
            ("POST", "/faults"): self._set_faults,
            ("POST", "/clock"): self._set_clock,
            ("POST", "/trust"): self._set_trust,
            ("POST", "/access-entries"): self._set_access,
            ("POST", "/revoke-sessions"): lambda body: self._vouch.tokens.revoke_all(),
            ("POST", "/downgrade-sessions"): lambda body: self._vouch.tokens.downgrade_all(),
            ("POST", "/seconds"): self._set_seconds,
            ("POST", "/deactivate-users"): self._deactivate,
            ("POST", "/forget-clients"): lambda body: self._vouch.clients.forget_all(),
            ("POST", "/remove-grant"): lambda body: self._vouch.clients.remove_grant(body["grant"]),
            ("POST", "/users"): self._add_user,
            ("GET", "/device"): lambda body: {"codes": self._vouch.device_flow.list()},
            ("POST", "/device"): self._decide_device,
            ("GET", "/posture"): lambda body: {"last": self._vouch.grants.last_posture},
        }

    def operation(self, request):
        return request.path.strip("/") or "root"

    def handle(self, request, operation):
        if request.path.startswith("/visited"):
            self._visits.append({"method": request.method, "target": request.path,
                                 "headers": sorted(name.lower() for name in request.headers)})
            return json_response(200, {})
        route = self._routes.get((request.method, request.path))
        if route is None:
            raise Refusal(self.failure(404, "", f"no {request.method} {request.path}"), "no such route")
        try:
            body = json.loads(request.body) if request.body else {}
            answer = route(body)
        except (BadFault, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Refusal(self.failure(400, "", f"{type(error).__name__}: {error}"), str(error)) from error
        return json_response(200, {"ok": True} if answer is None else answer)

    def failure(self, status, code, message, request=None):
        return json_response(status, {"error": message or code or "failure"})

    def _reset(self):
        self.world.counters.reset()
        self._visits.clear()

    def _counts(self):
        counts = self.world.counters.snapshot()
        return {name: count for name, count in counts.items() if not name.startswith("control.")}

    def _set_faults(self, body):
        """All entries are checked before the first is put in force."""
        parsed = {}
        for service, faults in body.items():
            if service not in SERVICES:
                raise BadFault(f"no service {service!r}")
            parsed[service] = [parse_fault(one) for one in (faults if isinstance(faults, list) else [faults])]
            for fault in parsed[service]:
                if service == "vouch" and fault.operation.partition("@")[0] not in {"", *self._vouch.operations()}:
                    raise BadFault(f"no operation {fault.operation!r}")
        contexts = {service: self._certificate_for(service, faults) for service, faults in parsed.items()}
        for service, faults in parsed.items():
            self._faults.set(service, faults)
            self._servers[service].use_tls(contexts[service])
            if any(fault.mode == "down" for fault in faults):
                self._servers[service].down()
            else:
                self._servers[service].up()

    def _certificate_for(self, service, faults):
        bad = next((fault.certificate for fault in faults if fault.mode == "bad_certificate"), None)
        return self._certificates.bad(service, bad) if bad else self._certificates.good(service)

    def _set_clock(self, body):
        skew = body["skew_seconds"]
        if isinstance(skew, bool) or not isinstance(skew, (int, float)):
            raise ValueError("skew_seconds is a number")
        before = body.get("before", "")
        if before and before not in {f"sts.{operation}" for operation in OPERATIONS}:
            raise ValueError("before is an operation of STS")
        self.world.clock.set(skew, before)

    def _set_seconds(self, body):
        for name, seconds in body.items():
            if name not in ("session", "sts") or isinstance(seconds, bool) or not isinstance(seconds, int) or seconds <= 0:
                raise ValueError("session or sts, and a number of seconds")
        for name, seconds in body.items():
            setattr(self.world.settings, f"{name}_seconds", seconds)

    def _set_access(self, body):
        if body == {"reset": True}:
            self.world.access.reset()
        else:
            self.world.access.set(body)

    def _set_trust(self, body):
        if unknown := set(body) - {"statements", "permissions", "refuse"}:
            raise ValueError(f"unknown member {sorted(unknown)[0]}")
        statements = [] if body.get("refuse") is True else body.get("statements")
        permissions = body.get("permissions")
        for policy in (statements, permissions):
            if policy is not None:
                check_statements(policy)
        self.world.roles.reset_trust()
        self.world.roles.set_trust(statements, permissions)

    def _add_user(self, body):
        self._vouch.users.add(accounts.parse_user(body, self.world.settings.rp_id))

    def _deactivate(self, body):
        if set(body) - {"active"} or not isinstance(body.get("active", False), bool):
            raise ValueError("active is true or false")
        self._vouch.users.set_active(body.get("active", False))

    def _decide_device(self, body):
        unknown = set(body) - {"user_code", "decision", "user", "hardware"}
        if unknown or body["decision"] not in ("approve", "deny") or not isinstance(body.get("hardware"), bool | None):
            raise ValueError(f"unknown member {sorted(unknown)[0]}" if unknown else "decision or hardware")
        self._vouch.device_flow.decide(body["user_code"], body["decision"] == "approve", body.get("user", ""),
                                       body.get("hardware"))
