/** Errors on their way from a Worker, which takes them apart since only plain values can be sent. */

/** An error, taken apart. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** What is sent of something that was thrown. */
export function takenApart(error: unknown): Thrown {
  const { name, message, stack = "" } = error instanceof Error ? error : new Error(String(error));
  return { name, message, stack };
}

/** What is thrown here, as if it had not come from elsewhere. */
export function putTogether({ name, message, stack }: Thrown): Error {
  return Object.assign(new Error(message), { name, stack });
}
