-- Version 2: what the bank says of its rebate.
CREATE TABLE rebate_reports (
  import_no INTEGER NOT NULL REFERENCES imports (import_no),
  row_no INTEGER NOT NULL,
  rebate_type TEXT NOT NULL,
  amount_cents INTEGER NOT NULL,
  rebate_cents INTEGER,
  rate TEXT,
  date TEXT,
  merchant TEXT,
  reference TEXT,
  period TEXT,
  credits_cents INTEGER,
  write_offs_cents INTEGER,
  extra TEXT,
  identity TEXT NOT NULL,
  document TEXT NOT NULL,
  line INTEGER NOT NULL,
  seal TEXT NOT NULL,
  PRIMARY KEY (import_no, row_no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX rebate_reports_by_identity ON rebate_reports (identity, import_no);

CREATE TRIGGER rebate_reports_no_update BEFORE UPDATE ON rebate_reports BEGIN
  SELECT RAISE (ABORT, 'rebate_reports is never changed');
END;
CREATE TRIGGER rebate_reports_no_delete BEFORE DELETE ON rebate_reports BEGIN
  SELECT RAISE (ABORT, 'rebate_reports is never changed');
END;
