"""The objects that the sandbox's Kubernetes cluster has at the start, and how the API server words what it has: lists,
the tables that kubectl asks for, and statuses. Used by `k8s.py`, `k8s_verbs.py` and `k8s_store.py`.
"""

import calendar
import time

import k8s_rbac
from http_base import Refusal, json_response

CREATED = "2026-01-01T00:00:00Z"
POD_NAME = "web-5d4f8c7b9-x2x7k"
APP, APP_POD = "my-app", "my-app-7c5ddbdf54-lq2vz"
NODE = "ip-10-0-0-1.ec2.internal"
NAMESPACES = ("default", "kube-system", "staging")
LOG = "my-app listens on port 8080\n"


def version():
    return {"major": "1", "minor": "32", "gitVersion": "v1.32.4-eks-sandbox", "gitCommit": "0" * 40,
            "gitTreeState": "clean", "buildDate": CREATED, "goVersion": "go1.23.6", "compiler": "gc",
            "platform": "linux/amd64"}


def _metadata(name, namespace=None, **more):
    metadata = {"name": name, "uid": f"00000000-0000-4000-8000-{abs(hash_of(name)):012d}", "resourceVersion": "1",
                "creationTimestamp": CREATED}
    return metadata | ({"namespace": namespace} if namespace else {}) | more


def hash_of(name):
    """A stable small number for a name."""
    return sum((position + 1) * ord(character) for position, character in enumerate(name))


def _pod(name, namespace, app):
    status = {"name": app, "ready": True, "restartCount": 0, "image": "nginx:1", "imageID": "", "started": True,
              "state": {"running": {"startedAt": CREATED}}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": _metadata(name, namespace, labels={"app": app}),
            "spec": {"containers": [{"name": app, "image": "nginx:1"}], "nodeName": NODE},
            "status": {"phase": "Running", "podIP": "10.0.0.10", "startTime": CREATED, "containerStatuses": [status]}}


def _deployment(name, namespace):
    labels = {"app": name}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": _metadata(name, namespace, labels=labels),
            "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": {
                "metadata": {"labels": labels}, "spec": {"containers": [{"name": name, "image": "nginx:1"}]}}},
            "status": {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1, "updatedReplicas": 1}}


def at_the_start():
    """(API group, plural name) -> objects."""
    secret = {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": {"password": "c2FuZGJveA=="}}
    node = {"apiVersion": "v1", "kind": "Node", "metadata": _metadata(NODE), "spec": {},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    roles = [{"apiVersion": f"{k8s_rbac.GROUP}/v1", "kind": "ClusterRole", "metadata": _metadata(name), "rules": rules}
             for name, rules in k8s_rbac.CLUSTER_ROLES.items()]
    return {
        ("", "namespaces"): [{"apiVersion": "v1", "kind": "Namespace", "metadata": _metadata(name),
                              "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
                             for name in NAMESPACES],
        ("", "nodes"): [node],
        ("", "pods"): [_pod(POD_NAME, "default", "web"), _pod(APP_POD, "default", APP), _pod(APP_POD, "staging", APP)],
        ("", "secrets"): [secret | {"metadata": _metadata("database", name)} for name in NAMESPACES],
        ("apps", "deployments"): [_deployment(APP, "default"), _deployment(APP, "staging")],
        (k8s_rbac.GROUP, "clusterroles"): roles,
    }


def as_list(resource, items):
    return {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": {"resourceVersion": "1"},
            "items": items}


def _column(name, form="", priority=0):
    return {"name": name, "type": "string", "format": form, "description": "", "priority": priority}


def _age(item, now):
    seconds = now - calendar.timegm(time.strptime(item["metadata"]["creationTimestamp"], "%Y-%m-%dT%H:%M:%SZ"))
    return f"{int(seconds) // 86400}d" if seconds >= 86400 else f"{int(seconds)}s"


# kind -> column -> cell; what kubectl shows between the name and the age
_COLUMNS = {
    "Pod": {"Ready": lambda item: "1/1", "Status": lambda item: item.get("status", {}).get("phase", "Pending"),
            "Restarts": lambda item: "0"},
    "Namespace": {"Status": lambda item: item.get("status", {}).get("phase", "Active")},
    "Node": {"Status": lambda item: "Ready", "Roles": lambda item: "<none>"},
    "Secret": {"Type": lambda item: item.get("type", "Opaque"), "Data": lambda item: str(len(item.get("data", {})))},
    "Deployment": {"Ready": lambda item: "{0}/{0}".format(item.get("spec", {}).get("replicas", 1))},
    "ClusterRoleBinding": {"Role": lambda item: f"ClusterRole/{item['roleRef']['name']}"},
    "RoleBinding": {"Role": lambda item: f"{item['roleRef']['kind']}/{item['roleRef']['name']}"},
}


def as_table(resource, items, now):
    """A meta.k8s.io/v1 Table with the columns of kubectl's default print-out."""
    between = _COLUMNS.get(resource.kind, {})
    columns = [_column("Name", "name"), *(_column(name) for name in between), _column("Age")]
    rows = [{"cells": [item["metadata"]["name"], *(cell(item) for cell in between.values()), _age(item, now)],
             "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                        "metadata": item["metadata"]}} for item in items]
    return {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": "1"},
            "columnDefinitions": columns, "rows": rows}


def status(code, reason, message, **details):
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
            "reason": reason, "code": code} | ({"details": details} if details else {})


def refusal(code, reason, message, **details):
    return Refusal(json_response(code, status(code, reason, message, **details)), message)
