"""The IAM roles of the sandbox: those of its own account, which trust the Vouch server; the management roles, which do
too and may go on; the member roles of other accounts, which trust the management roles only. Part of `world.py`.
"""

import re
import threading

import arn
import iam_policy

ACCOUNT = "123456789012"
MEMBER_ACCOUNT = "210987654321"
CHAIN_ACTIONS = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")

_TRUSTED = re.compile(r"VouchDeveloper|VouchReader|VouchAuditor|VouchAdmin|Load-[0-9]+")
_ON_CLUSTER = re.compile(r"VouchDeveloper|VouchReader|Load-[0-9]+")  # the auditor has no access entry
_LONGEST_SESSION = {"VouchReader": 3600}  # the default of IAM; the other roles were raised to 12 hours


class Roles:
    """Which roles there are and whom they trust. Thread safe."""

    def __init__(self, settings):
        self.partition = arn.partition_of(settings.region)
        prefix = f"arn:{self.partition}:iam::"
        self.management = list(settings.management_roles) or [f"{prefix}{ACCOUNT}:role/VouchManagement"]
        self.members = list(settings.member_roles) or [f"{prefix}{MEMBER_ACCOUNT}:role/VouchMember"]
        self.developer = f"{prefix}{ACCOUNT}:role/VouchDeveloper"
        self._lock = threading.Lock()
        self._domain = settings.organization_domain
        self.reset_trust()

    def reset_trust(self):
        """As at the start: every member role trusts every management role, for people of the organisation."""
        self.set_trust([{"Effect": "Allow", "Principal": {"AWS": self.management}, "Action": list(CHAIN_ACTIONS),
                         "Condition": {"StringLike": {"aws:SourceIdentity": f"*@{self._domain}"}}}],
                       [{"Effect": "Allow", "Action": list(CHAIN_ACTIONS), "Resource": "*"}])

    def set_trust(self, trust=None, permissions=None):
        """The statements of the members' trust policy, and of the permissions of the management roles; None leaves one
        as it is."""
        with self._lock:
            self._trust = self._trust if trust is None else trust
            self._permissions = self._permissions if permissions is None else permissions

    def trusts_vouch(self, role, role_arn):
        """True when the role exists and its trust policy names the Vouch server."""
        ours = role.account == ACCOUNT and bool(_TRUSTED.fullmatch(role.name))
        return role.partition == self.partition and (ours or role_arn in self.management)

    def missing_for_chain(self, caller, role_arn):
        """The first action of a chain that `caller` (a `Credential`) may not do on `role_arn`, with the reason that AWS
        appends (may be empty); None when it may do all."""
        granted, context = caller.granted, _context(caller)
        with self._lock:
            trust, permissions = self._trust, self._permissions
        chainable = granted["role_arn"] in self.management and not granted["via"] and role_arn in self.members
        for action in CHAIN_ACTIONS:
            if not chainable or not iam_policy.allows(permissions, action, resource=role_arn,
                                                        context=context):
                return action, "because no identity-based policy allows the {} action"
            if not self.session_allows(caller, action, role_arn):
                return action, "because no session policy allows the {} action"
            if not iam_policy.allows(trust, action, principal=granted["role_arn"], context=context):
                return action, ""  # of another account's trust policy AWS tells nothing
        return None

    @staticmethod
    def session_allows(caller, action, resource):
        """What the session policies leave of the role's permissions; without any: all."""
        policy, managed = caller.granted["policy"], caller.granted["policy_arns"]
        if not policy and not managed:
            return True
        statements = iam_policy.parse_statements(policy) if policy else []
        effects = iam_policy.effects(statements, action, resource=resource, context=_context(caller))
        return "Deny" not in effects and (
            "Allow" in effects or any(iam_policy.managed_allows(one, action) for one in managed))

    def may_use_cluster(self, role_arn):
        """True when the role may call EKS and, as long as no access entries were set, use the cluster."""
        role = arn.parse_role(role_arn)
        ours = role is not None and role.account == ACCOUNT and bool(_ON_CLUSTER.fullmatch(role.name))
        return ours or role_arn in self.members

    def may_administer_clusters(self, role_arn):
        """True for the role that may call everything of EKS."""
        role = arn.parse_role(role_arn)
        return role is not None and role.account == ACCOUNT and role.name == "VouchAdmin"

    def exists(self, role_arn):
        """True when there is such a role; of other accounts nobody can tell."""
        role = arn.parse_role(role_arn)
        return role is not None and (role.account != ACCOUNT or bool(_TRUSTED.fullmatch(role.name))
                                     or role_arn in self.management)

    @staticmethod
    def longest_session(role):
        return _LONGEST_SESSION.get(role.name, 43200)


def _context(caller):
    return {"aws:SourceIdentity": caller.granted["source_identity"]}
