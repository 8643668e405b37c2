"""What a project costs and earns: stated costs and prices beside the removals of a run."""
