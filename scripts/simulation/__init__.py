"""The simulated world behind the demo project, one module per part of it."""
