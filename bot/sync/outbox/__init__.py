"""Empty the outbox: claim an action, carry it out, try it again, say what became of it. Plans nothing."""
