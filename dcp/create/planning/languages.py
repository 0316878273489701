"""Language tags of RFC 5646 out of what files say: three letters become two where there are two."""

from __future__ import annotations

import re
from pathlib import Path

from dcp.errors import UsageError
from dcp.packing.registries import is_language_tag

MAX_TAG = 35  # as RFC 5646 (4.4.1) has implementations hold at least
_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_CODES = (
    "afr=af alb=sq amh=am ara=ar arm=hy asm=as aze=az baq=eu bel=be ben=bn bos=bs bul=bg bur=my "
    "cat=ca ces=cs chi=zh cym=cy cze=cs dan=da deu=de dut=nl ell=el eng=en est=et eus=eu fao=fo "
    "fas=fa fin=fi fra=fr fre=fr geo=ka ger=de gla=gd gle=ga glg=gl gre=el guj=gu hau=ha heb=he "
    "hin=hi hrv=hr hun=hu hye=hy ibo=ig ice=is ind=id isl=is ita=it jav=jv jpn=ja kan=kn kat=ka "
    "kaz=kk khm=km kor=ko kur=ku lao=lo lat=la lav=lv lit=lt ltz=lb mac=mk mal=ml mao=mi mar=mr "
    "may=ms mkd=mk mlt=mt mon=mn mri=mi msa=ms mya=my nep=ne nld=nl nob=nb nno=nn nor=no ori=or "
    "pan=pa per=fa pol=pl por=pt pus=ps roh=rm ron=ro rum=ro rus=ru san=sa sin=si slk=sk slo=sk "
    "slv=sl som=so spa=es sqi=sq srp=sr swa=sw swe=sv tam=ta tel=te tha=th tib=bo bod=bo tgl=tl "
    "tur=tr ukr=uk urd=ur uzb=uz vie=vi wel=cy wol=wo xho=xh yid=yi yor=yo zho=zh zul=zu "
)
"""ISO 639-2, both of its codes where a language has two, to ISO 639-1."""
_TWO_LETTERS = dict(each.split("=") for each in _CODES.split())
_LISTED = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv "
    "cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr "
    "ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw "
    "ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv "
    "ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq "
    "sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh "
    "yi yo za zh zu "
)
"""ISO 639-1, all of it."""
_ISO_639_1 = frozenset(_LISTED.split())
_NONE = ("und", "mis", "mul", "")
"""What says that nothing is known of one language; `zxx`, no words at all, is knowledge."""


def short_tag(found: str | None) -> str | None:
    """What a file says of its language, as RFC 5646 writes it; None where it says nothing that is one."""
    if found is None or not _TAG.fullmatch(found) or len(found) > MAX_TAG:
        return None
    first, dash, rest = found.partition("-")
    lower = first.lower()
    if lower in _NONE:
        return None
    return _TWO_LETTERS.get(lower, lower) + dash + rest


def spoken(tag: str) -> str:
    """The tag that somebody gives for the speech, in its shortest form. UsageError when it is none."""
    found = short_tag(tag)
    if found is None:
        raise UsageError("sound.no-language-tag", where="--audio-lang", value=tag[:MAX_TAG])
    return found


def text_language(tag: str, *, where: Path | str | None = None) -> str:
    """The language of a text as it is told, in its shortest form. UsageError for what is no language tag: of
    two letters those of ISO 639-1 alone, of three any."""
    found = short_tag(tag)
    first = (found or "").partition("-")[0]
    if found is None or not is_language_tag(found) or (len(first) == 2 and first not in _ISO_639_1):
        raise UsageError("text.no-language-tag", where=where, value=tag[:MAX_TAG])
    return found
