"""Version files: the original, and what is played of it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from material import codestreams
from wrong_sources import Arguments, Good, written

from wrong_creates.rows import wrong


def over(good: Good, ov: Path, *more: object) -> list[object]:
    return [ov, "--ov", ov, "--audio", good.six, "--audio-lang", "fr", *more]


def job(good: Good, folder: Path, reels: str, more: str = "") -> list[object]:
    words = (
        f'schema = "dcpkit.job/1"\nov = ["{good.original.as_posix()}"]\n[[composition]]\n{more}\n{reels}\n'
    )
    return ["--job", written(folder / "job.toml", words)]


def reel(words: str) -> str:
    return f"[[composition.reel]]\n{words}\n"


def changed(folder: Path, original: Path, pattern: str, old: str, new: str) -> Path:
    """A copy of an original, one of its documents changed."""
    copy = Path(shutil.copytree(original, folder / "OV"))
    (path,) = copy.glob(pattern)
    words = path.read_text("utf-8")
    assert re.search(old, words)
    path.write_text(re.sub(old, new, words, count=1), "utf-8")
    return copy


# --- the original -----


@wrong("package.absent", "absent")
def original_that_is_not_there(good: Good, folder: Path) -> Arguments:
    return [good.film, "--ov", folder / "absent", "--audio", good.six]


@wrong("package.no-asset-map", "empty")
def original_that_is_an_empty_folder(good: Good, folder: Path) -> Arguments:
    (folder / "empty").mkdir()
    return [good.film, "--ov", folder / "empty", "--audio", good.six]


@wrong("places.several", "films")
def original_that_is_a_folder_of_several(good: Good, folder: Path) -> Arguments:
    for name in ("one", "two"):
        shutil.copytree(good.original, folder / "films" / name)
    return [good.film, "--ov", folder / "films", "--audio", good.six]


@wrong("ov.nothing-referred", "OV")
def original_of_another_film(good: Good, folder: Path) -> Arguments:
    return [
        good.secret,
        "--ov",
        good.original,
        "--silent",
        "--kdm",
        good.kdm,
        "--key",
        good.cinema / "leaf.key",
    ]


@wrong("ov.nothing-new", "OV")
def version_that_carries_nothing(good: Good, folder: Path) -> Arguments:
    return [good.original, "--ov", good.original]


@wrong("ov.standard", "OV")
def original_of_the_other_standard(good: Good, folder: Path) -> Arguments:
    return over(good, good.original, "--standard", "interop")


@wrong("ov.rate", "--picture-rate")
def original_of_another_rate(good: Good, folder: Path) -> Arguments:
    return over(good, good.original, "--picture-rate", 25)


@wrong("create.picture-sizes", "128x36")
def new_reel_of_another_size(good: Good, folder: Path) -> Arguments:
    return [good.original, codestreams(folder / "wide", 3, width=128), "--ov", good.original]


@wrong("create.sound-layouts", "71(")
def new_reel_of_other_channels(good: Good, folder: Path) -> Arguments:
    reels = reel("picture = { ov = 1 }") + reel(
        f'picture = {{ ov = 1 }}\nsound = {{ sources = ["{good.six.as_posix()}"],'
        ' channels = "71(L,R,C,LFE,Lss,Rss)" }'
    )
    return job(good, folder, reels)


@wrong("package.file-missing", "OV")
def original_without_one_of_its_files(good: Good, folder: Path) -> Arguments:
    copy = Path(shutil.copytree(good.original, folder / "OV"))
    next(copy.glob("*_picture.mxf")).unlink()
    return over(good, copy)


@wrong("agreement.asset", "_picture.mxf")
def original_whose_picture_is_another_file(good: Good, folder: Path) -> Arguments:
    copy = Path(shutil.copytree(good.original, folder / "OV"))
    (other,), (own,) = good.other.glob("*_picture.mxf"), copy.glob("*_picture.mxf")
    shutil.copy(other, own)
    return over(good, copy)


@wrong("mxf.cut-short", "_sound.mxf")
def original_with_a_truncated_file(good: Good, folder: Path) -> Arguments:
    copy = Path(shutil.copytree(good.original, folder / "OV"))
    (sound,) = copy.glob("*_sound.mxf")
    sound.write_bytes(sound.read_bytes()[:3000])
    return [copy, good.codestreams, "--ov", copy, "--picture-rate", 24]


@wrong("SIG-001.digest", "cpl_")
def original_whose_playlist_was_changed(good: Good, folder: Path) -> Arguments:
    return over(good, changed(folder, good.secret, "cpl_*.xml", "<ContentTitleText>", "<ContentTitleText>x"))


@wrong("SIG-001.digest", "pkl_")
def original_whose_packing_list_was_changed(good: Good, folder: Path) -> Arguments:
    return over(good, changed(folder, good.secret, "pkl_*.xml", "<Creator>", "<Creator>x"))


@wrong("ov.not-signed", "cpl_")
def encrypted_original_without_a_signature(good: Good, folder: Path) -> Arguments:
    unsigned = changed(folder, good.secret, "cpl_*.xml", r"(?s)<(\w+:)?Signer\b.*Signature>", "")
    return over(good, unsigned)


@wrong("vouch.other-hash", "cpl_")
def original_whose_playlist_has_another_hash(good: Good, folder: Path) -> Arguments:
    return over(
        good, changed(folder, good.original, "cpl_*.xml", "<ContentTitleText>", "<ContentTitleText>x")
    )


@wrong("create.no-signer", "--signer")
def version_of_an_encrypted_original_that_nobody_signs(good: Good, folder: Path) -> Arguments:
    return over(good, good.secret)


# --- what is played of it -----


@wrong("job.no-original", "job.toml")
def job_that_plays_of_no_original(good: Good, folder: Path) -> Arguments:
    words = 'schema = "dcpkit.job/1"\n[[composition]]\ntitle = "T"\n' + reel("picture = { ov = 1 }")
    return ["--job", written(folder / "job.toml", words)]


@wrong("ov.no-such-reel", "OV")
def reel_that_the_original_has_not(good: Good, folder: Path) -> Arguments:
    return job(good, folder, reel("picture = { ov = 2 }\nsound = { silent = true }"))


@wrong("ov.no-such-asset", "OV")
def asset_that_the_original_has_not(good: Good, folder: Path) -> Arguments:
    return job(good, folder, reel('picture = { ov = "00000000-0000-4000-8000-000000000000" }'))


@wrong("job.value", "job.toml")
def asset_that_is_no_id(good: Good, folder: Path) -> Arguments:
    return job(good, folder, reel('picture = { ov = "the first reel" }'))


@wrong("ov.other-kind", "OV")
def sound_of_the_original_as_a_picture(good: Good, folder: Path) -> Arguments:
    from dcp.package.package import open_package

    (cpl,) = open_package(good.original).compositions
    assert cpl.reels[0].sound is not None
    return job(good, folder, reel(f'picture = {{ ov = "{cpl.reels[0].sound.id}" }}'))


@wrong("ov.outside", "_picture.mxf")
def stretch_that_the_original_has_not(good: Good, folder: Path) -> Arguments:
    return job(good, folder, reel('picture = { ov = 1, trim = "1-9" }'))


@wrong("ov.lengths", "_sound.mxf")
def sound_of_the_original_that_is_too_short(good: Good, folder: Path) -> Arguments:
    reels = reel(f'picture = {{ source = "{good.film.as_posix()}" }}\nsound = {{ ov = 1 }}')
    return job(good, folder, reels)


@wrong("job.original-and-more", "job.toml")
def settings_on_a_track_of_the_original(good: Good, folder: Path) -> Arguments:
    return job(good, folder, reel('picture = { ov = 1, colour = "rec709" }'))


@wrong("ov.picture-steps", "OV")
def crop_of_the_originals_picture(good: Good, folder: Path) -> Arguments:
    return over(good, good.original, "--crop", "auto")


@wrong("ov.sound-steps", "OV")
def gain_on_the_originals_sound(good: Good, folder: Path) -> Arguments:
    return [good.original, good.codestreams, "--ov", good.original, "--gain", 3]


@wrong("job.sound-trim", "job.toml")
def trim_of_a_sound_that_is_new(good: Good, folder: Path) -> Arguments:
    return job(good, folder, reel('picture = { ov = 1 }\nsound = { silent = true, trim = "0-2" }'))


# --- metadata -----


@wrong("composition.luminance", "luminance")
def luminance_in_lux(good: Good, folder: Path) -> Arguments:
    return job(good, folder, reel("picture = { ov = 1 }"), 'luminance = "14 lux"')


@wrong("composition.sound-configuration", "sound_configuration")
def sound_configuration_that_is_none(good: Good, folder: Path) -> Arguments:
    return job(good, folder, reel("picture = { ov = 1 }"), 'sound_configuration = "5.1"')


@wrong("job.unknown", "job.toml")
def compositions_of_two_standards(good: Good, folder: Path) -> Arguments:
    return job(good, folder, reel("picture = { ov = 1 }"), 'standard = "interop"')


@wrong("text.burn-in-codestreams", "a.srt")
def text_burnt_into_the_originals_picture(good: Good, folder: Path) -> Arguments:
    return over(
        good, good.original, "--burn-in", written(folder / "a.srt", "1\n00:00:00,0 --> 00:00:00,1\nA\n")
    )


@wrong("ov.reel-without", "OV")
def text_that_the_original_has_not(good: Good, folder: Path) -> Arguments:
    return job(good, folder, reel('picture = { ov = 1 }\nother = [{ ov = 1, kind = "subtitle" }]'))


@wrong("ov.hdr", "--hdr")
def hdr_over_an_original_that_is_none(good: Good, folder: Path) -> Arguments:
    return over(good, good.original, "--hdr")


@wrong("ov.sound-steps", "--loudness")
def loudness_of_the_originals_sound(good: Good, folder: Path) -> Arguments:
    return [good.original, "--ov", good.original, "--loudness", "leqm=82"]
