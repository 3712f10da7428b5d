"""Who may use the cluster of the sandbox: its authentication mode, its access entries with their policies, and the
aws-auth ConfigMap. The Vouch EKS page, "Creating EKS Access Entries". Set by the control port and by an administrator
(`eks_admin.py`), asked by `eks.py`, `eks_authenticator.py` and `k8s_rbac.py`.
"""

import dataclasses
import fnmatch
import threading

import arn

MODES = ("API", "API_AND_CONFIG_MAP", "CONFIG_MAP")
STATUSES = ("ACTIVE", "CREATING", "UPDATING", "DELETING", "FAILED", "PENDING")
READING = ("ListClusters", "DescribeCluster", "ListAccessEntries", "DescribeAccessEntry",
           "ListAssociatedAccessPolicies", "ListAccessPolicies", "DescribeUpdate")
WRITING = ("CreateAccessEntry", "UpdateAccessEntry", "DeleteAccessEntry", "AssociateAccessPolicy",
           "DisassociateAccessPolicy", "UpdateClusterConfig")
OPERATIONS = READING + WRITING
POLICIES = ("AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy", "AmazonEKSEditPolicy", "AmazonEKSViewPolicy",
            "AmazonEKSAdminViewPolicy")
CLUSTER_WIDE = ("AmazonEKSClusterAdminPolicy", "AmazonEKSAdminViewPolicy")


@dataclasses.dataclass
class Policy:
    """An associated access policy; without namespaces it is for the whole cluster."""

    name: str
    namespaces: list

    def describe(self, partition, when):
        kind = "namespace" if self.namespaces else "cluster"
        return {"policyArn": f"arn:{partition}:eks::aws:cluster-access-policy/{self.name}",
                "accessScope": {"type": kind, "namespaces": self.namespaces},
                "associatedAt": when, "modifiedAt": when}

    def covers(self, namespace):
        """`namespace` None: the whole cluster."""
        if not self.namespaces:
            return True
        return namespace is not None and any(fnmatch.fnmatchcase(namespace, one) for one in self.namespaces)


EVERYTHING = Policy("AmazonEKSClusterAdminPolicy", [])


@dataclasses.dataclass
class Entry:
    """An access entry. `username` may have a place for {{SessionName}} or {{SessionNameRaw}}."""

    principal_arn: str
    username: str
    groups: list
    policies: list

    def user_of(self, session_name):
        """The user in the cluster of a session of the role; only the raw name keeps an "@"."""
        return self.username.replace("{{SessionName}}", session_name.replace("@", "-")).replace(
            "{{SessionNameRaw}}", session_name)


@dataclasses.dataclass
class Identity:
    """Somebody whom the cluster knows, with what EKS itself allows them."""

    username: str
    groups: list
    policies: list


def _only(value, known):
    if unknown := set(value) - known:
        raise ValueError(f"unknown member {sorted(unknown)[0]}")


def _texts(value):
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError(f"{value!r} is not a list of texts")
    return value


def _one_of(value, known):
    if value not in known:
        raise ValueError(f"{value!r} is none of {', '.join(known)}")
    return value


def _role(text):
    if arn.parse_role(text) is None:
        raise ValueError(f"{text!r} is not the ARN of a role")
    return text


def parse_entry(value):
    """An `Entry` out of the JSON of the control port; raises `ValueError` and the like."""
    _only(value, {"principal_arn", "username", "groups", "policies"})
    _role(value["principal_arn"])
    policies = []
    for one in value.get("policies", []):
        _only(one, {"policy", "namespaces"})
        policies.append(Policy(_one_of(one["policy"], POLICIES), _texts(one.get("namespaces", []))))
    return Entry(value["principal_arn"], value.get("username", usual_username(value["principal_arn"])),
                 _texts(value.get("groups", [])), policies)


def usual_username(principal_arn):
    role = arn.parse_role(principal_arn)
    return f"arn:{role.partition}:sts::{role.account}:assumed-role/{role.name}/{{{{SessionName}}}}"


