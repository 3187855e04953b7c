"""Printed names of merchants resolved to the vendors of a list."""
