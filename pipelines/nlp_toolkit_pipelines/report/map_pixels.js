// Markers as pixels, laid over each other in an image: many times quicker than as many calls of drawImage where no
// graphics card helps, so that 20,000 points move with the hand.
"use strict";

// The pixels of a marker: where they lie around its middle, their colour, and how much they cover (0 to 1).
function markerPixels(shape, scale, fill, cover, outline) {
  const middle = Math.ceil(8 * scale) + 1;
  const side = 2 * middle + 1;
  const pen = new OffscreenCanvas(side, side).getContext("2d", { willReadFrequently: true });
  pen.setTransform(scale, 0, 0, scale, middle + 0.5, middle + 0.5);
  pen.globalAlpha = cover;
  pen.fillStyle = fill;
  pen.fill(shape);
  if (outline) {
    pen.strokeStyle = outline;
    pen.lineWidth = 0.8;
    pen.stroke(shape);
  }
  const drawn = pen.getImageData(0, 0, side, side).data;
  const pixels = [];
  for (let pixel = 0; pixel < side * side; pixel++) {
    const [red, green, blue, opaque] = drawn.subarray(4 * pixel, 4 * pixel + 4);
    if (opaque > 0) pixels.push([(pixel % side) - middle, Math.floor(pixel / side) - middle, red, green, blue, opaque / 255]);
  }
  return [0, 1, 2, 3, 4, 5].map((part) => Float32Array.from(pixels, (pixel) => pixel[part]));
}

// Lay a marker's pixels over an image whose ground is opaque, with its middle at (x, y).
function layPixels(image, [right, down, red, green, blue, cover], x, y) {
  const { data: shades, width, height } = image;
  const reach = 40; // more than any marker
  if (x < -reach || y < -reach || x > width + reach || y > height + reach) return;
  const inside = x > reach && y > reach && x < width - reach && y < height - reach;
  for (let pixel = 0; pixel < cover.length; pixel++) {
    const column = x + right[pixel];
    const row = y + down[pixel];
    if (!inside && (column < 0 || row < 0 || column >= width || row >= height)) continue;
    const place = 4 * (row * width + column);
    const share = cover[pixel];
    shades[place] += (red[pixel] - shades[place]) * share;
    shades[place + 1] += (green[pixel] - shades[place + 1]) * share;
    shades[place + 2] += (blue[pixel] - shades[place + 2]) * share;
  }
}

// Fill an image with one opaque colour.
function fillPixels(image, colour) {
  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  new Uint32Array(image.data.buffer).fill(new Uint32Array(pen.getImageData(0, 0, 1, 1).data.buffer)[0]);
}
