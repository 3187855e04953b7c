"""One table written for people and programs: CSV, XLSX, JSON, Parquet.

Money leaves as decimal text (CSV, JSON), as a number with two decimals (XLSX)
or as a decimal (Parquet); text that a spreadsheet would run is neutralised.
"""

from __future__ import annotations

import io
import json
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

import polars as pl

from pcard.schema import Kind, Table

FORMATS = ("csv", "xlsx", "json", "parquet")

_FORMULA = r"^[=+\-@\t\r\x00＝＋－＠]"
_NUMBER = r"^[-+]?[0-9]+(\.[0-9]+)?$"
_ROWS_AT_ONCE = 1 << 16  # made into text at once
_PARTS_AHEAD = 2  # made into text while the ones before are written
# A fixed date inside the workbook, so that the same figures give the same bytes.
CREATED = datetime(2020, 1, 1)  # noqa: DTZ001  spreadsheets know no time zones


def render_table(frame: pl.DataFrame, table: Table, form: str) -> bytes:
    """Return a frame with `table`'s schema as a file of one of `FORMATS`.

    Raises:
        KeyError: no such format.
    """
    return {"csv": _csv, "xlsx": _xlsx, "json": _json, "parquet": _parquet}[form](frame, table)


def neutral(text: pl.Expr) -> pl.Expr:
    """Put an apostrophe before text a spreadsheet would run; `escape.for_spreadsheet`, over a column."""
    return pl.when(_is_live(text)).then(pl.concat_str(pl.lit("'"), text)).otherwise(text)


def _is_live(text: pl.Expr) -> pl.Expr:
    return text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)


def csv_parts(frame: pl.DataFrame, table: Table) -> Iterator[bytes]:
    """Return a frame as CSV in parts to be written one after the other: the text takes more room than the table."""
    names = [c.name for c in table.columns if c.kind is Kind.TEXT]

    def part(at: int) -> bytes:
        text = table.as_text(frame.slice(at, _ROWS_AT_ONCE))
        # Few columns have a live cell: only these are written anew.
        live = [name for name in names if text.select(_is_live(pl.col(name)).any()).item()]
        out = io.BytesIO()
        safe = [neutral(pl.col(name)).alias(name) for name in live]
        text.with_columns(safe).write_csv(out, line_terminator="\n", include_header=at == 0)
        return out.getvalue()

    starts = range(0, max(frame.height, 1), _ROWS_AT_ONCE)
    with ThreadPoolExecutor(_PARTS_AHEAD) as pool:
        ahead = deque[Future[bytes]]()
        for at in starts:
            ahead.append(pool.submit(part, at))
            if len(ahead) > _PARTS_AHEAD:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _csv(frame: pl.DataFrame, table: Table) -> bytes:
    return b"".join(csv_parts(frame, table))


def _json(frame: pl.DataFrame, table: Table) -> bytes:
    rows = table.as_text(frame).to_dicts()
    return (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode()


def _parquet(frame: pl.DataFrame, table: Table) -> bytes:
    money = [
        (pl.col(c.frame_name).cast(pl.Decimal(38, 2)) / pl.lit(100, pl.Decimal(38, 2))).cast(pl.Decimal(38, 2))
        if c.kind is Kind.MONEY
        else pl.col(c.frame_name)
        for c in table.columns
    ]
    named = [expr.alias(c.name) for expr, c in zip(money, table.columns, strict=True)]
    out = io.BytesIO()
    frame.select(named).write_parquet(out)
    return out.getvalue()


def _xlsx(frame: pl.DataFrame, table: Table) -> bytes:
    import xlsxwriter  # noqa: PLC0415  44 ms that only a workbook needs

    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(out, options) as workbook:
        workbook.set_properties({"created": CREATED})
        sheet = workbook.add_worksheet(table.name[:31])
        money = workbook.add_format({"num_format": "#,##0.00;[Red]-#,##0.00"})
        for index, column in enumerate(table.columns):
            values = frame[column.frame_name].to_list()
            if column.kind is Kind.MONEY:
                sheet.write_column(1, index, [None if v is None else v / 100 for v in values], money)
            elif column.kind is Kind.RATE:
                sheet.write_column(1, index, [None if v is None else float(v) for v in values])
            elif column.kind is Kind.TEXT:
                for row, value in enumerate(values, start=1):
                    if value is not None:
                        sheet.write_string(row, index, value[:32767])
            else:
                sheet.write_column(1, index, values)
        if frame.height:
            headings = [{"header": c.name} for c in table.columns]
            sheet.add_table(0, 0, frame.height, len(table.columns) - 1, {"columns": headings})
        else:
            sheet.write_row(0, 0, [c.name for c in table.columns])
        sheet.freeze_panes(1, 0)
        sheet.autofit()
    return out.getvalue()
