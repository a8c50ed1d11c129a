// `npm run generate`: writes app/client/src/generated. Do not edit its output by hand.
import { fileURLToPath } from 'node:url';
import { render } from './render.mjs';
import { root } from './idl.mjs';

await render(fileURLToPath(new URL('app/client/src', root)));
