/** Where a text is, in a way that a Worker understands. */
import { fromReader, openEdition, openModule, type Source } from "./sources.ts";

/** An edition of the book, or a reader's module; paths are absolute. */
export interface TextAddress {
  readonly edition: string;
  readonly module: string | null;
}

/** Where the text of `source` is. */
export function addressOf({ edition, module }: Source): TextAddress {
  return {
    edition: edition.endsWith(".md") ? absolute(edition) : edition,
    module: module === null ? null : absolute(module),
  };
}

function absolute(path: string): string {
  return decodeURI(fromReader(path).pathname);
}

/** Loads the text there. */
export async function openText({ edition, module }: TextAddress): Promise<Source> {
  return await (module === null ? openEdition(edition) : openModule(module));
}
