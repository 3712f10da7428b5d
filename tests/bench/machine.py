"""On what was measured: without it a figure in milliseconds says little."""

import os
import platform


def describe():
    """{name: text or number} of this machine, as the report and the JSON file have it."""
    return {
        "system": _first(_os_release("PRETTY_NAME"), platform.system()),
        "kernel": platform.release(),
        "cpu": _first(_value_of("/proc/cpuinfo", "model name"), platform.machine()),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": int(_first(_value_of("/proc/meminfo", "MemTotal"), "0").split()[0]) // 1024,
        "virtual": " hypervisor" in (_value_of("/proc/cpuinfo", "flags") or ""),
        "load_before": os.getloadavg()[0],
    }


def in_one_line(machine):
    kind = "virtual machine" if machine["virtual"] else "machine"
    return (f"{machine['cpu']}, {kind} with {machine['cores']} cores and {machine['memory_mb'] / 1024:.0f} GB, "
            f"{machine['system']}, Linux {machine['kernel']}")


def is_busy(machine):
    """Whether something else was running before; a build that just ended counts, too."""
    return machine["load_before"] > machine["cores"]


def _first(*texts):
    return next(text for text in texts if text)


def _value_of(path, name):
    """The text behind the colon of the first line that begins so, or None."""
    try:
        with open(path, encoding="utf-8") as lines:
            return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(name)), None)
    except OSError:
        return None


def _os_release(name):
    try:
        return platform.freedesktop_os_release().get(name)
    except OSError:
        return None
