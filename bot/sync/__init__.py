"""Pure decisions and the one loop that carries them out. Speaks to the world through ports alone."""
