"""One error budget, from the diameter of a tree to a credit: propagation, draws, shares of variance."""
