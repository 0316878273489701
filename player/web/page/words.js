// @ts-check
/** The words of the page, from the server's catalogue. Markup names them by `data-word` (its text),
 * `data-label` (its accessible name) and `data-hint` (what an empty field says); all of them change when the language does. */

/** @typedef {"en"|"zh"} Language */
/** @typedef {Record<string, string|number>} Places */
/** @typedef {{en: string, zh: string}} Both */

/** @type {Record<Language, Record<string, string>>} */
let catalogue = { en: {}, zh: {} };
/** @type {Language} */
let language = "en";
/** @type {(() => void)[]} */
const listeners = [];

/** Fetch the words of both languages. @param {string} url */
export async function loadWords(url) {
  const answer = await fetch(url, { cache: "no-store", credentials: "same-origin" });
  if (!answer.ok) throw new Error(`words: ${answer.status}`);
  catalogue = await answer.json();
}

/** @returns {Language} */
export const languageNow = () => language;

/** Call this whenever the language changes. @param {() => void} listener */
export function onLanguage(listener) {
  listeners.push(listener);
}

/** Speak a language from now on. @param {string} wanted */
export function speak(wanted) {
  language = wanted === "zh" ? "zh" : "en";
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  relabel(document.body);
  for (const listener of listeners) listener();
}

/** Put the words into an element and all in it. @param {Element} root */
function relabel(root) {
  for (const each of root.querySelectorAll("[data-word]")) {
    each.textContent = word(/** @type {HTMLElement} */ (each).dataset.word ?? "");
  }
  for (const each of root.querySelectorAll("[data-label]")) {
    const said = word(/** @type {HTMLElement} */ (each).dataset.label ?? "");
    each.setAttribute("aria-label", said);
    if (each instanceof HTMLButtonElement) each.title = withKey(each, said);
  }
  for (const each of root.querySelectorAll("[data-hint]")) {
    each.setAttribute("placeholder", word(/** @type {HTMLElement} */ (each).dataset.hint ?? ""));
  }
}

/** What a button does, and its key. @param {HTMLElement} button @param {string} said */
export const withKey = (button, said) => (button.dataset.key ? `${said} (${button.dataset.key})` : said);

/** Words in one line, as the language lists them. @param {string[]} words */
export const listed = (words) => words.join(language === "zh" ? "，" : ", ");

/** @param {string} id */
export const hasWord = (id) => id in catalogue[language];

/** A text with its places filled. @param {string} id @param {Places} [places] */
export function word(id, places = {}) {
  return fill(catalogue[language][id] ?? id, places, language);
}

/** Words that came in both languages. @param {Both} words */
export const either = (words) => words[language] ?? words.en;

/** A number as people read it. @param {number} n */
export const number = (n) => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

/** `{n}`, `{n:frame}` and `{n:entry|entries}`, as the catalogue has them.
 * @param {string} template @param {Places} places @param {Language} spoken */
function fill(template, places, spoken) {
  return template.replace(/\{(\w+)(?::([^}]*))?\}/g, (whole, name, noun) => {
    const value = places[name];
    if (value === undefined) return whole;
    if (typeof value !== "number") return value;
    const said = Number.isInteger(value) ? number(value) : String(value);
    if (!noun || spoken === "zh" || !/^[a-z]/i.test(noun)) return said;
    const [one, many = `${one}s`] = noun.split("|");
    return `${said} ${value === 1 ? one : many}`;
  });
}
