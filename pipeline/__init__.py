"""
Watch news feeds for how East Asian positions toward Ukraine move, and say so with proof.

The flow, as a pipe; each word is a package here, a function in ``flows.py``, a sub-command, a task::

    feeds | poll | dedup | classify | detect | alert      every ten minutes
                                      detect | digest     every Monday

``domain`` holds the nouns. A file named after an outside thing (``http``, ``store``, ``slack``,
``smtp``, ``artifact``) touches it; every other file decides and touches nothing.
"""
