/**
 * A name or expression without what is in square brackets: `F[map[string]example.com/m.T]` becomes `F`. The compiler and
 * profiles write type arguments there, which can contain brackets, dots and slashes themselves.
 */
export function withoutTypeArguments(name: string): string {
  let depth = 0;
  let kept = '';
  for (const part of name.split(/([[\]])/u)) {
    if (part === '[') depth += 1;
    else if (part === ']') depth = Math.max(0, depth - 1);
    else if (depth === 0) kept += part;
  }
  return kept;
}
