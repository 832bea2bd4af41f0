// Fields of a form that are asked only if another one says so: the rest are out of sight, and the server passes them over anyway.
const says = (form, name) => [...new FormData(form).getAll(name)];
function look() {
  for (const box of document.querySelectorAll("[data-only]")) {
    const above = document.getElementById(box.dataset.only)?.closest("[data-only]");
    const form = box.closest("form");
    box.hidden = Boolean(above?.hidden) || !(form && says(form, box.dataset.only).includes(box.dataset.value));
    box.querySelector(".only__when")?.toggleAttribute("hidden", true);
  }
}
if (document.getElementById("request-fields")) {
  look();
  document.addEventListener("change", look);
  document.addEventListener("htmx:after:swap", look);
}
