"""Style and script of a report's page: light and dark, wide and narrow, tables that sort."""

# by this a page is known as one that may be replaced
GENERATOR = '<meta name="generator" content="SiamFC-tf src.report">'

STYLE = """
:root { color-scheme: light dark; --ink: #1c2128; --paper: #ffffff; --soft: #f2f4f7;
  --line: #d4d9e0; --dim: #59636e; --link: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e7eb; --paper: #14171b; --soft: #1f242a; --line: #3a424c; --dim: #9aa4af;
    --link: #79b8ff; }
  img.plot { filter: brightness(0.92); }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem 1.2rem 3rem; max-width: 1060px; color: var(--ink);
  background: var(--paper); font: 15px/1.5 system-ui, "Liberation Sans", Arial, sans-serif; }
h1 { font-size: 1.5rem; margin: 0.4rem 0 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 0.6rem; }
h3 { font-size: 1rem; margin: 0 0 0.3rem; overflow-wrap: anywhere; }
p { margin: 0.3rem 0; }
a { color: var(--link); }
.dim, figcaption { color: var(--dim); font-size: 0.87rem; }
.scroll { overflow-x: auto; margin: 0.6rem 0; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 0.4rem; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; }
th { font-weight: 600; }
th.name, td.name { text-align: left; }
th.group { text-align: center; }
th.first, td.first { border-left: 1px solid var(--line); }
thead { background: var(--soft); }
tbody tr:hover { background: var(--soft); }
td.best { font-weight: 700; }
th button { font: inherit; color: inherit; background: none; border: 0; padding: 0;
  cursor: pointer; }
th button:hover { text-decoration: underline; }
th[aria-sort="ascending"] button::after { content: " \\25B2"; }
th[aria-sort="descending"] button::after { content: " \\25BC"; }
.swatch { display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.4em;
  border: 1px solid var(--line); border-radius: 2px; }
.legend span { margin-right: 1.2em; white-space: nowrap; }
.legend i.swatch { vertical-align: -0.05em; }
img { max-width: 100%; height: auto; display: block; border-radius: 4px; }
img.plot { background: #ffffff; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr));
  gap: 0.8rem; }
.plots img { width: 100%; }
.video { margin: 1.2rem 0; padding: 0.9rem; border: 1px solid var(--line); border-radius: 8px; }
.video .scroll img { min-width: 640px; width: 100%; }
.moments { display: grid; gap: 0.7rem; margin-top: 0.6rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 290px), 1fr)); }
figure { margin: 0; }
details { margin: 0.5rem 0; }
summary { cursor: pointer; }
pre { overflow-x: auto; padding: 0.7rem; background: var(--soft); border-radius: 6px;
  font-size: 0.8rem; line-height: 1.35; }
"""

# Values stand in data-value; an empty one is unknown and stays at the end either way.
SCRIPT = """
const byValue = (a, b) => {
  const numbers = a !== "" && b !== "" && !isNaN(a) && !isNaN(b);
  return numbers ? a - b : a.localeCompare(b, undefined, { numeric: true });
};
const sortTable = (table, button) => {
  const head = button.closest("th"), column = Number(button.dataset.column);
  const first = button.dataset.first, second = first === "ascending" ? "descending" : "ascending";
  const order = head.getAttribute("aria-sort") === first ? second : first;
  table.querySelectorAll("th[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", order);
  const value = (row) => row.cells[column].dataset.value;
  const sign = order === "ascending" ? 1 : -1, rows = [...table.tBodies[0].rows];
  rows.sort((a, b) => (value(a) === "") - (value(b) === "") || sign * byValue(value(a), value(b)));
  table.tBodies[0].append(...rows);
};
document.querySelectorAll("table.sortable").forEach((table) =>
  table.querySelectorAll("button").forEach((button) =>
    button.addEventListener("click", () => sortTable(table, button))));
"""
