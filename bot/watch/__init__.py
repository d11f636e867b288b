"""Watches the machine: the log and the figures. Changes nothing, and is never waited for."""
