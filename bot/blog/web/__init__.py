"""What every kind of blog on the web has: HTTP, addresses, feeds, text. Knows no kind of blog."""
