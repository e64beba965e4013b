/** HTML as values: text is escaped unless it was made here. */

/** A piece of finished HTML. */
export class Html {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/** What a template may hold: text (escaped), HTML (as it is), nothing, or a list of these. */
export type Piece = string | number | Html | undefined | false | readonly Piece[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Escapes text for element content and for attribute values in double quotes. */
export function escape(text: string): string {
  return text.replace(/[&<>"]/g, (mark) => ENTITIES[mark] ?? mark);
}

/** Turns the entities that highlight.js and `escape` write back into text. */
export function unescape(text: string): string {
  return text
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
    .replaceAll("&#x27;", "'").replaceAll("&#39;", "'").replaceAll("&amp;", "&");
}

/** Finished HTML from a string that is known to be HTML. */
export function raw(text: string): Html {
  return new Html(text);
}

/**
 * A template: `` markup`<p>${text}</p>` ``. Its own indentation is not part of the result, and
 * neither is white space at its ends.
 */
export function markup(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  const parts = strings.map((part) => part.replace(/\n\s*/g, "\n"));
  const text = parts.map((part, index) => part + show(pieces[index])).join("");
  return new Html(text.trim());
}

function show(piece: Piece): string {
  if (piece === undefined || piece === false) return "";
  if (piece instanceof Html) return piece.text;
  if (typeof piece === "object") return piece.map(show).join("\n");
  return escape(String(piece));
}

/** Text with `code` in backticks set as code, and nothing else of Markdown. */
export function inlineCode(text: string): Html {
  return raw(escape(text).replace(/`([^`]+)`/g, "<code>$1</code>"));
}
