"""What the sandbox's API server does with its objects: authorizes each request as Kubernetes does (`k8s_rbac.py`), then
gets, lists, creates, patches or deletes. Used by `k8s.py`, which knows who the caller is.
"""

import json
import urllib.parse

import k8s_objects
from http_base import Response, json_response
from k8s_objects import refusal
from k8s_rbac import GROUP as RBAC
from k8s_rbac import Ask, Rbac
from k8s_store import Store

PATCHES = ("application/strategic-merge-patch+json", "application/merge-patch+json")
_QUERY = {"limit", "labelSelector", "fieldManager", "fieldValidation", "timeout", "timeoutSeconds", "container",
          "propagationPolicy", "gracePeriodSeconds"}
# The fields of the kinds whose fields are checked; of others only what all kinds have.
_FIELDS = {"ClusterRoleBinding": {"subjects", "roleRef"}, "RoleBinding": {"subjects", "roleRef"},
           "ClusterRole": {"rules", "aggregationRule"}, "Role": {"rules"}}
_SUBJECT, _REFERENCE = {"kind", "name", "namespace", "apiGroup"}, {"kind", "name", "apiGroup"}
_SUBJECT_KINDS = ("User", "Group", "ServiceAccount")


def merge(target, patch):
    """RFC 7386; of strategic merge patches the directives ($setElementOrder and the like) are left out."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if name.startswith("$"):
            continue
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


class Verbs:
    """Answers requests whose path is a `Target`. One for each cluster."""

    def __init__(self, world):
        self._clock = world.clock
        self._store = Store(world.clock)
        self.rbac = Rbac(self._store)

    def answer(self, request, target, user):
        ask = self._require_allowed(request, target, user)
        query = self._query(request)
        if target.subresource == "log":
            self._require(target)
            return Response(200, k8s_objects.LOG.encode(), "text/plain")
        if ask.verb in ("get", "list"):
            return self._read(request, target, query)
        if ask.verb == "delete":
            self._require(target)
            gone = self._store.delete(target.resource.key, target.namespace, target.name)
            return json_response(200, k8s_objects.status(200, "", "") | {"status": "Success", "details": {
                "name": target.name, "kind": target.resource.plural, "uid": gone["metadata"]["uid"]}})
        return self._write(request, target, user, ask.verb)

    def _require_allowed(self, request, target, user):
        verb = {("GET", False): "list", ("HEAD", False): "list", ("POST", False): "create", ("GET", True): "get",
                ("HEAD", True): "get", ("PATCH", True): "patch", ("DELETE", True): "delete"}.get(
                    (request.method, target.name is not None))
        if verb is None or (target.subresource and verb != "get"):
            raise refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
        resource = target.resource
        plural = resource.plural + (f"/{target.subresource}" if target.subresource else "")
        ask = Ask(verb, resource.group, plural, target.namespace, target.name)
        if not self.rbac.allows(user, ask):
            raise self._forbidden(user, target, ask)
        return ask

    def _read(self, request, target, query):
        as_table = "as=Table" in (request.headers.get("Accept") or "")
        if target.name is not None:
            items = [self._require(target)]
        else:
            wanted = dict(part.split("=", 1) for part in query.get("labelSelector", "").split(",") if part)
            items = [one for one in self._store.list(target.resource.key, target.namespace)
                     if wanted.items() <= one["metadata"].get("labels", {}).items()]
        if as_table:
            return json_response(200, k8s_objects.as_table(target.resource, items, self._clock.now()))
        return json_response(200, k8s_objects.as_list(target.resource, items) if target.name is None else items[0])

    def _write(self, request, target, user, verb):
        kept = self._require(target) if verb == "patch" else None
        item = self._body(request, target, kept)
        self._check(target, item)
        if kept and kept.get("roleRef") != item.get("roleRef"):
            raise self._invalid(target, item, "roleRef: Invalid value: cannot change roleRef")
        self._require_no_escalation(target, user, item)
        if verb == "patch":
            return json_response(200, self._store.replace(target.resource.key, item))
        name = item["metadata"]["name"]
        made = self._store.create(target.resource.key, item)
        if made is None:
            raise refusal(409, "AlreadyExists", f'{target.resource.full_name} "{name}" already exists',
                          name=name, kind=target.resource.plural)
        return json_response(201, made)

    @staticmethod
    def _query(request):
        query = dict(urllib.parse.parse_qsl(request.query or "", keep_blank_values=True))
        if unknown := set(query) - _QUERY:
            raise refusal(400, "BadRequest", f"the sandbox does not know the parameter {sorted(unknown)[0]}")
        return query

    @staticmethod
    def _body(request, target, kept):
        wanted = PATCHES if kept else ("application/json",)
        if request.media_type() not in wanted:
            raise refusal(415, "UnsupportedMediaType", "the body of the request was in an unknown format - accepted "
                                                       f"media types include: {', '.join(wanted)}")
        try:
            value = json.loads(request.body)
        except ValueError as error:
            raise refusal(400, "BadRequest", "the body is not JSON") from error
        if not isinstance(value, dict):
            raise refusal(400, "BadRequest", "the body is not an object")
        if kept:
            return merge(kept, value)
        return merge({"metadata": {"namespace": target.namespace} if target.namespace else {}}, value)

    def _check(self, target, item):
        """What the server's decoder and its validation look at."""
        resource, metadata = target.resource, item.get("metadata", {})
        if (item.get("apiVersion"), item.get("kind")) != (resource.api_version, resource.kind):
            raise refusal(400, "BadRequest", f"{item.get('kind')} in version {item.get('apiVersion')!r} cannot be "
                                             f"handled as a {resource.kind}")
        if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str) or not metadata["name"]:
            raise self._invalid(target, item, "metadata.name: Required value: name or generateName is required")
        if target.name not in (None, metadata["name"]) or (metadata.get("namespace") or None) != (
                target.namespace if resource.namespaced else None):
            raise refusal(400, "BadRequest", "the name or the namespace of the object is not that of the request")
        known = _FIELDS.get(resource.kind)
        if known is None:
            return
        self._require_known(set(item) - {"apiVersion", "kind", "metadata"} - known, "")
        if "roleRef" in known:
            self._check_binding(target, item)

    def _check_binding(self, target, item):
        reference = item.get("roleRef", {})
        self._require_known(set(reference) - _REFERENCE, "roleRef.")
        if reference.get("apiGroup") != RBAC or not reference.get("name"):
            raise self._invalid(target, item, "roleRef: Required value")
        if reference.get("kind") not in ({"ClusterRole"} if target.resource.kind == "ClusterRoleBinding"
                                         else {"ClusterRole", "Role"}):
            raise self._invalid(target, item, f"roleRef.kind: Unsupported value: {reference.get('kind')!r}")
        for at, subject in enumerate(item.get("subjects") or ()):
            self._require_known(set(subject) - _SUBJECT, f"subjects[{at}].")
            if subject.get("kind") not in _SUBJECT_KINDS or not subject.get("name"):
                raise self._invalid(target, item, f"subjects[{at}]: kind or name is wrong")
            group = "" if subject["kind"] == "ServiceAccount" else RBAC
            if subject.get("apiGroup", group) != group:
                raise self._invalid(target, item, f"subjects[{at}].apiGroup: Unsupported value")

    @staticmethod
    def _require_known(unknown, where):
        if unknown:
            raise refusal(400, "BadRequest", f'strict decoding error: unknown field "{where}{sorted(unknown)[0]}"')

    def _require_no_escalation(self, target, user, item):
        """Nobody grants what RBAC does not give to them, unless they may `bind`, or `escalate`, that role."""
        plural, namespace = target.resource.plural, target.namespace
        if target.resource.group != RBAC:
            return
        if "roleRef" in item:
            reference = item["roleRef"]
            rules = self.rbac.role(reference, namespace)
            verb, what, name = "bind", f"{reference['kind'].lower()}s", reference["name"]
        else:
            rules = item.get("rules") or []
            verb, what, name = "escalate", plural, item["metadata"]["name"]
        if self.rbac.allows(user, Ask(verb, RBAC, what, namespace, name)):
            return
        if not self.rbac.may_grant(user, rules, namespace):
            raise refusal(403, "Forbidden", f'{target.resource.full_name} "{item["metadata"]["name"]}" is forbidden: '
                                            f'user "{user.username}" (groups={json.dumps(user.groups)}) is attempting '
                                            'to grant RBAC permissions not currently held')

    def _require(self, target):
        found = self._store.get(target.resource.key, target.namespace if target.resource.namespaced else None,
                                target.name)
        if found is None:
            raise refusal(404, "NotFound", f'{target.resource.full_name} "{target.name}" not found', name=target.name,
                          kind=target.resource.plural)
        return found

    @staticmethod
    def _invalid(target, item, cause):
        name = item["metadata"].get("name", "")
        return refusal(422, "Invalid", f'{target.resource.kind}.{RBAC} "{name}" is invalid: {cause}')

    @staticmethod
    def _forbidden(user, target, ask):
        """How the API server words what RBAC refuses."""
        what = target.resource.full_name + ("" if ask.name is None else f' "{ask.name}"')
        where = f'in the namespace "{ask.namespace}"' if ask.namespace else "at the cluster scope"
        message = (f'{what} is forbidden: User "{user.username}" cannot {ask.verb} resource "{ask.resource}" in API '
                   f'group "{ask.group}" {where}')
        details = {"kind": target.resource.plural} | ({"name": ask.name} if ask.name else {})
        return refusal(403, "Forbidden", message, **details)
