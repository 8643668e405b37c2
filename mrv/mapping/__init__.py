"""Biomass maps: models of above-ground biomass fitted to plots, judged, and applied to a whole area."""
