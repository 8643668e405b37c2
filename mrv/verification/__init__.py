"""Whether a run stands: its files against those of a second run, figure by figure, and checks of its own."""
