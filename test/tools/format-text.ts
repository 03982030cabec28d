import { format } from 'oxfmt';

/** Formats the text of a file as `npm run format` does; the ending of `name` decides how. Throws if it cannot be parsed. */
export async function formatText(name: string, text: string): Promise<string> {
  const { code, errors } = await format(name, text, { printWidth: 110, singleQuote: true });
  const [first] = errors;
  if (first) throw new Error(`${name}: ${first.message}`);
  return code;
}
