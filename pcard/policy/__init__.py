"""Rules as data: packs of them are loaded, linted, tested, explained, and judge a ledger.

loading (YAML -> Policy) -> subject (one wide frame) -> finding (who is met) -> flagging (flags with words)
"""
