"""What one call costs in the agent, without the start of a process, beside a plain gRPC server that answers at once."""

from figures import Table, row_of
from programs import ECHO, cached, echo, question, samples

NAME = "calls"
WARM_CALLS, QUICK_WARM_CALLS = 20_000, 3_000
CONNECTIONS, QUICK_CONNECTIONS = 5_000, 600
SLICES, QUICK_SLICES = 15, 5  # of 0.2 s
PRESIGNED, QUICK_PRESIGNED = 1_000, 200
CROWDS = (1, 4, 16)
AWS, EKS = "AWS credentials", "EKS token"
TARGETS = {"echo": ECHO, "aws": AWS, "eks": EKS}  # name for the C++ programs: name of the row


def measure(world, quick):
    world.output([world.program("vouch-credential-process"), "--role", world.role])  # fills the cache
    with echo(world) as (socket, _), cached(world):
        targets = {"echo": f"echo={socket}", "aws": f"aws={world.socket}", "eks": f"eks={world.socket}"}
        return [_warm(world, targets, QUICK_WARM_CALLS if quick else WARM_CALLS),
                _connect(world, targets, QUICK_CONNECTIONS if quick else CONNECTIONS),
                _rates(world, targets, QUICK_SLICES if quick else SLICES),
                _presign(world, QUICK_PRESIGNED if quick else PRESIGNED)]


def _warm(world, targets, calls):
    times = samples(world, ["bench-warm-call", *question(world), "--cluster", world.cluster, "--calls", calls,
                            *targets.values()])
    return Table("calls_warm", "One call on an open connection, by a grpc++ client", ECHO,
                 [row_of(TARGETS[name], "us", took, times["echo"]) for name, took in times.items()])


def _connect(world, targets, rounds):
    times = samples(world, ["bench-connect", *question(world), "--rounds", rounds, targets["echo"], targets["aws"]])
    return Table("calls_connect", "Connect, call, close, by the shims' own gRPC in one process", ECHO,
                 [row_of(TARGETS[name], "us", took, times["echo"]) for name, took in times.items()])


def _rates(world, targets, slices):
    rows = []
    for connections in CROWDS:
        rates = samples(world, ["bench-load", *question(world), "--connections", connections, "--slices", slices,
                                targets["echo"], targets["aws"]])
        rows += [row_of(f"{TARGETS[name]}, {connections} at a time", "calls/s", rates[f"{name} calls/s"],
                        rates["echo calls/s"]) for name in ("echo", "aws")]
    return Table("calls_rate", "Calls per second, the callers on the same processors", rows[0].name, rows,
                 ["more is better; a ratio is of the plain server with as many connections"])


def _presign(world, count):
    times = samples(world, ["bench-presign", count])
    rows = [row_of("its hashes alone", "us", times["hashes"], times["hashes"]),
            row_of(EKS, "us", times["token"], times["hashes"])]
    return Table("calls_presign", "An EKS token signed in one process", rows[0].name, rows)
