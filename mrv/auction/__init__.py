"""Selling units of a ledger: lots and their checks, documents for buyers, and what follows the hammer."""
