"""Soil organic carbon: from sections of cores to stocks, and from dated layers to rates.

Stocks and rates are estimated and reported with their errors. They enter a sink only by one of two
ways, never by both: the stock difference above a reference plane, or a rate times the years times
the share of the area with cover. Which of the two is the methodology's choice, not this room's.

Depths in cm, bulk density in g/cm³ of dry mass, shares from 0 to 1, stocks in t C/ha. Sections of a
core come as arrays from the surface down.
"""
