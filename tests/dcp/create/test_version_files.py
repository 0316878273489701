"""Version files over an original: what they carry, what they refer to, and what is refused."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from building import plan, signer
from material import NOW, codestreams, wav

from dcp.create.build import BuiltPackage, build_package
from dcp.create.job.flags import job_by_names, job_of
from dcp.create.job.reading import read_job
from dcp.create.planning.making import plan_job
from dcp.create.planning.plan import Plan
from dcp.documents.cpl import CompositionPlaylist
from dcp.errors import SourceError, UsageError
from dcp.package.package import Package, open_package
from dcp.verify.engine import verify_package

COUNT = 30


def original(folder: Path, *, encrypt: bool = False, **more: object) -> BuiltPackage:
    """Two reels with sound."""
    sources = codestreams(folder / "a", COUNT), codestreams(folder / "b", COUNT, first=3)
    sounds = [folder / "a.wav", folder / "b.wav"]
    for number, path in enumerate(sounds):
        wav(path, 2000 * COUNT, seed=number)
    made = plan(*sources, audio=sounds, language="en", encrypt=encrypt or None, markers=("FFEC=40",), **more)
    return build_package(made, folder / "OV", signer=signer() if encrypt else None, now=NOW)


def version(out: Path, made: Plan, **more: object) -> Package:
    built = build_package(made, out, now=NOW, **more)  # type: ignore[arg-type]
    return open_package(built.root, ov=[out.parent / "OV"])


def by_job(folder: Path, words: str) -> Plan:
    head = 'schema = "dcpkit.job/1"\nov = ["OV"]\n'
    (folder / "job.toml").write_text(head + dedent(words), "utf-8")
    return plan_job(read_job(folder / "job.toml"), now=NOW)


def only(package: Package) -> CompositionPlaylist:
    (cpl,) = package.compositions
    return cpl


def own(package: Package) -> set[str]:
    """The kinds of what it carries; nothing else is in its packing list or its map."""
    listed = {entry.id for pkl in package.packing_lists for entry in pkl.asset_list}
    mapped = {asset.id for asset in package.asset_map.asset_list if not asset.packing_list}
    assert listed == mapped
    return {asset.kind for cpl in package.compositions for asset in cpl.assets if asset.id in listed}


def verified(package: Package) -> list[str]:
    report = verify_package(package.root, ov=[each.root for each in package.ov], now=NOW)
    return [
        each.id for each in report.findings if each.severity in ("error", "warning") and each.id[:4] != "PIC-"
    ]


def test_new_sound_over_the_pictures_of_the_original(tmp_path: Path) -> None:
    ov = open_package(original(tmp_path).root)
    for name in ("fr1", "fr2"):
        wav(tmp_path / f"{name}.wav", 2000 * COUNT, seed=9)
    made = by_job(
        tmp_path,
        """
        [[composition]]
        title = "Test FR"
        [[composition.reel]]
        picture = { ov = 1 }
        sound = { sources = ["fr1.wav"], language = "fr" }
        [[composition.reel]]
        picture = { ov = 2 }
        sound = { sources = ["fr2.wav"], language = "fr" }
        """,
    )
    package = version(tmp_path / "VF", made)
    assert own(package) == {"MainSound"}
    first, second = only(package).reels
    before = only(ov).reels
    assert (first.picture, second.picture) == (before[0].picture, before[1].picture)
    assert first.sound and before[0].sound and first.sound.id != before[0].sound.id
    assert (first.sound.language, only(package).content_kind) == ("fr", "test")
    assert [(each.label, each.offset) for reel in only(package).reels for each in reel.markers] == [
        ("FFOC", 1), ("FFEC", 10), ("LFOC", 29),
    ]  # fmt: skip
    assert verified(package) == []


def test_the_original_as_a_source_and_new_sound(tmp_path: Path) -> None:
    """Flags alone: what the source has in the original plays from there. Title and kind are that one's."""
    ov = open_package(original(tmp_path, title="The Film", name="auto").root)
    job = job_by_names([tmp_path / "OV"], {"ov": [tmp_path / "OV"], "silent": True})
    package = version(tmp_path / "VF", plan_job(job, now=NOW))
    assert own(package) == {"MainSound"}
    assert only(package).content_title_text.startswith("TheFilm_TST-1_")
    assert only(package).content_title_text.endswith("_VF")
    assert [reel.picture for reel in only(package).reels] == [reel.picture for reel in only(ov).reels]
    assert only(package).metadata is not None and only(ov).metadata is not None
    assert only(package).metadata.full_content_title_text == "The Film"
    assert verified(package) == []


