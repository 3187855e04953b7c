"""Names of merchants and vendors as comparable words.

Two lists are read together, because words say more in company: `DRAG BUNT` is
`DRAGBUNT` where the other list writes it so, and a word is worth the more the
fewer names have it.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np
import polars as pl

from pcard.ledger.merchants import merchant_key
from pcard.matching.arrays import UNKNOWN, Floats, Ints
from pcard.matching.vendors.abbreviations import COMMON, FOLDED, TWO_WORDS

MOST_WORDS = 8  # names are no longer, or their ends say nothing
_SHORTEST_GLUED = 5  # letters of a word that may be written as two
_LONG = 8  # letters of a word that may be several, their spaces left out
_LOOKED_AT = 8  # names that begin with such a word
_INITIALS = range(2, 6)  # words that a word of initials may stand for
_GLUE = frozenset({"A", "AN", "AND", "AT", "BY", "DBA", "FOR", "IN", "OF", "ON", "THE", "TO"})
_LEGAL = frozenset(
    {"CO", "COMPANY", "CORP", "CORPORATION", "IC", "INC", "INCORPORATED", "LIMITED", "LLC", "LLLP", "LLP", "LP", "LTD"}
    | {"PC", "PLC", "PLLC"}
)
# In a short list even a common word is rare; so many names of another list are taken to stand beside it.
_LEAN = 10_000
_SHARE, _COMMON_SHARE = 1e-4, 5e-3  # of those, how many have any other word, and one that is common
_OFFICES = (  # a county is one party, whichever of its offices writes the bill
    "AUDITOR|CLERK|TREASURER|TREAS|SHERIFF|SHERIFFS|ASSESSOR|RECORDER|COLLECTOR|COMMISSION|COMMISSIONERS|REGISTER"
    "|REGISTR|REG|DEEDS|DEED|ATTORNEY|OFFICE|OFFICES|OFC"
)
_STEPS: tuple[tuple[str, str], ...] = (
    (r"^SP (\S+ .+)$", "$1"),  # a shop system's mark
    (rf"\bCO ({_OFFICES})\b", "COUNTY $1"),
    (rf"(.) COUNTY(?: STATES?)?(?: (?:{_OFFICES}))+(?: DEPT)?\b", "$1 COUNTY"),
    *((rf"\b{full}\b", short) for full, short in TWO_WORDS.items()),
    (r"\b([A-Z]{1,2}) ?& ?([A-Z])\b", "$1$2"),  # AT & T
    (r"&", " "),
    (r"^(CITY|TOWN|VILLAGE|COUNTY|STATE|PORT|UNIVERSITY|DIOCESE|BOROUGH|TOWNSHIP) OF (?:THE )?(.+)$", "$2 $1"),
    (r"\b([A-Z]) ([A-Z]) ([A-Z])\b", "$1$2$3"),  # initials stand together
    (r"\b([A-Z]) ([A-Z])\b", "$1$2"),
    (r" +", " "),
)


@dataclass(frozen=True)
class Words:
    """The words of distinct names, in order: `codes` (names, MOST_WORDS), -1 where a name has no more.

    `texts` are the words by code, `bits` what each is worth: the log2 of how
    few names have it. `sizes` are the letters of the printed names, `keys`
    their merchant keys, `printed` the names in capitals and digits only.
    """

    codes: Ints
    texts: list[str]
    bits: Floats
    sizes: Ints
    keys: list[str]
    printed: list[str]

    def take(self, rows: slice) -> Words:
        """Return some names' words, by the same codes."""
        own = self.codes[rows], self.texts, self.bits, self.sizes[rows]
        return Words(*own, self.keys[rows], self.printed[rows])

    @cached_property
    def squashed(self) -> list[str]:
        """Each name's words written together."""
        texts = [*self.texts, ""]
        return ["".join(texts[code] for code in row) for row in self.codes.tolist()]

    @cached_property
    def initials(self) -> dict[int, Ints]:
        """For each count of words in a row, and where it starts: the code of the word that its initials spell, or -1."""
        first = np.array([text[0] for text in [*self.texts, " "]])[self.codes]
        ordered = np.array(self.texts)
        order = np.argsort(ordered)
        ordered = ordered[order]
        found: dict[int, Ints] = {}
        for count in _INITIALS:
            runs = np.full((len(self.codes), MOST_WORDS - count + 1), UNKNOWN)
            for start in range(MOST_WORDS - count + 1):
                whole = self.codes[:, start + count - 1] >= 0
                spelt = np.ascontiguousarray(first[whole, start : start + count]).view(f"<U{count}").ravel()
                place = np.minimum(np.searchsorted(ordered, spelt), max(len(ordered) - 1, 0))
                runs[whole, start] = np.where(ordered[place] == spelt, order[place], UNKNOWN)
            found[count] = runs
        return found


