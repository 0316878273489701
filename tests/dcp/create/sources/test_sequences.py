"""Which files of a folder are a film."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from dcp.create.sources.sequences import FolderFilm, film_of_folder
from dcp.errors import SourceError


def folder(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).write_bytes(b"x")
    return root


def shown(film: FolderFilm) -> list[str | None]:
    return [file.name if file is not None else None for file in film.files]


def refused(root: Path) -> SourceError:
    with pytest.raises(SourceError) as caught:
        film_of_folder(root)
    assert caught.value.remedy and caught.value.say("zh") != caught.value.say("en")
    return caught.value


def test_the_order_is_that_of_the_numbers(tmp_path: Path) -> None:
    film = film_of_folder(folder(tmp_path, "frame9.png", "frame10.png", "frame11.PNG", "frame8.png"))
    assert shown(film) == ["frame8.png", "frame9.png", "frame10.png", "frame11.PNG"]
    assert (film.kind, film.stereo, film.decisions) == ("stills", False, ())


def test_what_machines_leave_behind_is_passed_over_and_counted(tmp_path: Path) -> None:
    names = ("a_1.j2c", "a_2.j2k", ".DS_Store", "._a_1.j2c", "Thumbs.db", "notes.txt", "a.wav")
    film = film_of_folder(folder(tmp_path, *names))
    assert (film.kind, shown(film)) == ("codestreams", ["a_1.j2c", "a_2.j2k"])
    hidden, others = film.decisions
    assert hidden.say() == f"3 hidden files passed over in {tmp_path.name}"
    assert others.say().endswith("a.wav and notes.txt")


@pytest.mark.parametrize("suffix", [".png", ".j2c"])
def test_a_gap_is_named_by_numbers_and_folder(tmp_path: Path, suffix: str) -> None:
    root = tmp_path / "render"
    root.mkdir()
    folder(root, *(f"shot_{n:04d}{suffix}" for n in (0, 1, 4, 5, 7, 8)))
    error = refused(root)
    assert error.id == "sequence.gap"
    assert error.what == "the sequence in render lacks 3 pictures: 0002-0003 and 0006"
    assert "--gaps hold" in str(error.remedy)
    held, black = film_of_folder(root, gaps="hold"), film_of_folder(root, gaps="black")
    first = f"shot_0001{suffix}"
    assert shown(held)[:5] == [f"shot_0000{suffix}", first, first, first, f"shot_0004{suffix}"]
    assert shown(black)[:5] == [f"shot_0000{suffix}", first, None, None, f"shot_0004{suffix}"]
    assert len(held.files) == len(black.files) == 9
    assert "0002-0003 and 0006" in held.decisions[0].say() and "black" in black.decisions[0].say()


@pytest.mark.parametrize(
    ("names", "id", "part"),
    [
        (("a_1.png", "a_2.png", "b_1.png", "b_2.png"), "sequence.several", "a_1.png ... a_2.png (2)"),
        (("sh010_1.png", "sh010_2.png", "sh020_1.png", "sh020_2.png"), "sequence.several", "sh020_1.png"),
        (("a_1.png", "a_2.png", "poster.png"), "sequence.several", "poster.png"),
        (("shot_1.png", "shot_01.png", "shot_2.png"), "sequence.twice", "shot_1.png"),
        (("shot_1.png", "shot_1.PNG", "shot_2.png"), "sequence.twice", "shot_1.PNG"),
        (("a_1.png", "a_2.dpx"), "sequence.mixed-types", ".dpx (1) and .png (1)"),
        (("a_1.j2c", "a_2.png"), "source.stills-and-codestreams", "both"),
        (("title.png", "end.png"), "sequence.unnumbered", "end.png and title.png"),
        (("a_1.png", f"a_{10**9}.png"), "sequence.gap", "2-999999999"),
        (("notes.txt",), "source.empty-folder", "no pictures"),
        (("a_1_l.j2c", "a_1_r.j2c", "a_2_r.j2c"), "sequence.eye-missing", "a_2_r"),
    ],
)
def test_what_could_mean_two_films_is_refused(
    tmp_path: Path, names: tuple[str, ...], id: str, part: str
) -> None:
    error = refused(folder(tmp_path, *names))
    assert (error.id, error.where) == (id, str(tmp_path))
    assert part in error.what


def test_gaps_are_not_filled_without_end(tmp_path: Path) -> None:
    folder(tmp_path, "a_1.png", f"a_{10**9}.png")
    with pytest.raises(SourceError, match="span more than 1,000,000 frames"):
        film_of_folder(tmp_path, gaps="hold")


def test_a_version_behind_the_number_does_not_count_the_frames(tmp_path: Path) -> None:
    film = film_of_folder(folder(tmp_path, *(f"sc12_{n:03d}_v2.exr" for n in range(8, 12))))
    assert shown(film) == [f"sc12_{n:03d}_v2.exr" for n in range(8, 12)]


def test_pairs_are_two_eyes(tmp_path: Path) -> None:
    film = film_of_folder(folder(tmp_path, *(f"{n:06d}_{eye}.j2c" for n in range(2) for eye in "lr")))
    assert shown(film) == ["000000_l.j2c", "000000_r.j2c", "000001_l.j2c", "000001_r.j2c"]
    assert (film.stereo, film.frames) == (True, 2)
    assert "2 pairs" in film.decisions[0].say()


def test_one_eye_alone_is_a_film_like_any_other(tmp_path: Path) -> None:
    film = film_of_folder(folder(tmp_path, "1_l.j2c", "2_l.j2c"))
    assert (film.stereo, film.frames) == (False, 2)


def test_one_file_needs_no_number(tmp_path: Path) -> None:
    assert shown(film_of_folder(folder(tmp_path, "title.png", ".DS_Store"))) == ["title.png"]


def test_any_numbers_in_any_names_are_put_in_order_and_their_gaps_named(tmp_path: Path) -> None:
    chance = random.Random(9)
    for case in range(60):
        root = tmp_path / str(case)
        root.mkdir()
        width = chance.choice((0, 3, 6))
        before = chance.choice(("", "shot_", "a1b2_", "2028-06-01_v3.", "名 ", "x-"))
        after = chance.choice(("", "_v2", ".final", "_l"))
        first = chance.choice((0, 1, 86_400, 998))
        numbers = sorted(chance.sample(range(first, first + 12), chance.randint(2, 12)))
        names = {number: f"{before}{number:0{width}d}{after}.dpx" for number in numbers}
        order = list(names.values())
        chance.shuffle(order)
        folder(root, *order)
        missing = [number for number in range(numbers[0], numbers[-1] + 1) if number not in names]
        if not missing:
            assert shown(film_of_folder(root)) == list(names.values())
            continue
        error = refused(root)
        assert error.id == "sequence.gap" and error.places["n"] == len(missing)
        assert f"{missing[0]:0{width}d}" in error.what
        black = shown(film_of_folder(root, gaps="black"))
        assert black == [names.get(number) for number in range(numbers[0], numbers[-1] + 1)]
        held = shown(film_of_folder(root, gaps="hold"))
        assert None not in held and len(held) == len(black)
