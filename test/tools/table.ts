/** Brings the generated parts of rules/README.md up to date: `npm run rules:table`. */
import { ownDirectories, runTool } from './directories.ts';
import { writeReadme } from './readme.ts';

await runTool(async () => {
  const changed = await writeReadme(ownDirectories);
  console.log(changed ? 'rules/README.md is up to date now.' : 'rules/README.md was up to date.');
  return 0;
});
