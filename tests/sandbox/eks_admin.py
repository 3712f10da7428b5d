"""What an administrator of the sandbox's EKS cluster may change: access entries, their policies, and the authentication
mode. Used by `eks.py`, which has checked the signature and the permission. Amazon EKS API Reference; Amazon EKS User
Guide, "Create access entries" and "Associate access policies with access entries".
"""

import json
import uuid

from aws_answers import AwsError
from eks_access import CLUSTER_WIDE, MODES, POLICIES, Entry, Policy, usual_username

TYPES = ("STANDARD", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "EC2", "HYBRID_LINUX", "HYPERPOD_LINUX")
RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")
_ENTRY = {"principalArn", "kubernetesGroups", "tags", "clientRequestToken", "username", "type"}


def _invalid(message, reason=""):
    return AwsError(400, "InvalidParameterException", message, reason)


def _members(request, known):
    """The JSON object of a request; raises what EKS says of another body."""
    try:
        body = json.loads(request.body or b"{}")
    except ValueError as error:
        raise AwsError(400, "SerializationException", "the body is not JSON") from error
    if not isinstance(body, dict):
        raise AwsError(400, "SerializationException", "the body is not an object")
    if unknown := set(body) - known:
        raise _invalid(f"unexpected member {sorted(unknown)[0]}")
    return body


def _texts(value, name):
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise _invalid(f"{name} is not a list of texts")
    return value


def _check_groups(groups):
    for group in _texts(groups, "kubernetesGroups"):
        if prefix := next((one for one in RESERVED if group.startswith(one)), None):
            raise _invalid(f"The kubernetes group name {group} is invalid, it cannot start with {prefix}")
    return groups


def _check_username(username):
    if prefix := next((one for one in RESERVED if username.startswith(one)), None):
        raise _invalid(f"The username must not begin with {prefix}")
    before, mark, _ = username.partition("{{SessionName")
    if mark and ":" not in before:
        raise _invalid("The username must have a colon before {{SessionName}}")
    return username


class Administration:
    """Changes `world.access`."""

    def __init__(self, world):
        self._world = world
        self._updates = {}

    def create(self, request):
        """CreateAccessEntry: the new `Entry`."""
        body = _members(request, _ENTRY)
        principal = body.get("principalArn", "")
        if not self._world.roles.exists(principal):
            raise _invalid("The specified principalArn is invalid: invalid principal.", f"no role {principal!r}")
        if "/aws-service-role/" in principal:
            raise _invalid("The specified principalArn is invalid: service linked roles are not supported.")
        if body.get("type", "STANDARD") not in TYPES:
            raise _invalid(f"The specified type is invalid: {body['type']}")
        if body.get("type", "STANDARD") != "STANDARD":
            raise _invalid("the sandbox has access entries of the type STANDARD only")
        groups = _check_groups(body.get("kubernetesGroups", []))
        username = _check_username(body["username"]) if "username" in body else usual_username(principal)
        entry = Entry(principal, username, groups, [])
        if not self._world.access.add(entry):
            raise AwsError(409, "ResourceInUseException",
                           "The specified access entry resource is already in use on this cluster.")
        return entry

    def change(self, request, entry):
        """UpdateAccessEntry: the groups are replaced, not added to."""
        body = _members(request, {"kubernetesGroups", "username", "clientRequestToken"})
        return self._world.access.change(
            entry.principal_arn, groups=_check_groups(body.get("kubernetesGroups", entry.groups)),
            username=_check_username(body["username"]) if "username" in body else entry.username)

    def associate(self, request, entry):
        """AssociateAccessPolicy: the new `Policy`; one that is there already gets the new scope."""
        body = _members(request, {"policyArn", "accessScope"})
        policy = Policy(self._policy_name(body.get("policyArn", "")), self._namespaces(body.get("accessScope")))
        if policy.namespaces and policy.name in CLUSTER_WIDE:
            raise AwsError(400, "InvalidRequestException",
                           f"The access policy {policy.name} must be associated with the scope cluster.")
        others = [one for one in entry.policies if one.name != policy.name]
        self._world.access.change(entry.principal_arn, policies=others + [policy])
        return policy

    def disassociate(self, entry, policy_arn):
        name = self._policy_name(policy_arn)
        left = [one for one in entry.policies if one.name != name]
        if len(left) == len(entry.policies):
            raise AwsError(404, "ResourceNotFoundException",
                           "The specified policyArn could not be found among the policies of this access entry.")
        self._world.access.change(entry.principal_arn, policies=left)

    def update(self, request, update_id):
        """UpdateClusterConfig, of the authentication mode; or DescribeUpdate, when it is a GET."""
        if request.method == "GET":
            if update_id not in self._updates:
                raise AwsError(404, "ResourceNotFoundException", f"No update found for ID: {update_id}")
            return self._updates[update_id] | {"status": "Successful"}
        access = self._world.access
        body = _members(request, {"accessConfig", "clientRequestToken"})
        config = body.get("accessConfig")
        mode = config.get("authenticationMode") if isinstance(config, dict) else None
        # Only towards access entries, one step at a time.
        steps = dict(zip(MODES[:0:-1], MODES[-2::-1]))
        if mode not in MODES or steps.get(access.mode) != mode:
            raise _invalid(f"Unsupported authentication mode update from {access.mode} to {mode}")
        access.set({"authentication_mode": mode})
        update = {"id": str(uuid.uuid4()), "status": "InProgress", "type": "AccessConfigUpdate",
                  "params": [{"type": "AuthenticationMode", "value": json.dumps(mode)}],
                  "createdAt": self._world.clock.now(), "errors": []}
        self._updates[update["id"]] = update
        return update

    def _policy_name(self, policy_arn):
        prefix, _, name = policy_arn.rpartition("/")
        if prefix != f"arn:{self._world.roles.partition}:eks::aws:cluster-access-policy" or name not in POLICIES:
            raise _invalid("The specified policyArn is not valid.", f"policy {policy_arn!r}")
        return name

    @staticmethod
    def _namespaces(scope):
        if not isinstance(scope, dict) or scope.get("type") not in ("cluster", "namespace"):
            raise _invalid("The accessScope is missing or its type is neither cluster nor namespace.")
        if unknown := set(scope) - {"type", "namespaces"}:
            raise _invalid(f"unexpected member {sorted(unknown)[0]}")
        namespaces = _texts(scope.get("namespaces", []), "namespaces")
        if bool(namespaces) != (scope["type"] == "namespace"):
            raise _invalid("The accessScope of type namespace has namespaces, and that of type cluster has none.")
        return namespaces
