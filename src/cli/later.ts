/**
 * Modules that are loaded when they are asked for.
 *
 * Before it begins Deno reads all that a program may import, with the packages that this needs, also what is
 * imported within a function: unless its address is worked out. Most checks need none of these.
 */

const at = (specifier: string): string => import.meta.resolve(specifier);

/** By name: loads the module. */
export const later = {
  batch: (): Promise<typeof import("./batch.ts")> => import(at("./batch.ts")),
  book: (): Promise<typeof import("../literate/book.ts")> => import(at("../literate/book.ts")),
  check: (): Promise<typeof import("./check.ts")> => import(at("./check.ts")),
  checkpoint: (): Promise<typeof import("./checkpoint.ts")> => import(at("./checkpoint.ts")),
  codeFence: (): Promise<typeof import("../literate/code_fence.ts")> =>
    import(at("../literate/code_fence.ts")),
  driver: (): Promise<typeof import("./driver.ts")> => import(at("./driver.ts")),
  edition: (): Promise<typeof import("../literate/edition.ts")> =>
    import(at("../literate/edition.ts")),
  files: (): Promise<typeof import("../literate/files.ts")> => import(at("../literate/files.ts")),
  finding: (): Promise<typeof import("explore/trace/finding.ts")> =>
    import(at("explore/trace/finding.ts")),
  hash: (): Promise<typeof import("../literate/hash.ts")> => import(at("../literate/hash.ts")),
  load: (): Promise<typeof import("../literate/load.ts")> => import(at("../literate/load.ts")),
  merge: (): Promise<typeof import("./merge.ts")> => import(at("./merge.ts")),
  partTeam: (): Promise<typeof import("./part_team.ts")> => import(at("./part_team.ts")),
  replay: (): Promise<typeof import("./replay.ts")> => import(at("./replay.ts")),
  walks: (): Promise<typeof import("../literate/walks.ts")> => import(at("../literate/walks.ts")),
} as const;
