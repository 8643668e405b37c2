"""Pictures of results: a plate of a map, observed against predicted values, an error budget.

Values in, a picture out; nothing here computes a result. Labels are English, in the font that comes with
matplotlib: then a picture has the same bytes on every machine with the same versions.
"""
