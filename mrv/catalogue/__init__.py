"""Satellite scenes from catalogues that speak STAC: found, loaded over an area, and listed as evidence."""
