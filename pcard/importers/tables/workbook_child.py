"""Read a workbook in a process of its own (`limited`), without the package.

The workbook comes on standard input; on standard output go one line of JSON
(name and size of each sheet) and the sheets as Arrow, every cell as text.
"""

from __future__ import annotations

import io
import json
import os
import sys


def main() -> None:
    """Read and answer."""
    os.environ["POLARS_MAX_THREADS"] = "1"
    import fastexcel  # noqa: PLC0415

    workbook = fastexcel.read_excel(sys.stdin.buffer.read())
    sheets: list[tuple[str, bytes]] = []
    for name in workbook.sheet_names:
        sheet = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        out = io.BytesIO()
        sheet.to_polars().write_ipc(out)
        sheets.append((name, out.getvalue()))
    head = json.dumps([{"name": name, "size": len(content)} for name, content in sheets])
    sys.stdout.buffer.write(head.encode("ascii") + b"\n" + b"".join(content for _, content in sheets))


if __name__ == "__main__":
    main()
