"""A report as one self-contained HTML file: opens from a folder, needs nothing from outside, runs no script."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from pcard.escape import for_terminal
from pcard.reports.charts import draw
from pcard.reports.report import Report, shown
from pcard.schema import Kind

_NUMERIC = frozenset({Kind.MONEY, Kind.COUNT, Kind.NUMBER, Kind.RATE})


def render_html(report: Report) -> str:
    """Return the report as HTML; every text from outside is escaped, hidden characters are shown."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_visible
    )
    environment.filters["cell"] = shown
    environment.filters["draw"] = draw
    environment.tests["day"] = lambda kind: kind is Kind.DATE
    environment.tests["numeric"] = lambda kind: kind in _NUMERIC
    template = files("pcard.reports").joinpath("report.html.j2").read_text(encoding="utf-8")
    return environment.from_string(template).render(report=report)


def _visible(value: object) -> object:
    """Show hidden characters of every text that the template prints; autoescape comes after."""
    return for_terminal(value) if type(value) is str else value
