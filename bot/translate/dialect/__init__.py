"""Discord's dialect of markdown, parsed in linear time into a tree. Does not write."""
