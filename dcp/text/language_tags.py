"""Languages as documents name them: tags of RFC 5646, and the English names of Interop's documents.

The two-letter codes of ISO 639-1 with their three-letter ones of ISO 639-2, of which RFC 5646 allows the
shorter alone; all other three-letter codes are taken as they come.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import NamedTuple

from dcp.patterns import pattern
from dcp.texts.catalogue import Text, text

_TAG = pattern(
    r"(?:(?P<language>[a-z]{2,3})(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})(?:-(?P<script>[a-z]{4}))?"
    r"(?:-(?P<region>[a-z]{2}|\d{3}))?(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*"
    r"(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?|x(?:-[a-z0-9]{1,8})+"
)
_OLD = pattern(
    r"en-gb-oed|i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)|sgn-(?:be-fr|be-nl|ch-de)"
    r"|art-lojban|cel-gaulish|no-(?:bok|nyn)|zh-(?:guoyu|hakka|min|min-nan|xiang)"
)
"""Whole tags that were registered before there was a form (RFC 5646, 2.2.8)."""


class Named(NamedTuple):
    """language, region: in lower case, as far as they are said."""

    language: str
    region: str | None = None


def wrong_tag(tag: str) -> Text | None:
    """What is wrong with a tag of RFC 5646, None when nothing is."""
    lower = tag.lower()
    if _OLD.fullmatch(lower):
        return None
    found = _TAG.fullmatch(lower)
    if found is None:
        return text("language.form")
    language = found["language"] or ""
    if not language and not lower.startswith("x-"):  # 4 signs are kept for later, 5 to 8 never were given
        return text("language.unknown", code=lower.partition("-")[0])
    if len(language) == 2 and language not in _names() and language not in _FORMER:
        return text("language.unknown", code=language)
    shorter = _longer().get(language)
    if shorter is not None:
        return text("language.longer", code=language, shorter=shorter)
    region = found["region"] or ""
    if len(region) == 2 and not _is_region(region):
        return text("language.region", code=region.upper())
    return None


def has_form(tag: str) -> bool:
    """Whether a tag has the form of RFC 5646, with codes that may be unknown."""
    fault = wrong_tag(tag)
    return fault is None or fault.id != "language.form"


def shorter(code: str) -> str:
    """The code of two letters of a language given by three, and what was given where there is none."""
    return _longer().get(code, code)


def is_region(code: str) -> bool:
    """Whether RFC 5646 has this region: two letters of ISO 3166-1, or three figures of UN M.49."""
    return re.fullmatch(r"[A-Za-z]{2}|\d{3}", code) is not None and (
        len(code) == 3 or _is_region(code.lower())
    )


def meant(said: str) -> Named | None:
    """The language that a tag, a code of three letters or an English name means; None for an unknown one."""
    lower = said.strip().lower()
    found = _TAG.fullmatch(lower)
    if found is not None and found["language"]:
        language = _longer().get(found["language"], found["language"])
        if language in _names() or len(language) == 3:
            return Named(language, found["region"])
    by_name = _by_name().get(re.split(r"[ (,/_-]", lower)[0]) if lower else None
    return Named(by_name) if by_name is not None else None


# --- how it is done -----


@functools.cache
def _rows() -> tuple[tuple[str, tuple[str, ...], str], ...]:
    rows = (row.split(" ", 2) for row in " ".join(_CODES.split()).split("; "))
    return tuple((two, tuple(three.split("/")), name) for two, three, name in rows)


@functools.cache
def _names() -> Mapping[str, str]:
    return {two: name for two, _, name in _rows()}


@functools.cache
def _longer() -> Mapping[str, str]:
    return {each: two for two, three, _ in _rows() for each in three}


@functools.cache
def _by_name() -> Mapping[str, str]:
    return {name.lower(): two for two, _, name in _rows()} | _OTHER_NAMES


def _is_region(code: str) -> bool:
    """What territories the naming convention lists has nearly all; codes of one's own are left alone."""
    return code.upper() in _REGIONS.split() or code[0] == "x" or code in ("aa", "zz") or code[0] == "q"


_FORMER = ("in", "iw", "ji", "jw", "mo")
"""Given up, and legal still."""

_OTHER_NAMES = {
    "mandarin": "zh", "cantonese": "yue", "castilian": "es", "flemish": "nl", "farsi": "fa",
    "brazilian": "pt",
    "deutsch": "de", "francais": "fr", "français": "fr", "espanol": "es", "español": "es", "italiano": "it",
    "svenska": "sv", "dansk": "da", "norsk": "no", "suomi": "fi", "nederlands": "nl", "polski": "pl",
    "norwegian": "no", "slovene": "sl", "gaelic": "gd", "filipino": "fil", "taiwanese": "nan",
}  # fmt: skip

