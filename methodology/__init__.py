"""What authorities wrote: one folder per methodology, read through :mod:`mrv.methodologies`."""
