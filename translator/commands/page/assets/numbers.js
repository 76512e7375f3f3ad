// The numbers of the model, and the sums done with them again. No document in here.

/** Little-endian float32 in base64 → Float32Array. */
function floats(text) {
  return new Float32Array(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
}

/** One kind of attention of a sentence, its arrays decoded when they are first asked for. */
function decoded(sentence, name) {
  const kind = sentence.kinds[name];
  for (const part of ['q', 'k', 'v', 'weights'])
    if (typeof kind[part] === 'string') kind[part] = floats(kind[part]);
  return kind;
}

/** A head's own part of an array (L, H, rows, width): a list of rows. */
function headRows(array, kind, layer, head, count, width) {
  const begin = (layer * kind.heads + head) * count * width;
  return Array.from({length: count}, (_, i) => array.subarray(begin + i * width, begin + (i + 1) * width));
}

/** (T, S) weights of one layer and head; null is the mean of all of them. */
function weightsOf(kind, layer, head) {
  const layers = layer === null ? [...Array(kind.layers).keys()] : [layer];
  const heads = head === null ? [...Array(kind.heads).keys()] : [head];
  const mean = Array.from({length: kind.T}, () => new Float64Array(kind.S));
  for (const l of layers) for (const h of heads)
    headRows(kind.weights, kind, l, h, kind.T, kind.S).forEach((row, t) => row.forEach((w, s) => { mean[t][s] += w; }));
  for (const row of mean) for (let s = 0; s < kind.S; s++) row[s] /= layers.length * heads.length;
  return mean;
}

/** Tokens → words: the sum of a word's columns, the mean of its rows. Rows that sum to 1 still do. */
function toWords(matrix, rows, columns) {
  return rows.map(r => columns.map(c => {
    let sum = 0;
    for (let t = r.start; t < r.stop; t++) for (let s = c.start; s < c.stop; s++) sum += matrix[t][s];
    return sum / (r.stop - r.start);
  }));
}

/** Whole per cents that add up to exactly 100: rounded down, the largest remainders get one more. */
function percentages(row) {
  const total = row.reduce((a, b) => a + b, 0);
  const exact = Array.from(row, w => w / total * 100);
  const whole = exact.map(Math.floor);
  const order = exact.map((_, i) => i).sort((a, b) => (exact[b] - whole[b]) - (exact[a] - whole[a]) || a - b);
  const left = 100 - whole.reduce((a, b) => a + b, 0);
  for (const i of order.slice(0, left)) whole[i] += 1;
  return whole;
}

/** Entropy of a row, in bits. */
function entropy(row) {
  const total = row.reduce((a, b) => a + b, 0);
  return Math.max(0, -row.reduce((sum, w) => w > 0 ? sum + w / total * Math.log2(w / total) : sum, 0));
}

function argmax(row) {
  return row.reduce((best, w, i) => w > row[best] ? i : best, 0);
}

/** One row of one head, from q, K and V to its output: every number on the way, in float64. */
function headSteps(kind, layer, head, row) {
  const q = headRows(kind.q, kind, layer, head, kind.T, kind.E)[row];
  const keys = headRows(kind.k, kind, layer, head, kind.S, kind.E);
  const values = headRows(kind.v, kind, layer, head, kind.S, kind.E);
  const root = Math.sqrt(kind.E);
  const scores = keys.map(k => k.reduce((sum, x, i) => sum + x * q[i], 0));
  const scaled = scores.map(score => score / root);
  const may = keys.map((_, s) => !kind.causal || s <= row);
  const highest = Math.max(...scaled.filter((_, s) => may[s]));
  const raised = scaled.map((x, s) => may[s] ? Math.exp(x - highest) : 0);
  const total = raised.reduce((a, b) => a + b, 0);
  const weights = raised.map(x => x / total);
  const output = Array.from({length: kind.E}, (_, i) => values.reduce((sum, v, s) => sum + weights[s] * v[i], 0));
  const model = headRows(kind.weights, kind, layer, head, kind.T, kind.S)[row];
  const difference = Math.max(...weights.map((w, s) => Math.abs(w - model[s])));
  return {q, keys, values, root, scores, scaled, may, highest, raised, total, weights, output, difference};
}