_CODES = """
aa aar Afar; ab abk Abkhazian; ae ave Avestan; af afr Afrikaans; ak aka Akan; am amh Amharic; an arg
Aragonese; ar ara Arabic; as asm Assamese; av ava Avaric; ay aym Aymara; az aze Azerbaijani; ba bak
Bashkir; be bel Belarusian; bg bul Bulgarian; bh bih Bihari; bi bis Bislama; bm bam Bambara; bn ben
Bangla; bo bod/tib Tibetan; br bre Breton; bs bos Bosnian; ca cat Catalan; ce che Chechen; ch cha
Chamorro; co cos Corsican; cr cre Cree; cs ces/cze Czech; cu chu Church Slavic; cv chv Chuvash; cy cym/wel
Welsh; da dan Danish; de deu/ger German; dv div Maldivian; dz dzo Dzongkha; ee ewe Ewe; el ell/gre Greek;
en eng English; eo epo Esperanto; es spa Spanish; et est Estonian; eu eus/baq Basque; fa fas/per Persian;
ff ful Fulah; fi fin Finnish; fj fij Fijian; fo fao Faroese; fr fra/fre French; fy fry Frisian; ga gle
Irish; gd gla Gaelic; gl glg Galician; gn grn Guarani; gu guj Gujarati; gv glv Manx; ha hau Hausa; he heb
Hebrew; hi hin Hindi; ho hmo Hiri Motu; hr hrv Croatian; ht hat Haitian; hu hun Hungarian; hy hye/arm
Armenian; hz her Herero; ia ina Interlingua; id ind Indonesian; ie ile Interlingue; ig ibo Igbo; ii iii
Yi; ik ipk Inupiaq; io ido Ido; is isl/ice Icelandic; it ita Italian; iu iku Inuktitut; ja jpn Japanese;
jv jav Javanese; ka kat/geo Georgian; kg kon Kongo; ki kik Kikuyu; kj kua Kwanyama; kk kaz Kazakh; kl kal
Greenlandic; km khm Khmer; kn kan Kannada; ko kor Korean; kr kau Kanuri; ks kas Kashmiri; ku kur Kurdish;
kv kom Komi; kw cor Cornish; ky kir Kyrgyz; la lat Latin; lb ltz Luxembourgish; lg lug Ganda; li lim
Limburgish; ln lin Lingala; lo lao Lao; lt lit Lithuanian; lu lub Luba-Katanga; lv lav Latvian; mg mlg
Malagasy; mh mah Marshallese; mi mri/mao Maori; mk mkd/mac Macedonian; ml mal Malayalam; mn mon Mongolian;
mr mar Marathi; ms msa/may Malay; mt mlt Maltese; my mya/bur Burmese; na nau Nauru; nb nob Bokmal; nd nde
North Ndebele; ne nep Nepali; ng ndo Ndonga; nl nld/dut Dutch; nn nno Norwegian Nynorsk; no nor Norwegian;
nr nbl South Ndebele; nv nav Navajo; ny nya Chewa; oc oci Occitan; oj oji Ojibwa; om orm Oromo; or ori
Oriya; os oss Ossetian; pa pan Punjabi; pi pli Pali; pl pol Polish; ps pus Pashto; pt por Portuguese; qu
que Quechua; rm roh Romansh; rn run Rundi; ro ron/rum Romanian; ru rus Russian; rw kin Kinyarwanda; sa san
Sanskrit; sc srd Sardinian; sd snd Sindhi; se sme Northern Sami; sg sag Sango; sh hbs Serbo-Croatian; si
sin Sinhala; sk slk/slo Slovak; sl slv Slovenian; sm smo Samoan; sn sna Shona; so som Somali; sq sqi/alb
Albanian; sr srp Serbian; ss ssw Swati; st sot Sotho; su sun Sundanese; sv swe Swedish; sw swa Swahili; ta
tam Tamil; te tel Telugu; tg tgk Tajik; th tha Thai; ti tir Tigrinya; tk tuk Turkmen; tl tgl Tagalog; tn
tsn Tswana; to ton Tongan; tr tur Turkish; ts tso Tsonga; tt tat Tatar; tw twi Twi; ty tah Tahitian; ug
uig Uyghur; uk ukr Ukrainian; ur urd Urdu; uz uzb Uzbek; ve ven Venda; vi vie Vietnamese; vo vol Volapuk;
wa wln Walloon; wo wol Wolof; xh xho Xhosa; yi yid Yiddish; yo yor Yoruba; za zha Zhuang; zh zho/chi
Chinese; zu zul Zulu
"""

_REGIONS = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW
BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET EU
EZ FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL
IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC
MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA
PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS
ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM UN US UY UZ VA VC VE VG VI VN VU
WF WS YE YT ZA ZM ZW AC CP DG EA IC TA AN BU CS DD FX NT SU TP YD YU ZR
"""
"""Of ISO 3166-1, with what RFC 5646's registry has of reserved and former ones."""
