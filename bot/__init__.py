"""Commonthread keeps a blog's discussion and a Discord server's discussion one conversation."""
