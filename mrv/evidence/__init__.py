"""Sealed evidence: a run and all that it rests on in one package that nobody can alter unseen."""
