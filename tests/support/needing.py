"""Tests that need an extra: left out, and named in the summary, where only the core is installed."""

from __future__ import annotations

import functools

import pytest

from dcp.extras import Extra, has

FILES: dict[str, Extra] = {
    "dcp/create/makers/test_alike.py": "picture",
    "dcp/create/makers/test_chain.py": "picture",
    "dcp/create/makers/test_frame.py": "picture",
    "dcp/create/makers/test_making_order.py": "picture",
    "dcp/create/makers/test_picture.py": "picture",
    "dcp/create/makers/test_reading.py": "picture",
    "dcp/create/makers/test_sound.py": "sound",
    "dcp/create/planning/test_bars.py": "picture",
    "dcp/create/planning/test_burning.py": "create",
    "dcp/create/planning/test_preview.py": "picture",
    "dcp/create/sources/": "create",
    "dcp/create/test_imf_built.py": "create",
    "dcp/create/test_marked.py": "create",
    "dcp/create/test_matrix.py": "create",
    "dcp/create/test_sync.py": "create",
    "dcp/create/test_sync_long.py": "create",
    "dcp/picture/colour/": "create",
    "dcp/picture/test_conformance.py": "picture",
    "dcp/picture/test_coding_campaign.py": "picture",
    "dcp/picture/test_diffusion.py": "picture",
    "dcp/picture/test_fewer_bits.py": "picture",
    "dcp/picture/test_interleaved.py": "picture",
    "dcp/picture/test_limits.py": "picture",
    "dcp/picture/test_looks.py": "picture",
    "dcp/picture/test_openjpeg.py": "picture",
    "dcp/picture/test_packed.py": "picture",
    "dcp/picture/test_scaling.py": "picture",
    "dcp/reportpage/test_in_a_browser.py": "watermark",
    "dcp/rework/test_diff.py": "picture",
    "dcp/rework/test_made_of_others.py": "picture",
    "dcp/sound/test_inspection.py": "sound",
    "dcp/sound/test_loudness.py": "sound",
    "dcp/sound/test_wav.py": "picture",
    "dcp/text/foreign/test_scc.py": "text",
    "dcp/text/foreign/test_ttml.py": "text",
    "dcp/text/layout/": "text",
    "dcp/text/test_fonts.py": "text",
    "dcp/text/test_subset.py": "text",
    "dcp/reportpage/": "watermark",
    "dcp/create/work/test_cluster.py": "cluster",
    "dcp/create/work/test_cluster_long.py": "cluster",
    "dcpkit/test_evidence.py": "watermark",
    "dcpkit/test_log_command.py": "player",
    "dcpkit/test_pattern_command.py": "player",
    "dcpkit/test_watermark_extract.py": "watermark",
    "dcpkit/test_watermark_show.py": "watermark",
    "player/": "player",
    "watermark/": "watermark",
}
"""Below `tests`: files that import the extra's modules. A test that stands elsewhere has the mark `extra`."""


@functools.cache
def has_extra(extra: Extra) -> bool:
    """Whether all of the extra's modules are here; asked for thousands of tests, looked for once."""
    return has(extra)


def needing(extra: Extra) -> None:
    """Leave this test out when the extra is not here: its material is made with it."""
    if not has_extra(extra):
        pytest.skip(reason(extra))


def reason(extra: Extra) -> str:
    return f"the extra {extra} is not installed"
