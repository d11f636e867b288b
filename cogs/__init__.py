"""Thin shells over the engine: events and slash commands in, words back. Decide nothing, store nothing."""
