"""Words and values: jobs, titles, codes, outputs, keys, signers."""

from __future__ import annotations

from pathlib import Path

from wrong_sources import EARLIER, Arguments, Good, signer, still, stills, written

from wrong_creates.rows import wrong

# --- jobs -----


def job(folder: Path, reels: str, more: str = "") -> list[object]:
    words = f'schema = "dcpkit.job/1"\n[[composition]]\ntitle = "Wrong"\n{more}\n{reels}\n'
    return ["--job", written(folder / "job.toml", words)]


@wrong("job.unknown-near", "job.toml")
def job_with_a_misspelt_name(good: Good, folder: Path) -> Arguments:
    return job(folder, f'[[composition.reel]]\npicture = {{ source = "{good.film}" }}', 'knid = "trailer"')


@wrong("job.unknown-near", "job.toml")
def job_with_what_no_job_has(good: Good, folder: Path) -> Arguments:
    return job(folder, f'[[composition.reel]]\npicture = {{ source = "{good.film}" }}', 'subtitle = "a.xml"')


@wrong("job.same-as", "job.toml")
def reels_that_are_each_other(good: Good, folder: Path) -> Arguments:
    return job(folder, "".join(f"[[composition.reel]]\npicture = {{ same_as = {n} }}\n" for n in (2, 1)))


@wrong("job.same-as", "job.toml")
def reel_that_is_itself(good: Good, folder: Path) -> Arguments:
    return job(folder, "[[composition.reel]]\npicture = { same_as = 1 }\n")


@wrong("job.no-toml", "job.toml")
def job_that_is_no_toml(good: Good, folder: Path) -> Arguments:
    return ["--job", written(folder / "job.toml", "[[composition\n")]


@wrong("job.no-text", "job.toml")
def job_that_is_no_text(good: Good, folder: Path) -> Arguments:
    return ["--job", written(folder / "job.toml", b"\xff\xfe\x00\x01")]


@wrong("job.schema", "job.toml")
def job_of_another_schema(good: Good, folder: Path) -> Arguments:
    return ["--job", written(folder / "job.toml", 'schema = "dcpkit.job/9"\n')]


@wrong("job.no-toml", "job.toml")
def job_nested_beyond_reason(good: Good, folder: Path) -> Arguments:
    return ["--job", written(folder / "job.toml", "a = " + "[" * 100_000)]


@wrong("job.no-toml", "job.toml")
def job_with_a_number_without_end(good: Good, folder: Path) -> Arguments:
    return ["--job", written(folder / "job.toml", f'schema = "dcpkit.job/1"\nstandard = 0x{"f" * 9999}\n')]


@wrong("job.no-toml", "job.toml")
def job_with_a_longer_number(good: Good, folder: Path) -> Arguments:
    return ["--job", written(folder / "job.toml", f'schema = "dcpkit.job/1"\nstandard = {"9" * 9999}\n')]


@wrong("job.no-toml", "job.toml")
def job_of_names_without_end(good: Good, folder: Path) -> Arguments:
    return ["--job", written(folder / "job.toml", "a." * 100_000 + "a = 1")]


@wrong("job.too-many-compositions", "job.toml")
def job_of_films_without_end(good: Good, folder: Path) -> Arguments:
    words = '[[composition]]\ntitle = "T"\n[[composition.reel]]\npicture = { source = "a.mov" }\n'
    return ["--job", written(folder / "job.toml", 'schema = "dcpkit.job/1"\n' + words * 300)]


@wrong("create.too-many-reels", "--reel-length")
def reels_without_end(good: Good, folder: Path) -> Arguments:
    return [still(folder / "a.png"), "--still", "3600s", "--picture-rate", 24, "--reel-length", 0.05]


@wrong("file.cannot-read", "absent.toml")
def job_that_is_not_there(good: Good, folder: Path) -> Arguments:
    return ["--job", folder / "absent.toml"]


# --- words -----


@wrong("job.value", "--title")
def title_with_a_control_sign(good: Good, folder: Path) -> Arguments:
    return [good.film, "--title", "The\x07Film"]


@wrong("create.title", "--title")
def title_without_end(good: Good, folder: Path) -> Arguments:
    return [good.film, "--title", "x" * 2000]


@wrong("job.no-title", "--title")
def no_title(good: Good, folder: Path) -> Arguments:
    return [good.film, None]


@wrong("kind.unknown", "--kind")
def kind_that_nobody_knows(good: Good, folder: Path) -> Arguments:
    return [good.film, "--kind", "blockbuster"]


