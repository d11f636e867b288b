"""One suite per port, which every implementation of it has to pass.

Suites are written in modules that pytest does not collect, so it is told here to explain their asserts.
"""

import pytest

pytest.register_assert_rewrite(
    "tests.contract.blog_media",
    "tests.contract.blog_reading",
    "tests.contract.blog_writing",
    "tests.contract.chat_mirrors",
    "tests.contract.chat_threads",
    "tests.contract.chat_words",
    "tests.contract.told",
)
