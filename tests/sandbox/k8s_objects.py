"""The few objects of the sandbox's Kubernetes cluster, as plain lists and as the tables that kubectl asks for. Used by
`k8s.py`; no authentication here.
"""

import time

CREATED = "2026-01-01T00:00:00Z"
POD_NAME = "web-5d4f8c7b9-x2x7k"
NAMESPACES = ("default", "kube-system")


def version():
    return {"major": "1", "minor": "32", "gitVersion": "v1.32.4-eks-sandbox", "gitCommit": "0" * 40,
            "gitTreeState": "clean", "buildDate": CREATED, "goVersion": "go1.23.6", "compiler": "gc",
            "platform": "linux/amd64"}


def _resource(name, kind, namespaced, verbs, short):
    return {"name": name, "singularName": name[:-1], "namespaced": namespaced, "kind": kind, "verbs": verbs,
            "shortNames": short}


# path -> answer; what kubectl discovers before it asks for a resource
DISCOVERY = {
    "/api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [
        _resource("namespaces", "Namespace", False, ["get", "list"], ["ns"]),
        _resource("pods", "Pod", True, ["get", "list"], ["po"])]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [{
        "name": "authentication.k8s.io",
        "versions": [{"groupVersion": "authentication.k8s.io/v1", "version": "v1"}],
        "preferredVersion": {"groupVersion": "authentication.k8s.io/v1", "version": "v1"}}]},
    "/apis/authentication.k8s.io/v1": {
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "authentication.k8s.io/v1", "resources": [
            _resource("selfsubjectreviews", "SelfSubjectReview", False, ["create"], [])]},
}


def _metadata(name, namespace=None):
    metadata = {"name": name, "uid": f"00000000-0000-4000-8000-{abs(hash_of(name)):012d}", "resourceVersion": "1",
                "creationTimestamp": CREATED}
    return metadata | ({"namespace": namespace} if namespace else {})


def hash_of(name):
    """A stable small number for a name."""
    return sum((position + 1) * ord(character) for position, character in enumerate(name))


def namespaces():
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": _metadata(name),
             "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}} for name in NAMESPACES]


def pods(namespace=None):
    """The pods of a namespace, None = of all."""
    if namespace not in (None, "default"):
        return []
    status = {"name": "web", "ready": True, "restartCount": 0, "image": "nginx:1", "imageID": "", "started": True,
              "state": {"running": {"startedAt": CREATED}}}
    return [{"apiVersion": "v1", "kind": "Pod", "metadata": _metadata(POD_NAME, "default"),
             "spec": {"containers": [{"name": "web", "image": "nginx:1"}], "nodeName": "ip-10-0-0-1.ec2.internal"},
             "status": {"phase": "Running", "podIP": "10.0.0.10", "startTime": CREATED, "containerStatuses": [status]}}]


def as_list(kind, items):
    return {"kind": f"{kind}List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": items}


def _column(name, form="", priority=0):
    return {"name": name, "type": "string", "format": form, "description": "", "priority": priority}


def _age(now):
    return f"{int(now - time.mktime(time.strptime(CREATED, '%Y-%m-%dT%H:%M:%SZ')) + time.timezone) // 86400}d"


def as_table(kind, items, now):
    """A meta.k8s.io/v1 Table with the columns of kubectl's default print-out."""
    if kind == "Pod":
        columns = [_column("Name", "name"), _column("Ready"), _column("Status"), _column("Restarts"), _column("Age")]
        cells = [[item["metadata"]["name"], "1/1", item["status"]["phase"], "0", _age(now)] for item in items]
    else:
        columns = [_column("Name", "name"), _column("Status"), _column("Age")]
        cells = [[item["metadata"]["name"], item["status"]["phase"], _age(now)] for item in items]
    rows = [{"cells": row, "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                                      "metadata": item["metadata"]}} for row, item in zip(cells, items)]
    return {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": "1"},
            "columnDefinitions": columns, "rows": rows}


def status(code, reason, message, **details):
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
            "reason": reason, "code": code} | ({"details": details} if details else {})
