"""Looking for bad data: small functions from tables to what is suspect in them, and which rows it concerns.

Nothing is changed or left out here. What a person decides to leave out stands in the project file.
"""
