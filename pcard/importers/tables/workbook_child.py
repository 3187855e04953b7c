"""Read a workbook in a process of its own, with a limit on memory.

Run by path, without the package: a malformed workbook can abort the reader,
and then only this process dies. The workbook comes on standard input; on
standard output go one line of JSON (name and size of each sheet) and the
sheets as Arrow, every cell as text.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys

MEMORY_BYTES = 3 * 1024**3


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> int:
    """Read, answer, and return 0; 1 with the reader's word on standard error where it cannot."""
    _limit_memory()
    os.environ["POLARS_MAX_THREADS"] = "1"
    import fastexcel  # noqa: PLC0415

    try:
        workbook = fastexcel.read_excel(sys.stdin.buffer.read())
        sheets: list[tuple[str, bytes]] = []
        for name in workbook.sheet_names:
            sheet = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            out = io.BytesIO()
            sheet.to_polars().write_ipc(out)
            sheets.append((name, out.getvalue()))
    except Exception as fault:  # noqa: BLE001  the reader raises many kinds; the parent says which file it was
        sys.stderr.write(str(fault).split("\n", 1)[0][:200])
        return 1
    head = json.dumps([{"name": name, "size": len(content)} for name, content in sheets])
    sys.stdout.buffer.write(head.encode("ascii") + b"\n" + b"".join(content for _, content in sheets))
    return 0


if __name__ == "__main__":
    sys.exit(main())
