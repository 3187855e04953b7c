"""Tables: canonical headers, and layouts that a profile describes, in delimited text and workbooks."""
