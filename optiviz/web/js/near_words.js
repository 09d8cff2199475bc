/** Nearest word of a list: `difflib.get_close_matches(word, words, n=1, cutoff=0.6)` of Python. */

const NEAR_ENOUGH = 0.6;

/**
 * The word of `words` that is most like `word`, or null where none is.
 * @param {string} word
 * @param {string[]} words
 * @returns {string|null}
 */
export function nearestWord(word, words) {
  let best = null;
  let most = 0;
  for (const one of words) {
    const share = (2 * matchingLetters(one, word)) / (one.length + word.length);
    if (share >= NEAR_ENOUGH && (share > most || (share === most && one > best))) [best, most] = [one, share];
  }
  return best;
}

/** How many letters of both match, in order: the longest common piece, then what is left and right of it. */
function matchingLetters(a, b) {
  let [from, to, length] = [0, 0, 0];
  for (let i = 0; i < a.length; i += 1) {
    for (let j = 0; j < b.length; j += 1) {
      let size = 0;
      while (i + size < a.length && j + size < b.length && a[i + size] === b[j + size]) size += 1;
      if (size > length) [from, to, length] = [i, j, size];
    }
  }
  if (!length) return 0;
  const left = matchingLetters(a.slice(0, from), b.slice(0, to));
  return length + left + matchingLetters(a.slice(from + length), b.slice(to + length));
}
