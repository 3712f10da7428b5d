"""Prints what a run found, and keeps it: text, Markdown for the README, JSON, and the plot beside that."""

import dataclasses
import json
from pathlib import Path

import budgets
import machine
import plot
from figures import Row, Table
from numbers_text import short

SCHEMA = 1  # of the JSON file; members are added, never changed
IN_README = ("start_to_exit", "kubectl")


@dataclasses.dataclass(frozen=True)
class Report:
    """One run. `date` is ISO 8601; `machine` is machine.describe()."""

    date: str
    machine: dict
    quick: bool
    tables: list[Table]

    @property
    def verdicts(self):
        return budgets.judge(self.tables)

    @property
    def caption(self):
        return f"{machine.in_one_line(self.machine)}, {self.date[:10]}{', quick run' if self.quick else ''}"


# ---- text ------------------------------------------------------------------------------------------------------------


def print_table(table):
    """As soon as it is measured, so that a long run shows where it is."""
    width = max([len(row.name) for row in table.rows] + [len(table.title)]) + 2
    of = f"of {table.anchor}" if table.anchor else ""
    print(f"\n{table.title:<{width}}{'p50':>10}{'p99':>10}  {'unit':<10}{'runs':>8}  {of}")
    for row in table.rows:
        print(f"{row.name:<{width}}{short(row.p50):>10}{_or_dash(row.p99):>10}  {row.unit:<10}{row.runs:>8}  {_ratio(row)}")
    for note in table.notes:
        print(f"  ({note})")


def print_budgets(report):
    print("\nBudgets of the design, section 8")
    width = max(len(verdict.budget.text) for verdict in report.verdicts) + 2
    for verdict in report.verdicts:
        budget = verdict.budget
        print(f"{budget.text:<{width}}{_or_dash(verdict.measured):>10}  <= {short(budget.limit) + ' ' + budget.unit:<12}"
              f"{_outcome(verdict)}")
    for text in budgets.ELSEWHERE:
        print(f"  ({text})")


def _outcome(verdict):
    if verdict.measured is None:
        return "not measured"
    if verdict.held:
        return "held"
    return f"missed by {verdict.missed_by:.0%}" + (f": {verdict.budget.why}" if verdict.budget.why else "")


def _ratio(row):
    return f"{short(row.ratio)} x" if row.ratio is not None else "-"


def _or_dash(value):
    return "-" if value is None else short(value)


# ---- Markdown --------------------------------------------------------------------------------------------------------


def markdown(report):
    """What the README shows: the tables that a person would compare, the budgets, the machine."""
    lines = [f"{report.caption}."]
    for table in report.tables:
        if table.key in IN_README and table.rows:
            lines += ["", f"| {table.title} | p50 | p99 | of {table.anchor} |", "|---|---|---|---|"]
            lines += [f"| {row.name} | {short(row.p50)} {row.unit} | {_with_unit(row)} | {_ratio(row)} |"
                      for row in table.rows]
    lines += ["", "| budget | limit | measured | |", "|---|---|---|---|"]
    for verdict in report.verdicts:
        budget = verdict.budget
        lines.append(f"| {budget.text} | {short(budget.limit)} {budget.unit} | {_or_dash(verdict.measured)} | "
                     f"{_outcome(verdict)} |")
    return "\n".join(lines)


def _with_unit(row):
    return "-" if row.p99 is None else f"{short(row.p99)} {row.unit}"


# ---- files -----------------------------------------------------------------------------------------------------------


def write(report, path):
    """The JSON file, and the plot beside it."""
    document = {
        "schema": SCHEMA, "date": report.date, "machine": report.machine, "quick": report.quick,
        "tables": [dataclasses.asdict(table) for table in report.tables],
        "budgets": [dataclasses.asdict(verdict.budget) | {"measured": verdict.measured, "held": verdict.held}
                    for verdict in report.verdicts],
    }
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    picture = plot.svg(report.tables, report.caption)
    if picture:
        path.with_suffix(".svg").write_text(picture, encoding="utf-8")


def read(path):
    """The report of a file that `write` made. Its budgets are judged anew."""
    document = json.loads(Path(path).read_text(encoding="utf-8"))
    if document["schema"] != SCHEMA:
        raise ValueError(f"{path} has schema {document['schema']}, not {SCHEMA}")
    tables = [Table(**table | {"rows": [Row(**row) for row in table["rows"]]}) for table in document["tables"]]
    return Report(document["date"], document["machine"], document["quick"], tables)