def read_words(*lists: pl.Series) -> list[Words]:
    """Return the words of several lists of names, by common codes and weights."""
    names = pl.concat([one.rename("name") for one in lists]).to_frame().with_row_index("row")
    spelt = _glued(_worded(names))
    vocabulary = spelt["word"].unique().sort()
    spelt = spelt.with_columns(code=pl.col("word").cast(pl.Enum(vocabulary)).to_physical().cast(pl.Int64))
    having = spelt.unique(["code", "name"]).group_by("code").len().sort("code")["len"].to_numpy()
    shares = np.where(vocabulary.is_in(sorted(COMMON)), _COMMON_SHARE, _SHARE)
    bits = np.log2((names["name"].n_unique() + _LEAN) / (having + _LEAN * shares))
    codes = np.full((names.height, MOST_WORDS), UNKNOWN)
    codes[spelt["row"].to_numpy(), spelt["place"].to_numpy()] = spelt["code"].to_numpy()
    sizes = names["name"].str.len_chars().to_numpy().astype(np.int64)
    told = names.select(key=merchant_key(pl.col("name")), printed=as_printed(pl.col("name")))
    whole = Words(codes, vocabulary.to_list(), bits, sizes, told["key"].to_list(), told["printed"].to_list())
    ends = np.cumsum([len(one) for one in lists]).tolist()
    return [whole.take(slice(end - len(one), end)) for one, end in zip(lists, ends, strict=True)]


def as_printed(name: pl.Expr) -> pl.Expr:
    """Return names as they are printed, but for case and punctuation."""
    return name.str.to_uppercase().str.replace_all(r"[^\pL\pN]", "")


def _worded(names: pl.DataFrame) -> pl.DataFrame:
    """Return one row per word: row, name, word; words that say nothing are left out where others stay."""
    text = merchant_key(pl.col("name"))
    for pattern, put in _STEPS:
        text = text.str.replace_all(pattern, put)
    plain = text.str.replace_all(r"[^A-Z0-9 ]", "").str.strip_chars()
    # A name in another script is one word.
    texts = names.select(pl.when(plain == "").then(text.str.replace_all(r"\s+", "")).otherwise(plain))["name"]
    words = (
        names.with_columns(word=_spaced(texts).str.split(" "))
        .explode("word")
        .filter(pl.col("word").str.len_chars() > 0)
        .with_columns(
            pl.col("word").replace(FOLDED),
            says=~pl.col("word").is_in([*_GLUE, *_LEGAL]),
        )
        .filter(pl.col("says") | ~pl.col("says").any().over("row"))
    )
    return words.select("row", "name", "word")


def _spaced(texts: pl.Series) -> pl.Series:
    """Write a long first word as the words of a name that begins with its letters: `GOLDENPIZZ` as `GOLDEN PIZZ`.

    Some processors leave the spaces out, and cut.
    """
    known = sorted((text.replace(" ", ""), text) for text in texts.unique() if " " in text)
    first = texts.str.extract(r"^(\S+)", 1)
    long = first.filter(first.str.len_chars() >= _LONG).unique().drop_nulls()
    written = {word: words for word in long if (words := _as_words(word, known))}
    start = first.replace(list(written), list(written.values()))
    rest = texts.str.replace(r"^\S+", "")
    return pl.select(pl.concat_str(pl.lit(start), pl.lit(rest), ignore_nulls=True)).to_series()


def _as_words(word: str, known: list[tuple[str, str]]) -> str | None:
    """Return a word spaced as one of the known names is, cut where the word ends; None where none begins so."""
    place = bisect_left(known, (word, ""))
    for squashed, text in known[place : place + _LOOKED_AT]:
        if squashed.startswith(word) and text.index(" ") < len(word):
            letters = (end for end, char in enumerate(text, start=1) if char != " ")
            return text[: next(islice(letters, len(word) - 1, None))]
    return None


def _glued(words: pl.DataFrame) -> pl.DataFrame:
    """Write two words as one where some name does, and number each name's words."""
    both = pl.col("word") + pl.col("word").shift(-1).over("row")
    known = words["word"].unique()
    found = words.with_columns(both=both).with_columns(
        glue=(pl.col("both").is_in(known.implode()) & (pl.col("both").str.len_chars() >= _SHORTEST_GLUED)).fill_null(
            value=False
        )
    )
    first = pl.col("glue") & ~pl.col("glue").shift(1).over("row").fill_null(value=False)
    found = found.with_columns(first=first)
    return (
        found.filter(~pl.col("first").shift(1).over("row").fill_null(value=False))
        .select("row", "name", word=pl.when("first").then("both").otherwise("word"))
        .with_columns(place=pl.int_range(pl.len()).over("row"))
        .filter(pl.col("place") < MOST_WORDS)
    )
