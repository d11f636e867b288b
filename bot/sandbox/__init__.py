"""A loopback Discord and a loopback blog, by the published rules. Imports nothing of the product."""
