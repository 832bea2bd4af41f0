// Pictures and files that are pasted or dropped go along with a form; pictures stand in the words under their names.
// The desk's composer lets them travel at once instead (travel.js), which says so by stopping "file-taken".
const vi = document.documentElement.lang.startsWith("vi");
const fits = form => form?.querySelector("input[type=file][name=files]");

function named(form, file) {
  if (!file.type.startsWith("image/") || (file.name && file.name !== "image.png")) return file;
  const known = new Set([...[...form.querySelectorAll("[data-name]")].map(el => el.dataset.name), ...[...fits(form).files].map(f => f.name)]);
  for (let n = 1; ; n++) {
    const name = `${vi ? "anh" : "picture"}-${n}.${file.type.slice(6).replace(/\W.*/, "")}`;
    if (!known.has(name)) return new File([file], name, { type: file.type });
  }
}

function take(form, files, ta) {
  for (const given of files) {
    const file = named(form, given), input = fits(form);
    if (form.dispatchEvent(new CustomEvent("file-taken", { detail: file, bubbles: true, cancelable: true }))) {
      const kept = new DataTransfer();
      for (const one of input.files) kept.items.add(one);
      kept.items.add(file);
      input.files = kept.files;
    }
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
for (const type of ["dragover", "drop"]) document.addEventListener(type, e => {
  const form = e.dataTransfer?.types.includes("Files") ? e.target.closest("form") : null;
  if (!fits(form)) return;
  e.preventDefault();
  if (type === "drop") take(form, [...e.dataTransfer.files], form.querySelector("textarea[name=body]"));
});
