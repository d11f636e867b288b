"""Discord's dialect of markdown, parsed in linear time into a tree. Writes nothing."""
