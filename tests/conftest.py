"""Shared fixtures: outside material and judges. What is not at hand is skipped and named at the end."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from needing import FILES, has_extra, needing, reason

if TYPE_CHECKING:
    from tokens import Tokens

    from dcp.trust.making import NewChain

# Tests assert no times, and machines are slow at times. Continuous integration tries the same examples each
# time; a developer's machine tries new ones.
settings.register_profile("dcpkit", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("dcpkit")

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
os.environ["DCPKIT_LANG"] = "en"  # whatever the locale: the tests, and what they start, read English
LEFT_OUT: dict[str, int] = {}
_LEFT_OUT = "left out: "
_FILE: list[Path] = []
"""That of the test before."""


def leave_out(what: str) -> None:
    """Skip this test because `what` is not on this machine; the summary names it."""
    pytest.skip(f"{_LEFT_OUT}{what} is not here")


def _shared(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        leave_out(f"../shared/{name}")
    return folder


@pytest.fixture(scope="session")
def golden() -> Path:
    """Vectors made by independent tools."""
    return _shared("golden")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Real third-party packages, KDMs and codestreams."""
    return _shared("corpus")


@pytest.fixture(scope="session")
def footage() -> Path:
    """Real clips and sound."""
    return _shared("footage")


@pytest.fixture(scope="session")
def standards() -> Path:
    """Schemas and tables, as oracles."""
    return _shared("standards")


@pytest.fixture(scope="session")
def oracle() -> Callable[[str], str]:
    """`oracle("xmlsec1")`: the program's path; the test is left out, and named, when it is not installed."""

    def find(program: str) -> str:
        path = shutil.which(program)
        if path is None:
            leave_out(f"the oracle {program}")
        return str(path)

    return find


@pytest.fixture(scope="session")
def e2fsprogs() -> dict[str, str]:
    """The programs that make and read a drive's file system; the test is left out, and named, without."""
    from dcp.rework.drive import tools

    found = tools.look()
    if len(found) < len(tools.NAMES):
        leave_out("e2fsprogs")
    return found


def _chain(role: str) -> NewChain:
    from dcp.trust.making import make_chain

    return make_chain(
        organization="Example.org",
        unit="test.example.org",
        name=f"test.smpte-430-2.{role.replace(' ', '-')}",
        role=role,
        now=datetime(2026, 1, 1, tzinfo=UTC),
    )


@pytest.fixture(scope="session")
def signer_chain() -> NewChain:
    """A content signer (role CS) with its authorities and private keys, valid for ten years from 2026."""
    return _chain("CS")


@pytest.fixture(scope="session")
def device_chain() -> NewChain:
    """A media block (role SM) with its authorities and private keys, valid for ten years from 2026."""
    return _chain("SM")


@pytest.fixture(scope="session")
def token_store(
    oracle: Callable[[str], str],
    signer_chain: NewChain,
    device_chain: NewChain,
    tmp_path_factory: pytest.TempPathFactory,
) -> Tokens:
    """SoftHSM's tokens with the keys of both chains; made once, since a module looks for tokens once."""
    from tokens import make_tokens

    from dcp.errors import UsageError
    from dcp.trust.token_uri import parse_token_uri

    needing("hsm")
    program = oracle("softhsm2-util")
    try:
        module = parse_token_uri("pkcs11:?module-name=softhsm2").module
    except UsageError:
        leave_out("the module libsofthsm2.so")
    root = tmp_path_factory.mktemp("tokens")
    return make_tokens(program, module, root, chain=signer_chain, device=device_chain)


@pytest.fixture
def tokens(token_store: Tokens) -> Iterator[Tokens]:
    """The tokens, nobody logged in before and after."""
    from tokens import log_out

    log_out()
    yield token_store
    log_out()


@pytest.fixture(scope="session")
def without() -> Callable[[str], None]:
    """`without("what")`: leave this test out because the machine lacks it, and name it in the summary."""
    return leave_out


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Files whose extra is not installed are not even imported; they are counted as left out."""
    here = Path(__file__).parent
    if not collection_path.is_relative_to(here):
        return None
    folder = collection_path.is_dir()
    name = collection_path.relative_to(here).as_posix() + ("/" if folder else "")
    extra = FILES.get(name)
    return True if extra is not None and not has_extra(extra) else None


def pytest_collection() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    """Ten thousand tests lie in memory to the end: nobody looks through them whenever a decoder is freed."""
    gc.freeze()
    gc.enable()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Nor through what other files have left: modules, fixtures of the session."""
    if _FILE and _FILE.pop() != item.path:
        gc.collect()
        gc.freeze()
    _FILE.append(item.path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if os.environ.get("DCPKIT_SHIM") and item.get_closest_marker("posix"):
            item.add_marker(pytest.mark.skip("about POSIX alone"))
        for mark in item.iter_markers("extra"):
            if not has_extra(mark.args[0]):
                item.add_marker(pytest.mark.skip(reason=reason(mark.args[0])))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Nothing is left out unseen. The reports of all processes come here, to the one that sums up."""
    if report.skipped and isinstance(report.longrepr, tuple) and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2].removeprefix("Skipped: ").removeprefix(_LEFT_OUT)
        LEFT_OUT[reason] = LEFT_OUT.get(reason, 0) + 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if LEFT_OUT:
        terminalreporter.section("left out on this machine")
        for what, count in sorted(LEFT_OUT.items()):
            terminalreporter.write_line(f"{what}: {count} tests or fixtures")
    absent = sorted(file for file, extra in FILES.items() if not has_extra(extra))
    if absent:
        terminalreporter.write_line(f"tests not collected without their extra: {', '.join(absent)}")


if os.environ.get("DCPKIT_SHIM"):
    import shim

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """A test that asks Linux for what the system that is stood for lacks is left out."""
        report = yield
        if report.failed and call.excinfo is not None:
            what = shim.lacks_what_the_test_needs(call.excinfo.value, call.excinfo.tb)
            if what is not None:
                report.outcome = "skipped"
                report.longrepr = (str(item.path), item.location[1] or 0, f"Skipped: {what}")
        return report
