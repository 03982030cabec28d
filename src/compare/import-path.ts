/**
 * The last element of an import path that is not a major version: `yaml` of `example.com/yaml/v3`; '' if there is
 * none.
 */
export function lastElement(importPath: string): string {
  return importPath.split('/').findLast((part) => !/^v\d+$/u.test(part)) ?? '';
}
