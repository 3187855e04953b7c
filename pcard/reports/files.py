"""A report as the files it is written to: HTML, XLSX, JSON, and one CSV a table."""

from __future__ import annotations

import json

import polars as pl

from pcard.money import format_cents
from pcard.reports.report import Heading, Listing, Report, Section, Value
from pcard.reports.tables import neutral
from pcard.schema import Kind, text_of

FORMATS = ("html", "xlsx", "csv", "json")


def render_files(report: Report, forms: tuple[str, ...]) -> dict[str, bytes]:
    """Return file names and contents for the formats asked for."""
    files: dict[str, bytes] = {}
    if "html" in forms:
        from pcard.reports.html import render_html  # noqa: PLC0415  only what is asked for is loaded

        files["report.html"] = render_html(report).encode()
        if report.board:
            files["board.html"] = render_html(report.board).encode()
    if "xlsx" in forms:
        from pcard.reports.workbook import render_workbook  # noqa: PLC0415

        files["report.xlsx"] = render_workbook(report)
    if "json" in forms:
        files["report.json"] = (json.dumps(facts(report), ensure_ascii=False, indent=1) + "\n").encode()
    if "csv" in forms:
        for section in report.sections:
            for listing in section.listings:
                files[f"csv/{listing.id}.csv"] = _csv(listing)
    return files


def facts(report: Report) -> dict[str, object]:
    """Return the report as plain values: money as decimal text, dates ISO."""
    return {
        "title": report.title,
        "district": report.district,
        "cycle": report.cycle,
        "as_of": str(report.as_of),
        "sections": {section.id: section_facts(section) for section in report.sections},
        "provenance": {figure.label: _plain(figure.value, figure.kind) for figure in report.provenance},
    }


def section_facts(section: Section) -> dict[str, object]:
    """Return one section as plain values."""
    return {
        "lead": section.lead,
        "figures": {figure.label: _plain(figure.value, figure.kind) for figure in section.figures},
        "tables": {listing.id: _text(listing).to_dicts() for listing in section.listings},
    }


def _plain(value: Value, kind: Kind) -> object:
    if kind is Kind.MONEY and isinstance(value, int):
        return format_cents(value)
    return value if isinstance(value, int | float | bool) or value is None else str(value)


def _csv(listing: Listing) -> bytes:
    text = _text(listing)
    safe = [neutral(pl.col(_name(h))).alias(_name(h)) for h in listing.headings if h.kind is Kind.TEXT]
    return text.with_columns(safe).write_csv(line_terminator="\n").encode()


def _text(listing: Listing) -> pl.DataFrame:
    return listing.frame.select(text_of(pl.col(h.column), h.kind).alias(_name(h)) for h in listing.headings)


def _name(heading: Heading) -> str:
    return heading.column.replace("_cents", "")
