"""Who may do what in the cluster: the rules of the EKS access policies (Amazon EKS User Guide, "Review access policy
permissions"), and Kubernetes' own roles and bindings with their guard against escalation. Used by `k8s_verbs.py`.
"""

import dataclasses

GROUP = "rbac.authorization.k8s.io"
MASTERS = "system:masters"
READ = "get list watch"
WRITE = "create delete deletecollection patch update"


@dataclasses.dataclass(frozen=True)
class Ask:
    """A question: may somebody do `verb` to `resource` ("pods/log" is one) of `group`? `namespace` None: of no
    namespace, or of all."""

    verb: str
    group: str
    resource: str
    namespace: str | None
    name: str | None = None


def _rule(group, resources, verbs):
    return {"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split()}


_ALL = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}, {"nonResourceURLs": ["*"], "verbs": ["*"]}]
_VIEW = [
    _rule("apps", "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status "
                  "replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale "
                  "statefulsets/status", READ),
    _rule("autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status", READ),
    _rule("batch", "cronjobs cronjobs/status jobs jobs/status", READ),
    _rule("discovery.k8s.io", "endpointslices", READ),
    _rule("networking.k8s.io", "ingresses ingresses/status networkpolicies", READ),
    _rule("policy", "poddisruptionbudgets poddisruptionbudgets/status", READ),
    _rule("", "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers "
              "replicationcontrollers/scale serviceaccounts services services/status", READ),
    _rule("", "bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status "
              "resourcequotas resourcequotas/status", READ),
    _rule("", "namespaces", READ)]
_EDIT = _VIEW + [
    _rule("apps", "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale "
                  "statefulsets statefulsets/scale", WRITE),
    _rule("autoscaling", "horizontalpodautoscalers", WRITE),
    _rule("batch", "cronjobs jobs", WRITE),
    _rule("networking.k8s.io", "ingresses networkpolicies", WRITE),
    _rule("policy", "poddisruptionbudgets", WRITE),
    _rule("", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy", READ),
    _rule("", "pods pods/attach pods/exec pods/portforward pods/proxy", WRITE),
    _rule("", "configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets "
              "serviceaccounts services services/proxy", WRITE),
    _rule("", "serviceaccounts", "impersonate")]
_ADMIN = _EDIT + [
    _rule("authorization.k8s.io", "localsubjectaccessreviews", "create"),
    _rule(GROUP, "rolebindings roles", f"{READ} {WRITE}")]

POLICIES = {"AmazonEKSClusterAdminPolicy": _ALL, "AmazonEKSAdminPolicy": _ADMIN, "AmazonEKSEditPolicy": _EDIT,
            "AmazonEKSViewPolicy": _VIEW,
            "AmazonEKSAdminViewPolicy": [{"apiGroups": ["*"], "resources": ["*"], "verbs": READ.split()}]}
# Those that every cluster has. The three of people are much like the access policies.
CLUSTER_ROLES = {"cluster-admin": _ALL, "admin": _ADMIN, "edit": _EDIT, "view": _VIEW}


def _covers(rule, ask):
    """True when one rule of a role allows what is asked."""
    def has(member, value):
        return bool({"*", value} & set(rule.get(member, ())))

    named = rule.get("resourceNames")
    return (has("verbs", ask.verb) and has("apiGroups", ask.group) and has("resources", ask.resource)
            and (not named or ask.name in named))


def allowed_by(rules, ask):
    return any(_covers(rule, ask) for rule in rules)


def _asks(rule, namespace):
    """Everything that a rule allows, as questions."""
    return [Ask(verb, group, resource, namespace, name) for verb in rule.get("verbs", ())
            for group in rule.get("apiGroups", ()) for resource in rule.get("resources", ())
            for name in rule.get("resourceNames") or [None]]


def _names(subject, user):
    """True when a subject of a binding is this user, or one of the user's groups."""
    return {"User": subject["name"] == user.username,
            "Group": subject["name"] in (*user.groups, "system:authenticated")}.get(subject["kind"], False)


class Rbac:
    """Answers for the roles and bindings in a `Store`."""

    def __init__(self, store):
        self._store = store

    def allows(self, user, ask):
        """By an access policy, or by RBAC: one of the two is enough."""
        by_policy = any(policy.covers(ask.namespace) and allowed_by(POLICIES[policy.name], ask)
                        for policy in user.policies)
        return by_policy or allowed_by(self._rules_of(user, ask.namespace), ask)

    def may_grant(self, user, rules, namespace):
        """Whether RBAC itself gives the user all of `rules`. What an access policy gives does not count here: EKS
        decides that elsewhere (aws/containers-roadmap#2682)."""
        own = self._rules_of(user, namespace)
        return all(allowed_by(own, ask) for rule in rules for ask in _asks(rule, namespace))

    def role(self, reference, namespace):
        """The rules of the role that a binding refers to; none when it is not there."""
        plural, where = ("clusterroles", None) if reference["kind"] == "ClusterRole" else ("roles", namespace)
        found = self._store.get((GROUP, plural), where, reference["name"])
        return (found or {}).get("rules") or []

    def _rules_of(self, user, namespace):
        if MASTERS in user.groups:
            return _ALL
        bindings = self._store.list((GROUP, "clusterrolebindings"))
        if namespace is not None:
            bindings = bindings + self._store.list((GROUP, "rolebindings"), namespace)
        return [rule for one in bindings if any(_names(subject, user) for subject in one.get("subjects") or ())
                for rule in self.role(one["roleRef"], one["metadata"].get("namespace"))]
