"""Lets the tests import the training modules, wherever they are started from."""

import sys
from pathlib import Path

TRAINING = Path(__file__).resolve().parents[1]
REPOSITORY = TRAINING.parent
if str(TRAINING) not in sys.path:
    sys.path.insert(0, str(TRAINING))
