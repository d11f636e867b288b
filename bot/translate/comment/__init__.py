"""A Discord message's tree written as the HTML that a blog keeps: words, elements, the last gate. Does not parse."""
