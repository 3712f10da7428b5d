"""What people use otherwise, set up so that each answers from its own cache and asks nobody.

Each set-up is the fastest one that its program has. All get a proxy that nobody serves, so that one which would go to the
network fails, and the bench with it. One that is not on PATH, or cannot be set up here, is named in the notes.
"""

import json
import os
import shutil
import subprocess
import time

import oidc_issuer
from spawn import Command, Failed

NO_NETWORK = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": None}
KEYS = {"AWS_ACCESS_KEY_ID": "AKIABENCHBENCHBENCHB", "AWS_SECRET_ACCESS_KEY": "bench-secret-access-key-of-nobody",
        "AWS_ENDPOINT_URL_STS": None}
PASSPHRASE = "bench"
EXPIRES = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 8 * 3600))
CREDENTIALS = {"Version": 1, "AccessKeyId": KEYS["AWS_ACCESS_KEY_ID"], "SecretAccessKey": KEYS["AWS_SECRET_ACCESS_KEY"],
               "SessionToken": "bench-session-token", "Expiration": EXPIRES}


class Unusable(Exception):
    """A peer is there, and cannot be made to answer; says why."""


def aws_cli(world):
    """({name: Command}, [note]): aws itself, with static keys in its environment, so that it asks nobody either."""
    if shutil.which("aws") is None:
        return {}, ["aws is not on PATH"]
    env = world.env(**KEYS, **NO_NETWORK, AWS_DEFAULT_REGION=world.region)
    token = Command(["aws", "eks", "get-token", "--cluster-name", world.cluster], env)
    export = Command(["aws", "configure", "export-credentials"], env)
    version = world.output(["aws", "--version"], env).split()[0]
    programs, notes = {"aws eks get-token": token}, [f"aws is {version}"]
    if subprocess.run(export.words, env=env, capture_output=True, check=False).returncode == 0:
        programs["aws configure export-credentials"] = export
    else:
        notes.append(f"{version} has no `aws configure export-credentials`")
    return programs, notes


def prepared(world):
    """({name: Command}, [note]): every peer that is on PATH and answers."""
    programs, notes, absent = {}, [], []
    for peer, set_up in SET_UPS.items():
        if _find(peer, world) is None:
            absent.append(peer)
            continue
        home = world.temp / f"peer-{peer}"
        home.mkdir()
        try:
            name, command, wanted = set_up(world, home)
            if wanted not in world.output(command.words, command.env):
                raise Unusable("its answer is not the one that was put into its cache")
            programs[name] = command
        except (Unusable, Failed) as why:
            notes.append(f"{peer} is not measured: {why}")
    if absent:
        notes.append(f"not on PATH: {', '.join(absent)}")
    return programs, notes


def _find(peer, world):
    """Its path, or None. Our own `vouch` has the name of the one that others wrote, and is none."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    not_ours = [folder for folder in folders if os.path.realpath(folder) != os.path.realpath(world.bin)]
    return shutil.which(peer, path=os.pathsep.join(not_ours))


def _env(world, home, **changes):
    places = {"HOME": home, "XDG_CONFIG_HOME": home / "config", "AWS_CONFIG_FILE": home / "aws-config",
              "AWS_SHARED_CREDENTIALS_FILE": home / "aws-credentials", "AWS_ENDPOINT_URL_STS": None}
    return world.env(**places, **NO_NETWORK, **changes)


# ---- one function a peer: (the row's name, the command, what its answer must contain) --------------------------------


def _aws_vault(world, home):
    """Keys in its encrypted file. --no-session: one decryption, where a session of STS costs two."""
    env = _env(world, home, AWS_VAULT_BACKEND="file", AWS_VAULT_FILE_PASSPHRASE=PASSPHRASE,
               AWS_VAULT_FILE_DIR=home / "keys")
    (home / "aws-config").write_text(f"[profile bench]\nregion = {world.region}\n")
    world.output(["aws-vault", "add", "--env", "bench"], env | {name: text for name, text in KEYS.items() if text})
    command = Command(["aws-vault", "export", "--no-session", "--format", "json", "bench"], env)
    return "aws-vault export", command, KEYS["AWS_ACCESS_KEY_ID"]


def _granted(world, home):
    """Its encrypted file holds what a credential_process gave once; that one is gone when it is measured."""
    env = _env(world, home, CF_KEYRING_FILE_PASSWORD=PASSPHRASE)
    (home / "config/granted").mkdir(parents=True)
    (home / "config/granted/config").write_text(
        'DefaultBrowser = "STDOUT"\nDisableUsageTips = true\n\n[Keyring]\nBackend = "file"\n')
    source = home / "source.json"
    source.write_text(json.dumps(CREDENTIALS))
    (home / "aws-config").write_text(f"[profile bench]\ncredential_process = /bin/cat {source}\n")
    command = Command(["granted", "credential-process", "--profile", "bench"], env)
    world.output(command.words, env)
    source.unlink()
    return "granted credential-process", command, KEYS["AWS_ACCESS_KEY_ID"]


def _aws_iam_authenticator(world, home):
    """It signs with the keys of its environment: no cache, no decryption."""
    env = _env(world, home, **{name: text for name, text in KEYS.items() if text}, AWS_REGION=world.region)
    return ("aws-iam-authenticator token",
            Command(["aws-iam-authenticator", "token", "-i", world.cluster], env), "k8s-aws-v1.")


def _saml2aws(world, home):
    """It reads the credentials file that its login has written, in plain text."""
    (home / ".saml2aws").write_text("[default]\nname = default\nurl = https://idp.invalid/\nusername = alice\n"
                                    "provider = Browser\nmfa = Auto\naws_profile = bench\n")
    (home / "aws-credentials").write_text(
        f"[bench]\naws_access_key_id = {KEYS['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {KEYS['AWS_SECRET_ACCESS_KEY']}\naws_session_token = bench\n"
        f"aws_security_token = bench\nx_principal_arn = {world.role}\nx_security_token_expires = {EXPIRES}\n")
    command = Command(["saml2aws", "login", "--credential-process", "--skip-prompt"], _env(world, home))
    return "saml2aws login --credential-process", command, KEYS["AWS_ACCESS_KEY_ID"]


def _kubelogin(world, home):
    """Its token file, which it has from an issuer that is gone when it is measured."""
    with oidc_issuer.issuer(home) as url:
        words = ["kubelogin", "get-token", f"--oidc-issuer-url={url}", f"--oidc-client-id={oidc_issuer.CLIENT_ID}",
                 "--grant-type=password", "--username=alice", "--password=bench", f"--token-cache-dir={home / 'cache'}"]
        world.output(words, _env(world, home) | {"NO_PROXY": "127.0.0.1"})
    return "kubelogin get-token", Command(words, _env(world, home)), '"kind":"ExecCredential"'


def _other_vouch(world, home):
    raise Unusable("its session needs a security key and a server of its own maker")


SET_UPS = {
    "aws-vault": _aws_vault,
    "granted": _granted,
    "aws-iam-authenticator": _aws_iam_authenticator,
    "saml2aws": _saml2aws,
    "kubelogin": _kubelogin,
    "vouch": _other_vouch,
}
