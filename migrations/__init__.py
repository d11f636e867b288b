"""Numbered SQL, applied in order and forward only: ``NNNN_name.sql``, four digits, no gaps. Holds no Python."""
