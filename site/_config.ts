/** The site for Lume: `deno task lume`. What it consists of stands in configure.ts. */
import lume from "lume/mod.ts";
import { configure, SITE_OPTIONS } from "./configure.ts";
import { finish } from "./finish.ts";
import { loadResults } from "./run.ts";

const site = lume({ ...SITE_OPTIONS, server: { debugBar: false } });
export default configure(site, {
  results: await loadResults("."),
  finish: () => finish(site.dest()),
});
