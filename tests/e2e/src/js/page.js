// The page as somebody meets it who is told roles and names: those of WAI-ARIA and HTML-AAM, as far as this app uses them.
// Defines `page`, whose functions the tests call by name.

const page = (() => {
  const IMPLICIT = {
    article: "article",
    button: "button, summary",
    checkbox: "input[type=checkbox]",
    dialog: "dialog[open]",
    form: "form[aria-label]",
    heading: "h1, h2, h3, h4, h5, h6",
    img: "img",
    link: "a[href]",
    list: "ul, ol",
    listitem: "li",
    main: "main",
    navigation: "nav",
    radio: "input[type=radio]",
    switch: "input[role=switch]",
    textbox: "textarea, input:not([type]), input[type=text], input[type=url], input[type=search]",
  };
  // Roles whose name may come from what is inside them.
  const NAMED_BY_CONTENT = new Set(["button", "checkbox", "heading", "link", "listitem", "menuitem", "menuitemcheckbox", "radio", "switch", "tab"]);

  const clean = (text) => text.replace(/\s+/g, " ").trim();

  function role(element) {
    const explicit = element.getAttribute("role");
    if (explicit !== null) return explicit;
    return Object.keys(IMPLICIT).find((role) => element.matches(IMPLICIT[role])) ?? null;
  }

  // What is read out of a node: hidden parts are not, labels stand for what they label, blocks are words of their own.
  function content(node) {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE || node.getAttribute("aria-hidden") === "true" || node.hidden) return "";
    const label = node.getAttribute("aria-label");
    const inside = label ?? [...node.childNodes].map(content).join("");
    const inline = label === null && getComputedStyle(node).display === "inline";
    return inline ? inside : ` ${inside} `;
  }

  function name(element) {
    const by = element.getAttribute("aria-labelledby");
    if (by !== null) return clean(by.split(/\s+/).map((id) => content(document.getElementById(id))).join(" "));
    const label = element.getAttribute("aria-label");
    if (label !== null) return clean(label);
    if (element.matches("img")) return clean(element.alt || element.title);
    if (element.labels?.length) return clean([...element.labels].map(content).join(" "));
    const inside = NAMED_BY_CONTENT.has(role(element)) ? clean([...element.childNodes].map(content).join("")) : "";
    return inside || clean(element.getAttribute("title") ?? "");
  }

  // On the page, not hidden from anybody, not behind a modal dialog.
  function there(element) {
    if (element.closest("[aria-hidden=true], [inert]") !== null) return false;
    if (!element.checkVisibility({ visibilityProperty: true })) return false;
    const modal = [...document.querySelectorAll("dialog:modal")].at(-1);
    return modal === undefined || modal.contains(element);
  }

  function all(wanted) {
    const selector = [`[role="${wanted}"]`, IMPLICIT[wanted]].filter(Boolean).join(", ");
    return [...document.querySelectorAll(selector)].filter((element) => role(element) === wanted && there(element));
  }

  function find(wanted, called) {
    const candidates = all(wanted);
    const found = candidates.find((element) => name(element) === called);
    if (found !== undefined) return found;
    const others = candidates.map((element) => JSON.stringify(name(element))).join(", ");
    throw new Error(`no ${wanted} ${JSON.stringify(called)}; there are: ${others || "none"}`);
  }

  // The first whose name begins so: the rest of it may be a size or a time that nobody knows before.
  function begins(wanted, beginning) {
    const candidates = all(wanted);
    const found = candidates.find((element) => name(element).startsWith(beginning));
    if (found !== undefined) return found;
    const others = candidates.map((element) => JSON.stringify(name(element))).join(", ");
    throw new Error(`no ${wanted} that begins with ${JSON.stringify(beginning)}; there are: ${others || "none"}`);
  }

  const mark = (part) => part.querySelector("[role=img]")?.getAttribute("aria-label") ?? null;

  // The messages of the open conversation, as they stand. Each is a part of an article that names its author, and holds one time.
  const parts = () =>
    [...find("log", "Messages").querySelectorAll("article")].flatMap((article) =>
      [...article.children].filter((part) => part.querySelector("time") !== null),
    );

  function words(part) {
    const words = part.cloneNode(true);
    for (const other of words.querySelectorAll("time, [role=img], button, [aria-hidden=true]")) other.remove();
    return clean(words.textContent);
  }

  function bubbles() {
    return parts().map((part) => ({ author: name(part.closest("article")), text: words(part), mark: mark(part) }));
  }

  // The one message with these words, perhaps among others.
  function message(wanted) {
    const found = parts().filter((part) => words(part).includes(wanted));
    if (found.length > 0) return found[0];
    throw new Error(`no message ${JSON.stringify(wanted)}; there are: ${parts().map(words).join(", ")}`);
  }

  const rowLinks = () => [...find("navigation", "Chats").querySelectorAll("li a[href]")].filter(there);
  const rowName = (link) => clean(link.querySelector("bdi")?.textContent ?? "");

  // The conversations in the list, as they stand.
  function rows() {
    return rowLinks().map((link) => {
      const text = name(link);
      return {
        name: rowName(link),
        text,
        unread: Number(text.match(/(\d+) unread$/)?.[1] ?? 0),
        request: /\bRequest( \d+ unread)?$/.test(text),
        mark: mark(link),
      };
    });
  }

  function row(called) {
    const found = rowLinks().find((link) => rowName(link) === called);
    if (found !== undefined) return found;
    throw new Error(`no chat with ${called}; there are: ${rowLinks().map(rowName).join(", ") || "none"}`);
  }

  // What live regions say now.
  const said = () => [...all("status"), ...all("alert")].map((region) => clean(content(region))).filter(Boolean);

  // Writes messages one after the other, faster than any hand.
  function write(texts) {
    const box = find("textbox", "Message");
    const value = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");
    for (const text of texts) {
      value.set.call(box, text);
      box.dispatchEvent(new Event("input", { bubbles: true }));
      box.form.requestSubmit();
    }
  }

  return {
    find,
    begins,
    bubbles,
    message,
    row,
    rows,
    said,
    write,
    has: (wanted, called) => all(wanted).some((element) => name(element) === called),
    names: (wanted) => all(wanted).map(name),
    read: (wanted, called) => {
      const element = find(wanted, called);
      return "value" in element && wanted === "textbox" ? element.value : clean(content(element));
    },
    inside: (wanted, called) => clean([...find(wanted, called).childNodes].map(content).join("")),
    drawing: (called) => {
      const drawing = find("img", called).querySelector("svg");
      return [drawing.viewBox.baseVal.width, drawing.querySelector("path").getAttribute("d")];
    },
    items: (called) => [...find("list", called).querySelectorAll("li")].map((item) => clean(content(item))),
    address: () => location.href,
    title: () => document.title,
    text: () => document.body.innerText,
    width: () => [innerWidth, document.documentElement.scrollWidth],
  };
})();
