"""Text across the border: blog HTML to Discord markdown and back. Does not know ids, network or database."""
