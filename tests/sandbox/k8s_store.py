"""The objects of the sandbox's cluster, in memory: what was there at the start and what callers made. Used by
`k8s_verbs.py` and `k8s_rbac.py`; no authorization here.
"""

import copy
import threading
import time
import uuid

import k8s_objects


class Store:
    """Thread safe. A kind is the pair of API group and plural name, ("apps", "deployments"). What comes out is a
    copy."""

    def __init__(self, clock):
        self._clock = clock
        self._lock = threading.Lock()
        self._version = 1
        self._objects = {}
        for kind, objects in k8s_objects.at_the_start().items():
            for one in objects:
                self._objects.setdefault(kind, {})[self._key(one)] = one

    @staticmethod
    def _key(item):
        return item["metadata"].get("namespace") or "", item["metadata"]["name"]

    def list(self, kind, namespace=None):
        """All objects of a kind, those of one namespace when it is given, in the order of etcd: by their key."""
        with self._lock:
            found = sorted(self._objects.get(kind, {}).items())
            return [copy.deepcopy(one) for key, one in found if namespace in (None, key[0])]

    def get(self, kind, namespace, name):
        """The object, or None."""
        with self._lock:
            return copy.deepcopy(self._objects.get(kind, {}).get((namespace or "", name)))

    def create(self, kind, item):
        """The object as it is kept; None when there is one of that name."""
        made = copy.deepcopy(item)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._clock.now()))
        with self._lock:
            kept = self._objects.setdefault(kind, {})
            if self._key(made) in kept:
                return None
            made["metadata"] |= {"uid": str(uuid.uuid4()), "creationTimestamp": stamp}
            return self._keep(kept, made)

    def replace(self, kind, item):
        """The object as it is kept; None when there is none of that name."""
        with self._lock:
            kept = self._objects.get(kind, {})
            old = kept.get(self._key(item))
            if old is None:
                return None
            new = copy.deepcopy(item)
            new["metadata"] |= {name: old["metadata"][name] for name in ("uid", "creationTimestamp")}
            return self._keep(kept, new)

    def delete(self, kind, namespace, name):
        """The object that is gone, or None."""
        with self._lock:
            return self._objects.get(kind, {}).pop((namespace or "", name), None)

    def _keep(self, kept, item):
        self._version += 1
        item["metadata"]["resourceVersion"] = str(self._version)
        kept[self._key(item)] = item
        return copy.deepcopy(item)
