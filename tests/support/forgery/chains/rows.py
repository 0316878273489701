"""One row of the corpus of chains: how it is made, which step tells, and where the rule stands.

Sources: `CTP A.5.3.n` are the numbers that sheets of the standards give for certificates of the test plan;
`sheet 5` and `certificates.md` are those sheets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from forgery.certificates import Bench

from dcp.trust.certificate import Certificate
from dcp.trust.deny import DenyList
from dcp.trust.judging import judge_chain
from dcp.trust.order import CertificateChain, order_chain
from dcp.trust.step import Step

Make = Callable[[Bench], Sequence[Certificate] | CertificateChain]
Handed = Callable[[Bench], dict[str, Any]]


def nothing(bench: Bench) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class WrongChain:
    """`step`: the first that fails. `also`: those that cannot but fail with it. `judge`: arguments of
    judge_chain beside the usual ones."""

    name: str
    step: str
    source: str
    make: Make
    judge: Handed = nothing
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class LegalChain:
    """`warns`: the steps that warn, all of them."""

    name: str
    source: str
    make: Make
    judge: Handed = nothing
    warns: tuple[str, ...] = ()


def judged(bench: Bench, row: WrongChain | LegalChain) -> list[Step]:
    """As a content signer's chain at one instant, with a trusted root and an empty deny list."""
    made = row.make(bench)
    chain = made if isinstance(made, CertificateChain) else order_chain(made, leaf=made[0])
    arguments: dict[str, Any] = {
        "at": (bench.now,),
        "now": bench.now,
        "role": "CS",
        "trust": (bench.good.chain[2],),
        "revoked": DenyList(),
    }
    return judge_chain(chain, **{**arguments, **row.judge(bench)})


def leaf(name: str, step: str, source: str, *, also: tuple[str, ...] = (), **changes: Any) -> WrongChain:
    """A wrong leaf under good authorities."""
    return WrongChain(name, step, source, lambda bench: bench.with_leaf(**changes), also=also)


def middle(name: str, step: str, source: str, *, also: tuple[str, ...] = (), **changes: Any) -> WrongChain:
    """A wrong intermediate between a good root and a good leaf."""
    return WrongChain(name, step, source, lambda bench: bench.with_middle(**changes), also=also)
