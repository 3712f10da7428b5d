"""The Kubernetes API endpoint of the cluster: authenticates EKS tokens and OIDC ID tokens, answers discovery and
reviews, and leaves the objects to `k8s_verbs.py`. Counterparts, section 4.
"""

import hmac

import eks_authenticator
import jose_check
import k8s_objects
import k8s_resources
import k8s_reviews
from eks_access import EVERYTHING, Identity
from eks_authenticator import TokenRefused
from http_base import Refusal, Response, Service, json_response
from jose_check import JoseError
from k8s_verbs import Verbs

OIDC_CLIENT_ID = "kubernetes"
WHO_AM_I = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
_HEALTH = ("/healthz", "/livez", "/readyz")


class Kubernetes(Service):
    """`sts` verifies EKS tokens; `vouch` is the OIDC issuer that the API server was started with."""

    name = "k8s"

    def __init__(self, world, sts, vouch):
        self.world = world
        self._sts = sts
        self._vouch = vouch
        self._verbs = Verbs(world)

    def operation(self, request):
        if target := k8s_resources.parse(request.path):
            return "logs" if target.subresource == "log" else target.resource.plural
        if request.path in k8s_resources.DISCOVERY:
            return "discovery"
        if request.path in _HEALTH:
            return "health"
        return {"/version": "version", WHO_AM_I: "whoami", k8s_reviews.PATH: "can_i"}.get(request.path, "unknown")

    def handle(self, request, operation):
        user = self._user(request)
        if user is None and operation not in ("version", "health"):
            raise self._unauthorized("no Authorization header")
        if target := k8s_resources.parse(request.path):
            return self._verbs.answer(request, target, user)
        if operation == "whoami" and request.method == "POST":
            groups = [*user.groups, "system:authenticated"]
            return json_response(201, {"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1",
                                       "metadata": {"creationTimestamp": k8s_objects.CREATED},
                                       "status": {"userInfo": {"username": user.username, "groups": groups}}})
        if operation == "can_i" and request.method == "POST":
            return k8s_reviews.answer(request, user, self._verbs.rbac)
        if request.method not in ("GET", "HEAD"):
            raise k8s_objects.refusal(405, "MethodNotAllowed",
                                      "the server does not allow this method on the requested resource")
        if operation == "health":
            return Response(200, b"ok", "text/plain; charset=utf-8")
        if operation == "version":
            return json_response(200, k8s_objects.version())
        if operation == "discovery":
            return json_response(200, k8s_resources.DISCOVERY[request.path])
        raise k8s_objects.refusal(404, "NotFound", "the server could not find the requested resource")

    def failure(self, status, code, message, request=None):
        usual = {401: "Unauthorized", 403: "Forbidden", 413: "RequestEntityTooLarge", 429: "TooManyRequests",
                 503: "ServiceUnavailable"}
        reason = code or usual.get(status, "InternalError")
        return json_response(status, k8s_objects.status(status, reason, message or reason))

    def throttled(self, fault, request):
        response = self.failure(429, "", "Too many requests, please try again later.", request)
        response.headers["Retry-After"] = str(fault.retry_after or 1)
        return response

    def denied(self, request):
        return self.failure(403, "", "forbidden: the user cannot do this")

    def _user(self, request):
        """The `Identity` of the caller, None without a token; refuses a token that is not good."""
        scheme, _, token = (request.headers.get("Authorization") or "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer" or not token:
            raise self._unauthorized(f"Authorization scheme {scheme!r}")
        static = self.world.settings.static_token
        if static and hmac.compare_digest(token.encode(), static.encode()):
            return Identity("static", [], [EVERYTHING])
        try:
            if token.startswith(eks_authenticator.PREFIX):
                return eks_authenticator.authenticate(token, self._sts, self.world)
            return self._oidc_user(token)
        except (TokenRefused, JoseError) as error:
            raise self._unauthorized(str(error)) from error

    def _oidc_user(self, text):
        """The user of an ID token, as with --oidc-client-id=kubernetes and --oidc-username-claim=sub."""
        token = jose_check.decode(text)
        key = self._vouch.tokens.find_es_key(token.header.get("kid"))
        if token.header.get("typ") != "JWT" or key is None:
            raise JoseError("not an ID token of the issuer's ES256 key")
        jose_check.require_es256(token, key)
        if token.claims.get("iss") != self._vouch.base or token.claims.get("aud") != OIDC_CLIENT_ID:
            raise JoseError(f"iss {token.claims.get('iss')!r} or aud {token.claims.get('aud')!r} is not ours")
        if jose_check.integer(token, "exp") <= self.world.clock.now():
            raise JoseError("ID token has expired")
        return Identity(f"oidc:{jose_check.text(token, 'sub')}", [], [EVERYTHING])

    def _unauthorized(self, reason):
        return Refusal(json_response(401, k8s_objects.status(401, "Unauthorized", "Unauthorized")), reason)
