"""AWS's federation endpoint, `/federation` of the sign-in host (IAM User Guide, "Enable custom identity broker access
to the AWS console"): getSigninToken makes a token of temporary credentials, login signs the browser that brings
it in and sends it on to the console. `GET /whoami` is the sandbox's own: it tells who the browser is signed in as.
"""

import base64
import hmac
import json
import re
import secrets
import threading
import urllib.parse

import arn
from http_base import FormError, Refusal, Response, Service, json_response, parse_form

TOKEN_SECONDS = 900
SHORTEST, LONGEST = 900, 43200  # SessionDuration
MEMBERS = {"sessionId", "sessionKey", "sessionToken"}
PARAMETERS = {"getSigninToken": {"Action", "Session", "SessionDuration", "SessionType"},
              "login": {"Action", "Issuer", "Destination", "SigninToken"}}
CONSOLES = {"aws": "console.aws.amazon.com", "aws-cn": "console.amazonaws.cn",
            "aws-us-gov": "console.amazonaws-us-gov.com", "aws-eusc": "console.amazonaws-eusc.eu"}
COOKIE = "aws-creds"


class BadRequest(Exception):
    """Something that AWS answers with status 400; the text is for the log."""


class Federation(Service):
    """The sign-in host. `sts` has issued the credentials that it takes."""

    name = "signin"

    def __init__(self, world, sts):
        self.world = world
        self._sts = sts
        self._lock = threading.Lock()
        self._tokens = {}  # token -> (credential, end of the token, end of the console session)
        self._signed_in = {}  # cookie -> what whoami tells

    def operation(self, request):
        if request.path == "/whoami":
            return "whoami"
        action = urllib.parse.parse_qs(request.query or "").get("Action", [""])[0]
        return action if request.path == "/federation" and action in PARAMETERS else "unknown"

    def handle(self, request, operation):
        try:
            if request.method != "GET" or operation == "unknown":
                raise BadRequest(f"{request.method} {request.path}")
            if operation == "whoami":
                return self._whoami(request)
            fields = self._fields(request, operation)
            return self._signin_token(fields) if operation == "getSigninToken" else self._login(fields)
        except BadRequest as error:
            raise Refusal(self.failure(400, "", ""), str(error)) from error

    def failure(self, status, code, message, request=None):
        text = message or {400: "Invalid credentials parameter", 429: "Too many requests"}.get(status, "Failure")
        return Response(status, f"<html><h1>HTTP Status {status} - {text}</h1></html>".encode(), "text/html")

    @staticmethod
    def _fields(request, operation):
        names = [name for name, _ in urllib.parse.parse_qsl(request.query, keep_blank_values=True)]
        if unknown := set(names) - PARAMETERS[operation]:
            raise BadRequest(f"unknown parameter {sorted(unknown)[0]}")
        try:
            return parse_form(request.query, PARAMETERS[operation])
        except FormError as error:
            raise BadRequest(str(error)) from error

    def _signin_token(self, fields):
        credential = self._credential(fields.get("Session", ""))
        now = self.world.clock.now()
        end = credential.expires
        if "SessionDuration" in fields:
            end = min(end, now + self._duration(fields["SessionDuration"], credential))
        # Standard base64, so that who does not encode it into the URL of the login is found out.
        token = base64.b64encode(b"\xfb\xff" + secrets.token_bytes(190)).decode()
        self.world.issued.add("signin_token", token)
        with self._lock:
            self._tokens[token] = (credential, now + TOKEN_SECONDS, end)
        return json_response(200, {"SigninToken": token})

    def _credential(self, text):
        try:
            session = json.loads(text)
        except ValueError as error:
            raise BadRequest("Session is not JSON") from error
        if not isinstance(session, dict) or set(session) != MEMBERS or {type(v) for v in session.values()} != {str}:
            raise BadRequest("Session is not an object of sessionId, sessionKey and sessionToken")
        credential = self._sts.credentials.find(session["sessionId"])
        if credential is None:
            raise BadRequest("unknown sessionId")
        for name, value in (("sessionKey", credential.secret_access_key), ("sessionToken", credential.session_token)):
            if not hmac.compare_digest(session[name].encode(), value.encode()):
                raise BadRequest(f"{name} is not that of sessionId")
        if credential.expires <= self.world.clock.now():
            raise BadRequest("the credentials have expired")
        return credential

    @staticmethod
    def _duration(text, credential):
        if credential.granted["via"]:
            raise BadRequest("SessionDuration with the credentials of a chained role")
        if not re.fullmatch("[0-9]{1,6}", text) or not SHORTEST <= int(text) <= LONGEST:
            raise BadRequest("SessionDuration out of range")
        return int(text)

    def _login(self, fields):
        token = fields.get("SigninToken", "")
        with self._lock:
            credential, token_end, end = self._tokens.pop(token, (None, 0, 0))
        if credential is None:
            raise BadRequest("unknown SigninToken, or used before")
        if min(token_end, end) <= self.world.clock.now():
            raise BadRequest("the SigninToken has expired")
        destination = fields.get("Destination", "")
        self._check_destination(destination, credential.role.partition)
        issuer = fields.get("Issuer", "")
        if issuer and not re.fullmatch(r"https?://[!-~]+", issuer):
            raise BadRequest("Issuer is no URL")
        cookie = secrets.token_urlsafe(32)
        with self._lock:
            self._signed_in[cookie] = {"arn": credential.assumed_role_arn, "account": credential.role.account,
                                       "destination": destination, "issuer": issuer, "ends_at": int(end)}
        return Response(302, headers={"Location": destination, "Set-Cookie": f"{COOKIE}={cookie}; Path=/; HttpOnly"})

    @staticmethod
    def _check_destination(destination, partition):
        url = urllib.parse.urlsplit(destination)
        host = CONSOLES.get(partition, "")
        prefix, mark, _ = url.netloc.partition("." + host)
        region = prefix if mark else ""
        if url.scheme != "https" or not host or url.netloc not in (host, f"{region}.{host}") or not url.path:
            raise BadRequest("Destination is no page of the console of the role's partition")
        if region and arn.partition_of(region) != partition:
            raise BadRequest("Destination is in a region of another partition")

    def _whoami(self, request):
        cookies = dict(part.strip().partition("=")[::2] for part in (request.header("Cookie") or "").split(";"))
        with self._lock:
            session = self._signed_in.get(cookies.get(COOKIE, ""))
        if session is None or session["ends_at"] <= self.world.clock.now():
            raise Refusal(json_response(401, {"error": "not signed in"}), "nobody is signed in")
        return json_response(200, session)
