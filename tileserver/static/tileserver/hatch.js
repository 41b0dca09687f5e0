/** Hatches of plan uses, drawn here so that the style has no sprite to fetch; map and legend use the same. */

const SIDE = 16;

/** Kind → strokes within a square of 16 that meets itself on all sides. */
const STROKES = {
  diagonal: (c) => lines(c, [[-4, 4, 4, -4], [-4, 20, 20, -4], [12, 20, 20, 12]]),
  backward: (c) => lines(c, [[12, -4, 20, 4], [-4, -4, 20, 20], [-4, 12, 4, 20]]),
  wide: (c) => lines(c, [[-4, 4, 4, -4], [-4, 20, 20, -4], [12, 20, 20, 12]], 4),
  vertical: (c) => lines(c, [[4, 0, 4, 16], [12, 0, 12, 16]]),
  horizontal: (c) => lines(c, [[0, 4, 16, 4], [0, 12, 16, 12]]),
  crossed: (c) => {
    STROKES.diagonal(c);
    STROKES.backward(c);
  },
  grid: (c) => lines(c, [[8, 0, 8, 16], [0, 8, 16, 8]]),
  dashes: (c) => lines(c, [[1, 4, 7, 4], [9, 12, 15, 12]], 2),
  dots: (c) => circles(c, [[4, 4], [12, 12]], true),
  rings: (c) => circles(c, [[4, 4], [12, 12]], false),
};

function lines(c, all, width = 1.5) {
  c.lineWidth = width;
  c.beginPath();
  for (const [x0, y0, x1, y1] of all) {
    c.moveTo(x0, y0);
    c.lineTo(x1, y1);
  }
  c.stroke();
}

function circles(c, all, filled) {
  c.lineWidth = 1.2;
  for (const [x, y] of all) {
    c.beginPath();
    c.arc(x, y, filled ? 1.8 : 2.6, 0, 2 * Math.PI);
    if (filled) c.fill();
    else c.stroke();
  }
}

/** @returns {HTMLCanvasElement} a square of a hatch; `scale` pixels of the screen for one of the drawing */
export function square({ colour, kind }, scale = 1) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE * scale;
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  context.strokeStyle = context.fillStyle = colour;
  STROKES[kind]?.(context);
  return canvas;
}

/** Give a map its hatches when the style asks for them. */
export function serveHatches(map, hatches) {
  map.on("styleimagemissing", ({ id }) => {
    if (!hatches[id] || map.hasImage(id)) return;
    const canvas = square(hatches[id], 2);
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    map.addImage(id, data, { pixelRatio: 2 });
  });
}
