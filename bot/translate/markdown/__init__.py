"""Blog HTML to Discord markdown: read into blocks, settle marks and escapes, write, cut. Knows no way back."""
