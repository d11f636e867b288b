"""Blog HTML to Discord markdown: read into blocks, settle marks and escapes, write, cut. Does not know the way back."""
