"""Evidence taken into a workspace: the original by its hash, and no full card number in any byte of any sink."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default as rules
from pathlib import Path

import pytest
from click.testing import CliRunner

from fixtures.make_evidence import texts
from fixtures.make_evidence.__main__ import HERE, JPEG
from fixtures.make_evidence.pdfs import pdf_of
from pcard.cli import main
from tests.importers.evidence.test_image_zip import archive
from tests.importers.evidence.test_messages import mail

NUMBER = texts.CARD_NUMBER
SECRETS = (NUMBER, NUMBER.replace(" ", ""), NUMBER[:14], NUMBER.replace(" ", "")[:12])
SHOWING = texts.SLIP.replace("************4471", NUMBER)


def run(*args: object) -> str:
    result = CliRunner().invoke(main, [str(one) for one in args])
    assert "Traceback" not in result.output
    return result.output


def unpacked(content: bytes) -> Iterator[bytes]:
    """Yield bytes and whatever is packed in them: parts of archives and messages, streams of PDFs."""
    yield content
    yield content.replace(b"\0", b"")
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for name in packed.namelist():
                yield from unpacked(packed.read(name))
    if content[:2000].count(b"\nSubject:"):
        for part in message_from_bytes(content, policy=rules).walk():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                yield from unpacked(payload)
    for start in re.finditer(rb"stream\r?\n", content):
        try:
            yield zlib.decompressobj().decompress(content[start.end() :])
        except zlib.error:
            continue


@pytest.fixture
def sent(tmp_path: Path) -> list[Path]:
    """Files that hold a full card number where a search of their bytes does not find it."""
    message = mail("x", f"paid with {NUMBER}")
    message.set_content(f"Order total $5.00\nCard {NUMBER}", cte="base64")
    message.add_attachment(pdf_of([SHOWING]), maintype="application", subtype="pdf", filename="slip.pdf")
    files = {
        "shown.pdf": pdf_of([SHOWING]),
        "open.pdf": pdf_of([SHOWING], packed=False),
        "unseen.pdf": pdf_of([texts.SLIP], unseen=SHOWING),
        "packet.pdf": pdf_of([texts.LOG, SHOWING, texts.INVOICE_TOP]),
        "portal.zip": archive(
            {
                "12345.jpg": JPEG,
                f"{NUMBER}.jpg": JPEG + b"1",
                "12346.pdf": pdf_of([SHOWING]),
                "more.zip": archive({"a.txt": NUMBER.encode()}),
            }
        ),
        "mail.eml": message.as_bytes(),
        f"card {NUMBER}.pdf": pdf_of([texts.SLIP]),
    }
    for name, content in files.items():
        assert any(secret.encode() in part for part in unpacked(content) for secret in SECRETS) or NUMBER in name
        (tmp_path / name).write_bytes(content)
    return [tmp_path / name for name in files]


def test_no_card_number_survives_in_any_sink(tmp_path: Path, sent: list[Path]) -> None:
    root = tmp_path / "w"
    run("init", root)
    said = run("import", "-w", root, *sent)
    assert f"{len(sent)} of {len(sent)} documents taken" in said
    said += "".join(run("export", what, "-w", root, "--format", "csv") for what in ("receipts", "refusals"))
    sinks = [said.encode(), *(path.read_bytes() for path in root.rglob("*") if path.is_file())]
    assert len(sinks) > len(sent)
    for content in sinks:
        for part in unpacked(content):
            assert not [secret for secret in SECRETS if secret.encode() in part]
    for path in sent:
        assert (root / "originals" / hashlib.sha256(path.read_bytes()).hexdigest()).exists()
    assert "the chain holds" in run("audit", "verify", "-w", root)


def test_the_original_stays_by_its_hash_and_again_changes_nothing(tmp_path: Path) -> None:
    root, path = tmp_path / "w", HERE / "packet" / "gallegos-2026-05.pdf"
    run("init", root)
    run("import", "-w", root, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert (root / "originals" / digest).read_bytes() == path.read_bytes()
    assert "0 lines taken, 4 already here" in run("import", "-w", root, path)


def test_the_same_receipt_by_mail_and_in_an_archive_is_one(tmp_path: Path) -> None:
    root, slip = tmp_path / "w", pdf_of([texts.SLIP])
    run("init", root)
    message = mail()
    message.add_attachment(slip, maintype="application", subtype="pdf", filename="slip.pdf")
    (tmp_path / "mail.eml").write_bytes(message.as_bytes())
    (tmp_path / "slip.pdf").write_bytes(slip)
    run("import", "-w", root, tmp_path / "mail.eml", tmp_path / "slip.pdf")
    assert run("export", "receipts", "-w", root, "--format", "csv").count("CEDAR HARDWARE") == 1


def test_an_explanation_points_at_the_page(tmp_path: Path) -> None:
    root, charges = tmp_path / "w", tmp_path / "charges.csv"
    charges.write_text("id,date,amount,merchant,card\nT1,2026-05-06,26.44,CEDAR HARDWARE,2422\n", encoding="utf-8")
    run("init", root)
    run("import", "-w", root, charges, HERE / "packet" / "gallegos-2026-05.pdf")
    assert "is from gallegos-2026-05.pdf, line 2: gallegos-2026-05.pdf#page=2" in run("explain", "-w", root, "T1")
