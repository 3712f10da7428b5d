"""AWS EKS for the one cluster of the sandbox, signed with credentials of our STS: the cluster and its access entries.
What changes them is in `eks_admin.py`.
"""

import base64
import binascii
import json
import urllib.parse

import arn
import sigv4_check
from aws_answers import AwsError, refuse, rest_error
from eks_access import POLICIES, WRITING
from eks_admin import Administration
from http_base import Response, Service
from roles import ACCOUNT
from sigv4_check import SigV4Error
from sts import MISMATCH

# kind of sigv4_check -> status, code, message (empty: the detail of the error)
SIGNATURE_ERRORS = {
    "missing": (403, "MissingAuthenticationTokenException", "Missing Authentication Token"),
    "incomplete": (403, "IncompleteSignatureException", "The request signature does not conform to AWS standards."),
    "unknown_key": (403, "UnrecognizedClientException", "The security token included in the request is invalid."),
    "mismatch": (403, "InvalidSignatureException", ""),
    "expired_signature": (403, "InvalidSignatureException", ""),
    "early_signature": (403, "InvalidSignatureException", ""),
    "expired_credential": (403, "ExpiredTokenException", "The security token included in the request is expired"),
}


NO_ENTRY = ("The specified principalArn could not be found. You can view your available access entries with "
            "'list-access-entries'.")
NOT_IN_THIS_MODE = ("The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this "
                    "operation.")
CREATED = 1767225600.0
LARGEST_PAGE = 100


# method, path below /clusters with * for every name -> operation
OPERATIONS = {
    ("GET", ""): "ListClusters", ("GET", "*"): "DescribeCluster", ("POST", "*/update-config"): "UpdateClusterConfig",
    ("GET", "*/updates/*"): "DescribeUpdate",
    ("GET", "*/access-entries"): "ListAccessEntries", ("POST", "*/access-entries"): "CreateAccessEntry",
    ("GET", "*/access-entries/*"): "DescribeAccessEntry", ("POST", "*/access-entries/*"): "UpdateAccessEntry",
    ("DELETE", "*/access-entries/*"): "DeleteAccessEntry",
    ("GET", "*/access-entries/*/access-policies"): "ListAssociatedAccessPolicies",
    ("POST", "*/access-entries/*/access-policies"): "AssociateAccessPolicy",
    ("DELETE", "*/access-entries/*/access-policies/*"): "DisassociateAccessPolicy"}


def _parts(path):
    """The decoded segments below /clusters; None for another path."""
    names = path.split("/")
    return [urllib.parse.unquote(name) for name in names[2:]] if names[:2] == ["", "clusters"] else None


