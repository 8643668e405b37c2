"""The main job, from a project file to a folder of results, and the explanation of any figure in it."""
