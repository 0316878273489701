"""`pattern`: `re.compile` for the top of a module, which compiles when the pattern is first used.

A regular expression takes a third of a millisecond to compile, and of the hundred that stand behind a small
`verify` it uses twenty. Code uses what it gets as any `re.Pattern`, and pays nothing for it from the second
use on. One thing it cannot do: be handed to a function of `re` in place of a compiled one.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


def pattern(source: AnyStr, flags: int | re.RegexFlag = 0) -> re.Pattern[AnyStr]:
    """The expression, not yet compiled. What is wrong with it is said at its first use."""
    return cast("re.Pattern[AnyStr]", _Later(source, flags))


class _Later:
    """Has the methods of the compiled expression, each from the moment at which it is asked for."""

    def __init__(self, source: str | bytes, flags: int | re.RegexFlag) -> None:
        self.pattern, self._flags = source, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # what copying and the like look for is not the expression's
            raise AttributeError(name)
        found = getattr(re.compile(self.pattern, self._flags), name)  # noqa: TID251
        setattr(self, name, found)
        return found
