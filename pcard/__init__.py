"""pcard: purchasing cards reconciled, checked against policy, and their rebate recomputed."""

__version__ = "0.1.0"
