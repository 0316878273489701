// What the page hears from the server and says to it; docs/booth.md has the form of the messages.
// @ts-check

/**
 * @typedef {{encoding: "xyz12" | "jpeg", width: number, height: number, views: 1 | 2,
 *   data: Uint16Array | Blob, dither: boolean}} Picture
 * @typedef {{serial: number, number: number, reel: number, generation: number, eye: "left" | "right" | null,
 *   due: number | null, picture: Picture | null}} Frame
 * @typedef {{serial: number, number: number, generation: number, due: number | null, channels: number,
 *   rate: number, data: Uint8Array}} Sound
 * @typedef {Partial<Record<"hello" | "show" | "state" | "log" | "captions" | "role" | "over" | "clock" |
 *   "refused", (said: any) => void>> & {frame?: (frame: Frame) => void, sound?: (sound: Sound) => void,
 *   gone?: (again: number) => void}} Listeners
 */

const FIRST_PAUSE = 500; // ms until it connects again
const LONGEST_PAUSE = 5000;
const HEADER = 4; // bytes that say how long the header is
const ALIGNED = 4;

/**
 * Connects, and again whenever the connection is lost. on.gone gets the ms until the next try.
 * picture: "jpeg" where this browser cannot show 12 bits.
 * @param {Listeners} on
 * @param {{url?: string, picture?: "jpeg"}} [options]
 */
export function connect(on, options = {}) {
  /** @type {WebSocket | null} */
  let socket = null;
  /** @type {"controller" | "viewer" | null} */
  let role = null;
  let pause = FIRST_PAUSE;
  let over = false;

  const page = [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");

  function address() {
    const url = new URL(options.url ?? "/socket", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("page", page);
    if (options.picture) url.searchParams.set("picture", options.picture);
    return url.href;
  }

  function open() {
    socket = new WebSocket(address());
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => {
      if (typeof event.data === "string") heard(JSON.parse(event.data));
      else unpack(event.data);
    };
    socket.onclose = () => {
      socket = null;
      role = null;
      if (over) return;
      on.gone?.(pause);
      setTimeout(open, pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    };
  }

  /** @param {any} said */
  function heard(said) {
    if (said.type === "hello") pause = FIRST_PAUSE;
    if (said.type === "hello" || said.type === "role") role = said.role;
    if (said.type === "over") over = true;
    const listener = /** @type {any} */ (on)[said.type];
    if (typeof listener === "function") listener(said);
  }

  /** @param {ArrayBuffer} data */
  function unpack(data) {
    const length = new DataView(data).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(data, HEADER, length)));
    const start = Math.ceil((HEADER + length) / ALIGNED) * ALIGNED;
    if (header.type === "sound") {
      const { bytes, type, ...sound } = header;
      on.sound?.({ ...sound, data: new Uint8Array(data, start, bytes) });
    } else if (header.type === "frame") {
      const { type, picture, ...frame } = header;
      on.frame?.({ ...frame, picture: picture && shown(picture, data, start) });
    }
  }

  /**
   * @param {any} picture
   * @param {ArrayBuffer} data
   * @param {number} start
   */
  function shown({ bytes, ...picture }, data, start) {
    const codes =
      picture.encoding === "jpeg"
        ? new Blob([new Uint8Array(data, start, bytes)], { type: "image/jpeg" })
        : new Uint16Array(data, start, bytes / 2);
    return { ...picture, data: codes };
  }

  /** @param {object} said */
  function send(said) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(said));
  }

  open();
  return {
    send,
    /**
     * @param {number} serial
     * @param {"presented" | "late"} outcome
     */
    ack: (serial, outcome) => send({ type: "ack", serial, outcome }),
    /**
     * @param {string} command
     * @param {any} [value]
     */
    command: (command, value) => send({ type: "command", command, value }),
    role: () => role,
  };
}
