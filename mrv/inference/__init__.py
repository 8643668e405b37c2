"""How a map and plots become a mean with an error that can be defended.

A map predicts; plots tell how far it is off. Which of the two carries the estimate depends on how the
plots were chosen and on how far the map reaches: :mod:`mrv.inference.rules` decides, the other modules
compute. Nothing here reads a file; predictions come from :mod:`mrv.mapping` or from a map made elsewhere.
"""
