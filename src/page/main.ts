import { drawFlames } from './flames.ts';
import { followHash } from './links.ts';
import { openForPrint } from './print.ts';
import { enableTable } from './table.ts';

/** The page is complete without this script. The script adds sorting, filtering and flame graphs. */
const openFlames = drawFlames();
enableTable();
openForPrint(openFlames);
followHash();
