// Small tools for drawing: elements, colours, strips of numbers, links between words. Text goes in as text only.

const $ = id => document.getElementById(id);

/** An element with properties, attributes (those with a dash, and role) and children; a string child is text. */
function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-') || name === 'role' || name === 'for') element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

const number = (x, digits = 3) => x === -Infinity ? '−∞' : figure((Math.abs(x) < 0.5 * 10 ** -digits ? 0 : x).toFixed(digits)).replace('-', '−');

/** A small number in one digit and a power of ten: 2·10⁻⁷. */
function small(x) {
  if (x === 0) return '0';
  const [digit, power] = x.toExponential(0).split('e');
  return `${digit}·10${[...power.replace('+', '')].map(c => c === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[c]).join('')}`;
}

const colours = new Map();  // as long as a theme lasts: asking the style sheet for every cell took seconds

/** A colour of the style sheet as [red, green, blue]. */
function colour(name) {
  if (!colours.has(name)) {
    const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim().slice(1);
    colours.set(name, [0, 2, 4].map(i => parseInt(hex.slice(i, i + 2), 16)));
  }
  return colours.get(name);
}

const mix = (from, to, share) => from.map((x, i) => Math.round(x + (to[i] - x) * share));
const css = rgb => `rgb(${rgb.join(' ')})`;

/** Relative luminance, WCAG 2. */
function luminance(rgb) {
  const [r, g, b] = rgb.map(x => x / 255).map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Background and text of a cell that holds the share ``w``. */
function heatStyle(w) {
  const ground = mix(colour('--card'), colour('--heat'), Math.min(1, w) ** 0.8);
  return {ground: css(ground), text: luminance(ground) > 0.18 ? '#000000' : '#ffffff'};
}

function paint(element, w) {
  const {ground, text} = heatStyle(w);
  element.style.background = ground;
  element.style.color = text;
}

/** Numbers as a strip of colour: blue below zero, orange above, the paper at zero. */
function strip(values, most, name) {
  const canvas = el('canvas', {width: values.length, height: 1, className: 'strip', role: 'img', 'aria-label':
    say('{}: {} numbers from {} to {}', name, values.length, number(Math.min(...values)), number(Math.max(...values)))});
  const [zero, below, above] = ['--card', '--below', '--above'].map(colour);
  const context = canvas.getContext('2d');
  values.forEach((x, i) => {
    context.fillStyle = css(mix(zero, x < 0 ? below : above, Math.min(1, Math.abs(x) / most) ** 0.7));
    context.fillRect(i, 0, 1, 1);
  });
  return canvas;
}

const largest = rows => Math.max(1e-9, ...rows.map(row => Math.max(...row.map(Math.abs))));

/** A small picture of a whole matrix. */
function thumbnail(matrix) {
  const canvas = el('canvas', {width: matrix[0].length, height: matrix.length, 'aria-hidden': 'true'});
  const context = canvas.getContext('2d');
  const [from, to] = ['--card', '--heat'].map(colour);
  matrix.forEach((row, t) => row.forEach((w, s) => {
    context.fillStyle = css(mix(from, to, Math.min(1, w) ** 0.8));
    context.fillRect(s, t, 1, 1);
  }));
  return canvas;
}

/** One tab stop for all ``items``; arrow keys, Home and End move inside it. ``across`` is the cells of a row of a grid. */
function roving(items, across = 0) {
  const focusAt = index => {
    if (index < 0 || index >= items.length) return;
    items.forEach((item, i) => { item.tabIndex = i === index ? 0 : -1; });
    items[index].focus();
  };
  const start = Math.max(0, items.findIndex(item => item.dataset.chosen));
  items.forEach((item, i) => {
    item.tabIndex = i === start ? 0 : -1;
    item.addEventListener('keydown', event => {
      const step = across || 1;
      const [first, last] = across ? [i - i % across, i - i % across + across - 1] : [0, items.length - 1];
      const to = {ArrowRight: Math.min(i + 1, last), ArrowLeft: Math.max(i - 1, first), ArrowDown: i + step,
        ArrowUp: i - step, Home: first, End: last}[event.key];
      if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      focusAt(to);
    });
  });
}

/** Curves between the words: as wide and as dark as the weight. ``row`` and ``column``: those pointed at, or null. */
function drawLinks(matrix, row, column) {
  const svg = $('links');
  const frame = svg.parentElement.getBoundingClientRect();
  // in the middle and of fixed size, so that paper of another width finds them in place
  Object.assign(svg.style, {width: `${frame.width}px`, height: `${frame.height}px`});
  svg.replaceChildren();
  const tops = [...$('columns').children].map(chip => chip.getBoundingClientRect());
  const bottoms = [...$('rows').children].map(chip => chip.getBoundingClientRect());
  const order = matrix.flatMap((weights, r) => Array.from(weights, (w, c) => [w, r, c])).sort((a, b) => a[0] - b[0]);
  for (const [w, r, c] of order) {
    const isLit = column === null ? row === r : column === c;
    if (w < (isLit ? 0.005 : 0.08)) continue;
    const path = document.createElementNS(svg.namespaceURI, 'path');
    const [x1, y1] = [tops[c].left + tops[c].width / 2 - frame.left, tops[c].bottom - frame.top];
    const [x2, y2] = [bottoms[r].left + bottoms[r].width / 2 - frame.left, bottoms[r].top - frame.top];
    const bend = Math.max(24, (y2 - y1) * 0.5);
    path.setAttribute('d', `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`);
    path.setAttribute('stroke-width', (isLit ? 1 + 9 * w : 0.5 + 4 * w).toFixed(2));
    path.setAttribute('class', isLit ? 'lit' : 'dim');
    path.style.opacity = isLit ? 0.3 + 0.7 * w : 0.05 + 0.17 * w;
    path.dataset.row = r;
    path.dataset.column = c;
    svg.append(path);
  }
}
