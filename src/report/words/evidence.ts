import type { Evidence } from '../../rules/types.ts';

/** How a finding is known: the word before it, what it is counted as, and the sentence that explains it. */
type EvidenceWords = { label: string; counted: string; sentence: string };

export const evidenceWords: Readonly<Record<Evidence, EvidenceWords>> = {
  proven: {
    label: 'PROVEN',
    counted: 'proven (measured)',
    sentence: 'Proven: a benchmark allocates more, and the heap profile shows it here.',
  },
  adapted: {
    label: 'ADAPTED',
    counted: 'adapted (each side measured under its own benchmark)',
    sentence:
      'Adapted: the benchmark changed with the code, so each side ran under its own version of it, and the heap profile shows the allocation here.',
  },
  tested: {
    label: 'TESTED',
    counted: 'tested (measured in tests)',
    sentence: 'Tested: no benchmark runs this code, and its tests allocate more here.',
  },
  possible: {
    label: 'POSSIBLE',
    counted: 'possible (not measured)',
    sentence: 'Possible: seen in the code and in what the compiler says; no benchmark proves a cost.',
  },
};
