#!/usr/bin/python3
"""Runs the measurements, each side by side with its anchor, prints the tables and judges the budgets.

Started by tests/bench/run, which has the programs built and everything up; --from FILE alone needs neither. What is
measured and how to read it: README.md in this folder.
"""

import argparse
import datetime
import importlib
import signal
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays clean

import machine  # noqa: E402
import report as reports  # noqa: E402
from spawn import Failed  # noqa: E402
from world import World  # noqa: E402

PARTS = ("start_to_exit", "failures", "crowds", "kubectl", "aws_calls", "calls", "scale", "files", "daemon")


def arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/run", description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, and the plot beside it (.svg)")
    parser.add_argument("--quick", action="store_true", help="few runs of everything, within three minutes")
    parser.add_argument("--only", metavar="PART[,PART]", help=f"some of: {', '.join(PARTS)}")
    parser.add_argument("--check", action="store_true", help="exit code 1 when a budget is missed or was not measured")
    parser.add_argument("--readme", action="store_true", help="print the Markdown table for the README at the end")
    parser.add_argument("--from", dest="source", metavar="FILE", help="measure nothing: report what --json once wrote")
    args = parser.parse_args()
    args.parts = args.only.split(",") if args.only else PARTS
    unknown = [part for part in args.parts if part not in PARTS]
    if unknown:
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    if args.json and not args.json.absolute().parent.is_dir():
        parser.error(f"there is no folder {args.json.absolute().parent}")
    return args


def measured(args):
    """The report of a run of the parts, each table printed as soon as it is there."""
    world = World.from_environment()
    date = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    on, tables = machine.describe(), []
    print(machine.in_one_line(on))
    if machine.is_busy(on):
        print(f"others are busy here (load {on['load_before']:.1f}): trust ratios, not milliseconds")
    for name in args.parts:
        for table in importlib.import_module(f"part_{name}").measure(world, args.quick):
            reports.print_table(table)
            sys.stdout.flush()
            tables.append(table)
    return reports.Report(date, on, args.quick, tables)


def stored(args):
    report = reports.read(args.source)
    print(report.caption)
    for table in report.tables:
        reports.print_table(table)
    return report


def acceptable(verdicts, args):
    """With --only, a budget of a part that was left out is no failure; in a whole run it would be one."""
    return all(verdict.held or (args.only and verdict.measured is None) for verdict in verdicts)


def end_orderly():
    """What stops this program from outside ends what it has started, too: each part does that when it is left."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))


def main():
    args = arguments()
    end_orderly()
    try:
        report = stored(args) if args.source else measured(args)
    except Failed as why:
        print(f"\nSTOPPED: {why}", file=sys.stderr)
        return 2
    reports.print_budgets(report)
    if args.json:
        reports.write(report, args.json)
    if args.readme:
        print("\n" + reports.markdown(report))
    return 1 if args.check and not acceptable(report.verdicts, args) else 0


if __name__ == "__main__":
    sys.exit(main())
