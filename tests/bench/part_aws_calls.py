"""Twenty calls of the real `aws` one after the other, as a script makes them: with our credential_process in its profile, and
with static keys in its environment. STS is the sandbox's, which checks every signature."""

import json
import shutil

from figures import Table, row_of
from spawn import Command, Failed, interleaved

NAME = "aws_calls"
IN_A_ROW = 20
ROUNDS, QUICK_ROUNDS = 3, 1
OURS, STATIC = "credential_process", "static keys in the environment"


def measure(world, quick):
    if shutil.which("aws") is None:
        return [Table(NAME, "aws sts get-caller-identity", None, [], ["aws is not on PATH"])]
    commands = {STATIC: _with_static_keys(world), OURS: _with_our_helper(world)}
    for command in commands.values():
        if json.loads(world.output(command.words, command.env))["Account"] != world.account:
            raise Failed(f"{command} is somebody else")
    asked, assumed = world.count("sts.GetCallerIdentity.ok"), world.count("sts.AssumeRoleWithWebIdentity")
    times, rows_of_calls = {name: [] for name in commands}, {name: [] for name in commands}
    for _ in range(QUICK_ROUNDS if quick else ROUNDS):
        part = interleaved(commands, IN_A_ROW, warm_up=0)
        for name in commands:
            times[name] += part[name]
            rows_of_calls[name].append(sum(part[name]))
    made = sum(len(samples) for samples in times.values())
    if world.count("sts.GetCallerIdentity.ok") - asked != made:
        raise Failed(f"STS has not been asked {made} times who that is")
    if world.count("sts.AssumeRoleWithWebIdentity") != assumed:
        raise Failed("a role was assumed while a cached credential was measured")
    rows = [row_of(f"{name}: one call", "ms", times[name], times[STATIC]) for name in commands]
    rows += [row_of(f"{name}: {IN_A_ROW} calls", "ms", rows_of_calls[name], rows_of_calls[STATIC]) for name in commands]
    version = world.output(["aws", "--version"]).split()[0]
    return [Table(NAME, "aws sts get-caller-identity", rows[0].name, rows,
                  [f"aws is {version}", f"{IN_A_ROW} calls: the sum of calls that took turns with the other's"])]


def _aws(world, **changes):
    env = world.env(**{"AWS_DEFAULT_REGION": world.region, "AWS_EC2_METADATA_DISABLED": "true", **changes})
    return Command(["aws", "sts", "get-caller-identity", "--output", "json", "--endpoint-url", world.sts_url], env)


def _with_our_helper(world):
    config = world.temp / "aws-calls-config"
    config.write_text(f"[profile vouch]\nregion = {world.region}\n"
                      f"credential_process = {world.program('vouch-credential-process')} --role {world.role}\n")
    return _aws(world, AWS_CONFIG_FILE=config, AWS_PROFILE="vouch")


def _with_static_keys(world):
    """The very credential that the helper gives, so that STS has the same to check."""
    given = json.loads(world.output([world.program("vouch-credential-process"), "--role", world.role]))
    config = world.temp / "aws-calls-empty-config"
    config.write_text("")
    return _aws(world, AWS_CONFIG_FILE=config, AWS_PROFILE=None, AWS_ACCESS_KEY_ID=given["AccessKeyId"],
                AWS_SECRET_ACCESS_KEY=given["SecretAccessKey"], AWS_SESSION_TOKEN=given["SessionToken"])
