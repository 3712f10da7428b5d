"""Builds the six servers of the sandbox, starts and stops them. Used by `vouch-sandbox` and by the selftest."""

import collections
import json
import os
import tempfile

import tls
from control import Control
from eks import Eks
from faults import BadFault, Faults
from federation import Federation
from http_server import Server
from k8s import Kubernetes
from sts import Sts
from vouch_server import VouchServer
from world import World


class Certificates:
    """The TLS contexts of the services: the one that each has, and bad ones on request."""

    def __init__(self, authority, contexts):
        self._authority, self._contexts, self._bad = authority, contexts, {}

    def good(self, service):
        """None for a service that is served without TLS."""
        return self._contexts.get(service)

    def bad(self, service, kind):
        """Raises `BadFault` for a service that has none."""
        if service not in self._contexts:
            raise BadFault(f"{service} is served without TLS")
        if (service, kind) not in self._bad:
            self._bad[service, kind] = self._authority.make_context(f"{service}-{kind}", kind)
        return self._bad[service, kind]


class Sandbox:
    """Everything on loopback; `ports` maps vouch, sts, signin, eks, k8s and control to a port, 0 or absent = any
    free one."""

    def __init__(self, settings, users=(), ports=None):
        self.world = World(settings)
        self.faults = Faults()
        ports = ports or {}
        authority = tls.Authority(settings.directory)
        contexts = {"k8s": authority.make_context("kubernetes")}
        if settings.tls:
            contexts["vouch"] = authority.make_context("vouch", settings.tls_cert)
        if settings.sts_tls:
            contexts["sts"] = authority.make_context("sts")
        self.servers = {name: Server(None, self.world, self.faults, tls=contexts.get(name), port=ports.get(name, 0))
                        for name in ("vouch", "sts", "signin", "eks", "k8s", "control")}
        hosts = collections.defaultdict(lambda: "127.0.0.1", vouch=settings.vouch_host)
        self.urls = {name: f"{'https' if name in contexts else 'http'}://{hosts[name]}:{server.port}"
                     for name, server in self.servers.items()}
        vouch = VouchServer(self.world, self.urls["vouch"])
        for user in users:
            vouch.users.add(user)
        sts = Sts(self.world, vouch)
        self.faults.redirect_to = f"{self.urls['control']}/visited"
        certificates = Certificates(authority, contexts)
        services = {"vouch": vouch, "sts": sts, "eks": Eks(self.world, sts, self.urls["k8s"], authority.pem),
                    "k8s": Kubernetes(self.world, sts, vouch), "signin": Federation(self.world, sts),
                    "control": Control(self.world, self.faults, self.servers, vouch, sts, certificates)}
        for name, service in services.items():
            self.servers[name].service = service

    def start(self):
        """Listens, then writes DIR/sandbox.json in one step, so that who sees the file can use what it says."""
        for server in self.servers.values():
            server.up()
        settings = self.world.settings
        description = self.urls | {
            "ca_file": f"{settings.directory}/ca.crt", "pid": os.getpid(),
            "role_arn": self.world.roles.developer, "management_role_arn": self.world.roles.management[0],
            "member_role_arn": self.world.roles.members[0],
            "cluster": settings.cluster, "cluster_id": settings.cluster_id, "region": settings.region}
        with tempfile.NamedTemporaryFile("w", dir=settings.directory, delete=False) as file:
            json.dump(description, file, indent=1)
            file.write("\n")
        os.chmod(file.name, 0o644)
        os.rename(file.name, f"{settings.directory}/sandbox.json")
        return description

    def stop(self):
        for server in self.servers.values():
            server.close()
        self.world.log.close()
        os.unlink(f"{self.world.settings.directory}/sandbox.json")
