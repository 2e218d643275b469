"""Real clients against the demo: `make clients`. A program, not a part of the test run."""
