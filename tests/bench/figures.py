"""What a measurement gives: rows of figures, in tables. The vocabulary of every part, and of the report."""

import dataclasses
import statistics

FEWEST_FOR_P99 = 20  # of fewer samples a 99th percentile would be their maximum under a finer name


@dataclasses.dataclass(frozen=True)
class Row:
    """One thing measured. `ratio` is its p50 as a multiple of the anchor's, of runs that took turns with the anchor's."""

    name: str
    unit: str
    p50: float
    p99: float | None = None
    runs: int = 1
    ratio: float | None = None


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows that were measured together. `anchor` is the name of the row that the ratios refer to."""

    key: str
    title: str
    anchor: str | None
    rows: list[Row]
    notes: list[str] = dataclasses.field(default_factory=list)

    def row(self, name):
        """The row of that name, or None."""
        return next((row for row in self.rows if row.name == name), None)


def percentile(samples, percent):
    """Of at least one sample, with no interpolation beyond what was measured."""
    if len(samples) == 1:
        return samples[0]
    return statistics.quantiles(samples, n=100, method="inclusive")[percent - 1]


def row_of(name, unit, samples, anchor_samples=None):
    """The row of these samples; with the anchor's samples of the same run, its ratio too."""
    p50 = statistics.median(samples)
    p99 = percentile(samples, 99) if len(samples) >= FEWEST_FOR_P99 else None
    ratio = p50 / statistics.median(anchor_samples) if anchor_samples else None
    return Row(name, unit, p50, p99, len(samples), ratio)
