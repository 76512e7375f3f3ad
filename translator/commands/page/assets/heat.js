// The heat map: a table of digits first, colour on top; one tab stop, arrow keys inside.

/**
 * Draw the table. ``names``: {rows, columns, corner}; ``isMasked(row, column)``; ``on``: {point(row, column), choose(row,
 * column)}: pointed at by mouse or focus, chosen by click, Enter or space.
 */
function heatTable(matrix, names, chosenRow, isMasked, on) {
  const head = el('tr', {}, el('td', {className: 'corner'}, names.corner));
  names.columns.forEach(name => head.append(el('th', {scope: 'col'}, el('span', {}, name))));
  head.append(el('th', {scope: 'col', className: 'bits', title: say('entropy in bits')}, el('span', {}, 'H')));
  const body = el('tbody');
  const cells = [];
  matrix.forEach((row, r) => {
    const tallies = percentages(row);
    const top = argmax(row);
    const line = el('tr', {className: r === chosenRow ? 'chosen' : ''});
    line.append(el('th', {scope: 'row'}, names.rows[r]));
    tallies.forEach((tally, c) => {
      const masked = isMasked(r, c);
      const cell = el('td', {className: masked ? 'masked' : c === top ? 'most' : tally ? '' : 'none', role: 'gridcell'},
        masked ? '–' : String(tally));
      cell.setAttribute('aria-label', `${names.rows[r]}, ${names.columns[c]}: ${masked ? say('masked') : `${tally} %`}${
        c === top ? `, ${say('most of this row')}` : ''}`);
      if (!masked) paint(cell, row[c]);
      if (r === chosenRow && c === top) cell.dataset.chosen = 'yes';
      Object.assign(cell.dataset, {row: r, column: c});
      cell.addEventListener('mouseenter', () => on.point(r, c));
      cell.addEventListener('focus', () => on.point(r, c));
      cell.addEventListener('click', () => on.choose(r, c));
      cell.addEventListener('keydown', event => {
        if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); on.choose(r, c); }
      });
      cells.push(cell);
      line.append(cell);
    });
    line.append(el('td', {className: 'bits'}, number(entropy(row), 2)));
    body.append(line);
  });
  const table = el('table', {className: 'heat', role: 'grid', 'aria-labelledby': 'heat-title'}, el('thead', {}, head), body);
  table.classList.toggle('tall', names.columns.length > 9 || names.columns.some(name => name.length > 9));
  table.addEventListener('mouseleave', () => on.point(null, null));
  table.addEventListener('focusout', () => on.point(null, null));
  roving(cells, names.columns.length);
  return table;
}
