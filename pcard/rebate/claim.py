"""A letter to the bank about a rebate that is not what the contract gives: a draft for a person to send."""

from __future__ import annotations

from datetime import date

from pcard.escape import for_terminal
from pcard.money import show_cents
from pcard.rebate.comparison import Comparison

_MOST_LINES = 25


def claim_letter(found: Comparison, district: str, as_of: date) -> str:
    """Return the draft as plain text; where nothing is owed it says so instead of claiming."""
    about = found.accrual.program.terms.program
    difference = found.difference_cents
    lines = [
        f"{as_of}", "", f"To: {about.issuer}", f"From: {district}",
        f"About: {about.title}, {found.accrual.period.label} ({found.accrual.period.first} to {found.accrual.period.last})",
        "",
    ]  # fmt: skip
    if difference <= 0:
        less = f"{show_cents(-difference)} more than" if difference else "what"
        lines.append(f"Your report {found.report.name} gives {less} the contract gives by our count. We claim nothing.")
        return "\n".join(map(for_terminal, lines)) + "\n"
    lines += [
        f"By the contract the rebate for this period is {show_cents(found.accrual.total_cents)}. Your report",
        f"{found.report.name} gives {show_cents(found.reported_cents)}. We ask you to pay the difference",
        f"of {show_cents(difference)}, or to show us where our count below is mistaken.", "", "By rebate type:",
    ]  # fmt: skip
    for row in found.variance.filter(found.variance["difference_cents"] != 0).iter_rows(named=True):
        lines.append(
            f"- {row['bucket']}: {show_cents(row['our_amount_cents'])} on {show_cents(row['our_volume_cents'])} at "
            f"{_bps(row['our_bps'])} bps; your report {show_cents(row['bank_amount_cents'])} on "
            f"{show_cents(row['bank_volume_cents'])} at {_bps(row['bank_bps'])} bps. Difference "
            f"{show_cents(row['difference_cents'])}: {show_cents(row['of_volume_cents'])} from the volume, "
            f"{show_cents(row['of_rate_cents'])} from the rate, {show_cents(row['of_arithmetic_cents'])} from your "
            f"arithmetic. {'Contract: ' + row['cite'] + '.' if row['cite'] else ''}".rstrip()
        )
    if found.explained.height:
        lines += ["", "Charges that explain it:"]
        largest = found.explained.sort(found.explained["volume_cents"].abs(), descending=True, maintain_order=True)
        for row in largest.head(_MOST_LINES).iter_rows(named=True):
            lines.append(
                f"- {row['date'] or ''} {row['merchant'] or ''} {show_cents(row['amount_cents'])} "
                f"({row['transaction_id'] or 'line ' + str(row['line'])}), {row['bucket']}: {row['why']}"
            )
        if largest.height > _MOST_LINES:
            lines.append(f"- and {largest.height - _MOST_LINES} further charges in the enclosed list")
    return "\n".join(map(for_terminal, lines)) + "\n"


def _bps(rate: object) -> str:
    text = "no" if rate is None else f"{rate:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
