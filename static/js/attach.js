// Pictures and files that are pasted or dropped go along with a form; pictures stand in the words under their names.
// Where the form says so (data-uploads), files travel at once, each with its progress, and the form carries what came of it.
const vi = document.documentElement.lang.startsWith("vi");
const taken = form => [...form.querySelectorAll("[data-name]")].map(el => el.dataset.name);
const owed = new WeakMap();                                              // form -> what is still on its way
const fits = form => form?.querySelector("input[type=file][name=files]");

function named(form, file) {
  if (!file.type.startsWith("image/") || (file.name && file.name !== "image.png")) return file;
  const known = new Set([...taken(form), ...[...fits(form).files].map(f => f.name)]);
  for (let n = 1; ; n++) {
    const name = `${vi ? "anh" : "picture"}-${n}.${file.type.slice(6).replace(/\W.*/, "")}`;
    if (!known.has(name)) return new File([file], name, { type: file.type });
  }
}

function withForm(form, file) {                                          // the browser sends it with the form
  const input = fits(form), kept = new DataTransfer();
  for (const one of input.files) kept.items.add(one);
  kept.items.add(file);
  input.files = kept.files;
}

function send(form, file) {
  const chip = document.createElement("span"), bar = document.createElement("progress"), label = document.createElement("span");
  chip.className = "chip"; chip.dataset.name = file.name; label.className = "trunc"; label.textContent = file.name;
  bar.max = 1; bar.value = 0; bar.setAttribute("aria-label", file.name);
  chip.append(label, bar);
  form.querySelector("[data-kept]").append(chip);
  const journey = new Promise(done => {
    const way = new XMLHttpRequest(), body = new FormData();
    body.set("files", file);
    way.open("POST", form.dataset.uploads);
    way.setRequestHeader("HX-Request", "true");
    way.upload.addEventListener("progress", e => { if (e.lengthComputable) bar.value = e.loaded / e.total; });
    way.addEventListener("loadend", () => {
      const answer = document.createElement("template");
      answer.innerHTML = way.status === 200 || way.status === 422 ? way.responseText : "";
      const said = answer.content.firstElementChild;
      if (said) { if (way.status === 200) said.dataset.name = file.name; chip.replaceWith(said); }
      else { chip.remove(); withForm(form, file); }                      // no line: it goes along when the form is sent
      done();
    });
    way.send(body);
  });
  const all = owed.get(form) ?? new Set();
  owed.set(form, all.add(journey));
  journey.then(() => all.delete(journey));
}

function take(form, files, ta) {
  for (const given of files) {
    const file = named(form, given);
    if (form.dataset.uploads) send(form, file); else withForm(form, file);
    if (!ta || !file.type.startsWith("image/")) continue;
    ta.setRangeText(`![](${file.name})\n`, ta.selectionStart, ta.selectionEnd, "end");
    ta.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

document.addEventListener("paste", e => {
  const ta = e.target.matches?.("form textarea") ? e.target : null;
  const files = fits(ta?.form) ? [...(e.clipboardData?.files ?? [])] : [];
  if (!files.length) return;
  e.preventDefault();
  take(ta.form, files, ta);
});

// a file that is dropped anywhere on the form belongs to it; elsewhere the browser would leave the page for it
const over = e => [...(e.dataTransfer?.types ?? [])].includes("Files") ? e.target.closest?.("form") : null;
document.addEventListener("dragover", e => {
  const form = over(e);
  if (!fits(form)) return;
  e.preventDefault();
  form.classList.add("dropping");
});
for (const end of ["dragleave", "drop"]) document.addEventListener(end, e => { if (end === "drop" || !e.target.closest?.("form")?.contains(e.relatedTarget)) e.target.closest?.("form")?.classList.remove("dropping"); });
document.addEventListener("drop", e => {
  const form = over(e);
  if (!fits(form)) return;
  e.preventDefault();
  take(form, [...e.dataTransfer.files], form.querySelector("textarea[name=body]"));
});
document.addEventListener("change", e => {
  const form = e.target.form;
  if (!form?.dataset.uploads || e.target !== fits(form)) return;
  const files = [...e.target.files];
  e.target.value = "";
  take(form, files, null);
});
// nothing is sent before its files are there
document.addEventListener("submit", e => {
  const all = owed.get(e.target);
  if (!all?.size) return;
  e.preventDefault(); e.stopPropagation();
  Promise.allSettled([...all]).then(() => e.target.requestSubmit(e.submitter));
}, true);
