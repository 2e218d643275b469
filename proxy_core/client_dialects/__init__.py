"""The wire formats that clients speak to us, one module each, blind to each other."""
