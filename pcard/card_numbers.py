"""Full card numbers cut to their last four digits, and social security numbers wholly, in whatever holds them.

A run of digits is a payment card's number where its length, its range and its
check digit say so; digits of any script count, and one separator may stand
between two digits. The cut keeps the length and the last four digits, so that
a redacted copy has its lines and columns where the original had them.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Iterator

import polars as pl

from pcard.errors import Fault, Place, Refused

PARQUET = b"PAR1"  # how such a file begins
# An archive beyond these is refused by the spreadsheet importer and so never kept.
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_RATIO = 200

# One separator may stand between two digits of a number as people print it.
_GAP = r"[ \-.\u00a0\u200b]?"


def _digits(count: str) -> str:
    return rf"(?:{_GAP}\d){{{count}}}"


# Lengths by first digit: Visa 4, Mastercard 5 and 2, Amex and Diners 3, Discover and UnionPay 6, UATP 1; ISO/IEC 7812-1.
_LENGTHS = {4: (13, 16, 18, 19), 5: (16,), 3: range(14, 20), 6: range(12, 20), 2: (16,), 1: (15,)}
# A lookahead, so that a run that fails does not swallow one that begins in it.
# The decimals of a fraction (0.4111...) are none.
_CARD_NUMBER = re.compile(
    r"(?<!\d)(?<!\d\.)(?=([4４٤]" + _digits("12,18") + r"|[5５٥]" + _digits("15") + r"|[3３٣]" + _digits("13,18")
    + r"|[6６٦]" + _digits("11,18") + r"|[2２٢]" + _digits("15") + r"|[1１١]" + _digits("14") + r"))"
)  # fmt: skip
# A first, fast look; only what may hold a number is read closely.
_MAY_HOLD = r"(?:^|[^\d.]|(?:^|[^\d])\.)(?:[\d&&[^02789]]|2[2-7])(?:[ \-.\u00a0\u200b]?\d){11}"
_REST = r"(?:[ \-.\u00a0\u200b]?\d)*"
# A United States social security number as it is printed; those that are never given out are none.
_MAY_BE_SOCIAL = r"[0-9]{3}-[0-9]{2}-[0-9]{4}"
_SOCIAL = re.compile(r"(?<![\w-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![\w-])")
# Track data and card verification values may never be stored, not even encrypted (PCI DSS 3.3.1).
_SENSITIVE = r"(?i)%B\d{12,19}\^|;\d{12,19}=\d{4}|\b(?:cvv2?|cvc2?|cid)\s*[:=#]?\s*\d{3,4}\b|\bPIN\s+block\b"
# Fixed-width files (U.S. Bank's, American Express's) run a number into the digits beside it: header, what is before, number.
_RUN_IN = (
    (re.compile(rb"01[^,\n]{57}[0-9]{16}"), re.compile(r"(?m)^(0[25]|50|95)([0-9]{13,16})")),
    (re.compile(rb"0[^\n]{26}(?:GL|KR)1025"), re.compile(r"(?m)^(2|1.{157})([0-9]{13,19})")),
)
_STRETCH = 4 * 1024 * 1024
_MARKS = (
    (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)  # fmt: skip

# A numeric cell of a worksheet that could be a card number, plain or in scientific notation.
_NUMERIC_CELL = re.compile(rb"<v>([1-6](?:[0-9]{11,18}|\.[0-9]{9,17}E\+?1[1-8]))</v>")
# A NUMBER record of an old Excel file (BIFF8 0x0203, 14 bytes): row, column, format, then an IEEE double.
_NUMBER_RECORD = re.compile(rb"(\x03\x02\x0e\x00.{6})(.{8})", re.DOTALL)


def redact_bytes(raw: bytes, name: str) -> tuple[bytes, int]:
    """Cut every card number in a file's bytes; return the bytes and how many were cut.

    Text is cut in its own encoding, a zip archive (XLSX) part by part, an old
    Excel file in its strings and its numbers, Parquet in its text columns.

    Raises:
        Refused: it holds verification values, PIN or stripe data, which may never be kept.
    """
    if raw.startswith(b"PK\x03\x04"):
        return _redact_zip(raw, name)
    if raw.startswith(PARQUET):
        return _redact_parquet(raw)
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        return _redact_ole(raw)
    return _redact_text(raw, name)


def decode(raw: bytes) -> tuple[str, str]:
    """Return the text of bytes and the codec that gave it.

    Byte-order mark first, then UTF-8, then Windows-1252; the five bytes that
    Windows-1252 leaves open become Latin-1 controls, so every file decodes.
    """
    for mark, codec in _MARKS:
        if raw.startswith(mark):
            return raw.decode(codec, "replace").lstrip("\ufeff"), codec
    for codec in ("utf-8", "cp1252"):
        try:
            return raw.decode(codec), codec
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1"), "latin-1"


def redact(text: str) -> tuple[str, int]:
    """Cut every card number in a text to its last four digits, and social security numbers; return how many."""
    return _redact_pieces(text, _end(text))


def _end(text: str) -> str:
    """Return what no number goes over: a line's end, in XML, which often is one long line, a tag's."""
    return ">" if text.startswith("<") else "\n"


def _redact_pieces(text: str, end: str) -> tuple[str, int]:
    whole = pl.Series([text]).str
    runs = whole.extract_all(_MAY_HOLD + _REST).explode().drop_nulls().unique()
    if not whole.contains(_MAY_BE_SOCIAL).any() and not any(_redact_line(run)[1] for run in runs):
        return text, 0
    pieces = whole.split(end).explode()
    looked_at = pieces.str.contains(f"{_MAY_HOLD}|{_MAY_BE_SOCIAL}").arg_true()
    cut = [_redact_line(piece) for piece in pieces.gather(looked_at)]
    redacted = pieces.scatter(looked_at, [piece for piece, _ in cut]).str.join(end).item()
    return str(redacted), sum(count for _, count in cut)


def _redact_line(text: str) -> tuple[str, int]:
    text, count = _SOCIAL.subn("***-**-****", text)
    parts: list[str] = []
    done = 0
    for found in _CARD_NUMBER.finditer(text):
        start = found.start()
        end = _card_number_end(text, start, found.end(1)) if start >= done else start
        if end > start:
            parts += (text[done:start], mask(text[start:end]))
            done = end
            count += 1
    return "".join((*parts, text[done:])), count


def _card_number_end(text: str, start: int, last: int) -> int:
    """Return where the longest card number that begins at `start` ends, or `start` where none does."""
    for end in range(last, start + 11, -1):
        number = text[start:end]
        whole = number[-1].isdigit() and not text[end : end + 1].isdigit()
        if whole and _is_printed_as_card(number) and is_card_number(number):
            return end
    return start


def _is_printed_as_card(number: str) -> bool:
    """Tell whether digits stand together, or in a card's groups with one separator; account codes do not."""
    gaps = {char for char in number if not char.isdigit()}
    if not gaps:
        return True
    if len(gaps) > 1:
        return False
    sizes = [len(group) for group in number.split(gaps.pop())]
    return sizes[:2] == [4, 6] or (set(sizes[:-1]) == {4} and sizes[-1] <= 4)


