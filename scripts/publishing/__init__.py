"""Copies of the public marts for readers who do not open the warehouse."""
