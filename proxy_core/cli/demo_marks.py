"""How a demo is recognised: its key and its header. Apart from the demo itself, which loads the simulator."""

__all__ = ["DEMO_HEADER", "DEMO_KEY"]

DEMO_KEY = "sk-demo"
"""Known to everybody: behind it there is only the simulator."""
DEMO_HEADER = "x-demo"
"""Every answer of a demo carries it, with the value `true`."""
