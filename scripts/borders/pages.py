"""Data Docs that open from disk, on a machine without a network.

GX draws its pages with styles, fonts, scripts and pictures from a dozen servers. What is kept is
what it says: headings and tables, with a style of our own. A policy in each page forbids the rest,
so that nothing can be fetched or run, whatever a value of the data looks like. Its index is a table
that a script would fill; ours says what became of each rule, and leads to the runs before.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import jinja2

from borders.suite import BorderError

if TYPE_CHECKING:
    from borders.checking import Report

HERE = Path(__file__).parent
# How many runs before the last one are kept.
KEPT = 10
EARLIER = "earlier"
# What an index says of its run, for the index of a later one.
SAID = re.compile(
    r'<meta name="date" content="(?P<run>\w+)">\s*'
    r'<meta name="description" content="(?P<said>[^"<>]*)">'
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
# Markup of GX's own: what the data says has been escaped before (checking.for_pages).
LEFT_OUT = tuple(
    re.compile(pattern, re.DOTALL | re.IGNORECASE)
    for pattern in (
        r"<script\b.*?</script>",
        r"<style\b.*?</style>",
        r"<link\b[^>]*>",
        r"<img\b[^>]*>",
        r"<iframe\b.*?</iframe>",
        r"<footer\b.*?</footer>",
        r"<!--.*?-->",
        # Buttons that only a script would answer.
        r"<div class=\"card mb-3\">\s*<div class=\"card-header p-2\">\s*<strong>Actions</strong>.*?"
        r"(?=<div class=\"card d-md-block|\Z)",
        r"\son\w+=\"[^\"]*\"",
        r"\s(?:href|src)=\"(?:https?:)?//[^\"]*\"",
        r"https?://[^\s\"'<)]+",
    )
)


def offline(page: str, style: str) -> str:
    for pattern in LEFT_OUT:
        page = pattern.sub("", page)
    head = (
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{style}</style>"
    )
    return re.sub(r"</head>", lambda _: f"{head}</head>", page, count=1)


def said(report: Report, ran_at: datetime) -> str:
    """A run in one line, of dates and numbers alone."""
    found = f"{len(report.breaches)} of the findings stop" if report.breaches else "nothing stops"
    return f"Run on {ran_at:%Y-%m-%d %H:%M} UTC, as of {report.as_of}: {found} publishing."


def keep_earlier(folder: Path, drawn: Path) -> dict[str, str]:
    """Copy the pages of the newest runs there were. Returns what each said, by its link."""
    runs = {}
    for run in (folder, *folder.glob(f"{EARLIER}/*")):
        page = run / "index.html"
        found = page.is_file() and SAID.search(page.read_text(encoding="utf-8"))
        if found:
            runs[found["run"]] = (run, found["said"])
    links = {}
    for name in sorted(runs, reverse=True)[:KEPT]:
        run, text = runs[name]
        shutil.copytree(run, drawn / EARLIER / name, ignore=shutil.ignore_patterns(EARLIER))
        links[f"{EARLIER}/{name}/index.html"] = text
    return links


def index(
    report: Report, ran_at: datetime, earlier: dict[str, str], folder: Path, style: str
) -> str:
    """The page to open first, with a link to what GX says of each suite."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True)
    links = {
        path.parts[-4]: quote(path.relative_to(folder).as_posix())
        for path in folder.glob("validations/*/*/*/*.html")
    }
    return environment.get_template("pages.html").render(
        report=report,
        run=f"{ran_at:%Y%m%dT%H%M%S%f}Z",
        said=said(report, ran_at),
        earlier=earlier,
        links=links,
        style=style,
        policy=POLICY,
    )


def write_pages(context: Any, report: Report, folder: Path, ran_at: datetime | None = None) -> None:
    try:
        replace_pages(context, report, folder, ran_at or datetime.now(UTC))
    except OSError as error:
        raise BorderError(f"The pages cannot be written: {error}. Name another folder.") from error


def replace_pages(context: Any, report: Report, folder: Path, ran_at: datetime) -> None:
    """Replace the folder by the Data Docs of what was run, with those of the runs before it in a
    folder of their own. Another folder is never replaced."""
    if folder.exists() and any(folder.iterdir()) and not (folder / "index.html").is_file():
        raise BorderError(f"{folder} holds something else; name another folder for the pages.")
    style = (HERE / "pages.css").read_text(encoding="utf-8")
    # GX takes a whole path alone, and what is made in a folder is named as that folder is.
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as drawn:
        context.add_data_docs_site(
            "local",
            {
                "class_name": "SiteBuilder",
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
                "store_backend": {
                    "class_name": "TupleFilesystemStoreBackend",
                    "base_directory": drawn,
                },
            },
        )
        context.build_data_docs(site_names=["local"])
        shutil.rmtree(Path(drawn) / "static", ignore_errors=True)
        for page in Path(drawn).rglob("*.html"):
            page.write_text(offline(page.read_text(encoding="utf-8"), style), encoding="utf-8")
        earlier = keep_earlier(folder, Path(drawn))
        page = Path(drawn) / "index.html"
        page.write_text(index(report, ran_at, earlier, Path(drawn), style), encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        Path(drawn).rename(folder)
        # The temporary folder is taken away by its name, so there has to be one.
        Path(drawn).mkdir()
    folder.chmod(0o755)
