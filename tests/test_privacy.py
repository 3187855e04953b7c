"""Full card numbers, put into every column and name there is, end in no byte of any sink."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import CliRunner

from pcard.cli import main

# Public test numbers, never issued.
VISA, MASTERCARD, AMEX = "4111111111111111", "5555555555554444", "378282246310005"
GROUPED = "4111 1111 1111 1111"
SECRETS = (VISA, MASTERCARD, AMEX, GROUPED, VISA[:12], MASTERCARD[:12], AMEX[:11])


def run(*args: str) -> str:
    result = CliRunner().invoke(main, list(args))
    assert "Traceback" not in result.output
    return result.output


def assert_clean(content: bytes, where: str) -> None:
    for part in _parts(content):
        for secret in SECRETS:
            for encoded in (secret.encode(), secret.encode("utf-16-le"), secret.encode("utf-16-be")):
                assert encoded not in part, f"{secret} is in {where}"


def _parts(content: bytes) -> list[bytes]:
    if content.startswith(b"PK\x03\x04"):
        archive = zipfile.ZipFile(io.BytesIO(content))
        return [content, *(archive.read(name) for name in archive.namelist())]
    if content.startswith(b"\x1f\x8b"):
        return [content, gzip.decompress(content)]
    return [content]


def _csv() -> bytes:
    header = "id,date,amount,merchant,account,card,cardholder,reference,po_number,description,my own column"
    row = f"{VISA},2026-05-04,12.50,SHOP {GROUPED},{VISA},{MASTERCARD},JO {AMEX},{VISA},{AMEX},paid with {VISA},{MASTERCARD}"
    return f"{header}\n{row}\nT2,2026-05-05,7.00,CAFE,{VISA},****1111,JO,,,,\n".encode()


def _ofx() -> bytes:
    return f"""OFXHEADER:100
DATA:OFXSGML
VERSION:102

<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260601</SONRS></SIGNONMSGSRSV1>
<CREDITCARDMSGSRSV1><CCSTMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><CCSTMTRS><CURDEF>USD
<CCACCTFROM><ACCTID>{VISA}</CCACCTFROM><BANKTRANLIST><DTSTART>20260501<DTEND>20260531
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260504<TRNAMT>-12.50<FITID>F1<NAME>SHOP {VISA}<MEMO>card {GROUPED}</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>-12.50<DTASOF>20260531</LEDGERBAL></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>
""".encode()


def _xlsx() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["id", "date", "amount", "merchant", "card"])
        sheet.write_row(1, 0, ["X1", "2026-05-06", 3.5, f"SHOP {GROUPED}"])
        sheet.write_number(1, 4, int(VISA))
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (f"export {VISA}.csv", _csv()),
        ("utf16.csv", _csv().decode().encode("utf-16")),
        ("packed.csv.gz", gzip.compress(_csv())),
        ("card.ofx", _ofx()),
        ("book.xlsx", _xlsx()),
        ("broken.csv", _csv().replace(b"12.50", VISA.encode())),  # what is refused is not echoed either
    ],
)
def test_no_sink_holds_a_card_number(tmp_path: Path, name: str, content: bytes) -> None:
    source = tmp_path / "in" / name
    source.parent.mkdir()
    source.write_bytes(content)
    root = tmp_path / "w"
    said = run("init", str(root))
    said += run("import", "-w", str(root), str(source))
    said += run("import", "-w", str(root), str(source), "--json")
    said += run("reconcile", "-w", str(root), "--as-of", "2026-06-30")
    for table in ("transactions", "statements", "refusals", "matches"):
        said += run("export", table, "-w", str(root))
    said += run("audit", "log", "-w", str(root), "--json")
    assert_clean(said.encode(), "what is printed")
    for path in root.rglob("*"):
        assert_clean(path.name.encode(), "a file's name")
        if path.is_file():
            assert_clean(path.read_bytes(), str(path.relative_to(root)))


SOCIAL = ("219-09-4471", "219094471")


@pytest.mark.parametrize(
    ("heading", "cell", "description"),
    [
        ("SSN", SOCIAL[0], ""),
        ("Social Security Number", SOCIAL[1], ""),
        ("emp_ssn", SOCIAL[1], ""),
        ("Note", "", SOCIAL[0]),
    ],
)
def test_no_sink_holds_a_social_security_number(tmp_path: Path, heading: str, cell: str, description: str) -> None:
    run("init", str(tmp_path / "w"))
    file = tmp_path / "charges.csv"
    header = f"id,date,amount,merchant,description,{heading}"
    file.write_text(f"{header}\nT1,2026-09-14,18.40,QUILL CORNER,SSN {description},{cell}\n", encoding="utf-8")
    assert '"accepted": 1' in run("import", "-w", str(tmp_path / "w"), str(file), "--json")
    out = tmp_path / "w" / "out.csv"
    run("export", "-w", str(tmp_path / "w"), "transactions", "--format", "csv", "--out", str(out))
    for path in (tmp_path / "w").rglob("*"):
        if path.is_file():
            assert not any(number.encode() in path.read_bytes() for number in SOCIAL), path
