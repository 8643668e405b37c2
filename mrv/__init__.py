"""Measurement, reporting and verification of mangrove blue carbon.

From plot surveys to per-hectare carbon sinks under a protection-project methodology, with an
uncertainty and an equation trail behind every figure.
"""

__version__ = "0.1.0"
