const SHOWN = 6

/** Enough of a token or an id to tell it from another one, and too little to use it. */
export function shorten(secret: string): string {
  return secret.length > SHOWN ? `${secret.slice(0, SHOWN)}…` : secret
}