def test_reels_of_both_with_entry_points(tmp_path: Path) -> None:
    """A new reel over the original's sound, a stretch of an original reel, a picture by its id."""
    ov = only(open_package(original(tmp_path).root))
    codestreams(tmp_path / "titles", 26, first=6)
    assert ov.reels[1].picture and ov.reels[0].sound and ov.reels[1].sound
    made = by_job(
        tmp_path,
        f"""
        [[composition]]
        title = "Mixed"
        [[composition.reel]]
        picture = {{ source = "titles" }}
        sound = {{ ov = 1 }}
        [[composition.reel]]
        picture = {{ ov = 1, trim = "4-28" }}
        [[composition.reel]]
        picture = {{ ov = "urn:uuid:{ov.reels[1].picture.id}", trim = "-25" }}
        sound = {{ ov = "{ov.reels[0].sound.id}", trim = "5-30" }}
        """,
    )
    package = version(tmp_path / "VF", made)
    assert own(package) == {"MainPicture"}
    reels = only(package).reels
    played = [
        [
            (each.id, each.entry_point, each.duration, each.intrinsic_duration)
            for each in reel.assets
            if each.is_track_file
        ]
        for reel in reels
    ]
    first, second = ov.reels[0].sound.id, ov.reels[1].picture.id
    assert played[0][1:] == [(first, 0, 26, COUNT)]
    assert played[1] == [(ov.reels[0].picture.id, 4, 24, COUNT), (first, 4, 24, COUNT)]
    assert played[2] == [(second, 0, 25, COUNT), (first, 5, 25, COUNT)]
    assert all(each.hash for reel in reels for each in (reel.picture, reel.sound))
    assert [(each.label, each.offset) for reel in reels for each in reel.markers] == [
        ("FFOC", 1), ("FFEC", 10), ("LFOC", 24),
    ]  # fmt: skip
    assert verified(package) == []


def test_an_encrypted_original_is_referred_to_without_its_keys(tmp_path: Path) -> None:
    ov = only(open_package(original(tmp_path, encrypt=True).root))
    wav(tmp_path / "fr.wav", 2000 * COUNT, seed=9)
    words = """
        encrypt = ["sound"]
        [[composition]]
        title = "Secret FR"
        [[composition.reel]]
        picture = { ov = 1 }
        sound = { sources = ["fr.wav"], language = "fr" }
        [[composition.reel]]
        picture = { ov = 2 }
        """
    built = build_package(by_job(tmp_path, words), tmp_path / "VF", signer=signer(), now=NOW)
    package = open_package(built.root, ov=[tmp_path / "OV"])
    assert built.keyring is not None
    assert [key.type for key in built.keyring.keys] == ["MDAK"]  # the new ones alone
    first, second = only(package).reels
    assert first.picture == ov.reels[0].picture and second.sound == ov.reels[1].sound
    assert first.sound and first.sound.key_id == built.keyring.keys[0].id
    assert only(package).signed and own(package) == {"MainSound"}
    assert verified(package) == []


def test_a_version_over_encrypted_essence_has_to_be_signed(tmp_path: Path) -> None:
    original(tmp_path, encrypt=True)
    made = by_job(tmp_path, SILENT)
    assert [each.id for each in made.advice if each.id == "advice.mixed-with-original"]
    with pytest.raises(UsageError) as refused:
        build_package(made, tmp_path / "VF", now=NOW)
    assert refused.value.id == "create.no-signer"


