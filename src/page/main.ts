import { drawFlames } from './flames.ts';
import { followHash } from './links.ts';
import { openForPrint } from './print.ts';
import { enableTable } from './table.ts';

/** The page is complete without this script; the script makes it sortable, filterable, and draws the flame graphs. */
const openFlames = drawFlames();
enableTable();
openForPrint(openFlames);
followHash();
