"""Sessions of the Vouch server and the tokens it issues: the access token (RFC 9068), the RS256 ID token for AWS and
the ES256 ID token for Kubernetes. Protocol reference 1.3, 1.7, 4.1.

Used by `vouch_server.py`, `grants.py` and the resources; `sts.py` and `k8s.py` take the public keys from here.
"""

import dataclasses
import secrets
import threading
import uuid

from cryptography.hazmat.primitives.asymmetric import ec, rsa

import jose_check
from accounts import Key, User
from jose_check import JoseError

EXCHANGED_SECONDS = 600
CLAIM_TAGS = "https://aws.amazon.com/tags"
CLAIM_ROLES = "https://aws.amazon.com/roles"
CLAIM_SOURCE_IDENTITY = "https://aws.amazon.com/source_identity"


@dataclasses.dataclass
class Session:
    """What the server remembers of an access token. `key` made it, where that is known; `thumbprint` None = bound to no
    key of the client; `asserted_at` None = made without a security key."""

    jti: str
    user: User
    key: Key | None
    client_id: str
    thumbprint: str | None
    expires: int
    asserted_at: float | None
    revoked: bool = False

    @property
    def hardware_verified(self):
        return self.asserted_at is not None


class Tokens:
    """Issues and looks up. Thread safe."""

    def __init__(self, world, base):
        self._world = world
        self._base = base
        self._lock = threading.Lock()
        self._sessions = {}
        self._es_key = ec.generate_private_key(ec.SECP256R1())
        self._rsa_key = rsa.generate_private_key(65537, 2048)
        self._es_kid = jose_check.jwk_of(self._es_key.public_key())["kid"]
        self._rsa_kid = secrets.token_hex(8)

    def jwks(self):
        es = jose_check.jwk_of(self._es_key.public_key()) | {"alg": "ES256", "use": "sig"}
        return {"keys": [es, jose_check.rsa_jwk_of(self._rsa_key.public_key(), self._rsa_kid)]}

    def find_rsa_key(self, kid):
        """The key of the AWS ID tokens, None for another kid."""
        return self._rsa_key.public_key() if kid == self._rsa_kid else None

    def find_es_key(self, kid):
        """The key of the Kubernetes ID tokens, None for another kid."""
        return self._es_key.public_key() if kid == self._es_kid else None

    def start_session(self, user, key, client_id, thumbprint, scope, asserted_at):
        """The access token of a new login and its life in seconds."""
        now, seconds = int(self._world.clock.now()), self._world.settings.session_seconds
        session = Session(str(uuid.uuid4()), user, key, client_id, thumbprint, now + seconds, asserted_at)
        with self._lock:
            self._sessions[session.jti] = session
        claims = {"iss": self._base, "sub": str(user.user_id), "aud": self._base, "iat": now, "exp": session.expires,
                  "jti": session.jti, "client_id": client_id, "scope": scope}
        if thumbprint is not None:
            claims["cnf"] = {"jkt": thumbprint}
        token = jose_check.sign_es256(self._es_key, {"typ": "at+jwt", "kid": self._es_kid}, claims)
        return self._world.issued.add("access_token", token), seconds

    def find_session(self, access_token):
        """The live session of an access token; raises `JoseError` with what is wrong with it."""
        token = jose_check.decode(access_token)
        if token.header.get("typ") != "at+jwt":
            raise JoseError("not an access token")
        jose_check.require_es256(token, self._es_key.public_key())
        with self._lock:
            session = self._sessions.get(token.claims.get("jti"))
        if session is None:
            raise JoseError("session is not known")
        if session.revoked:
            raise JoseError("session was revoked")
        if session.expires <= self._world.clock.now():
            raise JoseError("session has expired")
        return session

    def revoke_all(self):
        with self._lock:
            for session in self._sessions.values():
                session.revoked = True

    def downgrade_all(self):
        """As if the sessions had been made without a hardware key."""
        with self._lock:
            for session in self._sessions.values():
                session.asserted_at = None

    def revoke_key(self, key):
        """Ends the sessions that were made with `key`; how many."""
        with self._lock:
            made = [session for session in self._sessions.values() if session.key is key and not session.revoked
                    and session.expires > self._world.clock.now()]
            for session in made:
                session.revoked = True
        return len(made)

    def revoke(self, access_token, client_id):
        """Ends the session when the token is one of this client's; silent otherwise (RFC 7009, 2.2)."""
        try:
            session = self.find_session(access_token)
        except JoseError:
            return
        if session.client_id == client_id:
            session.revoked = True

    def aws_id_token(self, session, role_arn, agent):
        """The ID token for STS and its life in seconds. `role_arn` and `agent` may be empty."""
        now, seconds = int(self._world.clock.now()), self._world.settings.session_seconds
        tags = {"vouch:Email": [session.user.email], "vouch:Domain": [_domain(session.user.email)]}
        if agent:
            tags |= {"vouch:AccessType": ["ai"], "vouch:Agent": [agent]}
        claims = self._identity(session, self._base, now, now + seconds)
        claims[CLAIM_TAGS] = {"principal_tags": tags, "transitive_tag_keys": list(tags)}
        claims[CLAIM_SOURCE_IDENTITY] = session.user.email
        if role_arn:
            claims[CLAIM_ROLES] = role_arn
        token = jose_check.sign_rs256(self._rsa_key, {"typ": "JWT", "kid": self._rsa_kid}, claims)
        return self._world.issued.add("aws_id_token", token), seconds

    def kubernetes_id_token(self, session, audience):
        """The exchanged ID token and its life in seconds: never longer than the session's."""
        now = int(self._world.clock.now())
        seconds = min(EXCHANGED_SECONDS, session.expires - now)
        claims = self._identity(session, audience, now, now + seconds)
        token = jose_check.sign_es256(self._es_key, {"typ": "JWT", "kid": self._es_kid}, claims)
        return self._world.issued.add("kubernetes_id_token", token), seconds

    def _identity(self, session, audience, issued, expires):
        claims = {"iss": self._base, "aud": audience, "sub": session.user.email, "email": session.user.email,
                  "iat": issued, "exp": expires, "jti": str(uuid.uuid4()), "hardware_verified": True,
                  "hd": _domain(session.user.email)}
        return claims | ({"hardware_aaguid": session.key.aaguid} if session.key else {})


def _domain(email):
    return email.rpartition("@")[2]