class ClusterAccess:
    """Thread safe. As long as nobody has set entries, the roles of `roles.may_use_cluster` may do all."""

    def __init__(self, roles):
        self._roles = roles
        self._lock = threading.Lock()
        self.reset()

    def reset(self):
        with self._lock:
            self.mode, self.status, self.denied = "API", "ACTIVE", ()
            self._entries, self._config_map, self._bindings = None, (), ()

    def set(self, body):
        """`POST /access-entries`; what is left out stays as it is. All is checked before anything is put in force."""
        _only(body, {"authentication_mode", "status", "entries", "config_map_roles", "role_bindings",
                     "denied_operations"})
        mode = _one_of(body.get("authentication_mode", self.mode), MODES)
        status = _one_of(body.get("status", self.status), STATUSES)
        denied = [_one_of(one, OPERATIONS) for one in body.get("denied_operations", self.denied)]
        entries = [parse_entry(one) for one in body["entries"]] if "entries" in body else self._entries
        config_map = [_role(one) for one in body.get("config_map_roles", self._config_map)]
        bindings = body.get("role_bindings", self._bindings)
        for one in bindings:
            _only(one, {"subject", "namespaces"})
            _texts([one["subject"], *one.get("namespaces", [])])
        with self._lock:
            self.mode, self.status, self.denied = mode, status, denied
            self._entries, self._config_map, self._bindings = entries, config_map, bindings

    def entries(self):
        """All access entries, in the order of AWS: by their principal."""
        with self._lock:
            entries = self._usual_entries() if self._entries is None else self._entries
        return sorted(entries, key=lambda entry: entry.principal_arn)

    def find(self, principal_arn):
        """The entry of exactly this principal, or None."""
        found = [entry for entry in self.entries() if entry.principal_arn == principal_arn]
        with self._lock:
            usual = self._entries is None and self._roles.may_use_cluster(principal_arn)
        return found[0] if found else self._usual(principal_arn) if usual else None

    def add(self, entry):
        """False when the principal has an entry already."""
        with self._lock:
            if any(one.principal_arn == entry.principal_arn for one in self._own_entries()):
                return False
            self._entries.append(entry)
            return True

    def remove(self, principal_arn):
        with self._lock:
            self._entries = [one for one in self._own_entries() if one.principal_arn != principal_arn]

    def change(self, principal_arn, **members):
        """The entry of the principal with other members; None when there is none."""
        with self._lock:
            for at, one in enumerate(self._own_entries()):
                if one.principal_arn == principal_arn:
                    self._entries[at] = dataclasses.replace(one, **members)
                    return self._entries[at]
        return None

    def _own_entries(self):
        """A list that may be changed, with the lock held."""
        self._entries = self._usual_entries() if self._entries is None else self._entries
        return self._entries

    def identify(self, credential):
        """The `Identity` of who holds an AWS credential, or None: the cluster does not know the role."""
        if self.mode != "CONFIG_MAP" and (entry := self._entry_of(credential)):
            return self._bound(entry.user_of(credential.session_name), entry.groups, entry.policies)
        with self._lock:
            mapped = self.mode != "API" and credential.role_arn in self._config_map
        return Identity(credential.assumed_role_arn, ["system:masters"], []) if mapped else None

    def _entry_of(self, credential):
        """Access entries know the role; the path in an ARN is no part of a session's name."""
        if self.find(credential.role_arn):
            return self.find(credential.role_arn)
        return next((entry for entry in self.entries() if arn.parse_role(entry.principal_arn) == credential.role), None)

    def _bound(self, username, groups, policies):
        """Adds what the control port's role bindings give to the user or a group: everything, in their namespaces."""
        with self._lock:
            bound = [Policy(EVERYTHING.name, one.get("namespaces", [])) for one in self._bindings
                     if one["subject"] == username or one["subject"] in groups]
        return Identity(username, groups, policies + bound)

    def _usual_entries(self):
        roles = [self._roles.developer, self._roles.developer.replace("VouchDeveloper", "VouchReader")]
        return [self._usual(one) for one in roles + self._roles.members]

    @staticmethod
    def _usual(principal_arn):
        name = arn.parse_role(principal_arn).name
        return parse_entry({"principal_arn": principal_arn, "groups": [f"vouch:{name}"],
                            "policies": [{"policy": "AmazonEKSClusterAdminPolicy"}]})
