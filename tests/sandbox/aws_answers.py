"""How AWS words its answers: the XML of the query protocol (STS, contracts 4.6), the JSON that STS gives on request,
and the JSON errors of EKS. Used by `sts.py` and `eks.py`.
"""

import json
import uuid
import xml.sax.saxutils

from http_base import Refusal, Response, json_response

STS_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


class AwsError(Exception):
    """A refusal before it is worded: HTTP status, code and message of AWS, and the true reason for the log."""

    def __init__(self, status, code, message, reason=""):
        super().__init__(reason or message)
        self.status, self.code, self.message, self.reason = status, code, message, reason or message


def wants_json(request):
    """True when the caller asks STS for JSON, as aws-iam-authenticator does."""
    return "application/json" in (request.headers.get("Accept") or "").lower()


def _xml(value):
    if isinstance(value, dict):
        return "".join(f"<{name}>{_xml(part)}</{name}>" for name, part in value.items())
    return xml.sax.saxutils.escape(str(value))


def query_result(operation, result, request):
    """The success answer of a query protocol operation, as XML or JSON."""
    request_id = str(uuid.uuid4())
    if wants_json(request):
        body = {f"{operation}Response": {f"{operation}Result": result, "ResponseMetadata": {"RequestId": request_id}}}
        return json_response(200, body, x_amzn_RequestId=request_id)
    content = _xml({f"{operation}Result": result, "ResponseMetadata": {"RequestId": request_id}})
    body = f'<{operation}Response xmlns="{STS_NAMESPACE}">{content}</{operation}Response>'
    return Response(200, body.encode(), "text/xml", {"x-amzn-RequestId": request_id})


def query_error(status, code, message, request=None):
    request_id = str(uuid.uuid4())
    error = {"Type": "Sender" if status < 500 else "Receiver", "Code": code, "Message": message}
    if request is not None and wants_json(request):
        return json_response(status, {"Error": error, "RequestId": request_id}, x_amzn_RequestId=request_id)
    content = _xml({"Error": error, "RequestId": request_id})
    body = f'<ErrorResponse xmlns="{STS_NAMESPACE}">{content}</ErrorResponse>'
    return Response(status, body.encode(), "text/xml", {"x-amzn-RequestId": request_id})


def rest_error(status, code, message):
    """An error of a REST-JSON service: the code is in a header, the body has only the message."""
    return Response(status, json.dumps({"message": message}).encode(), "application/json",
                    {"x-amzn-RequestId": str(uuid.uuid4()), "x-amzn-ErrorType": code})


def refuse(error, response):
    return Refusal(response, f"{error.code}: {error.reason}")
