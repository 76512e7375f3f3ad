// Step by step: one row of one head, from the query to its output, every number computed here again.

/** A step: a numbered card with a title, a formula, what it means, and its numbers. */
function card(count, title, formula, meaning, ...content) {
  return el('article', {className: 'step'},
    el('h3', {}, el('span', {className: 'count'}, String(count)), `${title} `, el('code', {}, formula)),
    el('p', {className: 'meaning'}, ...[meaning].flat()), ...content);
}

/** All numbers of a vector, folded away. */
function allNumbers(values, name) {
  const list = el('ol', {className: 'numbers'});
  values.forEach(x => list.append(el('li', {}, number(x, 4))));
  return el('details', {}, el('summary', {}, say('all {} numbers of {}', values.length, name)), list);
}

const opening = values => el('p', {className: 'opening'},
  Array.from(values).slice(0, 6).map(x => number(x)).join('   '), values.length > 6 ? '   …' : '');

/** A vector for each column, as strips under one scale; with ``shares``, as strong as its share. */
function vectors(names, rows, chosen, shares) {
  const most = largest(rows);
  const list = el('div', {className: 'vectors'});
  rows.forEach((row, s) => {
    const picture = strip(row, most, names[s]);
    if (shares) picture.style.opacity = 0.12 + 0.88 * shares[s];
    const share = shares ? [el('span', {className: 'share'}, `${number(shares[s] * 100, 1)} %`)] : [];
    list.append(el('div', {className: s === chosen ? 'vector chosen' : 'vector'},
      el('span', {className: 'name'}, names[s]), ...share, picture));
  });
  return list;
}

/** The products q₁k₁, q₂k₂, … of one column. */
function products(steps, s, name) {
  const {q, keys, scores} = steps;
  const terms = Array.from(q, (x, i) => x * keys[s][i]);
  const list = el('ol', {className: 'numbers wide'});
  terms.forEach((term, i) => list.append(el('li', {}, `${number(q[i])} × ${number(keys[s][i])} = ${number(term)}`)));
  const rest = terms.slice(3).reduce((a, b) => a + b, 0);
  const first = terms.slice(0, 3).map((_, i) => `${number(q[i])} × ${number(keys[s][i])}`).join('  +  ');
  return el('div', {},
    el('p', {className: 'sum'}, 'q · k', el('sub', {}, name), `  =  ${first}  +  ${say('{} from {} more', number(rest), terms.length - 3)}  =  `, el('b', {id: 'dot-product'}, number(scores[s]))),
    el('details', {}, el('summary', {}, say('all {} products', terms.length)), list));
}

