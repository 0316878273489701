// @ts-check
/** Guides above the picture: the edges of 1.85 and 2.39, safe areas, the centre, and masks. */

/** Width by height, as the containers of 2K have them. */
const RATIOS = { "1.78": 16 / 9, "1.85": 1998 / 1080, "2.39": 2048 / 858 };
/** Parts of width and height. */
const SAFE = { action: 0.93, title: 0.9 };

/**
 * @typedef {keyof typeof RATIOS} Ratio
 * @typedef {{ratios: Ratio[], safe: (keyof typeof SAFE)[], centre: boolean, mask: Ratio|null, opacity: number}} Guides
 *   mask: what lies outside of it is covered; the safe areas are then those of what is left. opacity: of the
 *   cover, 1 being black.
 * @typedef {{x: number, y: number, width: number, height: number}} Box
 */

/** The largest box of a ratio in the middle of a picture. @param {Ratio} ratio @param {number} width
 * @param {number} height @returns {Box} */
function boxOf(ratio, width, height) {
  const wide = Math.min(width, height * RATIOS[ratio]), high = Math.min(height, width / RATIOS[ratio]);
  const found = { width: Math.round(wide), height: Math.round(high) };
  return { x: (width - found.width) / 2, y: (height - found.height) / 2, ...found };
}

/** @param {Box} box @param {number} part @returns {Box} */
function within(box, part) {
  const width = box.width * part, height = box.height * part;
  return { x: box.x + (box.width - width) / 2, y: box.y + (box.height - height) / 2, width, height };
}

/** What is drawn of guides in a picture of a size. @param {Guides} guides @param {number} width
 * @param {number} height @returns {{mask: Box|null, lines: {name: string, box: Box}[]}} */
function layout(guides, width, height) {
  const whole = { x: 0, y: 0, width, height };
  const mask = guides.mask ? boxOf(guides.mask, width, height) : null;
  const lines = [
    ...guides.ratios.map((ratio) => ({ name: ratio, box: boxOf(ratio, width, height) })),
    ...guides.safe.map((name) => ({ name: `${SAFE[name] * 100} %`, box: within(mask ?? whole, SAFE[name]) })),
  ];
  return { mask, lines };
}

/**
 * Guides on a canvas that lies above the picture's.
 * @param {HTMLCanvasElement} canvas
 */
export function createGuides(canvas) {
  /** @type {Guides} */
  const guides = { ratios: [], safe: [], centre: false, mask: null, opacity: 1 };
  let width = 0, height = 0;
  /** @type {1|2} */
  let views = 1;

  /** Draw them for pictures of a size, `ofViews` of them beside each other.
   * @param {number} [ofWidth] @param {number} [ofHeight] @param {1|2} [ofViews] */
  function draw(ofWidth = width, ofHeight = height, ofViews = views) {
    [width, height, views] = [ofWidth, ofHeight, ofViews];
    if (!width || !height) return;
    const wide = canvas.clientWidth * devicePixelRatio || width * views, high = canvas.clientHeight * devicePixelRatio || height;
    if (canvas.width !== Math.round(wide) || canvas.height !== Math.round(high)) {
      canvas.width = Math.round(wide);
      canvas.height = Math.round(high);
    }
    const flat = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    flat.setTransform(1, 0, 0, 1, 0, 0);
    flat.clearRect(0, 0, canvas.width, canvas.height);
    for (let view = 0; view < views; view++) {
      drawOne(flat, guides, (view * canvas.width) / views, canvas.width / views, canvas.height, width, height);
    }
  }

  return {
    /** @returns {Readonly<Guides>} */
    get settings() {
      return guides;
    },
    /** @param {Partial<Guides>} changed */
    set(changed) {
      Object.assign(guides, changed);
      draw();
    },
    draw,
  };
}

/** @param {CanvasRenderingContext2D} flat @param {Guides} guides @param {number} left @param {number} wide
 * @param {number} high @param {number} width @param {number} height */
function drawOne(flat, guides, left, wide, high, width, height) {
  const { mask, lines } = layout(guides, width, height);
  const across = wide / width, down = high / height;
  /** @param {Box} box */
  const onCanvas = (box) => ({ x: left + box.x * across, y: box.y * down, width: box.width * across, height: box.height * down });
  if (mask) {
    const box = onCanvas(mask);
    flat.fillStyle = `rgba(0, 0, 0, ${guides.opacity})`;
    flat.fillRect(left, 0, wide, box.y);
    flat.fillRect(left, box.y + box.height, wide, high - box.y - box.height);
    flat.fillRect(left, box.y, box.x - left, box.height);
    flat.fillRect(box.x + box.width, box.y, left + wide - box.x - box.width, box.height);
  }
  flat.font = `${Math.round(12 * devicePixelRatio)}px ui-monospace, monospace`;
  for (const { name, box } of lines) {
    const { x, y, width: w, height: h } = onCanvas(box);
    stroke(flat, () => flat.strokeRect(Math.round(x) + 0.5, Math.round(y) + 0.5, Math.round(w) - 1, Math.round(h) - 1));
    flat.fillStyle = "#000";
    flat.fillText(name, x + 7, y + 17);
    flat.fillStyle = "#fff";
    flat.fillText(name, x + 6, y + 16);
  }
  if (guides.centre) {
    const x = Math.round(left + wide / 2) + 0.5, y = Math.round(high / 2) + 0.5, arm = high / 20;
    stroke(flat, () => {
      flat.beginPath();
      flat.moveTo(x - arm, y);
      flat.lineTo(x + arm, y);
      flat.moveTo(x, y - arm);
      flat.lineTo(x, y + arm);
      flat.stroke();
    });
  }
}

/** Light on dark, so that it is seen on both. @param {CanvasRenderingContext2D} flat @param {() => void} drawn */
function stroke(flat, drawn) {
  for (const [width, style] of /** @type {[number, string][]} */ ([[3, "rgba(0, 0, 0, 0.5)"], [1, "#fff"]])) {
    flat.lineWidth = width;
    flat.strokeStyle = style;
    drawn();
  }
}
