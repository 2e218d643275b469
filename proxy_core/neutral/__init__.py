"""The neutral model that every client dialect and every upstream family translates to and from."""
