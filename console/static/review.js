/* The reviewers' screens: choosing a row with j and k, Enter in the field of the duplicate, the title after a swap, what a bulk decision is. */
"use strict";

(() => {
  const rows = () => [...document.querySelectorAll("tr[data-row]")];

  function choose(step) {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((row) => row.classList.contains("chosen"));
    const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
    for (const row of all) row.classList.toggle("chosen", row === next);
    next.scrollIntoView({ block: "nearest" });
    next.querySelector("[data-open]")?.focus({ preventScroll: true });
  }

  if (rows().length) {
    window.wangdun.key("j", "下一行", () => choose(1));
    window.wangdun.key("k", "上一行", () => choose(-1));
    window.wangdun.key("Enter", "打开选中的行", () => document.querySelector("tr.chosen [data-open]")?.click());
  }

  // Enter while typing must never decide; in the field of the duplicate it means that button
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
    const field = event.target;
    if (!(field instanceof HTMLInputElement) || field.form?.id !== "decide") return;
    event.preventDefault();
    if (field.name === "duplicate_of") field.form.querySelector("button[value=duplicate]").click();
    else field.blur();
  });

  function nameBulk() {
    const form = document.getElementById("bulk");
    const chosen = form?.querySelector("[name=do]:checked");
    if (!chosen) return;
    const reason = chosen.value === "dismiss" && form.elements.reason.value ? form.elements.reason.selectedOptions[0] : null;
    const what = chosen.closest("label").textContent.trim() + (reason ? `（${reason.textContent.trim()}）` : "");
    form.querySelector("button[data-confirm]").dataset.confirm =
      `将对 ${form.dataset.count} 条线索作出同一决定：${what}。每条各留一条记录，半小时内可以整批撤销。继续？`;
  }

  document.addEventListener("change", nameBulk);
  nameBulk();

  document.addEventListener("wangdun:swapped", (event) => {
    if (event.detail.part || !event.detail.ok) return;
    const heading = document.querySelector("[data-title]");
    if (heading) document.title = `${heading.dataset.title} · 网盾线索研判`;
    window.scrollTo(0, 0);
    document.getElementById("content").focus({ preventScroll: true });
  });
})();
