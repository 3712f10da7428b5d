"""SelfSubjectAccessReview of authorization.k8s.io/v1: may the caller do this? `kubectl auth can-i` asks it, in JSON or
in Kubernetes' protobuf envelope (API concepts, "Protobuf encoding"; numbers of the fields: generated.proto of
k8s.io/api/authorization/v1). Used by `k8s.py`.
"""

import json

import k8s_objects
from http_base import json_response
from k8s_objects import refusal
from k8s_rbac import Ask

PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
API_VERSION, KIND = "authorization.k8s.io/v1", "SelfSubjectAccessReview"
_MAGIC = b"k8s\0"
_ATTRIBUTES = {1: "namespace", 2: "verb", 3: "group", 4: "version", 5: "resource", 6: "subresource", 7: "name"}


def answer(request, user, rbac):
    """`rbac` is the `Rbac` that judges every other request, too."""
    media_type = (request.headers.get("Content-Type") or "").partition(";")[0].strip()
    if media_type == "application/json":
        attributes = _of_json(request.body)
    elif media_type == "application/vnd.kubernetes.protobuf":
        attributes = _of_protobuf(request.body)
    else:
        raise refusal(415, "UnsupportedMediaType", f"the sandbox does not read {media_type!r}")
    if not attributes.get("verb") or not attributes.get("resource"):
        raise refusal(422, "Invalid", "spec.resourceAttributes: verb and resource are required here")
    resource = attributes["resource"] + (f"/{attributes['subresource']}" if attributes.get("subresource") else "")
    ask = Ask(attributes["verb"], attributes.get("group", ""), resource, attributes.get("namespace") or None,
              attributes.get("name") or None)
    return json_response(201, {"kind": KIND, "apiVersion": API_VERSION,
                               "metadata": {"creationTimestamp": k8s_objects.CREATED},
                               "spec": {"resourceAttributes": attributes},
                               "status": {"allowed": rbac.allows(user, ask)}})


def _of_json(body):
    try:
        review = json.loads(body)
        attributes = review["spec"]["resourceAttributes"]
        unknown = set(attributes) - set(_ATTRIBUTES.values())
        kind = review["apiVersion"], review["kind"]
    except (ValueError, KeyError, TypeError) as error:
        raise refusal(400, "BadRequest", f"the body is no {KIND}: {error!r}") from error
    if unknown or kind != (API_VERSION, KIND) or not all(isinstance(one, str) for one in attributes.values()):
        raise refusal(400, "BadRequest", f"strict decoding error: {sorted(unknown) or kind}")
    return attributes


def _of_protobuf(body):
    try:
        if not body.startswith(_MAGIC):
            raise ValueError("no magic number")
        envelope = _fields(body[len(_MAGIC):])
        kind = _fields(envelope[1])
        if (kind[1], kind[2]) != (API_VERSION.encode(), KIND.encode()):
            raise ValueError("another kind")
        found = _fields(_fields(_fields(envelope[2])[2])[1])
        return {_ATTRIBUTES[number]: value.decode() for number, value in found.items() if value}
    except (ValueError, KeyError, IndexError) as error:
        raise refusal(400, "BadRequest", f"the body is no {KIND}: {error!r}") from error


def _fields(data):
    """The fields of a protobuf message by number; all that matter here are length-delimited."""
    fields, at = {}, 0
    while at < len(data):
        key, at = _varint(data, at)
        value, at = _varint(data, at)
        if key & 7 == 2:
            if at + value > len(data):
                raise ValueError("cut off")
            value, at = data[at:at + value], at + value
        elif key & 7 != 0:
            raise ValueError(f"wire type {key & 7}")
        fields[key >> 3] = value
    return fields


def _varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not data[at - 1] & 0x80:
            return value, at