class Eks(Service):
    """`endpoint` is the URL of the Kubernetes API, `ca_pem` the certificate that it is trusted by."""

    name = "eks"

    def __init__(self, world, sts, endpoint, ca_pem):
        self.world = world
        self._sts = sts
        self._endpoint = endpoint
        self._ca_pem = ca_pem
        self._administration = Administration(world)

    def operation(self, request):
        if (request.method, request.path) == ("GET", "/access-policies"):
            return "ListAccessPolicies"
        parts = _parts(request.path)
        shape = "/".join(part if at in (1, 3) else "*" for at, part in enumerate(parts)) if parts is not None else None
        return OPERATIONS.get((request.method, shape), "unknown")

    def handle(self, request, operation):
        try:
            if operation == "unknown":
                raise AwsError(404, "UnknownOperationException", "Unknown operation",
                               f"{request.method} {request.path}")
            self._authorize(request, operation)
            return _answer(self._result(request, operation, *(_parts(request.path) or ())))
        except AwsError as error:
            raise refuse(error, rest_error(error.status, error.code, error.message)) from error

    def _result(self, request, operation, name=None, _entries="", principal_arn="", _policies="", policy_arn=""):
        if operation == "ListAccessPolicies":
            arns = [(one, f"arn:{self.world.roles.partition}:eks::aws:cluster-access-policy/{one}") for one in POLICIES]
            return self._page(request, "accessPolicies", [{"name": one, "arn": text} for one, text in sorted(arns)])
        if name is None:
            return {"clusters": [self.world.settings.cluster], "nextToken": None}
        if name != self.world.settings.cluster:
            raise AwsError(404, "ResourceNotFoundException", f"No cluster found for name: {name}.")
        if operation == "DescribeCluster":
            return {"cluster": self._describe()}
        if operation in ("UpdateClusterConfig", "DescribeUpdate"):
            return {"update": self._administration.update(request, principal_arn)}
        if self.world.access.mode == "CONFIG_MAP":
            raise AwsError(400, "InvalidRequestException", NOT_IN_THIS_MODE)
        if operation == "ListAccessEntries":
            return self._page(request, "accessEntries", [one.principal_arn for one in self.world.access.entries()])
        if operation == "CreateAccessEntry":
            return {"accessEntry": self._describe_entry(self._administration.create(request))}
        entry = self.world.access.find(principal_arn)
        if entry is None:
            raise AwsError(404, "ResourceNotFoundException", NO_ENTRY, f"no access entry of {principal_arn}")
        if operation == "DescribeAccessEntry":
            return {"accessEntry": self._describe_entry(entry)}
        if operation == "ListAssociatedAccessPolicies":
            policies = [self._describe_policy(one) for one in entry.policies]
            return {"clusterName": name, "principalArn": principal_arn} | self._page(
                request, "associatedAccessPolicies", policies)
        return self._change(request, operation, entry, policy_arn)

    def _change(self, request, operation, entry, policy_arn):
        if operation == "UpdateAccessEntry":
            return {"accessEntry": self._describe_entry(self._administration.change(request, entry))}
        if operation == "AssociateAccessPolicy":
            policy = self._describe_policy(self._administration.associate(request, entry))
            return {"clusterName": self.world.settings.cluster, "principalArn": entry.principal_arn,
                    "associatedAccessPolicy": policy}
        if operation == "DisassociateAccessPolicy":
            self._administration.disassociate(entry, policy_arn)
        else:
            self.world.access.remove(entry.principal_arn)
        return {}

    def _describe_policy(self, policy):
        return policy.describe(self.world.roles.partition, CREATED)

    def _page(self, request, member, items):
        """As many `items` as are asked for, and as our own page size lets."""
        query = dict(urllib.parse.parse_qsl(request.query or "", keep_blank_values=True))
        if unknown := set(query) - {"maxResults", "nextToken"}:
            raise AwsError(400, "InvalidParameterException", f"unexpected parameter {sorted(unknown)[0]}")
        wanted = query.get("maxResults", str(LARGEST_PAGE))
        if not wanted.isdigit() or not 1 <= int(wanted) <= LARGEST_PAGE:
            raise AwsError(400, "InvalidParameterException", f"maxResults is not 1 to {LARGEST_PAGE}")
        start = self._read_token(member, query["nextToken"]) if "nextToken" in query else 0
        end = start + min(int(wanted), self.world.settings.page_size)
        # Characters that a query must escape are in every token.
        token = base64.b64encode(f"{member}?{end:04d}??".encode()).decode() if end < len(items) else None
        return {member: items[start:end], "nextToken": token}

    @staticmethod
    def _read_token(member, token):
        try:
            name, number, *_ = base64.b64decode(token, validate=True).decode().split("?")
            if name == member:
                return int(number)
        except (binascii.Error, ValueError):
            pass
        raise AwsError(400, "InvalidParameterException", "The nextToken is not valid.", f"nextToken {token!r}")

    def failure(self, status, code, message, request=None):
        usual = {403: "AccessDeniedException", 429: "TooManyRequestsException", 503: "ServiceUnavailableException"}
        return rest_error(status, code or usual.get(status, "ServerException"), message or "The request has failed.")

    def _authorize(self, request, operation):
        try:
            credential, signed = sigv4_check.verify(request, "eks", self._sts.credentials, self.world.clock.now())
        except SigV4Error as error:
            status, code, message = SIGNATURE_ERRORS[error.kind]
            raise AwsError(status, code, message or error.detail or MISMATCH, error.reason) from error
        region = self.world.settings.region
        if signed.region != region:
            raise AwsError(403, "InvalidSignatureException", f"Credential should be scoped to a valid region, not "
                                                             f"'{signed.region}'. ", f"region {signed.region}")
        resource = self._arn("*" if operation == "ListClusters" else self.world.settings.cluster)
        if operation == "ListAccessPolicies":
            resource = "*"
        roles, denied = self.world.roles, operation in self.world.access.denied
        may = roles.may_administer_clusters(credential.role_arn) or (
            operation not in WRITING and roles.may_use_cluster(credential.role_arn))
        if denied or not may or not roles.session_allows(credential, f"eks:{operation}", resource):
            raise AwsError(403, "AccessDeniedException",
                           f"User: {credential.assumed_role_arn} is not authorized to perform: eks:{operation} "
                           f"on resource: {resource}")

    def _arn(self, name):
        region = self.world.settings.region
        return f"arn:{arn.partition_of(region)}:eks:{region}:{ACCOUNT}:cluster/{name}"

    def _describe(self):
        settings, access = self.world.settings, self.world.access
        cluster = {"name": settings.cluster, "arn": self._arn(settings.cluster), "createdAt": CREATED,
                   "version": "1.32", "status": access.status, "platformVersion": "eks.1",
                   "roleArn": f"arn:{self.world.roles.partition}:iam::{ACCOUNT}:role/eks-cluster",
                   "certificateAuthority": {}, "accessConfig": {"authenticationMode": access.mode}, "tags": {}}
        if access.status not in ("CREATING", "PENDING"):
            cluster |= {"endpoint": self._endpoint,
                        "certificateAuthority": {"data": base64.b64encode(self._ca_pem).decode()}}
        if settings.cluster_id:
            cluster |= {"id": settings.cluster_id, "outpostConfig": {
                "outpostArns": [f"arn:{self.world.roles.partition}:outposts:{settings.region}:{ACCOUNT}:outpost/op-0"],
                "controlPlaneInstanceType": "m5.large"}}
        return cluster

    def _describe_entry(self, entry):
        name = self.world.settings.cluster
        prefix = self._arn(name).replace(":cluster/", ":access-entry/")
        role = arn.parse_role(entry.principal_arn)
        return {"clusterName": name, "principalArn": entry.principal_arn, "username": entry.username,
                "kubernetesGroups": entry.groups, "type": "STANDARD", "tags": {}, "createdAt": CREATED,
                "modifiedAt": CREATED, "accessEntryArn": f"{prefix}/role/{role.account}/{role.name}/0"}


def _answer(value):
    return Response(200, json.dumps(value).encode(), "application/json")