@wrong("territory.unknown", "--territory")
def territory_that_nobody_knows(good: Good, folder: Path) -> Arguments:
    return [good.film, "--territory", "Atlantis"]


@wrong("name.code-form", "--studio")
def studio_that_is_no_code(good: Good, folder: Path) -> Arguments:
    return [good.film, "--studio", "Example Films Inc."]


@wrong("job.value", "--rating")
def rating_without_a_label(good: Good, folder: Path) -> Arguments:
    return [good.film, "--rating", "FSK"]


@wrong("loudness.unknown", "--loudness")
def loudness_of_another_measure(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--loudness", "lufs=-24"]


@wrong("picture.rate-of-job", "400")
def more_bits_than_a_server_reads(good: Good, folder: Path) -> Arguments:
    return [good.film, "--mbps", 400]


# --- output, keys, signers -----


def encrypted(good: Good, folder: Path, *more: object) -> list[object]:
    return [good.film, "--encrypt", "--signer", good.signer, "--keys", folder / "keys.json", *more]


@wrong("output.not-empty", "full")
def output_that_is_not_empty(good: Good, folder: Path) -> Arguments:
    (folder / "full").mkdir()
    written(folder / "full" / "thesis.doc", "x")
    return encrypted(good, folder, "-o", folder / "full")


@wrong("output.no-folder", "taken")
def output_that_is_a_file(good: Good, folder: Path) -> Arguments:
    return encrypted(good, folder, "-o", written(folder / "taken", "x"))


@wrong("output.in-source", "seq")
def output_inside_a_source(good: Good, folder: Path) -> Arguments:
    return [stills(folder / "seq"), "--picture-rate", 24, "-o", folder / "seq" / "DCP"]


@wrong("output.not-empty", "seq")
def output_that_is_the_source(good: Good, folder: Path) -> Arguments:
    return [stills(folder / "seq"), "--picture-rate", 24, "-o", folder / "seq"]


@wrong("flags.no-output", "-o")
def no_output(good: Good, folder: Path) -> Arguments:
    return [good.film, "--title", "T", "-o", None]


@wrong("keys.beside-essence", "keys.json")
def keys_inside_the_package(good: Good, folder: Path) -> Arguments:
    keys = folder / "DCP" / "keys.json"
    return [good.film, "--encrypt", "--signer", good.signer, "--keys", keys, "-o", folder / "DCP"]


@wrong("keys.cannot-write", "keys.json")
def keys_where_nothing_can_be_written(good: Good, folder: Path) -> Arguments:
    return [good.film, "--encrypt", "--signer", good.signer, "--keys", folder / "absent" / "keys.json"]


@wrong("create.too-few-keys", "keys.json")
def too_few_keys(good: Good, folder: Path) -> Arguments:
    from dcp.secrets.keys import ContentKey, keyring, write_keys

    write_keys(folder / "keys.json", keyring([ContentKey.generate("MDIK")]))
    return encrypted(good, folder)


@wrong("keys.not-keys", "keys.json")
def keys_that_are_none(good: Good, folder: Path) -> Arguments:
    written(folder / "keys.json", "the key is under the mat")
    return encrypted(good, folder)


@wrong("flags.encrypt-needs-signer", "--signer")
def encryption_without_a_signer(good: Good, folder: Path) -> Arguments:
    return [good.film, "--encrypt", "--keys", folder / "keys.json"]


@wrong("flags.keys-without-encrypt", "--keys")
def keys_without_encryption(good: Good, folder: Path) -> Arguments:
    return [good.film, "--keys", folder / "keys.json"]


@wrong("sign.chain-unfit", "CS.Mastering")
def signer_whose_days_are_over(good: Good, folder: Path) -> Arguments:
    old = signer(folder / "old", "2020-01-01T00:00:00+00:00", years=1)
    return [good.film, "--encrypt", "--signer", old, "--keys", folder / "keys.json"]


@wrong("sign.chain-unfit", "SM.Mastering")
def signer_that_is_a_screen(good: Good, folder: Path) -> Arguments:
    screen = signer(folder / "screen", EARLIER, role="SM")
    return [good.film, "--encrypt", "--signer", screen, "--keys", folder / "keys.json"]


@wrong("signer.folder-absent", "absent")
def signer_that_is_not_there(good: Good, folder: Path) -> Arguments:
    return [good.film, "--signer", folder / "absent"]


@wrong("flags.watermark-needs-all", "--location")
def a_mark_without_a_time(good: Good, folder: Path) -> Arguments:
    return [good.film, "--watermark", folder / "secret.json", "--location", 1]
