"""What a job says of its compositions for the metadata, and several packing lists."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from material import NOW, codestreams

from dcp.create.build import build_package
from dcp.create.job.reading import read_job
from dcp.create.job.writing import job_toml
from dcp.create.planning.making import plan_job
from dcp.create.planning.plan import Plan
from dcp.documents.cpl import ContentVersion
from dcp.errors import UsageError
from dcp.package.package import Package, open_package

REEL = '[[composition.reel]]\npicture = { source = "film" }\n'
ALL = """
    title = "Long"
    name = "auto"
    kind = "trailer"
    picture_rate = 24
    full_title = "A Long Title: Part 2"
    version_number = 3
    status = "temp"
    chain = "Rex"
    distributor = "Example Distribution"
    facility = "XYZ"
    luminance = "4.5 fL"
    content_version = { id = "urn:example:1", label = "first" }
    alternate_versions = [{ id = "5B7A8B06-9D0A-4F7B-9F3D-2F9C5C1C7B11", label = "other" }]
    sound_configuration = "71/L,R,C,LFE,-,-"
    ratings = { FSK = "12" }
    markers = { FFTC = "2", LFTC = "00:00:00:03", FFEC = 20, FFMC = "0.9s" }
    """


def by_job(folder: Path, words: str, head: str = "") -> Plan:
    if not (folder / "film").exists():
        codestreams(folder / "film", 24)
    text = f'schema = "dcpkit.job/1"\n{head}\n[[composition]]\n{dedent(words)}\n{REEL}'
    (folder / "job.toml").write_text(text, "utf-8")
    job = read_job(folder / "job.toml")
    (folder / "again.toml").write_text(job_toml(job, folder=folder), "utf-8")
    assert read_job(folder / "again.toml") == job
    return plan_job(job, now=NOW)


def built(folder: Path, plan: Plan) -> Package:
    return open_package(build_package(plan, folder / "out", now=NOW).root)


def test_all_of_the_metadata_is_in_a_job_file(tmp_path: Path) -> None:
    (cpl,) = built(tmp_path, by_job(tmp_path, ALL)).compositions
    told = cpl.metadata
    assert told is not None
    assert (told.full_content_title_text, told.version_number, told.version_status) == (
        "A Long Title: Part 2", 3, "temp",
    )  # fmt: skip
    assert (told.chain, told.distributor, told.facility) == ("Rex", "Example Distribution", "XYZ")
    assert (told.luminance, told.luminance_units) == ("4.5", "foot-lambert")
    assert cpl.content_versions == (ContentVersion("urn:example:1", "first"),)
    assert told.alternate_content_version_list == (
        ("urn:uuid:5b7a8b06-9d0a-4f7b-9f3d-2f9c5c1c7b11", "other"),
    )  # fmt: skip
    assert told.main_sound_configuration == "71/L,R,C,LFE,-,-"
    assert [rating.label for rating in cpl.rating_list] == ["12"]
    assert [(each.label, each.offset) for each in cpl.reels[0].markers] == [
        ("FFOC", 1), ("FFTC", 2), ("LFTC", 3), ("FFEC", 20), ("FFMC", 22), ("LFOC", 23),
    ]  # fmt: skip
    assert cpl.content_title_text.startswith("Long_TLR-3-Temp-Rex-45fl_")


def test_interop_leaves_them_out_and_says_so(tmp_path: Path) -> None:
    plan = by_job(
        tmp_path, 'title = "T"\nkind = "test"\npicture_rate = 24\nchain = "Rex"', 'standard = "interop"'
    )
    assert "plan.no-metadata" in [each.id for each in plan.decisions]
    assert built(tmp_path, plan).compositions[0].metadata is None


def test_several_packing_lists(tmp_path: Path) -> None:
    """The second composition is a version over the first one's picture: its list has what it adds."""
    one = 'title = "One"\nkind = "test"\npicture_rate = 24\npacking_list = "a"\n'
    two = one.replace("One", "Two").replace('"a"', '"b"')
    codestreams(tmp_path / "other", 24, first=4)
    more = f"{REEL}[[composition]]\n{two}{REEL}{REEL.replace('film', 'other')}[[composition]]\n"
    plan = by_job(tmp_path, one + more + two.replace("Two", "Three"))
    package = built(tmp_path, plan)
    by_title = {cpl.content_title_text: cpl for cpl in package.compositions}
    first, second = package.packing_lists
    one_cpl, other = by_title["One"], by_title["Two"].reels[1]
    assert {each.id for each in first.asset_list} == {one_cpl.id, *(each.id for each in one_cpl.assets)}
    assert {each.id for each in second.asset_list} == {
        by_title["Two"].id, by_title["Three"].id, *(each.id for each in other.assets if each.is_track_file),
    } - {other.sound.id if other.sound else None}  # fmt: skip
    assert first.annotation_text == "One"
    flagged = [each.id for each in package.asset_map.asset_list if each.packing_list]
    assert set(flagged) == {first.id, second.id}


@pytest.mark.parametrize(
    ("words", "id"),
    [
        ('luminance = "bright"', "composition.luminance"),
        ('luminance = "0 fL"', "composition.luminance"),
        ('luminance = "14 lux"', "composition.luminance"),
        ("version_number = 0", "job.value"),
        ('status = "done"', "job.value"),
        ('content_version = "x"', "job.value"),
        ('content_version = { id = "no uri", label = "x" }', "job.value"),
        ('alternate_versions = [{ id = "urn:a:b", label = "x" }, { id = "urn:a:b", label = "y" }]',
         "composition.versions-alike"),
        ('sound_configuration = "51"', "composition.sound-configuration"),
        ('sound_configuration = "99/L,R"', "composition.sound-configuration"),
        ('sound_configuration = "51/L,R,C,LFE,Ls,Rs,HI,VIN"', "composition.sound-channels"),
        ('sign_language = "dgs!"', "composition.language"),
        ('standard = "interop"', "job.unknown"),
    ],
)  # fmt: skip
def test_what_no_metadata_can_say(tmp_path: Path, words: str, id: str) -> None:
    with pytest.raises(UsageError) as refused:
        by_job(tmp_path, f'title = "T"\npicture_rate = 24\n{words}')
    assert refused.value.id == id
