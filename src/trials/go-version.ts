import path from 'node:path';
import type { Lab } from '../review/lab.ts';
import { moduleHolding, readFrom } from './lab.ts';

/** The minor release of Go in a module's go line; without a go line, the oldest one. */
export function goMinorOf(lab: Lab, importPath: string): number {
  const module = moduleHolding(lab, importPath);
  const text = module && readFrom(lab, 'head')(path.posix.join(module.head.dir, 'go.mod'));
  return Number(/^go 1\.(\d+)/mu.exec(text ?? '')?.[1] ?? 16);
}
