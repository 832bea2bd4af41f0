// In the composer files travel while one still writes, each with its progress; the form carries what came of it.
const owed = new WeakMap();                                              // form -> what is still on its way
const asked = new WeakSet();                                             // forms that are to be sent when it is there

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
      const answer = document.createElement("template"), is = status => way.status === status;
      answer.innerHTML = is(200) || is(422) ? way.responseText : "";
      const said = answer.content.firstElementChild;
      if (said) { if (is(200)) said.dataset.name = file.name; chip.replaceWith(said); }
      else { chip.remove(); withForm(form, file); }                      // no line: it goes along when the form is sent
      done(!is(422));
    });
    way.send(body);
  });
  const all = owed.get(form) ?? new Set();
  owed.set(form, all.add(journey));
  journey.then(() => all.delete(journey));
}

function withForm(form, file) {
  const input = form.querySelector("input[type=file][name=files]"), kept = new DataTransfer();
  for (const one of input.files) kept.items.add(one);
  kept.items.add(file);
  input.files = kept.files;
}

document.addEventListener("file-taken", e => {
  if (!e.target.dataset.uploads) return;
  e.preventDefault();
  send(e.target, e.detail);
});
document.addEventListener("change", e => {
  const form = e.target.form;
  if (!form?.dataset.uploads || !e.target.matches("input[type=file][name=files]")) return;
  const files = [...e.target.files];
  e.target.value = "";
  for (const file of files) send(form, file);
});
// nothing is sent before its files are there, once however often it is asked for, and not without one that was refused
document.addEventListener("submit", e => {
  const all = owed.get(e.target);
  if (!all?.size) return;
  e.preventDefault(); e.stopPropagation();
  if (asked.has(e.target)) return;
  asked.add(e.target);
  Promise.all([...all]).then(came => { asked.delete(e.target); if (came.every(Boolean)) e.target.requestSubmit(e.submitter); });
}, true);
