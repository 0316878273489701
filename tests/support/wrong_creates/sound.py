"""Sound and its channels."""

from __future__ import annotations

from pathlib import Path

from material import wav
from wrong_sources import Arguments, Good, cut, wav_header, written

from wrong_creates.rows import wrong

# --- channels -----


@wrong("sound.no-such-channel", "--channels L,Q")
def unknown_channel(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--channels", "L,Q"]


@wrong("sound.channel-twice", "--channels L,L")
def channel_twice(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--channels", "L,L"]


@wrong("sound.channels-count", "--channels L,R,C")
def more_channels_than_the_file_has(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--channels", "L,R,C"]


@wrong("sound.expression-form", "--channels 51(L,R")
def parenthesis_left_open(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--channels", "51(L,R"]


@wrong("sound.channel-not-there", "--map 3:C")
def map_of_a_channel_that_is_not_there(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--map", "3:C"]


@wrong("sound.map-form", "--map 1=C")
def map_of_another_form(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--map", "1=C"]


@wrong("sound.map-level", "--map 1:C@99")
def map_at_an_absurd_level(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--map", "1:C@99"]


@wrong("sound.signal-changed", "stereo.wav")
def gain_on_a_signal(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--map", "1:C,2:FSKSync@-3"]


@wrong("sound.matrixed", "--channels Lt,Rt")
def matrixed_stereo(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--channels", "Lt,Rt"]


@wrong("sound.nothing-to-place", "--channels")
def channels_of_a_silent_film(good: Good, folder: Path) -> Arguments:
    return [good.film, "--channels", "L,R"]


@wrong("create.sound-layouts", "51(L,R,C,LFE,Ls,Rs)")
def reels_of_unlike_sound(good: Good, folder: Path) -> Arguments:
    return [good.film, good.long, "--audio", good.six, "--audio", good.stereo]


# --- sound files -----


@wrong("file.cannot-read", "absent.wav")
def sound_that_is_not_there(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", folder / "absent.wav"]


@wrong("source.sound-empty", "empty.wav")
def sound_of_no_samples(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", wav_header(folder / "empty.wav")]


@wrong("sound.empty-folder", "mix")
def folder_without_sound(good: Good, folder: Path) -> Arguments:
    (folder / "mix").mkdir()
    written(folder / "mix" / "notes.txt", "to do")
    return [good.film, "--audio", folder / "mix"]


@wrong("sound.file-names-no-channel", "take.wav")
def sound_whose_names_say_no_channel(good: Good, folder: Path) -> Arguments:
    (folder / "mix").mkdir()
    for name in ("mix_L.wav", "take.wav"):
        wav(folder / "mix" / name, 100, 1)
    return [good.film, "--audio", folder / "mix"]


@wrong("sound.channel-doubled", "b_L.wav")
def two_files_for_one_channel(good: Good, folder: Path) -> Arguments:
    for name in ("a_L.wav", "b_L.wav"):
        wav(folder / name, 100, 1)
    return [good.film, "--audio", folder / "a_L.wav", "--audio", folder / "b_L.wav"]


@wrong("sound.rate", "slow.wav")
def sound_of_two_hertz(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", wav_header(folder / "slow.wav", rate=2, size=6000)]


@wrong("sound.no-media", "fast.wav")
def sound_of_four_gigahertz(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", wav_header(folder / "fast.wav", rate=4_000_000_000, size=6000)]


@wrong("source.no-sound", "wide.wav")
def sound_of_a_thousand_channels(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", wav_header(folder / "wide.wav", channels=1000, size=6000)]


@wrong("source.no-sound", "film.mov")
def a_silent_film_for_its_sound(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.film]


@wrong("wav.cut-short", "short.wav")
def sound_cut_short(good: Good, folder: Path) -> Arguments:
    wav(folder / "short.wav", 48_000, 2)
    return [good.film, "--audio", cut(folder / "short.wav")]


@wrong("source.sound-empty", "hollow.flac")
def sound_that_is_a_header_alone(good: Good, folder: Path) -> Arguments:
    import av

    with av.open(str(folder / "hollow.flac"), "w") as container:
        stream = container.add_stream("flac", rate=48_000, layout="stereo")
        container.mux(stream.encode(None))
    return [good.film, "--audio", folder / "hollow.flac"]


@wrong("create.audio-count", "--audio")
def sound_for_more_reels_than_there_are(good: Good, folder: Path) -> Arguments:
    return [good.film, good.long, "--audio", good.stereo]


@wrong("sound.no-language-tag", "--audio-lang")
def language_that_is_none(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--audio-lang", "english!"]
