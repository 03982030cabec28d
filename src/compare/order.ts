/** Compares by code units: the same order on every machine, regardless of its locale. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
