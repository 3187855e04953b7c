"""A worked example of a pcard plugin."""
