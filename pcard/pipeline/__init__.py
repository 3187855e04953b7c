"""The stages named in order; pure: no clock, no file, no database.

    documents --ingest--> records --assemble--> Ledger --reconcile--> Conclusions --report--> Report

Two modules, because reading a document needs none of what computing a month does.
"""
