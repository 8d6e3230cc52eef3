// Comforts: without this script everything is there, in the same order.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const views = () => all(".view").filter((v) => v.offsetParent !== null);

  // A layer that is pointed at, or has the focus, stands out in the map.
  let shown = null;
  const stress = (colour) => {
    if (colour === shown)
      return;
    shown = colour;
    for (const view of views())
      for (const cell of all(".c:not(.open)", view))
        cell.classList.toggle("dim", colour !== null && !cell.querySelector("rect.l" + colour));
  };
  const layerOf = (target) => {
    const owner = target instanceof Element ? target.closest("[data-layer]") : null;
    return owner ? owner.dataset.layer : null;
  };
  for (const kind of ["mouseover", "focusin"])
    document.addEventListener(kind, (event) => stress(layerOf(event.target)));

  // Escape goes to the map of the directory above; the focus follows into the map that is shown.
  document.addEventListener("keydown", (event) => {
    const view = event.target instanceof Element ? event.target.closest(".view") : null;
    const up = view ? view.querySelector(".up") : null;
    if (event.key === "Escape" && up)
      location.hash = up.getAttribute("href");
  });
  addEventListener("hashchange", () => {
    const view = document.getElementById(location.hash.slice(1));
    if (view && view.classList.contains("view"))
      view.focus({ preventScroll: true });
  });

  // Tables are sorted by their headings: numbers the largest first, texts from a to z.
  const value = (row, column) => {
    const cell = row.cells[column], data = cell.querySelector("data");
    const text = data ? data.value : cell.textContent;
    return cell.classList.contains("num") ? parseFloat(text) || 0 : text;
  };
  const sort = (table, heading, column) => {
    const number = heading.classList.contains("num");
    const was = heading.getAttribute("aria-sort");
    const down = was ? was === "ascending" : number;
    const rows = [...table.tBodies[0].rows].map((row) => [value(row, column), row]);
    rows.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1));
    for (const other of all("th[aria-sort]", table.tHead))
      other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    table.tBodies[0].append(...rows.map(([, row]) => row));
  };
  for (const table of all("table"))
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      if (heading.classList.contains("barcol"))
        return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...heading.childNodes);
      button.addEventListener("click", () => sort(table, heading, column));
      heading.append(button);
    });

  // Long tables can be searched.
  for (const table of all("table.files, table.dirs, table.dead-files, table.diff")) {
    if (table.tBodies[0].rows.length < 12)
      continue;
    const label = document.createElement("label"), input = document.createElement("input");
    label.className = "filter";
    input.type = "search";
    label.append("Rows with", input);
    input.addEventListener("input", () => {
      const text = input.value.toLowerCase();
      for (const row of table.tBodies[0].rows)
        row.hidden = !row.textContent.toLowerCase().includes(text);
    });
    table.parentElement.before(label);
  }
})();
