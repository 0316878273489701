// @ts-check
/** The page put together: what comes over the socket goes to its parts, what is pressed goes back. */

import { createKeys, createLog, createNotes, createPerformance, createReduced, createTabs } from "./panels.js";
import { createTimeline } from "./timeline.js";
import { placesOf } from "./timecode.js";
import { createTransport } from "./transport.js";
import { loadWords, onLanguage, speak, word } from "./words.js";

/** @typedef {import("./timecode.js").ShowDocument} ShowDocument */
/** @typedef {import("./timecode.js").StateDocument} StateDocument */

/** @param {string} id */
const the = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

await loadWords("/page/words.json");
speak(navigator.language.startsWith("zh") ? "zh" : "en");