/** Score, scale, mask, softmax: a line a column. */
function sums(steps, names, chosen, choose) {
  const {scores, scaled, may, raised, weights, root, highest, total} = steps;
  const heads = ['', 'q · k', `÷ √${Math.round(root * root)}`, say('mask'), 'e^(x − max)', say('weight')];
  const body = el('tbody');
  names.forEach((name, s) => {
    const button = el('button', {type: 'button', className: 'name', 'aria-pressed': String(s === chosen)}, name);
    button.addEventListener('click', () => choose(s));
    const bar = el('span', {className: 'bar'});
    bar.style.width = `${weights[s] * 100}%`;
    body.append(el('tr', {className: s === chosen ? 'chosen' : ''}, el('th', {scope: 'row'}, button),
      el('td', {}, number(scores[s])), el('td', {}, number(scaled[s])), el('td', {}, may[s] ? '✓' : '−∞'),
      el('td', {}, raised[s] && raised[s] < 5e-5 ? figure(raised[s].toExponential(1)).replace('-', '−') : number(raised[s], 4)),
      el('td', {className: 'weight', title: figure(String(weights[s]))}, bar, el('span', {}, `${number(weights[s] * 100, 2)} %`))));
  });
  const foot = el('tfoot', {}, el('tr', {}, el('th', {scope: 'row'}, ''), el('td', {}, ''),
    el('td', {}, `max\n${number(highest)}`), el('td', {}, ''), el('td', {}, `Σ\n${number(total, 4)}`), el('td', {}, 'Σ\n100 %')));
  const table = el('table', {className: 'sums'},
    el('thead', {}, el('tr', {}, ...heads.map(head => el('th', {scope: 'col'}, head)))), body, foot);
  return el('div', {className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': say('Scores, mask and softmax')}, table);
}

/** The first number of the output, worked out. */
function firstNumber(steps, names) {
  const {weights, values, output} = steps;
  const order = weights.map((_, s) => s).sort((a, b) => weights[b] - weights[a]);
  const shown = order.slice(0, 3);
  const terms = shown.map(s => `${number(weights[s], 4)} × ${number(values[s][0])}`).join('  +  ');
  const rest = order.slice(3).reduce((sum, s) => sum + weights[s] * values[s][0], 0);
  const more = order.length > 3 ? `  +  ${say('{} from {} more', number(rest, 4), order.length - 3)}` : '';
  return el('p', {className: 'sum'}, `${say('its first number')}  =  ${terms}${more}  =  `, el('b', {}, number(output[0])));
}

/**
 * The whole panel. ``at``: {kind, layer, head, row, column, word, tokens}, row and column being tokens; ``on``:
 * {row(token), column(token)}.
 */
function stepPanel(kind, at, on) {
  const steps = headSteps(kind, at.layer, at.head, at.row);
  const {q, keys, values, weights, output, difference} = steps;
  const names = kind.columns.tokens;
  const name = names[at.column];
  const token = kind.rows.tokens[at.row];
  const stands = at.kind === 'encoder' ? say('The encoder stands at “{}”.', token)
    : say('The decoder has read “{}” and is about to predict “{}”.', kind.rows.read[at.row], token);
  const isCross = at.kind === 'cross';
  const seen = kind.causal ? say('A token not read yet is forbidden: −∞, which the softmax turns into exactly 0.')
    : say('Nothing is forbidden here: every token may be looked at.');
  const root = number(steps.root, steps.root % 1 ? 3 : 0);
  return [
    card(1, say('Query'), 'q = x · W_Q + b', [stands, ' ', say(
      'From its state there this head makes a query of {} numbers: what it looks for.', kind.E)],
    strip(q, largest([q]), say('query')), opening(q), allNumbers(q, say('the query'))),
    card(2, say('Keys'), 'K = y · W_K + b', isCross ? say('Each source token offers a key of {} numbers: what it can be found by.', kind.E)
      : say('Each token offers a key of {} numbers: what it can be found by.', kind.E),
    vectors(names, keys, at.column), allNumbers(keys[at.column], say('the key of “{}”', name))),
    card(3, say('Score'), 'q · k', say(
      'Number times number, summed: large where query and key point the same way. For “{}” (choose another below):', name),
    products(steps, at.column, name)),
    card(4, say('Scale, mask, softmax'), `softmax(q · k / √${kind.E} + ${say('mask')})`, [
      say('Each score is divided by √{} = {}, the square root of the head’s width.', kind.E, root), ' ', seen, ' ',
      say('Then e to that power, as a share of the sum: the weights add up to 100 %.')],
    sums(steps, names, at.column, on.column)),
    card(5, say('Weighted values'), say('weights · V'), isCross
      ? say('Each source token also carries a value of {} numbers: what it hands over. The head takes its share of each.', kind.E)
      : say('Each token also carries a value of {} numbers: what it hands over. The head takes its share of each.', kind.E),
    vectors(names, values, at.column, weights),
    allNumbers(values[at.column], say('the value of “{}”', name))),
    card(6, say('Head output'), say('Σ weight · value'), say(
      'The sum of those shares is all that this head passes on. The model then sets the heads side by side, multiplies by W_O and adds the result to what the row already held.'),
    strip(output, largest([output]), say('head output')), opening(output), firstNumber(steps, names),
    allNumbers(output, say('the output'))),
    el('p', {className: 'check', id: 'check'}, ...pieces(
      '{} Worked out on this page from q and K, the weights differ from the model’s own by at most {}.',
      difference < 1e-4 ? '✓' : '✗', el('b', {}, small(difference)))),
  ];
}
