"""The pages: links lead somewhere, and files, commands and parameters that are named exist."""

import re
from pathlib import Path

import pytest

from src.parameters.parse_arguments import MODELS
from tests.support.places import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "data").rglob("*.md")])
# these tell of commits long gone, and of the commands of their time
HISTORY = {ROOT / "RESULTS.md", *(ROOT / "docs" / "results").glob("*.md")}
CURRENT = [page for page in PAGES if page not in HISTORY]
ROOMS = (ROOT / "src" / "base").is_dir()

LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
NAMED_FILE = re.compile(
    r"(?:src|tests|experiments|docs|data|parameters)/[\w./-]*[\w/]|\b(?:design|hyperparams)\w*\.json"
)
COMMAND = re.compile(r"python -m ((?:src|tests|experiments)(?:[. ][a-z]\w*)?)\b(?!/)")
SCRIPT = re.compile(r"\b\w+\.py\b")
SETTING = re.compile(rf"\b({'|'.join(MODELS)})\.([a-z]\w*)")


def name(page):
    return str(page.relative_to(ROOT))


def anchors(page):
    """What GitHub calls the headings of a page."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    titles = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def named_files(page):
    """Paths of the repository that stand in code or in commands, but for patterns and examples."""
    text = page.read_text(encoding="utf-8")
    spans = [*CODE.findall(text), *re.findall(r"^    .*$", text, flags=re.MULTILINE)]
    found = {path for span in spans for path in NAMED_FILE.findall(span)}
    return {path for path in found if not re.search(r"mine|NAME|otb|GOT-10k|about", path)}


def place(path):
    bare = re.match(r"(design|hyperparams)\w*\.json$", path)
    return ROOT / "parameters" / path if bare else ROOT / path


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    broken = []
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", CURRENT, ids=name)
def test_named_files_exist(page):
    missing = {path for path in named_files(page) if not place(path).exists()}
    if not ROOMS:
        missing = {path for path in missing if not path.startswith(("src/", "tests/"))}
    assert missing == set()


@pytest.mark.parametrize("page", CURRENT, ids=name)
def test_named_commands_exist(page):
    found = COMMAND.findall(page.read_text(encoding="utf-8"))
    for command in {found_one.replace(" ", ".") for found_one in found} - {"src.NAME"}:
        path = ROOT.joinpath(*command.split("."))
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file() or not ROOMS


@pytest.mark.parametrize("page", CURRENT, ids=name)
def test_named_parameters_exist(page):
    found = set(SETTING.findall(page.read_text(encoding="utf-8")))
    unknown = {(file, key) for file, key in found if key not in MODELS[file].model_fields}
    assert {(file, key) for file, key in unknown if key not in ("json", "md")} == set()


def test_the_readme_is_read_in_one_sitting():
    assert 12_000 <= (ROOT / "README.md").stat().st_size < 15_000


def test_the_readme_tells_of_every_page():
    linked = LINK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert {name(page) for page in (ROOT / "docs").glob("*.md")} <= set(linked)


def test_pages_are_written_in_utf8_without_tabs():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert "\t" not in text and text.endswith("\n") and not text.endswith("\n\n"), page


def test_pictures_of_pages_are_used():
    shown = {
        (page.parent / link).resolve()
        for page in PAGES
        for link in LINK.findall(page.read_text(encoding="utf-8"))
        if not link.startswith("http")
    }
    assert {path.resolve() for path in Path(ROOT / "data" / "pictures").iterdir()} <= shown
