"""What figures, pools and sources of error are called where people read them."""

from __future__ import annotations

TOTAL = "total"

POOLS = {
    "agb": "AGB",
    "bgb": "BGB",
    "dead_wood": "dead wood",
    "downed_wood": "downed wood",
    "litter": "litter",
    "understory": "understory",
    "pneumatophores": "pneumatophores",
}
"""Pools of plots, in the order and by the name in which they are printed; soil has tables of its own."""

POOL_NAMES = {**POOLS, "soil": "soil"}
"""Names of all pools."""

SPELT_OUT = {**POOL_NAMES, "agb": "above-ground biomass", "bgb": "below-ground biomass"}
"""Names of pools for readers to whom abbreviations say nothing."""

COMPONENTS = {
    "sampling": "sampling of plots",
    "equation_choice": "choice of equation",
    "equation_parameters": "coefficients of equations",
    "wood_density": "wood density",
    "height_model": "fitted heights",
    "measuring_bias": "bias of measuring",
    "extrapolation": "extrapolation of equations",
    "dead_wood": "dead trees",
    "carbon_fraction": "carbon fraction",
    "root_shoot_ratio": "root:shoot ratio",
    "area": "areas",
    "baseline": "numbers of the baseline",
    "stated_amounts": "emissions, leakage and other stated amounts",
    "soil": "soil in the sink",
    "soil_sampling": "sampling of soil",
    "soil_laboratory_carbon": "carbon of the laboratory",
    "soil_bulk_density": "bulk density of soil",
    "soil_loss_on_ignition_line": "line on loss on ignition",
    "soil_compaction": "compaction of cores",
    "soil_gap_rule": "rule for gaps in cores",
    "soil_layer_carbon": "carbon of the accreted layer",
    "soil_allochthonous_share": "soil carbon from elsewhere",
    "soil_default_rate": "default rate of soil",
    "soil_gas_flux": "gas fluxes of soil",
    "ground_pools": "pools on the ground",
}
"""Sources of error."""

CREDIT_LINES = (
    ("net_removals_t_co2e", "Net removals"),
    ("net_removals_per_hectare_year_t_co2e_ha_yr", "per hectare and year"),
    ("relative_uncertainty_sampling", "Relative uncertainty (sampling only)"),
    ("relative_uncertainty_total", "Relative uncertainty (all errors)"),
    ("uncertainty_deduction_t_co2e", "Uncertainty deduction"),
    ("buffer_t_co2e", "Buffer"),
    ("creditable_removals_t_co2e", "Creditable removals"),
    ("creditable_removals_under_total_t_co2e", "if all errors were deducted"),
)
"""Figures of the way to credits, in the order in which they are told."""

CREDIT_STEPS = (
    ("project_emissions_t_co2e", "Project emissions"),
    ("leakage_t_co2e", "Leakage"),
    *CREDIT_LINES,
    ("issuable_removals_t_co2e", "with what was carried in"),
    ("carried_fraction_t_co2e", "carried into the next period"),
)
"""The same with what stands before and after, as reports tell them."""

SHARES = ("relative_uncertainty_sampling", "relative_uncertainty_total")
"""Figures told in per cent."""