SILENT = """
    [[composition]]
    title = "Silent"
    [[composition.reel]]
    picture = { ov = 1 }
    sound = { silent = true }
    """


def test_interop(tmp_path: Path) -> None:
    original(tmp_path, standard="interop")
    package = version(tmp_path / "VF", by_job(tmp_path, 'standard = "interop"\n' + dedent(SILENT)))
    assert (package.standard, own(package)) == ("interop", {"MainSound"})
    assert verified(package) == []


def test_what_is_cut_into_reels_refers_piece_by_piece(tmp_path: Path) -> None:
    original(tmp_path)
    words = dedent(SILENT).replace('title = "Silent"', 'title = "Cut"\nreel_length = "1/60"')
    package = version(tmp_path / "VF", by_job(tmp_path, words.replace("ov = 1", "ov = 1, trim = '2-28'")))
    pictures = [reel.picture for reel in only(package).reels]
    assert [(each.entry_point, each.duration) for each in pictures if each] == [(2, 26)]  # a second is a reel


def test_a_version_of_a_version(tmp_path: Path) -> None:
    original(tmp_path)
    version(tmp_path / "VF", by_job(tmp_path, SILENT))
    codestreams(tmp_path / "new", 24, first=7)
    job = job_by_names([tmp_path / "VF", tmp_path / "new"], {"ov": [tmp_path / "OV", tmp_path / "VF"]})
    built = build_package(plan_job(job, now=NOW), tmp_path / "VF2", now=NOW)
    package = open_package(built.root, ov=[tmp_path / "OV", tmp_path / "VF"])
    assert own(package) == {"MainPicture", "MainSound"}
    assert verified(package) == []
    with pytest.raises(UsageError) as refused:
        plan_job(job_by_names([tmp_path / "VF"], {"ov": [tmp_path / "OV"], "title": "T"}), now=NOW)
    assert refused.value.id == "ov.elsewhere"


