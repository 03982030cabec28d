/** The position at the start of a line of the compiler. `text`: the index at which the text after it begins. */
export type Located = { path: string; line: number; column: number; text: number };

/** Splits `path:L:C: text` or `path:L: text` (the compiler leaves the column out on very long lines). */
export function locateLine(text: string): Located | null {
  const end = text.indexOf(': ');
  if (end < 0) return null;
  const last = text.lastIndexOf(':', end - 1);
  if (last <= 0) return null;
  const lastNumber = wholeNumber(text, last + 1, end);
  if (lastNumber < 0) return null;
  const before = text.lastIndexOf(':', last - 1);
  const line = before > 0 ? wholeNumber(text, before + 1, last) : -1;
  return line < 0
    ? { path: text.slice(0, last), line: lastNumber, column: 0, text: end + 2 }
    : { path: text.slice(0, before), line, column: lastNumber, text: end + 2 };
}

function wholeNumber(text: string, from: number, to: number): number {
  if (from >= to || to - from > 9) return -1;
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
