"""Forty kubectl at once, as a script or a deployment starts them: with our exec plugin, with a token that stands in the
kubeconfig, and with `aws eks get-token`. Each lists the pods of the sandbox's cluster.

The discovery cache of kubectl is filled before, one for all: what differs is where the token comes from.
"""

import json
import random
import shutil
import tempfile
from pathlib import Path

from figures import Table, row_of
from spawn import Command, Failed, crowd

NAME = "kubectl"
AT_ONCE = 40
STATIC, OURS, AWS = "static token", "vouch-exec-credential", "aws eks get-token"
ROUNDS, QUICK_ROUNDS = 30, 4
AWS_ROUNDS, QUICK_AWS_ROUNDS = 3, 1  # one takes twenty times as long


def measure(world, quick):
    if shutil.which("kubectl") is None:
        return [Table(NAME, "40 kubectl at once", None, [], ["kubectl is not on PATH"])]
    commands, notes = _commands(world)
    for command in commands.values():  # fills the discovery cache, and shows that each is let in
        _require_pods(world.output(command.words, command.env))
    walls, each = {name: [] for name in commands}, {name: [] for name in commands}
    for names in _rounds(commands, quick):
        for name in names:
            wall, latencies = _crowd(world, commands[name])
            walls[name].append(wall)
            each[name] += latencies
    rows = [row_of(f"{name}: until the last has ended", "ms", walls[name], walls[STATIC]) for name in commands]
    rows += [row_of(f"{name}: each", "ms", each[name], each[STATIC]) for name in commands]
    return [Table(NAME, f"{AT_ONCE} kubectl at once", rows[0].name, rows,
                  notes + ["ratios of “each” are of the static token's “each”"])]


def _rounds(commands, quick):
    """Lists of names, each in another order; aws is not in every one, and its rounds are spread over the others."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    every = max(1, rounds // (QUICK_AWS_ROUNDS if quick else AWS_ROUNDS))
    for number in range(rounds):
        names = [name for name in commands if name != AWS or number % every == 0]
        yield random.sample(names, len(names))


def _commands(world):
    """({name: Command}, [note])"""
    helper = [world.program("vouch-exec-credential"), "eks", "--cluster-name", world.cluster, "--region", world.region,
              "--role", world.role]
    token = json.loads(world.output(helper))["status"]["token"]
    users = {STATIC: {"token": token}, OURS: {"exec": _exec(helper)}}
    notes = []
    if shutil.which("aws"):
        _write_aws_profile(world)
        users[AWS] = {"exec": _exec(["aws", "--region", world.region, "eks", "get-token", "--cluster-name", world.cluster])}
    else:
        notes.append("aws is not on PATH")
    return {name: _kubectl(world, name, user) for name, user in users.items()}, notes


def _exec(words):
    words = [str(word) for word in words]
    return {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": words[0], "args": words[1:],
            "interactiveMode": "Never"}


def _write_aws_profile(world):
    """What aws signs its token with, as `vouchctl setup aws` has it. A cluster takes no token with another endpoint in it."""
    (world.temp / "kubectl-aws-config").write_text(
        f"[profile vouch]\nregion = {world.region}\nignore_configured_endpoint_urls = true\n"
        f"credential_process = {world.program('vouch-credential-process')} --role {world.role}\n")


def _kubectl(world, name, user):
    """JSON is YAML, too."""
    path = world.temp / f"kubeconfig-{name.replace(' ', '-')}"
    path.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "bench",
        "clusters": [{"name": "bench", "cluster": {"server": world.cluster_url,
                                                   "certificate-authority": str(world.cluster_ca)}}],
        "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench"}}],
        "users": [{"name": "bench", "user": user}]}))
    path.chmod(0o600)
    env = world.env(AWS_PROFILE="vouch", AWS_CONFIG_FILE=world.temp / "kubectl-aws-config")
    words = ["kubectl", "--kubeconfig", path, "--cache-dir", world.temp / "kubectl-cache", "get", "pods"]
    return Command(words, env)


def _require_pods(text):
    if not text.startswith("NAME") or "Running" not in text:
        raise Failed(f"kubectl has listed no pods but: {text[:200]}")


def _crowd(world, command):
    before = world.count("k8s.pods.ok")
    with tempfile.TemporaryDirectory(dir=world.temp) as folder:
        wall, latencies = crowd(command, AT_ONCE, folder)
        for path in Path(folder).iterdir():
            _require_pods(path.read_text())
    served = world.count("k8s.pods.ok") - before
    if served < AT_ONCE:
        raise Failed(f"the cluster has listed its pods {served} times instead of {AT_ONCE}")
    return wall, latencies
