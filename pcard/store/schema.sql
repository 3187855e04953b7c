-- Migration 1, frozen: a change of the store is a new migration, never an edit here.
--
-- Money is INTEGER cents (names end in _cents), dates are ISO text, flags are 0 or 1.
-- Facts and decisions are added and never changed; what is undone is named by a decision of act 'undo'.
-- The triggers that refuse UPDATE and DELETE are a speed bump; `pcard audit verify` is the proof.

-- Everything that was ever done, in order. `hash` is the SHA-256 of the canonical JSON array of all other
-- columns, `previous` the hash of the record before. `body` is canonical JSON: of an import its row in
-- `imports` and, per table, the number of its rows and their digest; of a decision its row in `decisions`.
CREATE TABLE trail (
  seq INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  who TEXT NOT NULL,
  tool TEXT NOT NULL,
  act TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;

-- One row per document taken in; shown as I-0001. `sha256` is of the file as received, `kept_sha256` of the copy
-- in originals/<sha256>, from which card and account numbers are cut. `amounts` is JSON: cents by currency;
-- `unbalanced` the control figures that did not agree and were accepted by a person.
CREATE TABLE imports (
  import_no INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL UNIQUE REFERENCES trail (seq),
  document TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  kept_sha256 TEXT NOT NULL,
  importer TEXT NOT NULL,
  accepted INTEGER NOT NULL,
  already_present INTEGER NOT NULL,
  skipped INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  statements INTEGER NOT NULL,
  amounts TEXT NOT NULL,
  unbalanced TEXT
) STRICT;
CREATE INDEX imports_by_sha256 ON imports (sha256);

-- One row per act of a person; shown as D-000001. An undo names a decision or an import as its subject.
CREATE TABLE decisions (
  decision_no INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL UNIQUE REFERENCES trail (seq),
  act TEXT NOT NULL,
  subject TEXT NOT NULL,
  evidence_kind TEXT,
  evidence_id TEXT,
  value TEXT,
  reason TEXT,
  replaces TEXT,
  amount_cents INTEGER
) STRICT;
CREATE INDEX decisions_by_subject ON decisions (subject);

-- What was not taken of documents that were taken, and why. In this and the tables below `seal` is the start of
-- the SHA-256 of the row's other columns as a canonical JSON array; by it an edited row is found.
CREATE TABLE refusals (
  import_no INTEGER NOT NULL REFERENCES imports (import_no),
  row_no INTEGER NOT NULL,
  document TEXT NOT NULL,
  line INTEGER,
  "table" TEXT,
  state TEXT NOT NULL,
  code TEXT NOT NULL,
  field TEXT,
  value TEXT,
  message TEXT NOT NULL,
  cure TEXT NOT NULL,
  amount_cents INTEGER,
  seal TEXT NOT NULL,
  PRIMARY KEY (import_no, row_no)
) STRICT, WITHOUT ROWID;

-- The records: every line of every import. `identity` makes two copies of a line one.
CREATE TABLE transactions (
  import_no INTEGER NOT NULL REFERENCES imports (import_no),
  row_no INTEGER NOT NULL,
  transaction_id TEXT NOT NULL,
  id TEXT,
  date TEXT NOT NULL,
  posted TEXT NOT NULL,
  amount_cents INTEGER NOT NULL,
  merchant TEXT NOT NULL,
  account TEXT,
  card TEXT,
  cardholder TEXT,
  site TEXT,
  kind TEXT NOT NULL,
  currency TEXT,
  original_amount_cents INTEGER,
  original_currency TEXT,
  mcc TEXT,
  reference TEXT,
  po_number TEXT,
  sales_tax_cents INTEGER,
  city TEXT,
  state TEXT,
  country TEXT,
  description TEXT,
  large_ticket INTEGER CHECK (large_ticket IN (0, 1)),
  fund TEXT,
  memo INTEGER NOT NULL CHECK (memo IN (0, 1)),
  extra TEXT,
  identity TEXT NOT NULL,
  document TEXT NOT NULL,
  line INTEGER NOT NULL,
  seal TEXT NOT NULL,
  PRIMARY KEY (import_no, row_no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX transactions_by_identity ON transactions (identity, import_no);
CREATE INDEX transactions_by_id ON transactions (transaction_id);

CREATE TABLE statements (
  import_no INTEGER NOT NULL REFERENCES imports (import_no),
  row_no INTEGER NOT NULL,
  account TEXT NOT NULL,
  kind TEXT NOT NULL,
  opened TEXT,
  closed TEXT NOT NULL,
  cycle TEXT,
  opening_balance_cents INTEGER,
  closing_balance_cents INTEGER,
  credit_limit_cents INTEGER,
  minimum_due_cents INTEGER,
  due TEXT,
  charges_cents INTEGER,
  credits_cents INTEGER,
  payments_cents INTEGER,
  count INTEGER,
  currency TEXT,
  identity TEXT NOT NULL,
  document TEXT NOT NULL,
  line INTEGER NOT NULL,
  seal TEXT NOT NULL,
  PRIMARY KEY (import_no, row_no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX statements_by_identity ON statements (identity, import_no);

CREATE TABLE bank_lines (
  import_no INTEGER NOT NULL REFERENCES imports (import_no),
  row_no INTEGER NOT NULL,
  date TEXT NOT NULL,
  amount_cents INTEGER NOT NULL,
  description TEXT NOT NULL,
  account TEXT,
  reference TEXT,
  type TEXT,
  currency TEXT,
  kind TEXT,
  identity TEXT NOT NULL,
  document TEXT NOT NULL,
  line INTEGER NOT NULL,
  seal TEXT NOT NULL,
  PRIMARY KEY (import_no, row_no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX bank_lines_by_identity ON bank_lines (identity, import_no);

CREATE TABLE receipts (
  import_no INTEGER NOT NULL REFERENCES imports (import_no),
  row_no INTEGER NOT NULL,
  id TEXT NOT NULL,
  vendor TEXT,
  date TEXT,
  total_cents INTEGER,
  file TEXT,
  "transaction" TEXT,
  kind TEXT,
  tax_cents INTEGER,
  cardholder TEXT,
  card TEXT,
  site TEXT,
  po_number TEXT,
  order_number TEXT,
  purpose TEXT,
  received_by TEXT,
  description TEXT,
  identity TEXT NOT NULL,
  document TEXT NOT NULL,
  line INTEGER NOT NULL,
  seal TEXT NOT NULL,
  PRIMARY KEY (import_no, row_no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX receipts_by_identity ON receipts (identity, import_no);

CREATE TABLE orders (
  import_no INTEGER NOT NULL REFERENCES imports (import_no),
  row_no INTEGER NOT NULL,
  po_number TEXT NOT NULL,
  vendor TEXT NOT NULL,
  date TEXT NOT NULL,
  amount_cents INTEGER NOT NULL,
  kind TEXT,
  open_amount_cents INTEGER,
  site TEXT,
  requester TEXT,
  approver TEXT,
  approved_on TEXT,
  status TEXT,
  fund TEXT,
  identity TEXT NOT NULL,
  document TEXT NOT NULL,
  line INTEGER NOT NULL,
  seal TEXT NOT NULL,
  PRIMARY KEY (import_no, row_no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX orders_by_identity ON orders (identity, import_no);

CREATE TABLE cards (
  import_no INTEGER NOT NULL REFERENCES imports (import_no),
  row_no INTEGER NOT NULL,
  card TEXT NOT NULL,
  cardholder TEXT NOT NULL,
  type TEXT,
  custodian TEXT,
  replaces TEXT,
  account TEXT,
  site TEXT,
  profile TEXT,
  approver TEXT,
  single_limit_cents INTEGER,
  cycle_limit_cents INTEGER,
  amount_cents INTEGER,
  opened TEXT,
  closed TEXT,
  ends TEXT,
  identity TEXT NOT NULL,
  document TEXT NOT NULL,
  line INTEGER NOT NULL,
  seal TEXT NOT NULL,
  PRIMARY KEY (import_no, row_no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX cards_by_identity ON cards (identity, import_no);

CREATE TABLE sites (
  import_no INTEGER NOT NULL REFERENCES imports (import_no),
  row_no INTEGER NOT NULL,
  site TEXT NOT NULL,
  name TEXT NOT NULL,
  enrollment INTEGER,
  fund TEXT,
  identity TEXT NOT NULL,
  document TEXT NOT NULL,
  line INTEGER NOT NULL,
  seal TEXT NOT NULL,
  PRIMARY KEY (import_no, row_no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX sites_by_identity ON sites (identity, import_no);

CREATE TABLE people (
  import_no INTEGER NOT NULL REFERENCES imports (import_no),
  row_no INTEGER NOT NULL,
  person TEXT NOT NULL,
  name TEXT,
  email TEXT,
  language TEXT,
  reports_to TEXT,
  employed_from TEXT,
  employed_to TEXT,
  site TEXT,
  identity TEXT NOT NULL,
  document TEXT NOT NULL,
  line INTEGER NOT NULL,
  seal TEXT NOT NULL,
  PRIMARY KEY (import_no, row_no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX people_by_identity ON people (identity, import_no);

CREATE TABLE vendors (
  import_no INTEGER NOT NULL REFERENCES imports (import_no),
  row_no INTEGER NOT NULL,
  vendor TEXT NOT NULL,
  name TEXT NOT NULL,
  accepts_po INTEGER CHECK (accepts_po IN (0, 1)),
  accepts_card INTEGER CHECK (accepts_card IN (0, 1)),
  contract INTEGER CHECK (contract IN (0, 1)),
  tax_id_last4 TEXT,
  identity TEXT NOT NULL,
  document TEXT NOT NULL,
  line INTEGER NOT NULL,
  seal TEXT NOT NULL,
  PRIMARY KEY (import_no, row_no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX vendors_by_identity ON vendors (identity, import_no);

CREATE TABLE ap_payments (
  import_no INTEGER NOT NULL REFERENCES imports (import_no),
  row_no INTEGER NOT NULL,
  vendor TEXT NOT NULL,
  date TEXT NOT NULL,
  amount_cents INTEGER NOT NULL,
  payment_no TEXT,
  method TEXT,
  status TEXT,
  payee_type TEXT,
  invoice TEXT,
  po_number TEXT,
  fund TEXT,
  identity TEXT NOT NULL,
  document TEXT NOT NULL,
  line INTEGER NOT NULL,
  seal TEXT NOT NULL,
  PRIMARY KEY (import_no, row_no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX ap_payments_by_identity ON ap_payments (identity, import_no);

CREATE TABLE coding (
  import_no INTEGER NOT NULL REFERENCES imports (import_no),
  row_no INTEGER NOT NULL,
  "transaction" TEXT NOT NULL,
  line_no TEXT NOT NULL,
  amount_cents INTEGER NOT NULL,
  account_code TEXT,
  site TEXT,
  fund TEXT,
  purpose TEXT,
  identity TEXT NOT NULL,
  document TEXT NOT NULL,
  line INTEGER NOT NULL,
  seal TEXT NOT NULL,
  PRIMARY KEY (import_no, row_no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX coding_by_identity ON coding (identity, import_no);

CREATE TABLE approvals (
  import_no INTEGER NOT NULL REFERENCES imports (import_no),
  row_no INTEGER NOT NULL,
  "transaction" TEXT,
  po_number TEXT,
  step TEXT NOT NULL,
  person TEXT NOT NULL,
  "on" TEXT NOT NULL,
  identity TEXT NOT NULL,
  document TEXT NOT NULL,
  line INTEGER NOT NULL,
  seal TEXT NOT NULL,
  PRIMARY KEY (import_no, row_no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX approvals_by_identity ON approvals (identity, import_no);

CREATE TABLE custody (
  import_no INTEGER NOT NULL REFERENCES imports (import_no),
  row_no INTEGER NOT NULL,
  card TEXT NOT NULL,
  person TEXT NOT NULL,
  out TEXT NOT NULL,
  "in" TEXT,
  purpose TEXT,
  identity TEXT NOT NULL,
  document TEXT NOT NULL,
  line INTEGER NOT NULL,
  seal TEXT NOT NULL,
  PRIMARY KEY (import_no, row_no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX custody_by_identity ON custody (identity, import_no);

CREATE TABLE disputes (
  import_no INTEGER NOT NULL REFERENCES imports (import_no),
  row_no INTEGER NOT NULL,
  "transaction" TEXT NOT NULL,
  opened TEXT NOT NULL,
  reason TEXT,
  provisional_credit_cents INTEGER,
  final TEXT,
  reversed INTEGER CHECK (reversed IN (0, 1)),
  identity TEXT NOT NULL,
  document TEXT NOT NULL,
  line INTEGER NOT NULL,
  seal TEXT NOT NULL,
  PRIMARY KEY (import_no, row_no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX disputes_by_identity ON disputes (identity, import_no);

CREATE TRIGGER trail_no_update BEFORE UPDATE ON trail BEGIN
  SELECT RAISE (ABORT, 'trail is never changed');
END;
CREATE TRIGGER trail_no_delete BEFORE DELETE ON trail BEGIN
  SELECT RAISE (ABORT, 'trail is never changed');
END;
CREATE TRIGGER imports_no_update BEFORE UPDATE ON imports BEGIN
  SELECT RAISE (ABORT, 'imports is never changed');
END;
CREATE TRIGGER imports_no_delete BEFORE DELETE ON imports BEGIN
  SELECT RAISE (ABORT, 'imports is never changed');
END;
CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions BEGIN
  SELECT RAISE (ABORT, 'decisions is never changed');
END;
CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions BEGIN
  SELECT RAISE (ABORT, 'decisions is never changed');
END;
CREATE TRIGGER refusals_no_update BEFORE UPDATE ON refusals BEGIN
  SELECT RAISE (ABORT, 'refusals is never changed');
END;
CREATE TRIGGER refusals_no_delete BEFORE DELETE ON refusals BEGIN
  SELECT RAISE (ABORT, 'refusals is never changed');
END;
CREATE TRIGGER transactions_no_update BEFORE UPDATE ON transactions BEGIN
  SELECT RAISE (ABORT, 'transactions is never changed');
END;
CREATE TRIGGER transactions_no_delete BEFORE DELETE ON transactions BEGIN
  SELECT RAISE (ABORT, 'transactions is never changed');
END;
CREATE TRIGGER statements_no_update BEFORE UPDATE ON statements BEGIN
  SELECT RAISE (ABORT, 'statements is never changed');
END;
CREATE TRIGGER statements_no_delete BEFORE DELETE ON statements BEGIN
  SELECT RAISE (ABORT, 'statements is never changed');
END;
CREATE TRIGGER bank_lines_no_update BEFORE UPDATE ON bank_lines BEGIN
  SELECT RAISE (ABORT, 'bank_lines is never changed');
END;
CREATE TRIGGER bank_lines_no_delete BEFORE DELETE ON bank_lines BEGIN
  SELECT RAISE (ABORT, 'bank_lines is never changed');
END;
CREATE TRIGGER receipts_no_update BEFORE UPDATE ON receipts BEGIN
  SELECT RAISE (ABORT, 'receipts is never changed');
END;
CREATE TRIGGER receipts_no_delete BEFORE DELETE ON receipts BEGIN
  SELECT RAISE (ABORT, 'receipts is never changed');
END;
CREATE TRIGGER orders_no_update BEFORE UPDATE ON orders BEGIN
  SELECT RAISE (ABORT, 'orders is never changed');
END;
CREATE TRIGGER orders_no_delete BEFORE DELETE ON orders BEGIN
  SELECT RAISE (ABORT, 'orders is never changed');
END;
CREATE TRIGGER cards_no_update BEFORE UPDATE ON cards BEGIN
  SELECT RAISE (ABORT, 'cards is never changed');
END;
CREATE TRIGGER cards_no_delete BEFORE DELETE ON cards BEGIN
  SELECT RAISE (ABORT, 'cards is never changed');
END;
CREATE TRIGGER sites_no_update BEFORE UPDATE ON sites BEGIN
  SELECT RAISE (ABORT, 'sites is never changed');
END;
CREATE TRIGGER sites_no_delete BEFORE DELETE ON sites BEGIN
  SELECT RAISE (ABORT, 'sites is never changed');
END;
CREATE TRIGGER people_no_update BEFORE UPDATE ON people BEGIN
  SELECT RAISE (ABORT, 'people is never changed');
END;
CREATE TRIGGER people_no_delete BEFORE DELETE ON people BEGIN
  SELECT RAISE (ABORT, 'people is never changed');
END;
CREATE TRIGGER vendors_no_update BEFORE UPDATE ON vendors BEGIN
  SELECT RAISE (ABORT, 'vendors is never changed');
END;
CREATE TRIGGER vendors_no_delete BEFORE DELETE ON vendors BEGIN
  SELECT RAISE (ABORT, 'vendors is never changed');
END;
CREATE TRIGGER ap_payments_no_update BEFORE UPDATE ON ap_payments BEGIN
  SELECT RAISE (ABORT, 'ap_payments is never changed');
END;
CREATE TRIGGER ap_payments_no_delete BEFORE DELETE ON ap_payments BEGIN
  SELECT RAISE (ABORT, 'ap_payments is never changed');
END;
CREATE TRIGGER coding_no_update BEFORE UPDATE ON coding BEGIN
  SELECT RAISE (ABORT, 'coding is never changed');
END;
CREATE TRIGGER coding_no_delete BEFORE DELETE ON coding BEGIN
  SELECT RAISE (ABORT, 'coding is never changed');
END;
CREATE TRIGGER approvals_no_update BEFORE UPDATE ON approvals BEGIN
  SELECT RAISE (ABORT, 'approvals is never changed');
END;
CREATE TRIGGER approvals_no_delete BEFORE DELETE ON approvals BEGIN
  SELECT RAISE (ABORT, 'approvals is never changed');
END;
CREATE TRIGGER custody_no_update BEFORE UPDATE ON custody BEGIN
  SELECT RAISE (ABORT, 'custody is never changed');
END;
CREATE TRIGGER custody_no_delete BEFORE DELETE ON custody BEGIN
  SELECT RAISE (ABORT, 'custody is never changed');
END;
CREATE TRIGGER disputes_no_update BEFORE UPDATE ON disputes BEGIN
  SELECT RAISE (ABORT, 'disputes is never changed');
END;
CREATE TRIGGER disputes_no_delete BEFORE DELETE ON disputes BEGIN
  SELECT RAISE (ABORT, 'disputes is never changed');
END;
