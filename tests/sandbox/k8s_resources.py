"""Which resources the sandbox's Kubernetes API serves, the paths they live at, and how kubectl learns of them:
discovery, and as much OpenAPI v3 as tells kubectl that the server checks the fields itself. Used by `k8s.py`.
"""

import dataclasses
import re

from k8s_rbac import GROUP as RBAC

VERBS = ["create", "delete", "get", "list", "patch", "update"]
_NAME = re.compile(r"[A-Za-z0-9.:_-]{1,253}")


@dataclasses.dataclass(frozen=True)
class Resource:
    group: str
    plural: str
    kind: str
    namespaced: bool = True
    short: tuple = ()
    subresources: tuple = ()

    @property
    def api_version(self):
        return f"{self.group}/v1" if self.group else "v1"

    @property
    def key(self):
        """How `Store` calls it."""
        return self.group, self.plural

    @property
    def full_name(self):
        """As in messages: the plural name, with the API group where there is one."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


RESOURCES = (
    Resource("", "configmaps", "ConfigMap", short=("cm",)),
    Resource("", "namespaces", "Namespace", False, ("ns",)),
    Resource("", "nodes", "Node", False, ("no",)),
    Resource("", "pods", "Pod", short=("po",), subresources=("log",)),
    Resource("", "secrets", "Secret"),
    Resource("", "serviceaccounts", "ServiceAccount", short=("sa",)),
    Resource("", "services", "Service", short=("svc",)),
    Resource("apps", "deployments", "Deployment", short=("deploy",)),
    Resource("apps", "replicasets", "ReplicaSet", short=("rs",)),
    Resource(RBAC, "clusterrolebindings", "ClusterRoleBinding", False),
    Resource(RBAC, "clusterroles", "ClusterRole", False),
    Resource(RBAC, "rolebindings", "RoleBinding"),
    Resource(RBAC, "roles", "Role"),
)
# Kinds that are asked and not kept: group -> (plural, kind); `k8s.py` answers them.
REVIEWS = {"authentication.k8s.io": ("selfsubjectreviews", "SelfSubjectReview"),
           "authorization.k8s.io": ("selfsubjectaccessreviews", "SelfSubjectAccessReview")}


@dataclasses.dataclass(frozen=True)
class Target:
    """What a path means. `name` None: the collection; `namespace` None: none, or all of them."""

    resource: Resource
    namespace: str | None
    name: str | None
    subresource: str | None = None


def parse(path):
    """The `Target` of a path, or None."""
    found = re.fullmatch(r"/(?:api|apis/([a-z0-9.]+))/v1/(.+)", path)
    parts = found[2].split("/") if found else []
    if not parts or not all(_NAME.fullmatch(part) for part in parts):
        return None
    group, namespace = found[1] or "", None
    if parts[0] == "namespaces" and len(parts) > 2:
        namespace, parts = parts[1], parts[2:]
    elif parts[0] == "namespaces" and len(parts) == 2:
        namespace = parts[1]  # a namespace lies in itself, for RBAC
    resource = next((one for one in RESOURCES if one.key == (group, parts[0])), None)
    if resource is None or len(parts) > 3 or (namespace and not resource.namespaced and resource.kind != "Namespace"):
        return None
    if resource.namespaced and namespace is None and len(parts) > 1:
        return None
    subresource = parts[2] if len(parts) == 3 else None
    if subresource is not None and subresource not in resource.subresources:
        return None
    return Target(resource, namespace, parts[1] if len(parts) > 1 else None, subresource)


def _described(resource):
    entry = {"name": resource.plural, "singularName": resource.kind.lower(), "namespaced": resource.namespaced,
             "kind": resource.kind, "verbs": VERBS, "shortNames": list(resource.short)}
    return [entry] + [{"name": f"{resource.plural}/{one}", "singularName": "", "namespaced": resource.namespaced,
                       "kind": resource.kind, "verbs": ["get"]} for one in resource.subresources]


def _discovery():
    groups = sorted({one.group for one in RESOURCES} | set(REVIEWS))
    answers = {"/api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
               "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [
                   {"name": group, "versions": [{"groupVersion": f"{group}/v1", "version": "v1"}],
                    "preferredVersion": {"groupVersion": f"{group}/v1", "version": "v1"}}
                   for group in groups if group]}}
    for group in groups:
        listed = [entry for one in RESOURCES if one.group == group for entry in _described(one)]
        if group in REVIEWS:
            plural, kind = REVIEWS[group]
            listed.append({"name": plural, "singularName": kind.lower(), "namespaced": False, "kind": kind,
                           "verbs": ["create"]})
        path, version = (f"/apis/{group}/v1", f"{group}/v1") if group else ("/api/v1", "v1")
        answers[path] = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": listed}
    return answers


def _openapi():
    """kubectl asks it for one thing: whether PATCH of a kind takes `fieldValidation`."""
    parameter = {"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}
    paths, answers = {}, {}
    for group in sorted({one.group for one in RESOURCES}):
        root = f"apis/{group}/v1" if group else "api/v1"
        paths[root] = {"serverRelativeURL": f"/openapi/v3/{root}"}
        operations = {}
        for one in (one for one in RESOURCES if one.group == group):
            place = f"/{root}/namespaces/{{namespace}}/" if one.namespaced else f"/{root}/"
            operations[f"{place}{one.plural}/{{name}}"] = {"patch": {
                "parameters": [parameter], "responses": {},
                "x-kubernetes-group-version-kind": {"group": group, "version": "v1", "kind": one.kind}}}
        answers[f"/openapi/v3/{root}"] = {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1.32.4"},
                                          "paths": operations}
    return answers | {"/openapi/v3": {"paths": paths}}


# path -> answer; what kubectl discovers before it asks for a resource
DISCOVERY = _discovery() | _openapi()
