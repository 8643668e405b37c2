"""From plots to strata to the project: design-based estimates with honest intervals."""
