"""Text across the border: blog HTML to Discord markdown and back. Knows no ids, no network, no database."""
