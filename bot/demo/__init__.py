"""What the demo command shows: a stage with both sides, and the real bot between them. Fakes nothing of the bot."""
