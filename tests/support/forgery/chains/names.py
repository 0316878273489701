"""Names: what must stand in them once, what must agree, and roles."""

from __future__ import annotations

from collections.abc import Callable

from forgery.certificates import CN, DNQ, OU, Bench, O, name_of
from forgery.chains.rows import WrongChain, leaf, middle

from dcp.trust.certificate import Certificate
from dcp.trust.making import dn_qualifier_of

MANDATORY = "certificates.md 4"
ROLE = "certificates.md 8, CTP A.4.86-88"


def subject(*changes: tuple[str, str | None], before: tuple[tuple[str, str], ...] = ()) -> Callable[
    [Bench], tuple[Certificate, ...]
]:  # fmt: skip
    """The leaf's name with attributes replaced (None leaves one out), and others before it."""

    def make(bench: Bench) -> tuple[Certificate, ...]:
        values: dict[str, str | None] = {
            O: bench.organization,
            OU: "test.example.org",
            CN: "CS.forged.example.org",
            DNQ: dn_qualifier_of(bench.good.private_key.public_key()),
            **dict(changes),
        }
        kept = tuple((kind, value) for kind, value in values.items() if value is not None)
        return bench.with_leaf(fields={"subject": name_of(*before, *kept)})

    return make


def wrong(name: str, step: str, *changes: tuple[str, str | None], source: str = MANDATORY,
          also: tuple[str, ...] = (), before: tuple[tuple[str, str], ...] = ()) -> WrongChain:  # fmt: skip
    return WrongChain(name, step, source, subject(*changes, before=before), also=also)


NAMES = [
    wrong("no organization", "CER-007", (O, None)),
    wrong("an empty organization", "CER-007", (O, "")),
    wrong("two organizations", "CER-007", before=((O, "Example.org"),)),
    wrong("another organization than the issuer's", "CER-007", (O, "Else.org"), source="CTP A.5.3.29"),
    wrong("the organization in capitals", "CER-007", (O, "EXAMPLE.ORG"), source="CTP A.5.3.29"),
    middle("an authority of another organization than the root", "CER-007", "CTP A.5.3.29",
           fields={"subject": name_of((O, "Else.org"), (OU, "u"), (CN, ".INTERMEDIATE"), (DNQ, "x"))},
           also=("CER-018",)),
    wrong("no organizational unit", "CER-008", (OU, None)),
    wrong("an empty organizational unit", "CER-008", (OU, "")),
    wrong("two organizational units", "CER-008", before=((OU, "first"),)),
    wrong("no common name", "CER-003", (CN, None), also=("CER-009",)),
    wrong("an empty common name", "CER-003", (CN, ""), also=("CER-009",)),
    wrong("two common names", "CER-003", before=((CN, "CS.first"),)),
    wrong("no dnQualifier", "CER-019", (DNQ, None), also=("CER-018",)),
    wrong("an empty dnQualifier", "CER-019", (DNQ, ""), also=("CER-018",)),
    WrongChain("two dnQualifiers", "CER-019", MANDATORY, lambda b: subject(
        before=((DNQ, dn_qualifier_of(b.good.private_key.public_key())),))(b)),
    wrong("the dnQualifier of another key", "CER-018", (DNQ, "I9/xYix5B+/PABwuSHNPl3dEvh8="),
          source="certificates.md 13"),
    WrongChain("a dnQualifier in hexadecimal", "CER-018", "certificates.md 13", lambda b: subject(
        (DNQ, b.leaf().public_key_thumbprint().hex()))(b)),
    WrongChain("a dnQualifier without its padding", "CER-018", "certificates.md 13", lambda b: subject(
        (DNQ, dn_qualifier_of(b.good.private_key.public_key()).rstrip("=")))(b)),
    # roles
    leaf("a leaf named like an authority", "CER-009", "CTP A.5.3.30", common_name=".forged"),
    leaf("a common name without a dot", "CER-009", ROLE, common_name="CS"),
    leaf("another role than the one demanded", "CER-009", ROLE, common_name="SM.forged"),
    leaf("the role in small letters", "CER-009", ROLE, common_name="cs.forged"),
    leaf("a role that is a word", "CER-009", ROLE, common_name="Content Signer.forged"),
    leaf("the role after the dot", "CER-009", ROLE, common_name="forged.CS"),
    leaf("the role with a comma after it", "CER-009", ROLE, common_name="CS,.forged"),
    leaf("one more role beside the signer's", "CER-010", "DCSS 9.4.3.5", common_name="CS SM.forged"),
    middle("an authority with a role", "CER-009", ROLE, common_name="CS.authority"),
    middle("an authority whose name begins with no dot", "CER-009", ROLE, common_name="authority"),
    WrongChain("no role, where none is demanded", "CER-009", ROLE,
               lambda b: b.with_leaf(common_name=".forged"), lambda b: {"role": None}),
    WrongChain("a role that is none, where none is demanded", "CER-009", ROLE,
               lambda b: b.with_leaf(common_name="cs.forged"), lambda b: {"role": None}),
    WrongChain("a role less than demanded of a media block", "CER-009", "certificates.md 8",
               lambda b: b.with_leaf(common_name="SM.block"), lambda b: {"role": "SM SPB MD"}),
    WrongChain("no certificate that a KDM can name", "SIG-012", "DCSS 9.4.3.5",
               lambda b: b.with_leaf(common_name="CS SM.forged"),
               lambda b: {"role": None, "content_authenticator": True}),
]  # fmt: skip
