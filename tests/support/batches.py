"""One line of a manifest, for tests of what is made of it."""

from __future__ import annotations

from kdm.batch.manifest import Issued

ENTRY = Issued(
    order="Film_20270501_20270508_mt1_12345678",
    job="a" * 64,
    cinema_id="urn:x:1",
    cinema="北京影城",
    screen="1号厅",
    device="IMB-1",
    recipient="CN=SM.IMB-1,O=X",
    thumbprint="2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
    message_id="64fb6504-f872-4fc7-a985-df2492ca8bae",
    file="Film_20270501_20270508_mt1_12345678/CINEMA-abcdef/k_Film_IMB-1_20270501_20270508_EXA_OV_mt1_64fb6504.xml",
    sha256="0" * 64,
    not_before="2027-05-01T00:00:00+08:00",
    not_after="2027-05-08T00:00:00+08:00",
    formulation="modified-transitional-1",
    cpl_id="64fb6504-f872-4fc7-a985-df2492ca8bae",
    title="Film",
    issued="2027-05-01T00:00:00+00:00",
    devices=("2jmj7l5rSw0yVb/vlWAYkK/YBwk=",),
    notes=("a note",),
)
