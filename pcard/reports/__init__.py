"""Frames to a report, and a report or a table to what people open: terminal, HTML, XLSX, CSV, JSON."""
