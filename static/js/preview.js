// The pane beside a queue: v shows and hides it, Space or a click on a row fills it, and it follows j and k.
const pane = document.getElementById("preview"), main = pane?.closest("main"), wide = matchMedia("(min-width: 75.0625rem)");
const button = () => document.querySelector("[data-act=preview]");
const isShown = () => !!pane && !pane.hidden;
const currentRow = () => document.querySelector(".queue tr[aria-current]");
let chosen = "", waiting;

export function mark(tr) {
  currentRow()?.removeAttribute("aria-current");
  tr.setAttribute("aria-current", "true");
  chosen = tr.id;
}

// while j or k is held down only the row where it stops is fetched
function fill(tr) {
  clearTimeout(waiting);
  waiting = setTimeout(() => window.htmx.ajax("GET", `/desk/tickets/${tr.dataset.ticket}/preview`, { target: "#preview", swap: "innerHTML" }), 80);
}

function show(on) {
  pane.hidden = !on;
  main.classList.toggle("split--preview", on);
  button()?.setAttribute("aria-pressed", on);
  try { localStorage.setItem("preview", on ? "1" : ""); } catch { /* private windows: it is not remembered */ }
}

function open(tr) {
  mark(tr);
  show(true);
  fill(tr);
}

export function follow(tr) { if (isShown()) fill(tr); }

export function toggle() {
  if (!pane) return;
  const tr = currentRow() ?? document.querySelector(".queue tr[data-ticket]");
  if (isShown()) show(false);
  else if (tr) open(tr);
}

if (pane) {
  document.addEventListener("click", e => {
    const tr = e.target.closest(".queue tr[data-ticket]");
    if (!tr || e.target.closest("a, input, label, button") || String(getSelection())) return;
    if (wide.matches) open(tr); else tr.querySelector(".subj a").click();
  });
  document.addEventListener("keydown", e => {
    if (e.target.closest("input, textarea, select, button, summary, dialog, [contenteditable]")) return;
    if (e.key === "Escape" && isShown()) { show(false); return; }
    if (e.key !== " " || e.ctrlKey || e.metaKey || e.altKey || !wide.matches) return;
    const tr = e.target.closest(".queue tr[data-ticket]") ?? currentRow();
    if (!tr) return;
    e.preventDefault();
    if (isShown() && tr.id === chosen) pane.scrollBy({ top: pane.clientHeight * .8 * (e.shiftKey ? -1 : 1) }); else open(tr);
  });
  // a queue that updated itself keeps its place
  document.addEventListener("htmx:after:swap", () => { const tr = chosen && document.getElementById(chosen); if (tr) tr.setAttribute("aria-current", "true"); });
  try { if (localStorage.getItem("preview") && wide.matches && !location.search.includes("after=")) toggle(); } catch { /* as above */ }
}
