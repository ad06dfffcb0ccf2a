"""Nothing goes in, the languages of XTREME's targets come out, with the hub's names and test sizes.

Sizes and configuration names: the dataset card of google/xtreme (dataset_info, num_examples). Codes are ISO
639-1. The hub has spelled udpos.Afrikaans without its second a, too; see ``sources``.
"""

from __future__ import annotations

from typing import NamedTuple


class Named(NamedTuple):
    """How the hub names a language's configuration, and how many rows its test set has."""

    name: str
    rows: int


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split())


XNLI = _split("ar bg de el en es fr hi ru sw th tr ur vi zh")
XQUAD = _split("ar de el en es hi ru th tr vi zh")
PAWSX = {"de": 2000, "en": 2000, "es": 2000, "fr": 2000, "ja": 2000, "ko": 1999, "zh": 2000}
MLQA = {"ar": 5335, "de": 4517, "en": 11590, "es": 5253, "hi": 4918, "vi": 5495, "zh": 5137}
BUCC_PAIRS = {"de": 9580, "fr": 9086, "ru": 14435, "zh": 1899}
TYDIQA = {
    "arabic": "ar",
    "bengali": "bn",
    "english": "en",
    "finnish": "fi",
    "indonesian": "id",
    "korean": "ko",
    "russian": "ru",
    "swahili": "sw",
    "telugu": "te",
}
"""The first word of a TyDiQA id says the language: "english-4300467284213151235-12"."""

_LARGE = _split("ar bg de el en es et eu fa fi fr he hu id it ja ka ko nl pt ru th tr vi zh")
_SMALL = _split("af bn hi kk ml mr ms sw ta te tl ur")
PANX = dict.fromkeys(_LARGE, 10_000) | dict.fromkeys(_SMALL, 1_000) | dict.fromkeys(_split("jv my yo"), 100)

UDPOS = {
    "af": Named("Afrikaans", 425),
    "ar": Named("Arabic", 1680),
    "bg": Named("Bulgarian", 1116),
    "de": Named("German", 22458),
    "el": Named("Greek", 2809),
    "en": Named("English", 5440),
    "es": Named("Spanish", 3147),
    "et": Named("Estonian", 3760),
    "eu": Named("Basque", 1799),
    "fa": Named("Persian", 600),
    "fi": Named("Finnish", 4422),
    "fr": Named("French", 9465),
    "he": Named("Hebrew", 491),
    "hi": Named("Hindi", 2684),
    "hu": Named("Hungarian", 449),
    "id": Named("Indonesian", 1557),
    "it": Named("Italian", 3518),
    "ja": Named("Japanese", 2372),
    "kk": Named("Kazakh", 1047),
    "ko": Named("Korean", 4276),
    "mr": Named("Marathi", 47),
    "nl": Named("Dutch", 1471),
    "pt": Named("Portuguese", 2681),
    "ru": Named("Russian", 11336),
    "ta": Named("Tamil", 120),
    "te": Named("Telugu", 146),
    "th": Named("Thai", 1000),
    "tl": Named("Tagalog", 55),
    "tr": Named("Turkish", 4785),
    "ur": Named("Urdu", 535),
    "vi": Named("Vietnamese", 800),
    "yo": Named("Yoruba", 100),
    "zh": Named("Chinese", 5528),
}

_TATOEBA = _split(
    "af afr 1000 ar ara 1000 bg bul 1000 bn ben 1000 de deu 1000 el ell 1000 es spa 1000 et est 1000 "
    "eu eus 1000 fa pes 1000 fi fin 1000 fr fra 1000 he heb 1000 hi hin 1000 hu hun 1000 id ind 1000 "
    "it ita 1000 ja jpn 1000 jv jav 205 ka kat 746 kk kaz 575 ko kor 1000 ml mal 687 mr mar 1000 "
    "nl nld 1000 pt por 1000 ru rus 1000 sw swh 390 ta tam 307 te tel 234 th tha 548 tl tgl 1000 "
    "tr tur 1000 ur urd 1000 vi vie 1000 zh cmn 1000"
)
TATOEBA = {
    code: Named(name, int(rows))
    for code, name, rows in zip(_TATOEBA[::3], _TATOEBA[1::3], _TATOEBA[2::3], strict=True)
}