def mask(number: str) -> str:
    """Replace all digits but the last four by `*`, keeping length and separators."""
    last_four = [index for index, char in enumerate(number) if char.isdigit()][-4:]
    keep_from = last_four[0] if last_four else len(number)
    return "".join("*" if char.isdigit() and index < keep_from else char for index, char in enumerate(number))


def is_card_number(number: str) -> bool:
    """Tell whether digits (in any script, separators allowed) are a card's by range and check digit (Luhn)."""
    digits = [int(char) for char in number if char.isdigit()]
    if len(set(digits)) == 1 or not _in_range(digits):
        return False
    doubled = [digit if index % 2 == 0 else sum(divmod(2 * digit, 10)) for index, digit in enumerate(digits[::-1])]
    return sum(doubled) % 10 == 0


def _in_range(digits: list[int]) -> bool:
    lead = int("".join(map(str, digits[:4])))
    return len(digits) in _LENGTHS.get(digits[0], ()) and (digits[0] != 2 or 2200 <= lead <= 2720)


def _redact_text(raw: bytes, name: str) -> tuple[bytes, int]:
    codec = "utf-8" if raw.isascii() else decode(raw)[1].removesuffix("-sig")
    end = _end(raw[:64].decode(codec, "replace").lstrip("\ufeff"))
    run_in = next((numbers for header, numbers in _RUN_IN if header.match(raw)), None)
    parts: list[bytes] = []
    done, total, line = 0, 0, 1
    for start, stop in _stretches(raw, end.encode(), len(raw) if codec.startswith(("utf-16", "utf-32")) else _STRETCH):
        text = raw[start:stop].decode(codec, "replace")
        _refuse_sensitive(text, name, line)
        line += text.count("\n")
        fixed, apart = run_in.subn(lambda found: found[1] + mask(found[2]), text) if run_in else (text, 0)
        redacted, count = _redact_pieces(fixed, end)
        if count + apart:
            parts += (raw[done:start], redacted.encode(codec))
            done, total = stop, total + count + apart
    return (b"".join((*parts, raw[done:])), total) if total else (raw, 0)


