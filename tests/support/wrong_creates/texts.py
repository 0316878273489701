"""Subtitles and captions."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from stl_files import stl_block, stl_file
from texts_made import pictures_document, png, srt
from wrong_sources import Arguments, Good, written

from wrong_creates.rows import wrong

CUE = (0.25, 0.5, "Words")


def _srt(folder: Path, words: str) -> Path:
    """A file of these lines."""
    return written(folder / "text.srt", words)


def _good(folder: Path) -> Path:
    return srt(folder / "good.srt", CUE)


# --- files -----


@wrong("text.srt-times", "line 6")
def broken_line_of_srt(good: Good, folder: Path) -> Arguments:
    text = "1\n00:00:00,100 --> 00:00:00,400\nOne\n\n2\n00:00:00,500 -> 00:00:00,9OO\nTwo\n"
    return [good.film, "--subtitle", f"{_srt(folder, text)}:en"]


@wrong("text.no-cue", "text.srt")
def empty_text(good: Good, folder: Path) -> Arguments:
    return [good.film, "--subtitle", f"{_srt(folder, ' ')}:en"]


@wrong("file.cannot-read", "absent.srt")
def absent_text(good: Good, folder: Path) -> Arguments:
    return [good.film, "--subtitle", f"{folder / 'absent.srt'}:en"]


@wrong("text.unknown-format", "stereo.wav")
def sound_as_text(good: Good, folder: Path) -> Arguments:
    return [good.film, "--subtitle", f"{good.stereo}:en"]


@wrong("text.encoding-unheard", "klingon-8")
def encoding_nobody_knows(good: Good, folder: Path) -> Arguments:
    return [good.film, "--subtitle", f"{_good(folder)}:en", "--encoding", "klingon-8"]


@wrong("text.frames", "line 2")
def times_in_frames_of_no_rate(good: Good, folder: Path) -> Arguments:
    return [
        good.film,
        "--subtitle",
        f"{_srt(folder, '1' + chr(10) + '00:00:00:02 --> 00:00:00:12' + chr(10) + 'A')}:en",
    ]


@wrong("xml.doctype", "text.xml")
def document_with_a_document_type(good: Good, folder: Path) -> Arguments:
    source, _ = pictures_document(folder / "in")
    head, _, rest = source.read_text("utf-8").partition("\n")
    source.write_text(f'{head}\n<!DOCTYPE a [<!ENTITY b "c">]>\n{rest}', "utf-8")
    return [good.film, "--subtitle", f"{source}:en"]


# --- languages, kinds, reels -----


@wrong("text.no-language-tag", "--subtitle")
def unknown_language(good: Good, folder: Path) -> Arguments:
    return [good.film, "--subtitle", f"{_good(folder)}:xq"]


@wrong("text.no-language-tag", "--caption")
def word_for_a_language(good: Good, folder: Path) -> Arguments:
    return [good.film, "--caption", f"{_good(folder)}:english"]


@wrong("text.no-language", "good.srt")
def no_language(good: Good, folder: Path) -> Arguments:
    return [good.film, "--subtitle", _good(folder)]


@wrong("job.text-twice", "--subtitle")
def two_subtitles_of_one_language(good: Good, folder: Path) -> Arguments:
    again = srt(folder / "again.srt", CUE)
    return [good.film, "--subtitle", f"{_good(folder)}:en", "--subtitle", f"{again}:en"]


@wrong("job.text-twice", "again.srt")
def two_captions_of_one_language_written_otherwise(good: Good, folder: Path) -> Arguments:
    again = srt(folder / "again.srt", CUE)
    return [good.film, "--caption", f"{_good(folder)}:fr", "--caption", f"{again}:fra"]


@wrong("job.text-count", "--subtitle")
def two_texts_for_three_reels(good: Good, folder: Path) -> Arguments:
    again = srt(folder / "again.srt", CUE)
    films = [good.film, good.long, good.film]
    return [*films, "--subtitle", f"{_good(folder)}:en", "--subtitle", f"{again}:en"]


@wrong("text.caption-of-pictures", "text.xml")
def captions_of_pictures(good: Good, folder: Path) -> Arguments:
    source, _ = pictures_document(folder / "in")
    return [good.long, "--caption", f"{source}:fr"]


# --- times -----


@wrong("text.after-end", "line 2")
def cue_after_the_end(good: Good, folder: Path) -> Arguments:
    return [good.film, "--subtitle", f"{srt(folder / 'late.srt', (2.0, 3.0, 'Late'))}:en"]


@wrong("text.after-end", "good.srt")
def cue_moved_behind_the_end(good: Good, folder: Path) -> Arguments:
    return [good.film, "--subtitle", f"{_good(folder)}:en", "--text-offset", "900"]


@wrong("text.no-cue-left", "good.srt")
def all_cues_moved_before_the_begin(good: Good, folder: Path) -> Arguments:
    return [good.film, "--subtitle", f"{_good(folder)}:en", "--text-offset=-900"]


@wrong("text.after-end", "good.srt")
def text_of_another_rate(good: Good, folder: Path) -> Arguments:
    late = srt(folder / "good.srt", (0.95, 0.99, "Late"))
    return [good.film, "--subtitle", f"{late}:en", "--text-rate", "30"]


# --- flags -----


@wrong("job.text-flags-without-text", "--subtitle")
def size_without_a_text(good: Good, folder: Path) -> Arguments:
    return [good.film, "--text-size", "42"]


@wrong("job.value", "--text-size")
def size_of_nothing(good: Good, folder: Path) -> Arguments:
    return [good.film, "--subtitle", f"{_good(folder)}:en", "--text-size", "0"]


@wrong("job.value", "--text-colour")
def colour_by_a_word(good: Good, folder: Path) -> Arguments:
    return [good.film, "--subtitle", f"{_good(folder)}:en", "--text-colour", "yellow"]


@wrong("job.value", "--text-position")
def position_below_the_picture(good: Good, folder: Path) -> Arguments:
    return [good.film, "--subtitle", f"{_good(folder)}:en", "--text-position=-3"]


@wrong("text.interop-encrypted", "--encrypt")
def text_encrypted_in_interop(good: Good, folder: Path) -> Arguments:
    keys = folder / "keys.json"
    more = ["--standard", "interop", "--encrypt", "text", "--signer", good.signer, "--keys", keys]
    return [good.film, "--subtitle", f"{_good(folder)}:en", *more]


# --- fonts and pictures -----


@wrong("text.font-unreadable", "font.otf")
def font_that_is_none(good: Good, folder: Path) -> Arguments:
    font = written(folder / "font.otf", "no font")
    return [good.film, "--subtitle", f"{_good(folder)}:en", "--font", font]


@wrong("text.font-large", "font.otf")
def font_that_is_too_large(good: Good, folder: Path) -> Arguments:
    font = folder / "font.otf"
    with font.open("wb") as stream:
        stream.truncate(65 << 20)
    return [good.film, "--subtitle", f"{_good(folder)}:en", "--font", font]


@wrong("text.no-glyph", "line 2")
def sign_in_no_font(good: Good, folder: Path) -> Arguments:
    return [good.film, "--subtitle", f"{srt(folder / 'a.srt', (0.25, 0.5, chr(0x10FFFD)))}:en"]


def _of_picture(good: Good, folder: Path, data: bytes) -> Arguments:
    source, _ = pictures_document(folder / "in", data, start=Fraction(1, 4))
    return [good.film, "--subtitle", f"{source}:fr"]


@wrong("png.depth", "text.xml")
def picture_of_16_bits(good: Good, folder: Path) -> Arguments:
    return _of_picture(good, folder, png(depth=16))


@wrong("png.over-large", "text.xml")
def picture_larger_than_the_screen(good: Good, folder: Path) -> Arguments:
    return _of_picture(good, folder, png(2100, 4))


@wrong("png.interlaced", "text.xml")
def picture_interlaced(good: Good, folder: Path) -> Arguments:
    return _of_picture(good, folder, png(interlaced=True))


@wrong("png.damaged", "text.xml")
def picture_damaged(good: Good, folder: Path) -> Arguments:
    data = bytearray(png())
    data[45] ^= 1
    return _of_picture(good, folder, bytes(data))


@wrong("png.none", "text.xml")
def picture_that_is_a_text(good: Good, folder: Path) -> Arguments:
    return _of_picture(good, folder, b"GIF89a" + bytes(20))


@wrong("text.picture-absent", "text.xml")
def picture_absent(good: Good, folder: Path) -> Arguments:
    source, images = pictures_document(folder / "in", start=Fraction(1, 4))
    for id in images:
        (source.parent / f"{id}.png").unlink()
    return [good.film, "--subtitle", f"{source}:fr"]


# --- track files, keys -----


def _track(path: Path, key: bool = False) -> Path:
    from dcp.mxf.text_writer import write_timed_text_file
    from dcp.secrets.keys import ContentKey
    from dcp.text.smpte import NAMESPACE

    source, images = pictures_document(path.parent / "in")
    from dcp.mxf.text_writer import IMAGE_TYPE, Resource

    write_timed_text_file(
        path,
        source.read_bytes(),
        [Resource(id, IMAGE_TYPE, data) for id, data in images.items()],
        resource_id=uuid.UUID(int=99),
        namespace_uri=NAMESPACE,
        language="fr",
        edit_rate=Fraction(24),
        duration=240,
        asset_id=uuid.uuid4(),
        key=ContentKey.generate("MDSK") if key else None,
        now=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return path


@wrong("create.source-locked", "text.mxf")
def text_whose_key_is_not_there(good: Good, folder: Path) -> Arguments:
    return [good.film, "--subtitle", f"{_track(folder / 'text.mxf', key=True)}:fr"]


@wrong("text.other-essence", "sound.mxf")
def track_file_of_sound(good: Good, folder: Path) -> Arguments:
    from dcp.create.wrap import wrap_source

    wrap_source(good.mono, folder / "sound.mxf", edit_rate=Fraction(24), now=datetime(2026, 1, 1, tzinfo=UTC))
    return [good.film, "--subtitle", f"{folder / 'sound.mxf'}:en"]


@wrong("create.too-few-keys", "keys.json")
def too_few_keys_for_the_texts(good: Good, folder: Path) -> Arguments:
    from dcp.secrets.keys import ContentKey, Keyring, write_keys

    keys = folder / "keys.json"
    write_keys(keys, Keyring((ContentKey.generate("MDSK"),)))
    texts = ["--subtitle", f"{_good(folder)}:en", "--caption", f"{_good(folder)}:en"]
    return [good.film, *texts, "--encrypt", "text", "--signer", good.signer, "--keys", keys]


# --- formats of others -----


def _text(good: Good, folder: Path, name: str, words: str | bytes, *more: object) -> Arguments:
    path = folder / name
    path.write_bytes(words if isinstance(words, bytes) else words.encode())
    return [good.film, "--subtitle", f"{path}:en", *more]


@wrong("text.vtt-signature", "text.vtt")
def webvtt_without_its_first_line(good: Good, folder: Path) -> Arguments:
    return _text(good, folder, "text.vtt", "00:00.100 --> 00:00.500\nA\n")


@wrong("text.vtt-times", "line 3")
def broken_times_of_webvtt(good: Good, folder: Path) -> Arguments:
    return _text(good, folder, "text.vtt", "WEBVTT\n\n00:00.1x0 --> 00:00.500\nA\n")


@wrong("text.ass-time", "line 4")
def broken_times_of_ass(good: Good, folder: Path) -> Arguments:
    words = "[Script Info]\n[Events]\nFormat: Start, End, Text\nDialogue: 0:00:xx.00,0:00:00.50,A\n"
    return _text(good, folder, "text.ass", words)


@wrong("text.stl-cut", "text.stl")
def stl_cut_in_a_block(good: Good, folder: Path) -> Arguments:
    whole = stl_file(stl_block(1, (0, 0, 0, 2), (0, 0, 0, 9), b"A"))
    return _text(good, folder, "text.stl", whole[:-40])


@wrong("text.scc-line", "line 3")
def scc_with_a_broken_code(good: Good, folder: Path) -> Arguments:
    return _text(good, folder, "text.scc", "Scenarist_SCC V1.0\n\n00:00:00:05\t94zz\n")


@wrong("text.ttml-time", "line 2")
def broken_times_of_ttml(good: Good, folder: Path) -> Arguments:
    words = '<tt xmlns="http://www.w3.org/ns/ttml"><body><div>\n<p begin="soon">A</p></div></body></tt>'
    return _text(good, folder, "text.ttml", words)


@wrong("xml.not-well-formed-because", "text.xml")
def document_cut_short(good: Good, folder: Path) -> Arguments:
    source, _ = pictures_document(folder / "in")
    source.write_bytes(source.read_bytes()[:-40])
    return [good.film, "--subtitle", f"{source}:fr"]


@wrong("text.unknown-format", "text.doc")
def text_of_no_format(good: Good, folder: Path) -> Arguments:
    return _text(good, folder, "text.doc", "Words without a time\n")


@wrong("text.ends-early", "line 2")
def cue_that_ends_before_it_begins(good: Good, folder: Path) -> Arguments:
    return _text(good, folder, "text.srt", "1\n00:00:00,500 --> 00:00:00,200\nA\n")


@wrong("text.encoding-other", "text.srt")
def encoding_told_wrong(good: Good, folder: Path) -> Arguments:
    words = "1\n00:00:00,100 --> 00:00:00,500\n这是一个中文字幕，讲的是一个很长的故事\n"
    return _text(good, folder, "text.srt", words, "--encoding", "cp1252")


@wrong("text.encoding-broken", "line 3")
def utf_8_with_a_broken_sign(good: Good, folder: Path) -> Arguments:
    words = "1\n00:00:00,100 --> 00:00:00,500\n" + "这是一个中文字幕" * 4
    return _text(good, folder, "text.srt", words.encode() + b"\xe4\xb8 A\n")


@wrong("text.zeros", "text.srt")
def text_of_zeros(good: Good, folder: Path) -> Arguments:
    return _text(good, folder, "text.srt", bytes(300))


@wrong("text.font-lacks", "line 2")
def font_without_the_signs(good: Good, folder: Path) -> Arguments:
    from dcp.text.fonts import find_font

    font = find_font("A", language="en", font=None).path
    words = "1\n00:00:00,100 --> 00:00:00,500\n\U0001f9ff 字\n"
    return _text(good, folder, "text.srt", words, "--font", font)


@wrong("job.value", "--text-size")
def size_of_a_whole_screen(good: Good, folder: Path) -> Arguments:
    return [good.film, "--subtitle", f"{_good(folder)}:en", "--text-size", "4000"]


@wrong("job.value", "--text-fade-up")
def fade_that_goes_back(good: Good, folder: Path) -> Arguments:
    return [good.film, "--subtitle", f"{_good(folder)}:en", "--text-fade-up=-1"]


@wrong("job.value", "--text-rate")
def rate_of_the_text_that_is_none(good: Good, folder: Path) -> Arguments:
    return [good.film, "--subtitle", f"{_good(folder)}:en", "--text-rate", "0"]


@wrong("png.over-large", "text.xml")
def picture_of_a_size_that_nobody_has(good: Good, folder: Path) -> Arguments:
    return _of_picture(good, folder, png(4, 1100))
