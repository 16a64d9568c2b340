/* Keys, partial updates, and forms that are sent once. Everything works without it, only slower.

   data-key="c"            pressing c clicks (or, for a field, focuses) this element; "g l" is g, then l;
                           a first stroke that is a digit stays, in sight, until the second: the digits decide on leads
   data-label="确认"        what the overlay of keys calls it; else its text
   data-once               on a form: a second click while it is being sent does nothing
   data-swap="#part"       on a form or link: fetch the answer and replace the part of this page with the same id;
                           without a value the whole content; the address follows with data-push;
                           a refusal is told in a line, unless its page says data-keep
   data-confirm="确定？"    on a form or button: ask first
   data-guard              on a form: ask before anything else than this form takes away what was typed in it;
                           with data-unsaved it holds something typed from the beginning
   A script of a screen uses window.wangdun: key(keys, label, act), swap(address, options), notice(text, kind). */
"use strict";

(() => {
  const PAUSE = 1200; // milliseconds between the two strokes of "g l"
  const LONG = 400; // milliseconds until an answer is waited for in sight: to dim a page costs as much as to lay it out
  const own = new Map(); // keys of scripts: keys -> {label, act}
  let begun = "";
  let begunAt = 0;
  let awaited = null; // the line that shows a digit which waits for its second stroke
  let pushed = false;

  const isTyping = (target) =>
    target instanceof Element &&
    target.closest("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]") !== null;

  const isShown = (element) => !element.disabled && element.getClientRects().length > 0;

  const withKeys = () => [...document.querySelectorAll("[data-key]")];

  const keyed = () => withKeys().filter(isShown);

  const scope = () => document.querySelector("dialog[open]");

  function act(element) {
    if (isTyping(element)) {
      element.focus();
      if (element.select) element.select();
    } else if (element.matches("summary, a, button, input, [role=button]")) {
      element.click();
    } else {
      element.focus();
    }
  }

  function find(keys) {
    const element = withKeys().find((one) => one.dataset.key.split("|").includes(keys) && isShown(one));
    if (element) return () => act(element);
    return own.get(keys)?.act;
  }

  function begins(key) {
    const goesOn = (keys) => keys.startsWith(key + " ");
    const some = withKeys().some((one) => one.dataset.key.split("|").some(goesOn) && isShown(one));
    return some || [...own.keys()].some(goesOn);
  }

  document.addEventListener("keydown", (event) => {
    // 229: the key belongs to an input method; a key held down must not decide twice
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented || event.repeat) return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape" && isTyping(event.target)) {
      event.target.blur();
      return;
    }
    if (["Shift", "CapsLock", "NumLock"].includes(event.key)) return; // on the way to the second stroke
    if (isTyping(event.target) || scope() || event.key.length > 1 && !/^(Arrow|Enter$|Escape$|Delete$|Page)/.test(event.key)) return;
    if ((event.key === "Enter" || event.key === " ") && event.target.closest("a, button, summary, input")) return;
    const inTime = isDigit(begun) || event.timeStamp - begunAt < PAUSE;
    const keys = begun && inTime ? `${begun} ${event.key}` : event.key;
    forget();
    const run = find(keys);
    if (run) {
      event.preventDefault();
      run(event);
    } else if (keys === event.key && begins(event.key)) {
      begun = event.key;
      begunAt = event.timeStamp;
      if (isDigit(begun)) show(begun);
    }
  });

  const isDigit = (key) => /^[0-9]$/.test(key);

  function show(digit) {
    awaited = document.createElement("p");
    awaited.className = "awaited";
    awaited.setAttribute("role", "status");
    awaited.textContent = `已按 ${digit}，请按第二个数字；Esc 取消`;
    document.body.append(awaited);
  }

  /* What was begun, is begun no more: it must never be completed on another lead. */
  function forget() {
    begun = "";
    awaited?.remove();
    awaited = null;
  }

  document.addEventListener("pointerdown", forget);
  document.addEventListener("focusin", (event) => isTyping(event.target) && forget());
  document.addEventListener("wangdun:swapped", forget);
  window.addEventListener("blur", forget);

  /* Those of this page first: the ways to other pages are the same everywhere. */
  function showKeys() {
    const dialog = document.getElementById("keys");
    const [here, everywhere] = [[], []];
    for (const one of keyed()) (one.closest("header.top") ? everywhere : here).push(one);
    const named = (one) => [one.dataset.key, one.dataset.label || one.textContent.trim()];
    const rows = [
      ...here.map(named),
      ...[...own].map(([keys, one]) => [keys, one.label]),
      ...everywhere.map(named),
    ];
    const body = dialog.querySelector("tbody");
    body.replaceChildren(
      ...rows.map(([keys, label]) => {
        const row = document.createElement("tr");
        const [left, right] = [document.createElement("td"), document.createElement("td")];
        for (const stroke of keys.split("|")[0].split(" ")) {
          const sign = document.createElement("kbd");
          sign.textContent = stroke;
          left.append(sign, " ");
        }
        right.textContent = label;
        row.append(left, right);
        return row;
      }),
    );
    dialog.showModal();
    dialog.scrollTop = 0; // the browser remembers how far it was scrolled when it was closed
  }

  function notice(text, kind = "remark") {
    const line = document.createElement("p");
    line.className = kind;
    line.textContent = text;
    document.getElementById("notices").replaceChildren(line);
    setTimeout(() => line.remove(), 8000); // long enough to read two lines
  }

  function isChanged(field) {
    if (field instanceof HTMLSelectElement) {
      return field.selectedIndex !== Math.max([...field.options].findIndex((one) => one.defaultSelected), 0);
    }
    return field.matches("textarea, input:not([type=hidden])") && field.value !== field.defaultValue;
  }

  const unsaved = () =>
    [...document.querySelectorAll("form[data-guard]")].find(
      (form) => form.dataset.unsaved !== undefined || [...form.elements].some(isChanged),
    );

  /* Whether what was typed may go, as `form` (or a link: null) would take its page away. */
  function mayLeave(form) {
    const kept = unsaved();
    return !kept || kept === form || window.confirm("您写的备注或更正还没有保存，离开就没有了。确定离开？");
  }

  const csrf = () => document.querySelector("meta[name=csrf]").content;

  /* Fetch a page of ours and put its part in place of ours. Returns the answer, or null when it could not be had. */
  async function swap(address, { part = "", method = "GET", body = null, push = false } = {}) {
    const place = part ? document.querySelector(part) : document.getElementById("content");
    const dims = setTimeout(() => place?.setAttribute("aria-busy", "true"), LONG);
    const answered = () => {
      clearTimeout(dims);
      place?.removeAttribute("aria-busy");
    };
    try {
      const headers = { "X-Wangdun-Part": part || "#content" };
      if (method !== "GET") headers["X-CSRF-Token"] = csrf();
      const answer = await fetch(address, { method, body, headers, credentials: "same-origin" });
      if (answer.status === 401 && method === "GET" && !unsaved()) {
        location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search));
        return answer;
      }
      if (answer.status === 401 || answer.headers.has("X-Wangdun-Stale")) {
        await signIn();
        return answer;
      }
      const html = await answer.text();
      answered(); // before the new content is there, or its style would be made out twice
      put(part, html, answer.ok);
      if (push && answer.ok) {
        history.pushState({}, "", answer.headers.get("X-Wangdun-Address") || answer.url);
        pushed = true;
      }
      document.dispatchEvent(new CustomEvent("wangdun:swapped", { detail: { part, ok: answer.ok, status: answer.status } }));
      return answer;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // fetch says TypeError when there is no network
      notice("连接不上服务器，内容没有提交，请检查网络后重试。", "problem");
      return null;
    } finally {
      answered();
    }
  }

  const parse = (html) => new DOMParser().parseFromString(html, "text/html");

  /* The session is over, or another one: sign in beside what was typed. It is sent again by hand, for who signed in
     may be somebody else. */
  async function signIn() {
    const page = parse(await (await fetch("/login", { credentials: "same-origin" })).text());
    const form = page.querySelector("form[action='/login']");
    if (!form) {
      renew(page); // signed in again in another window
      return;
    }
    if (document.getElementById("sign-in")) return;
    const dialog = document.createElement("dialog");
    const [heading, line] = [document.createElement("h2"), document.createElement("p")];
    dialog.id = "sign-in";
    dialog.setAttribute("aria-labelledby", "sign-in-title");
    heading.id = "sign-in-title";
    heading.textContent = "登录已过期";
    line.className = "remark";
    line.textContent = "刚才的内容没有提交，仍在页面上。请在这里登录，然后再提交一次。";
    dialog.append(heading, line, form);
    document.body.append(dialog);
    dialog.addEventListener("close", () => dialog.remove());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      enter(dialog, form, line).catch(() => (line.textContent = "连接不上服务器，请检查网络后重试。"));
    });
    dialog.showModal();
  }

  async function enter(dialog, form, line) {
    const body = new URLSearchParams(new FormData(form));
    const page = parse(await (await fetch("/login", { method: "POST", body, credentials: "same-origin" })).text());
    if (page.querySelector("form[action='/login']") || !page.querySelector("header.top .who")) {
      line.textContent = page.querySelector(".problem, .message")?.textContent || "没有登录，请重试。";
      form.elements.csrf.value = page.querySelector("meta[name=csrf]").content;
      return;
    }
    dialog.close();
    renew(page);
  }

  /* Take over who is signed in now from a fresh page. */
  function renew(page) {
    const token = page.querySelector("meta[name=csrf]").content;
    document.querySelector("meta[name=csrf]").content = token;
    for (const field of document.querySelectorAll("input[name=csrf]")) field.value = token;
    const top = page.querySelector("header.top");
    const who = top.querySelector(".who a, .who span")?.textContent.trim();
    document.querySelector("header.top").replaceWith(top);
    notice(`已登录为 ${who}。刚才的内容没有提交，请再提交一次。`);
  }

  function put(part, html, ok) {
    const found = parse(html);
    if (!ok && !found.querySelector("[data-keep]")) {
      const message = found.querySelector(".message, .problem");
      notice(message ? message.textContent : "没有成功，请重试。", "problem");
      return;
    }
    if (!part) {
      document.getElementById("content").replaceChildren(...found.body.childNodes);
      return;
    }
    const fresh = found.querySelector(part);
    if (fresh) document.querySelector(part)?.replaceWith(fresh);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm || form.dataset.confirm;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      return;
    }
    if (form.method === "dialog") return;
    if (!form.dataset.sent && !mayLeave(form)) {
      event.preventDefault();
      return;
    }
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (form.dataset.swap !== undefined) {
      event.preventDefault();
      form.dataset.sent = "1";
      send(form, event.submitter).finally(() => delete form.dataset.sent);
    } else if (form.dataset.once !== undefined || form.method === "post") {
      form.dataset.sent = "1";
      setTimeout(() => delete form.dataset.sent, 5000); // should the server not answer, it can be sent again
    }
  });

  function send(form, button) {
    const data = new FormData(form, button);
    const part = form.dataset.swap;
    const push = form.dataset.push !== undefined;
    const address = new URL(button?.getAttribute("formaction") || form.getAttribute("action") || location.href, location.href);
    if (form.method === "post") {
      const multipart = form.enctype === "multipart/form-data";
      return swap(address, { part, method: "POST", body: multipart ? data : new URLSearchParams(data), push });
    }
    address.search = new URLSearchParams(data).toString();
    return swap(address, { part, push });
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) showKeys();
    const link = event.target.closest("a[href]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    const leaves = !link.target && !link.getAttribute("href").startsWith("#");
    if (leaves && !mayLeave(null)) {
      event.preventDefault();
      return;
    }
    if (link.dataset.swap === undefined) return;
    event.preventDefault();
    swap(link.href, { part: link.dataset.swap, push: link.dataset.push !== undefined });
  });

  window.addEventListener("popstate", () => pushed && location.reload());
  // a page taken out of the browser's memory may show what its viewer may no longer see
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  document.documentElement.classList.add("scripted");
  window.wangdun = Object.freeze({
    key: (keys, label, run) => own.set(keys, { label, act: run }),
    swap,
    notice,
    isTyping,
  });
})();