def _stretches(raw: bytes, end: bytes, size: int) -> Iterator[tuple[int, int]]:
    """Yield where stretches of a few megabytes begin and stop, so that a long file is not in memory four times."""
    start = 0
    while start < len(raw):
        stop = raw.find(end, min(start + size, len(raw))) + 1 or len(raw)
        yield start, stop
        start = stop


def _redact_parquet(raw: bytes) -> tuple[bytes, int]:
    try:
        frame = pl.read_parquet(io.BytesIO(raw))
    except (pl.exceptions.PolarsError, OSError):
        return raw, 0  # the importer says what is wrong with it
    total = 0
    for column in frame.select(pl.col(pl.String)).iter_columns():
        hits = column.str.contains(f"{_MAY_HOLD}|{_MAY_BE_SOCIAL}").fill_null(value=False).arg_true()
        cut = {index: _redact_line(column[index]) for index in hits}
        total += sum(count for _, count in cut.values())
        frame = frame.with_columns(column.scatter(list(cut), [text for text, _ in cut.values()]))
    if not total:
        return raw, 0
    out = io.BytesIO()
    frame.write_parquet(out)
    return out.getvalue(), total


def _redact_ole(raw: bytes) -> tuple[bytes, int]:
    """Cut numbers in an old Excel file: 8-bit strings, 16-bit strings, and numeric cells (IEEE doubles)."""
    text, count = redact(raw.decode("latin-1"))
    content = text.encode("latin-1")
    for found in set(re.findall(rb"(?:[0-9]\0){12,19}", content)):
        number = found.decode("utf-16-le")
        if is_card_number(number):
            content, count = content.replace(found, mask(number).encode("utf-16-le")), count + 1

    def cut(found: re.Match[bytes]) -> bytes:
        nonlocal count
        (value,) = struct.unpack("<d", found[2])
        number = f"{value:.0f}" if 1e11 < value < 1e19 else ""
        if not number or not is_card_number(number):
            return found[0]
        count += 1
        return found[1] + struct.pack("<d", float(number[-4:]))

    return _NUMBER_RECORD.sub(cut, content), count


def _redact_zip(raw: bytes, name: str) -> tuple[bytes, int]:
    """Redact each XML or text part of an archive; only an archive that held a number is written anew."""
    total = 0
    contents: list[bytes] = []
    try:
        source = zipfile.ZipFile(io.BytesIO(raw))
        parts = source.infolist()
        unpacked = sum(part.file_size for part in parts)
        if unpacked > min(MAX_UNPACKED_BYTES, MAX_RATIO * len(raw)) or len(parts) > 1000:
            return raw, 0
        names = [part.filename for part in parts]
        if len(set(names)) < len(names):
            return raw, 0
        for part in parts:
            cut = _redact_sheet if part.filename.startswith("xl/worksheets/") else _redact_text
            content, count = cut(source.read(part), name)
            contents.append(content)
            total += count
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError, NotImplementedError):
        return raw, 0  # the spreadsheet importer says what is wrong with it
    if not total:
        return raw, 0
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for part, content in zip(parts, contents, strict=True):
            target.writestr(part, content)
    return out.getvalue(), total


def _redact_sheet(raw: bytes, name: str) -> tuple[bytes, int]:
    """Redact a worksheet: numeric cells stay numbers, so their digits become zeros."""
    count = 0

    def cut(found: re.Match[bytes]) -> bytes:
        nonlocal count
        number = f"{float(found[1]):.0f}"
        if not is_card_number(number):
            return found[0]
        count += 1
        return b"<v>" + number[-4:].encode() + b"</v>"

    content, rest = _redact_text(_NUMERIC_CELL.sub(cut, raw), name)
    return content, rest + count


def _refuse_sensitive(text: str, name: str, first: int = 1) -> None:
    whole = pl.Series([text]).str
    if whole.contains(_SENSITIVE).any():
        lines = whole.split("\n").explode().str.contains(_SENSITIVE).arg_true()
        cure = "ask the sender for a file without it, and delete this one"
        message = "this line holds a card verification value, PIN or magnetic-stripe data, which may never be kept"
        for line in lines.head(1):
            raise Refused(Fault("sensitive-authentication-data", Place(name, first + line), message, cure))
