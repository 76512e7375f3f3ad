// What the page says, in the language that it was made in. The sentences stand in the code in English; ``data.words`` has
// the other language's.

const data = JSON.parse(document.getElementById('data').textContent);

/** A sentence in pieces: its words, and where it has {} the values, text or elements; {2} is the second of them. */
function pieces(sentence, ...values) {
  let next = 0;
  return (data.words[sentence] ?? sentence).split(/(\{\d?\})/).map(part => {
    const place = /^\{(\d?)\}$/.exec(part);
    return place ? values[place[1] ? place[1] - 1 : next++] : part;
  });
}

/** A sentence as text. */
const say = (sentence, ...values) => pieces(sentence, ...values).join('');

/** A number that was written as in English. */
const figure = text => document.documentElement.lang === 'pt' ? text.replace('.', ',') : text;
