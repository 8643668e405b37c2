"""Views from above: rasters read by what their bands are, onto one grid, and made into predictors.

Nothing here knows the project file. A raster states what it holds (data type, no data, scale, offset, unit);
what it states is held against what its kind allows, and is never guessed.
"""
