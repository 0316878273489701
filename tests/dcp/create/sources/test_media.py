"""Opening files of other kinds."""

from __future__ import annotations

from pathlib import Path

import pytest
from material import video

from dcp.create.sources.media import open_media
from dcp.errors import SourceError


def test_a_video_is_opened(tmp_path: Path) -> None:
    with open_media(video(tmp_path / "v.mkv")) as container:
        assert len(container.streams.video) == 1


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.mkv").write_text("no video")
    for path in (tmp_path / "text.mkv", tmp_path / "absent.mkv", tmp_path):
        with pytest.raises(SourceError, match="cannot read") as caught:
            open_media(path)
        assert str(path) in str(caught.value)