@pytest.mark.parametrize(
    ("words", "id"),
    [
        ("picture = { ov = 3 }", "ov.no-such-reel"),
        ('picture = { ov = "00000000-0000-4000-8000-000000000000" }', "ov.no-such-asset"),
        ("picture = { ov = 1, trim = '0-31' }", "ov.outside"),
        ("picture = { ov = 1 }\nsound = { ov = 2, trim = '0-29' }", "ov.lengths"),
        ("picture = { ov = 1, crop = 'auto' }", "job.original-and-more"),
        ("picture = { ov = 1 }\nsound = { trim = '0-5' }", "job.sound-trim"),
        ("picture = { ov = 1 }\nsound = { gain = 3 }", "ov.sound-steps"),
        ("picture = { ov = 1 }\n[[composition.reel]]\npicture = { ov = 2 }", "ov.nothing-new"),
        ("picture = { source = 'long' }\nsound = { ov = 1 }", "ov.lengths"),
        ("picture = { source = 'wide' }\nsound = { ov = 1 }", None),
        ("picture = { source = 'wide' }\n[[composition.reel]]\npicture = { ov = 2 }", "create.picture-sizes"),
        ("picture = { source = 'a' }", "ov.nothing-referred"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, words: str, id: str | None) -> None:
    original(tmp_path)
    codestreams(tmp_path / "long", COUNT + 1)
    codestreams(tmp_path / "wide", 24, width=128)
    words = f'[[composition]]\ntitle = "T"\npicture_rate = 24\n[[composition.reel]]\n{words}\n'
    if id is None:
        assert by_job(tmp_path, words).compositions[0].version_file
        return
    with pytest.raises((UsageError, SourceError)) as refused:
        by_job(tmp_path, words)
    assert refused.value.id == id


def srt(path: Path, words: str) -> Path:
    path.write_text(f"1\n00:00:00,200 --> 00:00:01,000\n{words}\n", "utf-8")
    return path


def kinds(package: Package) -> list[list[tuple[str, str | None]]]:
    """The text of each reel: kinds and languages."""
    return [
        [(each.kind, each.language) for each in reel.assets if each.kind in ("MainSubtitle", "ClosedCaption")]
        for reel in only(package).reels
    ]


@pytest.mark.extra("text")
def test_new_text_stands_instead_of_the_originals(tmp_path: Path) -> None:
    english = srt(tmp_path / "en.srt", "Hello")
    more = {"subtitle": [f"{english}:en"], "caption": [f"{english}:en"]}
    ov = only(open_package(original(tmp_path, **more).root))
    french = srt(tmp_path / "fr.srt", "Bonjour")
    job = job_by_names([tmp_path / "OV"], {"ov": [tmp_path / "OV"], "subtitle": [f"{french}:fr"]})
    package = version(tmp_path / "VF", plan_job(job, now=NOW))
    assert own(package) == {"MainSubtitle"}
    assert kinds(package) == [[("MainSubtitle", "fr"), ("ClosedCaption", "en")]] * 2
    captions = [reel.asset("ClosedCaption") for reel in only(package).reels]
    assert captions == [reel.asset("ClosedCaption") for reel in ov.reels]
    assert only(package).metadata and only(package).metadata.main_subtitle_language_list == ("fr",)
    assert "EN-FR-CCAP" in only(package).content_title_text
    assert verified(package) == []


@pytest.mark.extra("text")
def test_text_of_the_original_by_its_name(tmp_path: Path) -> None:
    """A new picture with the original's subtitles, a reel without any, a text of one reel in another."""
    english = srt(tmp_path / "en.srt", "Hello")
    ov = only(open_package(original(tmp_path, subtitle=[f"{english}:en"], caption=[f"{english}:en"]).root))
    codestreams(tmp_path / "titles", 26, first=6)
    first, second = (reel.asset("MainSubtitle") for reel in ov.reels)
    assert first and second
    made = by_job(
        tmp_path,
        f"""
        [[composition]]
        title = "Texts"
        [[composition.reel]]
        picture = {{ source = "titles" }}
        sound = {{ ov = 1 }}
        other = [{{ ov = 1, kind = "subtitle" }}]
        [[composition.reel]]
        picture = {{ ov = 1 }}
        other = []
        [[composition.reel]]
        picture = {{ ov = 2 }}
        other = [{{ ov = "{first.id}" }}]
        """,
    )
    package = version(tmp_path / "VF", made)
    assert kinds(package) == [[("MainSubtitle", "en")], [], [("MainSubtitle", "en")]]
    played = [reel.asset("MainSubtitle") for reel in only(package).reels]
    assert [(each.id, each.duration) for each in played if each] == [(first.id, 26), (first.id, 30)]
    words = 'title = "T"\n[[composition.reel]]\npicture = { ov = 1 }\nother = [{ ov = 1 }, { ov = 2 }]\n'
    with pytest.raises(UsageError) as refused:
        by_job(tmp_path, f"[[composition]]\n{words}")
    assert refused.value.id == "ov.kind-twice"


def test_an_original_of_another_maker(tmp_path: Path, golden: Path) -> None:
    """libdcp's, encrypted and signed; its title and kind are taken on, its sound is known by its labels."""
    ov = golden / "libdcp" / "enc" / "dcp"
    made = plan_job(job_by_names([ov], {"ov": [ov], "silent": True}), now=NOW)
    assert [each.id for each in made.advice].count("advice.mixed-with-original") == 1
    built = build_package(made, tmp_path / "VF", signer=signer(), now=NOW)
    package = open_package(built.root, ov=[ov])
    assert own(package) == {"MainSound"}
    before = only(open_package(ov)).reels[0].picture
    assert before and only(package).reels[0].picture == before
    assert only(package).content_kind == "trailer" and only(package).signed
    assert verified(package) == []


def test_the_original_may_be_given_beside_the_job(tmp_path: Path) -> None:
    original(tmp_path)
    words = f'schema = "dcpkit.job/1"\n{dedent(SILENT)}'.replace('title = "Silent"\n', "")
    (tmp_path / "job.toml").write_text(words, "utf-8")
    with pytest.raises(UsageError):
        read_job(tmp_path / "job.toml")
    job = read_job(tmp_path / "job.toml", over_original=True)
    plan_job(job_of([], {"job_ov": (tmp_path / "OV",)}, job=job), now=NOW)


def test_a_stereoscopic_original(tmp_path: Path) -> None:
    made = plan(codestreams(tmp_path / "film", COUNT, eyes=True))
    ov = only(open_package(build_package(made, tmp_path / "OV", now=NOW).root))
    package = version(tmp_path / "VF", by_job(tmp_path, SILENT + "other = []\n"))
    (picture,) = [reel.picture for reel in only(package).reels]
    assert picture == ov.reels[0].picture and picture and picture.kind == "MainStereoscopicPicture"
    assert picture.frame_rate == 48
    codestreams(tmp_path / "flat", COUNT)
    words = dedent(SILENT) + '[[composition.reel]]\npicture = { source = "flat" }\n'
    with pytest.raises(SourceError) as refused:
        by_job(tmp_path, words)
    assert refused.value.id == "create.one-eye-among-stereo"


def test_a_program_makes_a_version(tmp_path: Path) -> None:
    from dcpkit import create

    ov = str(original(tmp_path).root)
    create([ov], tmp_path / "VF", ov=[ov], silent=True, now=NOW)
    assert own(open_package(tmp_path / "VF", ov=[tmp_path / "OV"])) == {"MainSound"}


def test_files_of_the_original_may_have_any_name(tmp_path: Path) -> None:
    root = original(tmp_path).root
    asset_map = root / "ASSETMAP.xml"
    words = asset_map.read_text("utf-8")
    for path in root.glob("*.mxf"):
        words = words.replace(path.name, path.stem)
        path.rename(root / path.stem)
    asset_map.write_text(words, "utf-8")
    assert own(version(tmp_path / "VF", by_job(tmp_path, SILENT))) == {"MainSound"}


@pytest.mark.extra("text")
def test_loose_text_of_an_interop_original_stays(tmp_path: Path) -> None:
    english = srt(tmp_path / "en.srt", "Hello")
    ov = only(open_package(original(tmp_path, standard="interop", subtitle=[f"{english}:en"]).root))
    package = version(tmp_path / "VF", by_job(tmp_path, 'standard = "interop"\n' + dedent(SILENT)))
    assert own(package) == {"MainSound"}
    (reel,) = only(package).reels
    assert reel.asset("MainSubtitle") == ov.reels[0].asset("MainSubtitle") is not None
    assert verified(package) == []


@pytest.mark.extra("text")
def test_a_reel_that_names_the_text_of_the_original_gets_no_empty_one(tmp_path: Path) -> None:
    original(tmp_path, subtitle=f"{srt(tmp_path / 'en.srt', 'Hello')}:en")
    codestreams(tmp_path / "titles", COUNT, first=6)
    srt(tmp_path / "titles.srt", "Titles")
    words = """
        [[composition]]
        title = "Titles"
        [[composition.reel]]
        picture = {{ source = "titles" }}
        sound = {{ ov = 1 }}
        [[composition.reel.text]]
        source = "titles.srt"
        language = "en"
        [[composition.reel]]
        picture = {{ ov = 2 }}
        {more}
        """
    cpl = only(version(tmp_path / "one", by_job(tmp_path, words.format(more="other = [{ ov = 2 }]"))))
    kinds = [[asset.kind for asset in reel.assets].count("MainSubtitle") for reel in cpl.reels]
    whole = only(open_package(tmp_path / "OV"))
    assert kinds == [1, 1]
    assert cpl.reels[1].asset("MainSubtitle") == whole.reels[1].asset("MainSubtitle")
    empty = by_job(tmp_path, words.format(more=""))
    assert "plan.text-placeholder" in {each.id for each in empty.decisions}
