"""Beside the table of times: what each benchmark was held against, a line each."""

from __future__ import annotations

from typing import Any

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    session: Any = getattr(config, "_benchmarksession", None)
    told = [bench for bench in getattr(session, "benchmarks", []) if bench.extra_info]
    if not told:
        return
    terminalreporter.section("beside their bounds, measured in the same run")
    for bench in told:
        facts = ", ".join(f"{name} {value}" for name, value in bench.extra_info.items())
        terminalreporter.write_line(f"{bench.name}: {facts}")
