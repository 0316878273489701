// What the tests of a report's page measure in it, in a browser.
const measures = {
  openAll() {
    document.querySelectorAll("details").forEach((each) => (each.open = true));
  },

  // Words that belong on one line and stand on two.
  broken() {
    const selector = ".badge, .id, .marks > *, th, .whole, .number, .legend span";
    return [...document.querySelectorAll(selector)]
      .filter((each) => each.getClientRects().length && each.offsetWidth > 1 && this.lines(each) > 1)
      .map((each) => `${each.className}: ${each.textContent}`);
  },

  lines(element) {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const boxes = [];
    while (walker.nextNode()) {
      const range = document.createRange();
      range.selectNodeContents(walker.currentNode);
      boxes.push(...[...range.getClientRects()].filter((box) => box.width > 1));
    }
    let lines = 0;
    let bottom = -Infinity;
    for (const box of boxes.sort((one, other) => one.top - other.top)) {
      if (box.top >= bottom - 2) lines += 1;
      bottom = Math.max(bottom, box.bottom);
    }
    return lines;
  },

  // Words that a line ends in the middle of; names of more than 18 letters may be broken.
  cut() {
    const found = [];
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (!node.parentElement.offsetParent || node.parentElement.closest("svg")) continue;
      for (const word of node.data.matchAll(/(?<![A-Za-z])[A-Za-z]{2,18}(?![A-Za-z])/g)) {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        const boxes = [...range.getClientRects()].filter((box) => box.width > 1);
        if (new Set(boxes.map((box) => Math.round(box.top))).size > 1) found.push(word[0]);
      }
    }
    return found;
  },

  // What lies outside the part of the page that can be seen.
  outside() {
    return [...document.querySelectorAll("main *")]
      .filter((each) => !each.closest("svg") && each.getClientRects().length && each.offsetWidth > 1)
      .filter((each) => each.getBoundingClientRect().right > innerWidth + 0.5)
      .map((each) => `${each.tagName} ${each.className}: ${each.textContent.slice(0, 40)}`);
  },

  // Folded matter that is not shown.
  hidden() {
    return [...document.querySelectorAll("details > :not(summary)")]
      .filter((each) => !each.checkVisibility())
      .map((each) => each.textContent.slice(0, 60));
  },

  // Every text: its contrast against what lies behind it, whether it is large, what it is.
  contrasts() {
    const found = [];
    for (const each of document.querySelectorAll("main *")) {
      const own = [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
      if (!own || !each.getClientRects().length || each.tagName === "title") continue;
      const style = getComputedStyle(each);
      const ink = this.light(this.colour(each.closest("svg") ? style.fill : style.color));
      const ground = this.light(this.ground(each));
      const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
      found.push([ratio, large, each.textContent.trim().slice(0, 40)]);
    }
    return found;
  },

  colour(text) {
    const numbers = text.match(/[\d.]+/g).map(Number);
    return numbers.length < 4 ? [...numbers, 1] : numbers;
  },

  // Relative luminance as WCAG defines it.
  light([red, green, blue]) {
    const [r, g, b] = [red, green, blue].map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  },

  ground(element) {
    for (let at = element; at; at = at.parentElement) {
      const colour = this.colour(getComputedStyle(at).backgroundColor);
      if (colour[3] === 1) return colour;
    }
    return [255, 255, 255, 1];
  },
};
