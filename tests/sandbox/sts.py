"""AWS STS: AssumeRoleWithWebIdentity, AssumeRole and GetCallerIdentity of the query protocol, by POST and GET.
Contracts 4.4, 4.6.

`Sts.caller` is also what the EKS authenticator of `k8s.py` asks.
"""

import arn
import assume_role
import sigv4_check
import web_identity
from aws_answers import AwsError, query_error, query_result, refuse
from http_base import FormError, Service, parse_form
from sigv4_check import SigV4Error
from sts_credentials import Credentials

VERSION = "2011-06-15"
OPERATIONS = ("AssumeRoleWithWebIdentity", "AssumeRole", "GetCallerIdentity")
MISMATCH = ("The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details.")
# kind of sigv4_check -> status, code, message (empty: the detail of the error)
SIGNATURE_ERRORS = {
    "missing": (403, "MissingAuthenticationToken", "Request is missing Authentication Token"),
    "incomplete": (400, "IncompleteSignature", "The request signature does not conform to AWS standards."),
    "unknown_key": (403, "InvalidClientTokenId", "The security token included in the request is invalid."),
    "mismatch": (403, "SignatureDoesNotMatch", ""),
    "expired_signature": (403, "SignatureDoesNotMatch", ""),
    "early_signature": (403, "SignatureDoesNotMatch", ""),
    "expired_credential": (403, "ExpiredToken", "The security token included in the request is expired"),
}


class _AnyName:
    """All parameter names are known: AWS reads those it needs and lets others be."""

    def __contains__(self, name):
        return True


class Sts(Service):
    """One STS with the credentials that it issued. `vouch` is the identity provider of the account."""

    name = "sts"

    def __init__(self, world, vouch):
        self.world = world
        self.credentials = Credentials(world)
        self._vouch = vouch

    def operation(self, request):
        try:
            action = self._form(request).get("Action", "unknown")
        except AwsError:
            return "unknown"
        return action if action in OPERATIONS else "unknown"

    def aliases(self, request, operation):
        """With the name of the role that is asked for, so that a test can count by key."""
        try:
            role = arn.parse_role(self._form(request).get("RoleArn", ""))
        except AwsError:
            return ()
        return (f"{operation}@{role.name}",) if role else ()

    def handle(self, request, operation):
        try:
            form = self._form(request)
            if operation == "unknown":
                self._refuse_action(form)
            if form.get("Version") != VERSION:
                raise AwsError(400, "InvalidAction", f"Could not find operation {operation} for version "
                                                     f"{form.get('Version', 'NO_VERSION_SPECIFIED')}")
            answers = dict(zip(OPERATIONS, (self._assume_with_web_identity, self._assume, self._identity)))
            return answers[operation](form, request)
        except AwsError as error:
            raise refuse(error, query_error(error.status, error.code, error.message, request)) from error

    def failure(self, status, code, message, request=None):
        usual = {403: "AccessDenied", 413: "RequestEntityTooLarge", 500: "InternalFailure", 503: "ServiceUnavailable"}
        code = code or usual.get(status, "InternalFailure")
        return query_error(status, code, message or "The request processing has failed.", request)

    def throttled(self, fault, request):
        return query_error(400, "Throttling", "Rate exceeded", request)

    def denied(self, request):
        if self.operation(request) == "AssumeRole":
            role_arn = self._form(request).get("RoleArn", "")
            error = assume_role.not_authorized(self._name_of(request), "sts:AssumeRole", role_arn)
            return query_error(error.status, error.code, error.message, request)
        return query_error(403, "AccessDenied", web_identity.NOT_AUTHORIZED, request)

    def caller(self, request):
        """The credential that signed `request`; raises `AwsError`."""
        try:
            return sigv4_check.verify(request, "sts", self.credentials, self.world.clock.now())[0]
        except SigV4Error as error:
            status, code, message = SIGNATURE_ERRORS[error.kind]
            raise AwsError(status, code, message or error.detail or MISMATCH, error.reason) from error

    def _name_of(self, request):
        try:
            return self.caller(request).assumed_role_arn
        except AwsError:
            return "anonymous"

    @staticmethod
    def _form(request):
        """The parameters, of the query for GET and of the body for POST."""
        if request.method not in ("GET", "POST"):
            raise AwsError(405, "MethodNotAllowed", "The specified method is not allowed.", request.method)
        text = request.query or ""
        if request.method == "POST":
            if request.media_type() != "application/x-www-form-urlencoded":
                raise AwsError(400, "MalformedInput", "Unexpected media type", "POST body is not a form")
            text = request.body.decode("latin-1")
        try:
            return parse_form(text, _AnyName())
        except FormError as error:
            raise AwsError(400, "MalformedInput", "Malformed form", str(error)) from error

    @staticmethod
    def _refuse_action(form):
        if "Action" not in form:
            raise AwsError(400, "MissingAction", "Missing Action")
        raise AwsError(400, "InvalidAction", f"Could not find operation {form['Action']} for version "
                                             f"{form.get('Version', 'NO_VERSION_SPECIFIED')}")

    def _assume_with_web_identity(self, form, request):
        if "X-Amz-Security-Token" in request.headers or "X-Amz-Security-Token" in form:
            raise AwsError(400, "InvalidIdentityToken", web_identity.NOT_VALIDATED,
                           "X-Amz-Security-Token sent with an unsigned call")
        granted, claims = web_identity.judge(form, self._vouch.tokens, self._vouch.base, self.world)
        host = self._vouch.base.partition("://")[2]
        return query_result("AssumeRoleWithWebIdentity", {
            "Audience": claims["aud"],
            "Provider": f"arn:{granted.role.partition}:iam::{granted.role.account}:oidc-provider/{host}",
            "SubjectFromWebIdentityToken": claims["sub"]} | self._issue(granted), request)

    def _assume(self, form, request):
        granted = assume_role.judge(form, self.caller(request), self.world)
        return query_result("AssumeRole", self._issue(granted), request)

    def _issue(self, granted):
        """New credentials, as both answers show them."""
        credential = self.credentials.issue(granted, self.world.clock.now())
        return {"AssumedRoleUser": {"AssumedRoleId": credential.role_id, "Arn": credential.assumed_role_arn},
                "Credentials": {"AccessKeyId": credential.access_key_id,
                                "SecretAccessKey": credential.secret_access_key,
                                "SessionToken": credential.session_token,
                                "Expiration": web_identity.timestamp(credential.expires)},
                "PackedPolicySize": 6, "SourceIdentity": granted.source_identity}

    def _identity(self, form, request):
        credential = self.caller(request)
        return query_result("GetCallerIdentity", {"Arn": credential.assumed_role_arn, "UserId": credential.role_id,
                                                  "Account": credential.role.account}, request)
