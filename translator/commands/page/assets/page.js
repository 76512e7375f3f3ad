// What is shown, and what happens when something is chosen.

const KINDS = {
  cross: {name: say('Cross'), long: say('cross-attention'), title: say('Where the decoder looked'), columns: say('source'),
    rows: say('predicted'), caption: say('Each row is a word the decoder predicted, each column a word of the source.'),
    end: say('This is where the decoder looked, not why it chose the word.'),
    atRow: (...values) => pieces('Predicting {}, the decoder looked at: {}', ...values),
    atColumn: (...values) => pieces('{} was looked at by: {}', ...values)},
  encoder: {name: say('Encoder'), long: say('encoder self-attention'), title: say('Where the encoder looked'),
    columns: say('source, looked at'), rows: say('source, looking'),
    caption: say('Each row is a word of the source, each column a word of the same source it took something from.'),
    end: say('This is where the encoder looked, not why the decoder chose a word.'),
    atRow: (...values) => pieces('At {}, the encoder looked at: {}', ...values),
    atColumn: (...values) => pieces('{} was looked at by: {}', ...values)},
  decoder: {name: say('Decoder'), long: say('decoder masked self-attention'), title: say('Where the decoder looked back'),
    columns: say('read so far'), rows: say('predicted'),
    caption: say('Each row is a word the decoder predicted, each column one that it had read by then; – is masked: not read yet.'),
    end: say('This is where the decoder looked, not why it chose the word.'),
    atRow: (...values) => pieces('Predicting {}, the decoder looked back at: {}', ...values),
    atColumn: (...values) => pieces('{} was looked back at by: {}', ...values)},
};
const LANGUAGES = {en: say('English'), pt: say('Portuguese')};
const state = {sentence: 0, ...data.view, row: null, column: null};  // row and column: tokens; null = not chosen yet
let shown;  // the matrix on the page, with its words
let isDrawing = false;
let pointed = [null, null];  // row and column under the mouse or the focus

const sentence = () => data.sentences[state.sentence];
const kindNow = () => decoded(sentence(), state.kind);
const tokensAsWords = tokens => tokens.map((text, i) => ({text, start: i, stop: i + 1}));
const wordAt = (words, token) => words.findIndex(word => word.start <= token && token < word.stop);

/** Rows and columns at the level chosen, and their weights. */
function compute() {
  const kind = kindNow();
  const [rows, columns] = [kind.rows, kind.columns].map(
    side => state.level === 'word' ? side.words : tokensAsWords(side.tokens));
  return {kind, rows, columns, matrix: toWords(weightsOf(kind, state.layer, state.head), rows, columns)};
}

/** The longest word of letters among the rows, the last of those as long: seldom an article. */
function startRow(kind) {
  const length = word => /^\p{L}+$/u.test(word.text) ? word.text.length : 0;
  return kind.rows.words.reduce((best, word) => length(word) >= length(best) ? word : best).start;
}

function choose(change) {
  Object.assign(state, change);
  const kind = kindNow();
  if ('sentence' in change || 'kind' in change) {
    state.row = state.column = null;
    if (state.layer !== null && state.layer >= kind.layers) state.layer = kind.layers - 1;
  }
  if (state.row === null) state.row = startRow(kind);
  draw();
}

/** Redraw everything; the focus stays on what stands in the same place. */
function draw() {
  const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.key : null;
  isDrawing = true;  // what is taken away loses the focus, and that is no pointing
  shown = compute();
  drawTop();
  drawPickers();
  drawHeat();
  drawOverview();
  drawSteps();
  isDrawing = false;
  point(null, null);
  if (focused) document.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({preventScroll: true});
}

function drawTop() {
  const {rows, columns} = shown;
  const about = KINDS[state.kind];
  const [from, to] = sentence().direction.split('-');
  $('direction').textContent = `${LANGUAGES[from]} → ${LANGUAGES[to]}`;
  $('pair-title').textContent = about.title;
  $('columns-name').textContent = state.kind === 'cross' ? LANGUAGES[from] : about.columns;
  $('rows-name').textContent = state.kind === 'cross' ? sentence().forced ? say('{}, given', LANGUAGES[to]) : LANGUAGES[to] : about.rows;
  document.title = `${sentence().source} → ${sentence().target}`;
  const languages = {columns: state.kind === 'decoder' ? to : from, rows: state.kind === 'encoder' ? from : to};
  for (const [side, words] of Object.entries({columns, rows})) {
    const chips = words.map((word, i) => chip(side, word, i));
    $(side).lang = languages[side];
    $(side).classList.toggle('tokens', state.level === 'token');
    $(side).classList.toggle('many', words.length > 14);
    $(side).replaceChildren(...chips);
    roving(chips);
  }
}

