"""Areas of map classes and their change, from a map and a reference sample."""
