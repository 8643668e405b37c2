"""Reference tables with their sources, and the demo project."""
