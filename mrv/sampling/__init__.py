"""Drawing the places of plots: from a seed, in a stated way, with known chances."""
