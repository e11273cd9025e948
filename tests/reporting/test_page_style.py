"""Style and script stand on their own and know the marks that the tables set."""

import re
from pathlib import Path

from src.reporting import page
from src.reporting.page import GENERATOR

TEMPLATE = Path(page.__file__).with_suffix(".html").read_text(encoding="utf-8")
STYLE, SCRIPT = (
    re.search(f"<{tag}>\n(.*?)</{tag}>", TEMPLATE, flags=re.DOTALL)[1]
    for tag in ("style", "script")
)


def test_nothing_is_fetched():
    for text in (STYLE, SCRIPT, GENERATOR):
        assert not re.search(r"https?:|url\(|@import|@font-face|fetch|import\(|XMLHttp", text)
        assert "</" not in text


def test_light_and_dark_define_the_same_colours():
    light, dark = (
        set(re.findall(r"(--\w+): #", part))
        for part in STYLE.split("@media (prefers-color-scheme: dark)")
    )
    assert light == dark
    assert set(re.findall(r"var\((--\w+)\)", STYLE)) == light
    assert "color-scheme: light dark" in STYLE


def test_brackets_are_balanced():
    for text in (STYLE, SCRIPT):
        for opening, closing in ("{}", "()", "[]"):
            assert text.count(opening) == text.count(closing)


def test_the_script_reads_what_the_tables_hold():
    for mark in ("table.sortable", "dataset.column", "dataset.first", "dataset.value", "aria-sort"):
        assert mark in SCRIPT
    for name in (".best", ".swatch", ".moments", ".plots", ".video", "img.plot", ".scroll"):
        assert name in STYLE