function chip(side, word, index) {
  const isRow = side === 'rows';
  const isChosen = isRow && index === wordAt(shown.rows, state.row);
  const button = el('button', {type: 'button', className: 'word', 'aria-pressed': String(isChosen), dir: 'auto'},
    el('span', {className: 'text'}, word.text), el('span', {className: 'percent', 'aria-hidden': 'true'}));
  if (/^<\S+>$/.test(word.text)) button.classList.add('special');
  if (isChosen) button.dataset.chosen = 'yes';
  button.dataset.key = `${side}-${index}`;
  const show = () => isRow ? point(index, null) : point(null, index);
  button.addEventListener('mouseenter', show);
  button.addEventListener('focus', show);
  button.addEventListener('mouseleave', () => point(null, null));
  button.addEventListener('blur', () => point(null, null));
  button.addEventListener('click', () => choose(isRow ? {row: word.start, column: null} : {column: word.start}));
  return button;
}

/** Light up a row, or a column; with neither, the row that was chosen. */
function point(row, column) {
  if (isDrawing) return;
  const {matrix, rows} = shown;
  pointed = [row, column];
  const r = row === null && column === null ? wordAt(rows, state.row) : row;
  drawLinks(matrix, r, r === null ? column : null);
  const tallies = r === null ? matrix.map(line => percentages(line)[column]) : percentages(matrix[r]);
  const weights = r === null ? matrix.map(line => line[column]) : matrix[r];
  const [lit, other] = r === null ? ['rows', 'columns'] : ['columns', 'rows'];
  [...$(lit).children].forEach((button, i) => {
    paint(button, weights[i] * 0.9);
    button.lastChild.textContent = tallies[i] ? `${tallies[i]}` : '';
  });
  [...$(other).children].forEach((button, i) => {
    button.style.background = button.style.color = '';
    button.lastChild.textContent = '';
    button.classList.toggle('lit', i === (r === null ? column : r));
  });
  [...$(lit).children].forEach(button => button.classList.remove('lit'));
  $('said').replaceChildren(...sentenceOf(r, column, tallies));
  document.querySelectorAll('#heat tbody tr').forEach((line, i) => line.classList.toggle('lit', i === r));
}

/** In words: who looked where. */
function sentenceOf(row, column, tallies) {
  const {rows, columns} = shown;
  const others = row === null ? rows : columns;
  const order = tallies.map((_, i) => i).filter(i => tallies[i] > 0).sort((a, b) => tallies[b] - tallies[a]).slice(0, 4);
  const list = order.map(i => `${others[i].text} ${tallies[i]}\u00a0%`).join(', ') || say('nothing that rounds to 1 %');
  const about = KINDS[state.kind];
  return row !== null ? about.atRow(el('b', {}, rows[row].text), list) : about.atColumn(el('b', {}, columns[column].text), list);
}

/** A row of radio buttons that look like one control. */
function segmented(name, legend, options, value, onChange) {
  const group = el('fieldset', {className: 'segmented'}, el('legend', {}, legend));
  const row = el('div', {className: 'options'});
  for (const [key, label, title] of options) {
    const input = el('input', {type: 'radio', name, value: String(key), checked: key === value, id: `${name}-${key}`});
    input.dataset.key = `${name}-${key}`;
    input.addEventListener('change', () => onChange(key));
    row.append(input, el('label', {for: input.id, title: title || ''}, label));
  }
  group.append(row);
  return group;
}

function drawPickers() {
  const {kind} = shown;
  const isBest = (name, i) => data.best && state.kind === 'cross' && data.best[name] === i
    && (name === 'layer' || state.layer === data.best.layer);
  const counted = (name, count, mean, one) => [[null, say('mean'), mean], ...Array.from({length: count}, (_, i) =>
    isBest(name, i) ? [i, `${i + 1} ★`, say('{}, best on gold alignments', one(i + 1))] : [i, String(i + 1), one(i + 1)])];
  const layers = counted('layer', kind.layers, say('mean of all layers'), i => say('layer {}', i));
  const heads = counted('head', kind.heads, say('mean of all heads'), i => say('head {}', i));
  const pickers = [
    segmented('kind', say('Attention'), Object.entries(KINDS).map(([key, about]) => [key, about.name, about.long]), state.kind,
      value => choose({kind: value})),
    segmented('layer', say('Layer'), layers, state.layer, value => choose({layer: value})),
    segmented('head', say('Head'), heads, state.head, value => choose({head: value})),
    segmented('level', say('Level'), [['word', say('words')], ['token', say('tokens')]], state.level,
      value => choose({level: value})),
  ];
  if (data.best) {
    const isOn = state.kind === 'cross' && state.layer === data.best.layer && state.head === data.best.head;
    const button = el('button', {type: 'button', id: 'best', 'aria-pressed': String(isOn),
      title: say('layer {}, head {}: its links agree best with alignments made by people', data.best.layer + 1, data.best.head + 1)},
    say('★ best'));
    button.dataset.key = 'best';
    button.addEventListener('click', () => choose({kind: 'cross', layer: data.best.layer, head: data.best.head}));
    pickers.push(button);
  }
  $('pickers').replaceChildren(...pickers);
}

const place = (layer, head) => `${say('layer {}', layer + 1)}, ${say('head {}', head + 1)}`;
const whichLayer = (value, count) => value === null ? say('mean of {} layers', count) : say('layer {}', `${value + 1}/${count}`);
const whichHead = (value, count) => value === null ? say('mean of {} heads', count) : say('head {}', `${value + 1}/${count}`);

