"""From stocks to a sink: methodologies as named quantities.

Each methodology is a module or a package of this room, found through the entry-point group
``mrv.methodologies`` (:func:`mrv.accounting.registry.find`); folder, module, entry point and id are
the same word. It exposes one object, ``ACCOUNTING``, an :class:`~mrv.accounting.protocol.Accounting`,
that names its modules of equations, its baselines and what a run has to hand in. A run resolves the
numbers with :meth:`mrv.methodologies.Methodology.resolve`, turns them into givens with
:func:`mrv.accounting.given.from_parameters`, adds the measured ones, and calls
:func:`mrv.accounting.engine.evaluate`.
"""
