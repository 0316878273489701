"""Opening files of other kinds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from material import video
from sounds import clicks, write_media

from dcp.create.sources.media import open_media, packets
from dcp.errors import SourceError


def test_a_video_is_opened(tmp_path: Path) -> None:
    with open_media(video(tmp_path / "v.mkv")) as container:
        assert len(container.streams.video) == 1


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.mkv").write_text("no video")
    for path in (tmp_path / "text.mkv", tmp_path / "absent.mkv", tmp_path):
        with pytest.raises(SourceError, match=r"cannot read|no regular file") as caught:
            open_media(path)
        assert str(path) in str(caught.value)


def test_a_title_in_another_encoding_is_no_obstacle(tmp_path: Path) -> None:
    """Old programs write what the system has, such as GBK."""
    path = video(tmp_path / "v.mkv")
    import av

    titled = tmp_path / "titled.avi"
    with av.open(str(path)) as source, av.open(str(titled), "w") as target:
        target.metadata["title"] = "TITLE-OF-THE-FILM"
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    data = titled.read_bytes()
    assert b"TITLE-OF-THE-FILM" in data
    titled.write_bytes(data.replace(b"TITLE-OF-THE-FILM", "电影电影电影电影".encode("gbk") + b"!"))
    with open_media(titled) as container:
        assert len(container.streams.video) == 1


def test_a_stream_that_begins_in_the_middle_is_passed_over() -> None:
    """PyAV raises IndexError at a packet of a stream that was not there when the file was opened."""

    class Recording:
        parts = iter([[1, 2], [3], [4, 5]])

        def demux(self, streams: list[str]) -> Iterator[int]:
            assert streams == ["film"]
            yield from (part := next(self.parts))
            if part != [4, 5]:
                raise IndexError

    assert list(packets(Recording(), "film")) == [1, 2, 3, 4, 5]


def test_a_relative_name_with_a_colon_is_no_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("12-30.mkv", "12:30 take.mkv", "file:x.mkv", "concat:x.mkv", "pipe:0"):
        write_media(tmp_path / "made.mkv", [clicks(1, [0.5])], codec="flac")
        (tmp_path / "made.mkv").rename(tmp_path / name)
        monkeypatch.chdir(tmp_path)
        with open_media(Path(name)) as container:
            assert len(container.streams.audio) == 1
