"""Discord -> blog: hear what members do, decide, write. Shows nothing on Discord."""
