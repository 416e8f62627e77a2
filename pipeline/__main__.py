"""``python -m pipeline VERB``: what ``./run`` calls."""

import sys

from pipeline.cli.verbs import main

if __name__ == "__main__":
    sys.exit(main())
