"""The table: what was promised of a line, what was measured, and whether the two agree. Prints it and writes JSON."""

import dataclasses
import json
import os
import platform

from callers import tally

slack = 1.0  # of all seconds; set by the report for a build that is not made for speed
LIMIT_SECONDS = 6.0  # the helpers' own deadline of 5 s (design 5.5), and what a busy machine adds to it


@dataclasses.dataclass
class Promise:
    """What has to be true of a line. `served` and `refused` are numbers of callers, `reason` that of all the refused;
    `vouch` and `sts` the fewest and the most calls upstream; `seconds` the longest that a caller may take; `keys` how
    many different credentials they have between them; `left` the seconds of life that AWS credentials must have."""

    served: int = 0
    refused: int = 0
    reason: str = ""
    vouch: tuple = (0, 0)
    sts: tuple = (0, 0)
    seconds: float = LIMIT_SECONDS
    keys: int | None = None
    left: float = 0


@dataclasses.dataclass
class Line:
    """One line of the table. `broken` lists the promises that did not hold; `skipped` says why nothing was measured."""

    fault: str
    callers: str
    vouch: int = 0
    sts: int = 0
    served: int = 0
    refused: dict = dataclasses.field(default_factory=dict)
    seconds: float = 0.0
    broken: list = dataclasses.field(default_factory=list)
    skipped: str = ""


def check(fault, callers, outcomes, calls, promise, now=0.0, also=()):
    """The `Line` of these outcomes. `calls` has the calls upstream, "vouch" and "sts"; `now` is the far end's clock, by
    which `promise.left` is judged; `also` has further complaints."""
    line = Line(fault, callers, calls["vouch"], calls["sts"], sum(bool(one.served) for one in outcomes),
                tally(outcomes), max((one.seconds for one in outcomes), default=0.0), list(also))
    for wrong in sorted({one.wrong for one in outcomes if one.wrong}):
        line.broken.append(f"{sum(one.wrong == wrong for one in outcomes)} x {wrong}")
    _number(line, "served", line.served, promise.served)
    _number(line, "refused", sum(line.refused.values()), promise.refused)
    for reason in line.refused:
        if reason != promise.reason:
            text = next(one.line for one in outcomes if one.reason == reason)
            line.broken.append(f"refused as {reason} instead of {promise.reason or 'not at all'}: {text}")
    for name, count, (fewest, most) in (("vouch", line.vouch, promise.vouch), ("sts", line.sts, promise.sts)):
        if not fewest <= count <= most:
            promised = fewest if fewest == most else f"{fewest} to {most}"
            line.broken.append(f"{count} calls to {name} instead of {promised}")
    longest = max((one.seconds - one.stalled for one in outcomes), default=0.0)
    if longest > promise.seconds * slack:
        line.broken.append(f"a caller took {longest:.1f} s, more than {promise.seconds * slack:.1f}")
    _judge_credentials(line, [one for one in outcomes if one.served and not one.wrong], promise, now)
    return line


def _number(line, what, measured, promised):
    if measured != promised:
        line.broken.append(f"{measured} callers {what} instead of {promised}")


def _judge_credentials(line, served, promise, now):
    keys = len({one.served for one in served})
    if promise.keys is not None and keys != promise.keys:
        line.broken.append(f"{keys} different credentials instead of {promise.keys}")
    shortest = min((one.expires - now for one in served if not one.is_token), default=promise.left)
    if shortest < promise.left:
        line.broken.append(f"a credential had {shortest:.0f} s left, less than {promise.left:.0f}")


MARKS = ("<!-- report -->", "<!-- end of report -->")
HEAD = ("fault", "callers", "vouch", "STS", "served", "refused, reason", "seconds", "")


def _cells(line):
    if line.skipped:
        return (line.fault, line.callers, "", "", "", "", "", f"skipped: {line.skipped}")
    refused = ", ".join(f"{count} {reason}" for reason, count in line.refused.items()) or "0"
    return (line.fault, line.callers, str(line.vouch), str(line.sts), str(line.served), refused, f"{line.seconds:.2f}",
            "BROKEN" if line.broken else "held")


def format_table(lines):
    """As Markdown."""
    rows = [HEAD, *map(_cells, lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows)


def format_broken(lines):
    """Each broken promise, a line each."""
    return "\n".join(f"BROKEN: {line.fault}, {line.callers}: {broken}" for line in lines for broken in line.broken)


def format_end(lines, seconds):
    """The last line of a report."""
    broken, skipped = sum(bool(line.broken) for line in lines), sum(bool(line.skipped) for line in lines)
    return f"{len(lines)} lines, {broken} broken, {skipped} skipped; {seconds:.0f} s; {machine()}"


def machine():
    """What the numbers were measured on."""
    release = {}
    if os.path.exists("/etc/os-release"):
        release = platform.freedesktop_os_release()
    return f"{os.cpu_count()} cores, {release.get('PRETTY_NAME', platform.system())}, {platform.machine()}"


def update_document(path, lines, seconds):
    """Puts the table in the place of the one that is between the two marks of a Markdown file."""
    with open(path, encoding="utf-8") as file:
        before, rest = file.read().split(MARKS[0], 1)
    after = rest.split(MARKS[1], 1)[1]
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}{MARKS[0]}\n{format_end(lines, seconds)}.\n\n{format_table(lines)}\n{MARKS[1]}{after}")


def write_json(path, lines, seconds):
    document = {"machine": machine(), "seconds": round(seconds, 1), "held": not any(line.broken for line in lines),
                "lines": [dataclasses.asdict(line) for line in lines]}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
        file.write("\n")
