"""What a condition cannot say: pcard's own named checks, behind the door `pcard.checks`, one subject a module.

A check looks at the ledger, and in its settings finds `charges` (what the rule
judges: every field a column, and each setting of money as `$name` in cents, in
force for that charge), `as_of` and `calendar`.
"""