function drawHeat() {
  const {kind, rows, columns, matrix} = shown;
  const about = KINDS[state.kind];
  $('heat-title').textContent = `${about.long[0].toUpperCase()}${about.long.slice(1)} · ${
    whichLayer(state.layer, kind.layers)} · ${whichHead(state.head, kind.heads)}`;
  const isMasked = (r, c) => kind.causal && columns[c].start > rows[r].stop - 1;
  const names = {rows: rows.map(word => word.text), columns: columns.map(word => word.text), corner: '%'};
  const table = heatTable(matrix, names, wordAt(rows, state.row), isMasked,
    {point, choose: (r, c) => choose({row: rows[r].start, column: columns[c].start})});
  table.querySelectorAll('td[data-row]').forEach(cell => { cell.dataset.key = `cell-${cell.dataset.row}-${cell.dataset.column}`; });
  table.classList.toggle('tokens', state.level === 'token');
  $('heat-scroll').replaceChildren(table);
  document.querySelector('.two').classList.toggle('wide', columns.length > 13);
  $('caption').textContent = [about.caption, say(
    'Per cent of each row, each row adds up to 100; the framed number is the largest; H is the entropy in bits.'), about.end].join(' ');
}

function drawOverview() {
  const {kind, rows, columns} = shown;
  const thumbs = [];
  for (let layer = 0; layer < kind.layers; layer++) for (let head = 0; head < kind.heads; head++) {
    const isOn = layer === state.layer && head === state.head;
    const button = el('button', {type: 'button', className: 'thumb', 'aria-pressed': String(isOn),
      'aria-label': place(layer, head)},
      thumbnail(toWords(weightsOf(kind, layer, head), rows, columns)), el('span', {'aria-hidden': 'true'}, `${layer + 1}·${head + 1}`));
    if (isOn) button.dataset.chosen = 'yes';
    button.dataset.key = `thumb-${layer}-${head}`;
    button.addEventListener('click', () => choose({layer, head}));
    thumbs.push(button);
  }
  $('thumbs').style.setProperty('--heads', kind.heads);
  $('thumbs').replaceChildren(...thumbs);
  roving(thumbs, kind.heads);
}

function drawSteps() {
  const {kind} = shown;
  const word = kind.rows.words[wordAt(kind.rows.words, state.row)];
  const layer = state.layer ?? kind.layers - 1;
  const head = state.head ?? 0;
  const column = state.column ?? argmax(headSteps(kind, layer, head, state.row).weights);
  const isMean = state.layer === null || state.head === null;
  const title = el('h2', {id: 'steps-title'}, ...pieces('Step by step: {}', el('em', {}, word.text)));
  const lead = el('p', {className: 'lead'}, `${KINDS[state.kind].long}, ${place(layer, head)}. `, isMean
    ? say('A mean has no steps of its own, so this is one of its heads. Choose a word above to follow it, a layer and a head to see theirs.')
    : say('Choose another word above to follow it.'));
  const open = [...$('steps').querySelectorAll('details')].map(details => details.open);
  const parts = [title, lead];
  if (word.stop - word.start > 1) {
    const options = Array.from({length: word.stop - word.start}, (_, i) => [word.start + i, kind.rows.tokens[word.start + i]]);
    parts.push(segmented('piece', say('Piece of the word'), options, state.row, row => choose({row, column: null})));
  }
  parts.push(...stepPanel(kind, {kind: state.kind, layer, head, row: state.row, column},
    {column: s => choose({column: s})}));
  $('steps').replaceChildren(...parts);
  $('steps').querySelectorAll('button.name').forEach((button, s) => { button.dataset.key = `sum-${s}`; });
  [...$('steps').querySelectorAll('details')].forEach((details, i) => { details.open = Boolean(open[i]); });
}

/** The sentences of a text, one to be chosen. */
function drawSentences() {
  if (data.sentences.length < 2) return;
  const options = data.sentences.map((one, i) => [i, one.source]);
  $('sentences').hidden = false;
  $('sentences').replaceChildren(segmented('sentence', say('Sentence'), options, state.sentence, index => choose({sentence: index})));
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  colours.clear();
  $('theme').textContent = theme === 'dark' ? say('☀ Light') : say('☾ Dark');
  if (shown) draw();
}

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const preferred = () => prefersDark.matches ? 'dark' : 'light';
let picked = null;  // by the switch; until then the system's wish is followed
setTheme(preferred());
prefersDark.addEventListener('change', () => { if (!picked) setTheme(preferred()); });
$('theme').addEventListener('click', () => {
  picked = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  setTheme(picked);
});
addEventListener('beforeprint', () => setTheme('light'));
addEventListener('afterprint', () => setTheme(picked || preferred()));
new ResizeObserver(() => { if (shown) point(...pointed); }).observe($('pair'));
$('model').textContent = say('Model: {}', data.model);
drawSentences();
choose({});
