"""AWS EKS: DescribeCluster and ListClusters for the one cluster of the sandbox, signed with credentials of our STS."""

import base64
import json
import urllib.parse

import arn
import sigv4_check
from aws_answers import AwsError, refuse, rest_error
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


class Eks(Service):
    """`endpoint` is the URL of the Kubernetes API, `ca_pem` the certificate that it is trusted by."""

    name = "eks"

    def __init__(self, world, sts, endpoint, ca_pem):
        self.world = world
        self._sts = sts
        self._endpoint = endpoint
        self._ca_pem = ca_pem

    def operation(self, request):
        if request.method == "GET" and request.path == "/clusters":
            return "ListClusters"
        if request.method == "GET" and request.path.startswith("/clusters/") and request.path.count("/") == 2:
            return "DescribeCluster"
        return "unknown"

    def handle(self, request, operation):
        try:
            if operation == "unknown":
                raise AwsError(404, "UnknownOperationException", "Unknown operation",
                               f"{request.method} {request.path}")
            self._authorize(request, operation)
            if operation == "ListClusters":
                return _answer({"clusters": [self.world.settings.cluster], "nextToken": None})
            return self._describe(urllib.parse.unquote(request.path.rpartition("/")[2]))
        except AwsError as error:
            raise refuse(error, rest_error(error.status, error.code, error.message)) from error

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
        if not self.world.roles.may_use_cluster(credential.role_arn):
            raise AwsError(403, "AccessDeniedException",
                           f"User: {credential.assumed_role_arn} is not authorized to perform: eks:{operation} "
                           f"on resource: {self._arn('*')}")

    def _arn(self, name):
        region = self.world.settings.region
        return f"arn:{arn.partition_of(region)}:eks:{region}:{ACCOUNT}:cluster/{name}"

    def _describe(self, name):
        if name != self.world.settings.cluster:
            raise AwsError(404, "ResourceNotFoundException", f"No cluster found for name: {name}.")
        return _answer({"cluster": {
            "name": name, "arn": self._arn(name), "createdAt": 1767225600.0, "version": "1.32", "status": "ACTIVE",
            "endpoint": self._endpoint, "platformVersion": "eks.1",
            "roleArn": f"arn:{arn.partition_of(self.world.settings.region)}:iam::{ACCOUNT}:role/eks-cluster",
            "certificateAuthority": {"data": base64.b64encode(self._ca_pem).decode()},
            "accessConfig": {"authenticationMode": "API"}, "tags": {}}})


def _answer(value):
    return Response(200, json.dumps(value).encode(), "application/json")
