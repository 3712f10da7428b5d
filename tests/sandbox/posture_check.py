"""Device posture inside `authorization_details` (RFC 9396) of a login. Protocol reference 3.6. Used by `grants.py`.

Stricter than a server has to be: a member that it does not list, or of another type, is refused, so that a typing error
of the client shows.
"""

import datetime
import json

from client_auth import oauth_refusal

TYPE = "device_posture"
BOOLEANS = {"disk_encryption_enabled", "firewall_enabled", "screen_lock_enabled", "secure_boot_enabled", "sip_enabled",
            "tpm_present", "auto_update_enabled", "access_control_enforcing", "elevated", "tty"}
INTEGERS = {"screen_lock_idle_timeout_secs", "uptime_secs"}
TEXTS = {"os", "os_version", "os_distribution", "os_build", "arch", "disk_encryption_technology", "firewall_technology",
         "tpm_version", "auto_update_technology", "access_control_technology", "parent_process", "cli_version"}
AS_WRITTEN = {"os_version"}  # the other texts are sent in lower case
LISTS = {"edr", "mdm"}


class _Malformed(ValueError):
    pass


def parse(text):
    """The device posture of `authorization_details`, or None when there is none. Refuses what is malformed."""
    try:
        details = json.loads(text) if text else []
        if not isinstance(details, list) or not all(isinstance(one, dict) for one in details):
            raise _Malformed("not an array of objects")
        if not all(isinstance(one.get("type"), str) for one in details):
            raise _Malformed("an object without a type")
        postures = [one for one in details if one["type"] == TYPE]
        if len(postures) > 1:
            raise _Malformed(f"{len(postures)} device postures")
        for posture in postures:
            _check(posture)
    except (ValueError, RecursionError) as error:
        raise oauth_refusal(400, "invalid_authorization_details", "authorization_details is malformed",
                            f"authorization_details: {error}") from error
    return postures[0] if postures else None


def require(posture, policy):
    """`policy` is "required" or empty."""
    if policy == "required" and posture is None:
        raise oauth_refusal(400, "access_denied", "Device posture check failed: no device posture was sent. To fix "
                            "this, let your client report it (device posture settings), then log in again",
                            "policy demands a device posture")


def _check(posture):
    version = posture.get("posture_version")
    if isinstance(version, bool) or version != 1:
        raise _Malformed(f"posture_version is {version!r}")
    for name, value in posture.items():
        if name not in ("type", "posture_version") and not _fits(name, value):
            raise _Malformed(f"{name} is {value!r}, which it cannot be")


def _fits(name, value):
    if name in BOOLEANS:
        return isinstance(value, bool)
    if name in INTEGERS:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if name in LISTS:
        return isinstance(value, list) and all(_is_text(one) and one == one.lower() for one in value)
    if name == "collected_at":
        return _is_time(value)
    return name in TEXTS and _is_text(value) and (name in AS_WRITTEN or value == value.lower())


def _is_text(value):
    return isinstance(value, str) and bool(value)


def _is_time(value):
    try:
        return datetime.datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False
