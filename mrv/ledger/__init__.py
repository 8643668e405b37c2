"""The ledger of issued units: frozen entries in a chain of hashes, and what accounts hold by them.

A ledger is a text file of one entry a line. An entry holds one act (an issuance, a transfer, a retirement)
and the hash of the line before it; nothing is ever changed or removed. What every account holds is computed
from the first line on, each time.
"""
