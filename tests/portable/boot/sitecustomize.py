"""Runs first in each Python that finds this folder. DCPKIT_SHIM names the system that is stood for."""

import os
import sys
from pathlib import Path

if os.environ.get("DCPKIT_SHIM"):
    sys.path.insert(0, str(Path(__file__).parents[1]))
    import shim

    del sys.path[0]
    shim.apply(os.environ["DCPKIT_SHIM"])
