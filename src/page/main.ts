import { drawFlames } from './flames.ts';
import { enableHistory } from './history.ts';
import { followHash } from './links.ts';
import { openForPrint } from './print.ts';
import { enableTable } from './table.ts';

// The page is complete without this script, which adds sorting, filtering and flame graphs.
const openFlames = drawFlames();
enableTable();
enableHistory();
openForPrint(openFlames);
followHash();
