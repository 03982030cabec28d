import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { CheckOutput } from '../report/model/pull-request.ts';
import type { Review } from '../report/model/review.ts';
import type { Finding } from '../rules/types.ts';
import { brokenWords } from '../rules/broken.ts';
import { exerciseOf } from '../rules/matcher.ts';
import { findRule } from '../rules/rule-list.ts';
import type { Rule } from '../rules/schema.ts';
import { handedReviewSchema } from './review-schema.ts';

/** The measuring job's result for the gate job: a review, or why there is none. */
export type Handover = { review: Review } | { notMeasured: CheckOutput };

const FILE = 'allocgate-review.json';

/** The maximum size of the file. A review of five thousand benchmarks needs far less. */
const MAX_BYTES = 64 << 20;

const text = z.string().max(65_535);
const handoverSchema = z.union([
  z.strictObject({ version: z.literal(1), review: handedReviewSchema }),
  z.strictObject({
    version: z.literal(1),
    notMeasured: z.strictObject({ title: text, summary: text, text }),
  }),
]);

/** Writes the measuring job's result into a folder, which is created. Throws the file system's errors. */
export async function writeHandover(dir: string, handover: Handover): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeFile(path.join(dir, FILE), JSON.stringify({ version: 1, ...handover }));
}

function requireRule(rules: readonly Rule[], id: string): Rule {
  const rule = findRule(rules, id);
  if (rule === null) throw new Error(`there is no rule ${id}`);
  return rule;
}

const nameRule = ({ id, slug, title }: Rule): NonNullable<Finding['others']>[number] => ({
  id,
  rule: slug,
  title,
});

/**
 * Replaces the texts of rules by those of allocgate's own rules, because they are shown as Markdown and the file may be
 * forged. Throws for an unknown rule.
 */
function withOwnWords(finding: Finding, rules: readonly Rule[]): Finding {
  if (finding.ruleId === brokenWords.ruleId) return { ...finding, ...brokenWords };
  const rule = requireRule(rules, finding.ruleId);
  const advices = [rule.advice, ...rule.matches.flatMap(({ advice }) => advice ?? [])];
  return {
    ...finding,
    rule: rule.slug,
    exercise: exerciseOf(rule),
    advice: advices.find((advice) => advice === finding.advice) ?? rule.advice,
    ...(finding.others && { others: finding.others.map(({ id }) => nameRule(requireRule(rules, id))) }),
  };
}

/**
 * Reads the measuring job's result; null: it is missing, or does not have the form that `writeHandover` writes. A fork's
 * workflow can write any file here, so everything in the result may be invented.
 */
export async function readHandover(dir: string, rules: readonly Rule[]): Promise<Handover | null> {
  const file = path.join(dir, FILE);
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) return null;
    const read = handoverSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (!read.success) return null;
    if ('notMeasured' in read.data) return { notMeasured: read.data.notMeasured };
    const { review } = read.data;
    return { review: { ...review, findings: review.findings.map((one) => withOwnWords(one, rules)) } };
  } catch {
    return null;
  }
}
