"""A real WordPress on loopback for the tests: files from npm, PHP's own web server, SQLite, no root.

Does not install PHP or npm, and is not how anybody should host a blog.
"""

from tests.wordpress.client import Answer, RefusedError, WordPress
from tests.wordpress.files import missing_tools
from tests.wordpress.loopback import Loopback
from tests.wordpress.real import start

__all__ = ["Answer", "Loopback", "RefusedError", "WordPress", "missing_tools", "start"]
