"""Packages wrong in one way each, made from good ones by one small change, judged by the whole verification.

A row is a `Fault`: the rule that must speak, the good package (`bases.py`) that is changed, the change, and
the rules that must speak with it because one cannot be had without the other:

    Fault("TT-013", "smpte", text_edit("text1", 'TimeOut="00:00:04:12"', 'TimeOut="00:00:04:10"'))

`changes.py` has the changes. After one, hashes, sizes and signatures are made right again (`repair.py`), so
that what speaks is not the hash; `repaired=False` leaves them. `asked` is what verification is asked for
beside the usual, `{"decode": True}` or any other argument of `verify_package`; `keys=False` takes the keys
away. A change that draws nothing, or informations alone, is a `Good` row: unusual and right.

Rows stand by area in `rows_AREA.py`, each with `FAULTS` and `GOOD`; a new file of rows is named in `AREAS` of
`rows.py`. `tests/dcp/verify/test_seeded_faults.py` runs them: `pytest -k TT-013` one of them.
"""
