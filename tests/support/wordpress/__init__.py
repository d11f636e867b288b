"""A real WordPress on loopback for the tests: files from npm, PHP's own web server, SQLite, no root.

Does not install PHP or npm, and is not how anybody should host a blog.
"""

from tests.support.wordpress.client import Answer, RefusedError, WordPress
from tests.support.wordpress.files import missing_tools
from tests.support.wordpress.loopback import Loopback
from tests.support.wordpress.real import start

__all__ = ["Answer", "Loopback", "RefusedError", "WordPress", "missing_tools", "start"]
