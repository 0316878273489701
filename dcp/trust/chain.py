"""Certificate chains (ST 430-2): put in order, judged, made, written. Each part has its own module."""

from dcp.trust.judging import judge_chain
from dcp.trust.making import NewChain, make_chain, write_chain
from dcp.trust.order import CertificateChain, leaves_of, order_chain

__all__ = [
    "CertificateChain",
    "NewChain",
    "judge_chain",
    "leaves_of",
    "make_chain",
    "order_chain",
    "write_chain",
]
