#!/usr/bin/python3
"""Compares counts of instructions with instructions.json beside this file, or records them there (--write).

Called by tests/bench/instructions with a file of samples, a line each: name, tab, instructions. What counts is the median of
a name. A count above the recorded one and its tolerance fails, and so does one so far below that a regression could hide in
the gap; one a little below is told only. Counts depend on the toolchain, which the file names: on another one there is
nothing to compare, exit code 77, but not in CI on Debian 12, which the file is for.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

RECORD = Path(__file__).with_name("instructions.json")
DEFAULT_TOLERANCE = 0.02
FAR_BELOW = 0.25
SKIPPED = 77
# Whose code is counted beside ours, or decides what code is made. Their fixes of a stable release change nothing that shows.
PACKAGES = ["g++", "libc6-dev", "libstdc++-12-dev", "libgrpc++-dev", "libprotobuf-dev", "libnghttp2-dev", "libssl-dev",
            "libboost-dev", "valgrind"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples", type=Path, nargs="?", help="the file of samples; without it only the toolchain is compared")
    parser.add_argument("--programs", type=Path, required=True, help="folder of the programs that were counted")
    parser.add_argument("--write", action="store_true", help="record the counts")
    return parser.parse_args()


# ---- the toolchain ---------------------------------------------------------------------------------------------------

def version_of(package):
    """Major and minor of the installed version, without the distribution's own: 1:3.19.0-1 gives 3.19."""
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True, check=False)
    upstream = done.stdout.rpartition(":")[2].partition("-")[0]
    return ".".join(upstream.split(".")[:2]) or "none"


def has_avx2():
    """glibc and OpenSSL choose other code without; of anything newer callgrind tells them nothing."""
    return " avx2 " in Path("/proc/cpuinfo").read_text()


def toolchain():
    here = {package: version_of(package) for package in PACKAGES}
    return {"machine": platform.machine(), "avx2": has_avx2(), **here}


def build_type(programs):
    """Of the build tree around the programs; None for a folder that is not in one."""
    cache = programs.parent / "CMakeCache.txt"
    if not cache.exists():
        return None
    lines = cache.read_text().splitlines()
    return next((line.partition("=")[2] for line in lines if line.startswith("CMAKE_BUILD_TYPE:")), None)


def is_debian_12(os_release=Path("/etc/os-release")):
    lines = os_release.read_text().splitlines()
    return "ID=debian" in lines and 'VERSION_ID="12"' in lines


def must_run():
    return bool(os.environ.get("CI")) and is_debian_12()


# ---- the counts ------------------------------------------------------------------------------------------------------

def read_samples(text):
    """Name to list of counts, in the order of their first appearance."""
    samples = {}
    for line in text.splitlines():
        name, _, count = line.partition("\t")
        samples.setdefault(name, []).append(int(count))
    return samples


def verdict(count, recorded):
    """What to say of a count, and whether it is a failure."""
    if recorded is None:
        return "NOT RECORDED", True
    usual, tolerance = recorded["instructions"], recorded["tolerance"]
    change = f"{count / usual - 1:+.2%}"
    if count > usual * (1 + tolerance):
        return f"{change}  MORE than the {tolerance:.1%} allowed", True
    if count < usual * (1 - FAR_BELOW):
        return f"{change}  so much LESS that it must be recorded: --write", True
    if count < usual * (1 - tolerance):
        return f"{change}  better: record it by --write", False
    return change, False


def compare(counts, recorded):
    """Prints a line for each count; the number of failures."""
    failures = 0
    for name, count in counts.items():
        words, failed = verdict(count, recorded.get(name))
        failures += failed
        print(f"{name:<52}{count:>12,}  {words}")
    for name in recorded.keys() - counts.keys():
        failures += 1
        print(f"{name:<52}{'':>12}  recorded, but NOT COUNTED")
    return failures


def record(counts, recorded, here):
    """Replaces the counts; a tolerance that was there stays."""
    entries = {name: {"instructions": count,
                      "tolerance": recorded.get(name, {}).get("tolerance", DEFAULT_TOLERANCE)}
               for name, count in counts.items()}
    RECORD.write_text(json.dumps({"build": "Release", "toolchain": here, "counts": entries}, indent=2) + "\n")


def print_spread(samples):
    for name, values in samples.items():
        middle = statistics.median(values)
        print(f"{name:<52}{middle:>12,.0f}  {(max(values) - min(values)) / middle:.3%} between {len(values)} samples")


def comparable(programs, kept, here):
    """0, or the exit code with which to end: another build or another toolchain."""
    kind = build_type(programs)
    if kind not in (None, "Release"):
        print(f"instructions: {programs} holds a build of the type {kind}, not Release", file=sys.stderr)
        return 6
    if kept == here:
        return 0
    changed = [f"{name} {kept.get(name)} recorded, {here.get(name)} here" for name in here | kept
               if kept.get(name) != here.get(name)]
    print(f"instructions: another toolchain: {', '.join(changed)}", file=sys.stderr)
    same_processor = all(kept.get(name) == here.get(name) for name in ("machine", "avx2"))
    return 1 if must_run() and same_processor else SKIPPED


def main():
    args = arguments()
    kept = json.loads(RECORD.read_text()) if RECORD.exists() else {"toolchain": {}, "counts": {}}
    here = toolchain()
    stop = comparable(args.programs, here if args.write else kept["toolchain"], here)
    if stop or args.samples is None:
        return stop
    samples = read_samples(args.samples.read_text())
    counts = {name: round(statistics.median(values)) for name, values in samples.items()}
    if args.write:
        record(counts, kept["counts"], here)
        print_spread(samples)
        return 0
    return 1 if compare(counts, kept["counts"]) else 0


if __name__ == "__main__":
    sys.exit(main())
