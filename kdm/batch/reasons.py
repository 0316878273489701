"""Why a screen has no KDM, in words for the cinema: it is to know what to send or ask for."""

from __future__ import annotations

from typing import Literal

Language = Literal["en", "zh"]

_WORDS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("names no media block", "column certificate: it is empty"),
        "we have no certificate of its media block; please send it to us",
        "我方没有该厅媒体模块（IMB）的证书，请把证书发给我们",
    ),
    (
        ("deny list",),
        "its media block, or a device beside it, is on our list of devices that get no KDM; please ask us",
        "该厅媒体模块（IMB）或其配套设备在我方的停用名单上，请与我们联系",
    ),
    (
        ("validity",),
        "a certificate is not valid for the whole time; please send us the current one of its media block",
        "证书的有效期不能覆盖整个放映期，请把该厅媒体模块（IMB）的当前证书发给我们",
    ),
    (
        (
            "not a media block's",
            "of an authority",
            "not made for receiving keys",
            "no SM",
            "for signing, not of a device",
            "no KDM can be made for it",
        ),
        "the certificate that we have is not that of a media block; please send us that one",
        "我方手中的证书不是媒体模块（IMB）的证书，请把媒体模块的证书发给我们",
    ),
    (
        ("SHA-1", "not RSA with 2048 bits"),
        "the certificate that we have is of an old kind; please send us the SHA-256 one of its media block",
        "我方手中的证书是旧式证书，请把该厅媒体模块（IMB）的 SHA-256 证书发给我们",
    ),
    (
        ("was not signed by the authority",),
        "the certificate that we have is not genuine; please send us the one that its media block has",
        "我方手中的证书未通过签发机构的验证，请从该厅媒体模块（IMB）重新导出证书发给我们",
    ),
    (
        ("cannot be read", "this is no certificate", "there is no certificate"),
        "the certificate that we have cannot be read; please send us the one of its media block again",
        "我方手中的证书文件无法读取，请重新发送该厅媒体模块（IMB）的证书",
    ),
    (
        ("time zone",),
        "we do not know your time zone; please tell us",
        "我方不知道贵影院所在的时区，请告知我们",
    ),
)
"""Words of the reason, as the errors of issuing have them, and what the cinema is told."""


def reason(why: str, language: Language) -> str:
    """What the cinema is told of a reason; one that has no words of its own is quoted."""
    for marks, english, chinese in _WORDS:
        if any(mark in why for mark in marks):
            return chinese if language == "zh" else english
    if language == "zh":
        return f"我方手中的资料无法使用，请与我们联系（{why}）"
    return f"what we have of it cannot be used, please ask us ({why})"
