"""The command line: one verb a flow, and the doors for people. Names flows, never stages."""
