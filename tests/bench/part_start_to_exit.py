"""From exec to exit with a cached credential: the helpers, beside a program that does nothing and beside what people would
use otherwise."""

import contextlib
import json
import subprocess

import peers
from figures import Table, row_of
from spawn import Command, Failed, interleaved

NAME = "start_to_exit"
ANCHOR = "static no-op"
RUNS, QUICK_RUNS = 1000, 150
SLOW_MS = 20  # what a program may cost a round; slower ones sit rounds out


def measure(world, quick):
    ours = our_programs(world)
    _check_answers(world, ours)
    others, notes = _others(world)
    with_peers, peer_notes = peers.prepared(world)
    calls_before = world.count("sts.AssumeRoleWithWebIdentity")
    with _plain_server(world) as to_a_plain_server:
        anchor = {ANCHOR: Command([world.program("bench-noop")], world.env())}
        programs = anchor | ours | to_a_plain_server | others | with_peers
        times = interleaved(programs, QUICK_RUNS if quick else RUNS, slow_ms=SLOW_MS)
    if world.count("sts.AssumeRoleWithWebIdentity") != calls_before:
        raise Failed("STS was called while cached credentials were measured")
    rows = [row_of(name, "ms", samples, times[ANCHOR]) for name, samples in times.items()]
    return [Table(NAME, "From exec to exit, cached", ANCHOR, rows, notes + peer_notes)]


def our_programs(world):
    """What is under test, by the name of its row."""
    env = world.env()
    return {
        "vouch-credential-process": Command([world.program("vouch-credential-process"), "--role", world.role], env),
        "vouch-exec-credential eks": Command([world.program("vouch-exec-credential"), "eks", "--cluster", world.cluster,
                                              "--region", world.region, "--role", world.role], env),
        "vouch credential aws": Command([world.program("vouch"), "credential", "aws", "--role", world.role], env),
        "vouchctl status --short": Command([world.program("vouchctl"), "status", "--short"], env),
    }


def _check_answers(world, programs):
    """Each gives what it is measured for. It fills the agent's cache, too."""
    answers = {name: world.output(command.words, command.env) for name, command in programs.items()}
    for name in ("vouch-credential-process", "vouch credential aws"):
        if not json.loads(answers[name])["AccessKeyId"].startswith("ASIA"):
            raise Failed(f"{name} printed no temporary credential")
    if not json.loads(answers["vouch-exec-credential eks"])["status"]["token"].startswith("k8s-aws-v1."):
        raise Failed("vouch-exec-credential printed no EKS token")
    if not answers["vouchctl status --short"].strip():
        raise Failed("vouchctl status --short printed nothing")


@contextlib.contextmanager
def _plain_server(world):
    """{name: Command} of the helper to a gRPC server that does nothing else: the difference is what gRPC's connection costs, which vouchd spares a cached call."""
    socket = world.temp / "plain-server.sock"
    with subprocess.Popen([world.program("bench-fake-agent"), socket], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as server:
        try:
            if server.stdout.readline() != b"ready\n":
                raise Failed("bench-fake-agent does not start")
            yield {"a shim to a plain gRPC server": Command(
                [world.program("vouch-credential-process"), "--role", world.role], world.env(VOUCH_SOCKET=socket))}
        finally:
            server.stdin.close()  # it ends when its stdin does


def _others(world):
    """({name: Command}, [note]): the yardsticks that are no peers."""
    python = "/usr/bin/python3"
    programs = {
        "grpc++ client of the same call": Command([world.program("bench-grpc-client"), world.role], world.env()),
        "python3 -S -c pass": Command([python, "-S", "-c", "pass"], world.env()),
        "python3 -c pass": Command([python, "-c", "pass"], world.env()),
    }
    aws, notes = peers.aws_cli(world)
    return programs | aws, notes
