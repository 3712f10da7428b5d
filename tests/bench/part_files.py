"""What a person waits for when their files are big: an AWS config of 20 000 lines and a kubeconfig of 2 000 contexts, changed
by `vouchctl setup`, read for a completion, looked at by doctor; beside aws and kubectl on the same files."""

import dataclasses
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import big_files
from figures import Table, row_of
from spawn import Command, Failed, crowd

NAME = "files"
AWS_LINES, KUBE_CONTEXTS, FEW = 20_000, 2_000, 10
ROUNDS, QUICK_ROUNDS = 15, 3
PROFILE = "bench"


@dataclasses.dataclass(frozen=True)
class Task:
    """`command` on the file at `path`, whose content is `before` each time; `check` raises Failed when it was not done."""

    command: Command
    path: Path
    before: str
    check: Callable[[str], None]

    def milliseconds(self):
        self.path.write_text(self.before)
        elapsed, _ = crowd(self.command, 1)
        self.check(self.path.read_text())
        return elapsed


def measure(world, quick):
    rounds = QUICK_ROUNDS if quick else ROUNDS
    return [_table("files_aws", f"AWS config of {AWS_LINES} lines", _aws_tasks(world), rounds, "aws configure set"),
            _table("files_kube", f"kubeconfig of {KUBE_CONTEXTS} contexts", _kube_tasks(world), rounds,
                   "kubectl config set-context")]


def _table(key, title, tasks, rounds, anchor):
    times = {name: [] for name in tasks}
    for _ in range(rounds):
        for name in random.sample(sorted(tasks), len(tasks)):
            times[name].append(tasks[name].milliseconds())
    notes = [] if anchor in tasks else [f"no {anchor.split()[0]} on PATH"]
    return Table(key, title, anchor if anchor in tasks else None,
                 [row_of(name, "ms", times[name], times.get(anchor)) for name in tasks], notes)


# ---- the AWS config --------------------------------------------------------------------------------------------------


def _aws_tasks(world):
    path = world.temp / "big-aws-config"
    env = world.env(AWS_CONFIG_FILE=path, AWS_SHARED_CREDENTIALS_FILE=world.temp / "no-credentials", AWS_PROFILE=None)
    big, few = big_files.aws_config(AWS_LINES), big_files.aws_config(FEW)
    set_up = Command([world.program("vouchctl"), "setup", "aws", "--role", world.role, "--region", world.region,
                      "--profile", PROFILE], env)
    tasks = {}
    if shutil.which("aws"):
        words = ["aws", "configure", "set", "region", world.region, "--profile", PROFILE]
        tasks["aws configure set"] = Task(Command(words, env), path, big, _adds(big, f"[profile {PROFILE}]"))
    with_profile, few_with_profile = (_result_of(set_up, path, text) for text in (big, few))
    doctor = _doctor(world, env)
    return tasks | {
        "vouchctl setup aws": Task(set_up, path, big, _adds(big, f"[profile {PROFILE}]")),
        f"vouchctl setup aws, file of {FEW} lines": Task(set_up, path, few, _adds(few, f"[profile {PROFILE}]")),
        "vouchctl setup aws, nothing to change": Task(set_up, path, with_profile, _leaves(with_profile)),
        "completion of a profile": _completion(world, env, path, with_profile, ["require", "--profile", ""], [PROFILE]),
        "vouchctl doctor": Task(doctor, path, with_profile, _leaves(with_profile)),
        f"vouchctl doctor, file of {FEW} lines": Task(doctor, path, few_with_profile, _leaves(few_with_profile)),
    }


# ---- the kubeconfig --------------------------------------------------------------------------------------------------


def _kube_tasks(world):
    path = world.temp / "big-kubeconfig"
    profile = world.temp / "big-kubeconfig-aws-config"
    profile.write_text(f"[profile vouch]\nregion = {world.region}\n"
                       f"credential_process = {world.program('vouch-credential-process')} --role {world.role}\n")
    env = world.env(KUBECONFIG=path, AWS_CONFIG_FILE=profile, AWS_SHARED_CREDENTIALS_FILE=world.temp / "no-credentials",
                    AWS_ENDPOINT_URL_EKS=world.eks_url, AWS_PROFILE=None)
    big, few = (big_files.kubeconfig(count, world.account) for count in (KUBE_CONTEXTS, FEW))
    set_up = Command([world.program("vouchctl"), "setup", "eks", "--cluster", world.cluster, "--role", world.role,
                      "--region", world.region], env)
    ours = f"name: {world.cluster}-vouch"
    convert = [world.program("vouchctl"), "setup", "eks", "--convert"]
    one = ["--cluster", f"team-{KUBE_CONTEXTS // 2}"]
    converted = _result_of(Command(convert, env), path, big)
    _require_all_converted(converted)
    tasks = {}
    if shutil.which("kubectl"):
        words = ["kubectl", "config", "set-context", PROFILE, "--cluster", "x", "--user", "x"]
        tasks["kubectl config set-context"] = Task(Command(words, env), path, big, _has(f"name: {PROFILE}"))
    clusters = [f"team-{number}" for number in range(KUBE_CONTEXTS)]
    return tasks | {
        "vouchctl setup eks": Task(set_up, path, big, _keeps_lines(big, ours)),
        f"vouchctl setup eks, {FEW} contexts": Task(set_up, path, few, _keeps_lines(few, ours)),
        "vouchctl setup eks --convert, one": Task(Command(convert + one, env), path, big, _has("vouch-exec-credential")),
        "vouchctl setup eks --convert, all": Task(Command(convert, env), path, big, _leaves(converted)),
        "vouchctl setup eks --convert --undo, all": Task(Command(convert + ["--undo"], env), path, converted, _leaves(big)),
        "completion of a cluster": _completion(world, env, path, big, ["doctor", "--cluster", ""], clusters),
    }


def _require_all_converted(text):
    count = text.count("command: " + "/")
    if count != KUBE_CONTEXTS:
        raise Failed(f"{count} of {KUBE_CONTEXTS} users were converted")


# ---- what was done ---------------------------------------------------------------------------------------------------


def _result_of(command, path, before):
    path.write_text(before)
    crowd(command, 1)
    return path.read_text()


def _completion(world, env, path, content, words, wanted):
    """What the shell starts at a tabulator key."""
    command = Command([world.program("vouchctl"), "complete", "--", "vouchctl", *words], env)
    path.write_text(content)
    offered = {line.split("\t")[0] for line in world.output(command.words, env).splitlines()}
    if not offered.issuperset(wanted):
        raise Failed(f"{command} offers {len(offered)} words, and not what is wanted")
    return Task(command, path, content, _leaves(content))


def _doctor(world, env):
    """Its exit code depends on what else is on this machine; the same each time is what counts."""
    words = [world.program("vouchctl"), "doctor"]
    done = subprocess.run(words, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)
    if not done.stdout:
        raise Failed(f"vouchctl doctor prints nothing: {done.stderr.decode(errors='replace').strip()}")
    return Command(words, env, expect=done.returncode)


def _leaves(wanted):
    def check(text):
        if text != wanted:
            raise Failed("a file is not what it has to be")
    return check


def _has(line):
    def check(text):
        if line not in text:
            raise Failed(f"a file has not got {line}")
    return check


def _adds(before, line):
    def check(text):
        if not text.startswith(before) or line not in text[len(before):]:
            raise Failed(f"a file has not got {line} behind what was there")
    return check


def _keeps_lines(before, line):
    lines = set(before.splitlines())

    def check(text):
        if line not in text or not lines.issubset(text.splitlines()):
            raise Failed(f"a file has not got {line}, or lost a line")
    return check
