"""Discord's tree of a message to the HTML that a blog keeps: words, elements, the last gate. Parses nothing."""
