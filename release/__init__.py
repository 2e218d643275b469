"""Makes packages and releases: `python -m release.<module>`. Only the standard library; not part of the product."""
