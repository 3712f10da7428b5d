"""boto3 as an ordinary program uses it, with the profile that `vouchctl setup aws` wrote.

Usage: sdk_boto3.py cold|expiry|refused        (sdk_boto3_refreshes_by_itself.sh runs it; exit code 1 for what is wrong)
"""
import datetime
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
import warnings

IDENTITY = "arn:aws:sts::123456789012:assumed-role/VouchDeveloper/alice@example.com"
THREADS = 16
started = []  # command lines of the processes that botocore runs


class Counted(subprocess.Popen):
    def __init__(self, *args, **kwargs):
        started.append(args[0])
        super().__init__(*args, **kwargs)


class MovedClock(datetime.datetime):
    """The clock of this process; botocore judges and signs by it."""

    ahead = datetime.timedelta()

    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + cls.ahead

    @classmethod
    def utcnow(cls):
        return super().utcnow() + cls.ahead


run = subprocess.run
subprocess.Popen = Counted
datetime.datetime = MovedClock
warnings.simplefilter("ignore", DeprecationWarning)

import boto3  # noqa: E402  (binds both at its import)
import botocore.exceptions  # noqa: E402


def new_session():
    return boto3.Session(profile_name="vouch")


def arn_by(session):
    return session.client("sts", endpoint_url=os.environ["STS_URL"]).get_caller_identity()["Arn"]


def move_clocks(minutes, role):
    """This clock and the far end's. vouchd learns AWS's time from the next answer of STS, so it asks for another role."""
    MovedClock.ahead = datetime.timedelta(minutes=minutes)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    body = json.dumps({"skew_seconds": 60 * minutes}).encode()
    opener.open(urllib.request.Request(os.environ["CONTROL_URL"] + "/clock", body, {"Content-Type": "application/json"}))
    run([os.environ["BIN"] + "/vouch-credential-process", "--role", f"arn:aws:iam::123456789012:role/{role}"],
        check=True, stdout=subprocess.DEVNULL)
    started.pop()


def in_threads(call):
    """`call(number)` in many threads at once; the results, in no order."""
    barrier, results = threading.Barrier(THREADS), []

    def work(number):
        barrier.wait()
        results.append(call(number))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == THREADS, f"{len(results)} of {THREADS} callers were served"
    return results


def cold():
    """botocore does not lock the first load: many processes for one session, one each for many sessions. One key."""
    session, sessions = new_session(), [new_session() for _ in range(THREADS)]
    session._session.get_component("credential_provider")  # which two threads of an older botocore must not do at once
    keys = in_threads(lambda _: session.get_credentials().get_frozen_credentials().access_key)
    keys += in_threads(lambda number: sessions[number].get_credentials().get_frozen_credentials().access_key)
    assert len(set(keys)) == 1, set(keys)
    assert len(started) > THREADS, started
    assert arn_by(session) == IDENTITY
    eks = session.client("eks", endpoint_url=os.environ["EKS_URL"])
    cluster = eks.describe_cluster(name=os.environ["CLUSTER"])["cluster"]
    assert cluster["name"] == os.environ["CLUSTER"], cluster


def seconds_left(credentials):
    return (credentials._expiry_time - MovedClock.now(datetime.timezone.utc)).total_seconds()


def expiry():
    """Below 15 minutes botocore asks again at every call; what it gets lasts, so that one process is enough."""
    session = new_session()
    credentials = session.get_credentials()
    first = credentials.get_frozen_credentials().access_key

    move_clocks(40, "VouchReader")
    assert arn_by(session) == IDENTITY
    assert len(started) == 1, started

    move_clocks(46, "Load-1")
    waits = []  # seconds of each call that got the old one, which vouchd gives only when the new one takes two seconds
    while credentials._frozen_credentials.access_key == first:
        called = time.monotonic()
        assert arn_by(session) == IDENTITY
        if credentials._frozen_credentials.access_key == first:
            waits.append(time.monotonic() - called)
            assert waits[-1] > 2 and len(waits) < 10, waits
    assert len(started) == 2 or waits, started
    asked = len(started)
    for _ in range(5):
        assert arn_by(session) == IDENTITY
    assert len(started) == asked, started
    assert seconds_left(credentials) > 20 * 60, seconds_left(credentials)


def refused():
    try:
        arn_by(new_session())
    except botocore.exceptions.CredentialRetrievalError as error:
        print(error)
    else:
        raise AssertionError("it has a credential")


if __name__ == "__main__":
    {"cold": cold, "expiry": expiry, "refused": refused}[sys.argv[1]]()
