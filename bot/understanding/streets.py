"""Where a customer's words say where they live: a street with its number, a postcode."""

from __future__ import annotations

import re

ADDRESS = "‹address›"

_NAME = r"[^\W\d_][\w'’-]*\.?"
_NUMBER = r"\d{1,4}\s?[^\W\d_]?(?!\w)(?:\s*[-/]\s*\d{1,4}[^\W\d_]?(?!\w))?"
_FLAT = (
    r"(?:,?\s*(?:flat|apt\.?|apartment|unit|кв(?:артира)?\.?|корп(?:ус)?\.?|стр\.?|подъезд|этаж|"
    r"daire|kat|dz\.?|dzīvoklis|m\.|lok\.?|mieszkanie)[\s:№#]*\d+\w*)*"
)
_CODE = r"(?:,?\s+(?:LV-?\d{4}|\d{2}-\d{3}|[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}|\d{5,6}))?"
_KINDS = (
    # 12 Baker Street, flat 3, SW1A 1AA
    rf"\d{{1,4}}[a-z]?,?\s+(?:{_NAME}\s+){{1,2}}(?:street|st|road|rd|avenue|ave|lane|drive|close|"
    rf"court|square|terrace|boulevard|blvd|crescent|gardens)(?!\w)\.?{_FLAT}{_CODE}",
    # Brīvības iela 45-12
    rf"(?:{_NAME}\s+){{1,2}}(?:iel[aāuā]s?|ielā|prospekt[sāa]|bulv[āa]r[ia]s?|gatv[eē]|laukum[sāa])"
    rf",?\s+{_NUMBER}{_FLAT}{_CODE}",
    # ul. Marszałkowska 10/5 m. 3, 00-950
    rf"(?:ul\.?|ulic[aęay]|al\.|alej[aei]|os\.|osiedl[eu]|pl\.|plac)\s+(?:{_NAME}\s+){{1,3}}"
    rf"{_NUMBER}{_FLAT}{_CODE}",
    # ул. Ленина, д. 5, кв. 10; Невский проспект 12
    rf"(?:ул\.?|улиц[аеыу]|пр(?:-т|осп)?\.|проспекте?|пер\.|переулке?|бульваре?|шоссе|наб\.|"
    rf"набережн\w+|площад\w+)\s+{_NAME}(?:\s+{_NAME})?,?\s*(?:д(?:ом)?\.?\s*)?{_NUMBER}{_FLAT}",
    rf"{_NAME}\s+(?:улиц[аеыу]|проспекте?|переулке?|бульваре?|шоссе|набережн\w+),?\s*"
    rf"(?:д(?:ом)?\.?\s*)?{_NUMBER}{_FLAT}",
    # Atatürk Mah. Gül Sok. No: 12 Daire 3
    rf"(?:(?:{_NAME}\s+){{1,2}}(?:mah(?:allesi)?|cad(?:desi|de)?|sok(?:ak|ağı|agi)?|bulvar[ıi]|blv)"
    rf"(?!\w)\.?[\s,]*){{1,3}}(?:no|numara)?[.:\s]*{_NUMBER}{_FLAT}",
    r"LV-\d{4}",
)
_STREET = re.compile(rf"(?<![\w‹])(?:{'|'.join(_KINDS)})(?!\w)", re.IGNORECASE)
# A postcode with its town: in capitals, for a range of numbers looks like it.
_TOWN = re.compile(r"(?<![\w-])\d{2}-\d{3}\s+(?=[A-ZŁŚŻŹĆ])[^\W\d_]+|"
                   r"(?<!\w)[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}(?!\w)")  # fmt: skip


def hide_addresses(text: str) -> str:
    """The text with a sign in place of each street that has a number, and of each postcode."""
    return _TOWN.sub(ADDRESS, _STREET.sub(ADDRESS, text))
