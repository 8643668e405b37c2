"""From measured trees to dry biomass per hectare of plot."""
