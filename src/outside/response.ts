import { type IncomingMessage, ServerResponse } from 'node:http'

/** A response that goes nowhere: its headers count as sent, so that nothing waits for the client to be told. */
export function sentResponse(req: IncomingMessage): ServerResponse {
  const res = new ServerResponse(req)
  Object.defineProperty(res, 'headersSent', { value: true })
  return res
}

/** From now on the client counts as gone. */
export function closeResponse(res: ServerResponse): void {
  res.destroy()
  res.emit('close')
}
