"""The plot: a bar a row on a logarithmic axis, a panel a table, as hand-made SVG for light and dark screens."""

import math
from xml.sax.saxutils import escape

from numbers_text import short

# What is drawn: the tables in which a person would compare.
PLOTTED = ("start_to_exit", "kubectl")
OURS = ("vouch", "our ")  # beginnings of the names of rows that are under test

WIDTH, RIGHT, CHARACTER = 900, 170, 7.6  # the last is the width of one of a label, at most
ROW, BAR, TITLE, AXIS, MARGIN = 24, 14, 40, 34, 16
STYLE = """
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; }
  .title { font-weight: 600; font-size: 15px; } .small { font-size: 11px; } .ours { font-weight: 600; }
  @media (prefers-color-scheme: dark) {
    .card { fill: #14181d; } .ink { fill: #e3e8ee; } .dim { fill: #9aa5b1; } .grid { stroke: #2c343d; }
    .bar-ours { fill: #3fb68b; } .bar { fill: #566575; } .tail { stroke: #9aa5b1; }
  }
"""


def svg(tables, caption):
    """The text of the SVG file, or None when there is nothing to draw."""
    panels = [table for key in PLOTTED for table in tables if table.key == key and _in_milliseconds(table)]
    if not panels:
        return None
    parts, top = [], MARGIN
    labels = MARGIN + CHARACTER * max(len(row.name) for table in panels for row in table.rows)
    for table in panels:
        parts += _panel(table, top, labels)
        top += TITLE + ROW * len(table.rows) + AXIS
    parts.append(_text(MARGIN, top + 8, caption, "dim small", "#5c6670"))
    height = top + 8 + MARGIN
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" role="img">')
    card = f'<rect class="card" width="{WIDTH}" height="{height}" rx="8" fill="#ffffff"/>'
    return "\n".join([head, f"<title>{escape(panels[0].title)}</title>", f"<style>{STYLE}</style>", card, *parts,
                      "</svg>"]) + "\n"


def _in_milliseconds(table):
    return bool(table.rows) and all(row.unit == "ms" and row.p50 > 0 for row in table.rows)


def _panel(table, top, labels):
    """Fastest first. `labels` is where the names end and the axis begins."""
    rows = sorted(table.rows, key=lambda row: row.p50)
    axis = _Axis(labels, min(row.p50 for row in rows), max(row.p99 or row.p50 for row in rows))
    first, last = top + TITLE, top + TITLE + ROW * len(rows)
    parts = [_text(MARGIN, top + 20, f"{table.title} (ms, log scale; bar: p50, line: p99)", "ink title", "#1b1f24")]
    for tick in axis.ticks():
        x = axis.x(tick)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{first}" y2="{last}" stroke="#e2e6ea"/>')
        parts.append(_text(x, last + 15, f"{tick:g}", "dim small", "#5c6670", "middle"))
    for number, row in enumerate(rows):
        parts += _bar(row, axis, first + ROW * number)
    return parts


def _bar(row, axis, top):
    ours = row.name.startswith(OURS)
    middle, end = top + ROW / 2, axis.x(row.p50)
    emphasis, colour = ("ours", "#12805c") if ours else ("", "#a9b4bf")
    parts = [_text(axis.left - 10, middle + 4, row.name, f"ink {emphasis}", "#1b1f24", "end"),
             f'<rect class="{"bar-ours" if ours else "bar"}" x="{axis.left:.1f}" y="{middle - BAR / 2}" '
             f'width="{max(1.0, end - axis.left):.1f}" height="{BAR}" rx="2" fill="{colour}"/>']
    tail = end
    if row.p99 and row.p99 > row.p50:
        tail = axis.x(row.p99)
        parts.append(f'<line class="tail" x1="{end:.1f}" x2="{tail:.1f}" y1="{middle}" y2="{middle}" stroke="#5c6670"/>')
    ratio = f" · {short(row.ratio)}×" if row.ratio else ""
    parts.append(_text(tail + 8, middle + 4, f"{short(row.p50)} ms{ratio}", f"ink {emphasis}", "#1b1f24"))
    return parts


def _text(x, y, words, classes, colour, anchor="start"):
    return (f'<text class="{classes.strip()}" x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">'
            f"{escape(words)}</text>")


class _Axis:
    """From half of the smallest value at `left` to the largest at the right."""

    def __init__(self, left, smallest, largest):
        self.left = left
        self._low = math.log10(smallest / 2)
        self._high = max(math.log10(largest), self._low + 0.5)

    def x(self, value):
        share = (math.log10(value) - self._low) / (self._high - self._low)
        return self.left + share * (WIDTH - RIGHT - self.left)

    def ticks(self):
        steps = [digit * 10.0 ** power for power in range(math.floor(self._low), math.ceil(self._high) + 1)
                 for digit in (1, 2, 5)]
        steps = [step for step in steps if self._low <= math.log10(step) <= self._high]
        tens = [step for step in steps if math.isclose(math.log10(step), round(math.log10(step)), abs_tol=1e-9)]
        return steps if len(steps) <= 10 else tens
