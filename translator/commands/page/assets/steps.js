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
  return el('details', {}, el('summary', {}, `all ${values.length} numbers of ${name}`), list);
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
    el('p', {className: 'sum'}, 'q · k', el('sub', {}, name), `  =  ${first}  +  ${number(rest)} from ${
      terms.length - 3} more  =  `, el('b', {id: 'dot-product'}, number(scores[s]))),
    el('details', {}, el('summary', {}, `all ${terms.length} products`), list));
}

/** Score, scale, mask, softmax: a line a column. */
function sums(steps, names, chosen, choose) {
  const {scores, scaled, may, raised, weights, root, highest, total} = steps;
  const heads = ['', 'q · k', `÷ √${Math.round(root * root)}`, 'mask', 'e^(x − max)', 'weight'];
  const body = el('tbody');
  names.forEach((name, s) => {
    const button = el('button', {type: 'button', className: 'name', 'aria-pressed': String(s === chosen)}, name);
    button.addEventListener('click', () => choose(s));
    const bar = el('span', {className: 'bar'});
    bar.style.width = `${weights[s] * 100}%`;
    body.append(el('tr', {className: s === chosen ? 'chosen' : ''}, el('th', {scope: 'row'}, button),
      el('td', {}, number(scores[s])), el('td', {}, number(scaled[s])), el('td', {}, may[s] ? '✓' : '−∞'),
      el('td', {}, raised[s] && raised[s] < 5e-5 ? raised[s].toExponential(1).replace('-', '−') : number(raised[s], 4)),
      el('td', {className: 'weight', title: String(weights[s])}, bar, el('span', {}, `${number(weights[s] * 100, 2)} %`))));
  });
  const foot = el('tfoot', {}, el('tr', {}, el('th', {scope: 'row'}, ''), el('td', {}, ''),
    el('td', {}, `max\n${number(highest)}`), el('td', {}, ''), el('td', {}, `Σ\n${number(total, 4)}`), el('td', {}, 'Σ\n100 %')));
  const table = el('table', {className: 'sums'},
    el('thead', {}, el('tr', {}, ...heads.map(head => el('th', {scope: 'col'}, head)))), body, foot);
  return el('div', {className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Scores, mask and softmax'}, table);
}

/** The first number of the output, worked out. */
function firstNumber(steps, names) {
  const {weights, values, output} = steps;
  const order = weights.map((_, s) => s).sort((a, b) => weights[b] - weights[a]);
  const shown = order.slice(0, 3);
  const terms = shown.map(s => `${number(weights[s], 4)} × ${number(values[s][0])}`).join('  +  ');
  const rest = order.slice(3).reduce((sum, s) => sum + weights[s] * values[s][0], 0);
  const more = order.length > 3 ? `  +  ${number(rest, 4)} from ${order.length - 3} more` : '';
  return el('p', {className: 'sum'}, 'its first number  =  ', `${terms}${more}  =  `, el('b', {}, number(output[0])));
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
  const width = `${kind.E} numbers`;
  const stands = at.kind === 'encoder' ? [`The encoder stands at “${token}”.`]
    : [`The decoder has read “${kind.rows.read[at.row]}” and is about to predict “${token}”.`];
  const where = at.kind === 'cross' ? 'source token' : 'token';
  const seen = kind.causal ? ' A token not read yet is forbidden: −∞, which the softmax turns into exactly 0.'
    : ' Nothing is forbidden here: every token may be looked at.';
  return [
    card(1, 'Query', 'q = x · W_Q + b', [...stands, ` From its state there this head makes a query of ${width}: what it looks for.`],
      strip(q, largest([q]), 'query'), opening(q), allNumbers(q, 'the query')),
    card(2, 'Keys', 'K = y · W_K + b', `Each ${where} offers a key of ${width}: what it can be found by.`,
      vectors(names, keys, at.column), allNumbers(keys[at.column], `the key of “${name}”`)),
    card(3, 'Score', 'q · k', ['Number times number, summed: large where query and key point the same way. For “', name,
      '” (choose another below):'], products(steps, at.column, name)),
    card(4, 'Scale, mask, softmax', `softmax(q · k / √${kind.E} + mask)`, `Each score is divided by √${kind.E} = ${
      number(steps.root, steps.root % 1 ? 3 : 0)}, the square root of the head’s width.${seen} Then e to that power, as a share of the sum: the weights add up to 100 %.`,
      sums(steps, names, at.column, on.column)),
    card(5, 'Weighted values', 'weights · V', `Each ${where} also carries a value of ${width}: what it hands over. The head takes its share of each.`,
      vectors(names, values, at.column, weights),
      allNumbers(values[at.column], `the value of “${name}”`)),
    card(6, 'Head output', 'Σ weight · value', 'The sum of those shares is all that this head passes on. The model then sets the heads side by side, multiplies by W_O and adds the result to what the row already held.',
      strip(output, largest([output]), 'head output'), opening(output), firstNumber(steps, names),
      allNumbers(output, 'the output')),
    el('p', {className: 'check', id: 'check'}, difference < 1e-4 ? '✓ ' : '✗ ', 'Worked out on this page from q and K, the weights differ from the model’s own by at most ',
      el('b', {}, small(difference)), '.'),
  ];
}
