import { once } from 'node:events'

/** What the process answers to the message, or says first when there is none. Rejects when it has gone. */
export async function ask(child, message) {
  if (!child.connected) throw new Error('its process has ended')
  if (message !== undefined) child.send(message)
  const answered = new AbortController()
  const { signal } = answered
  const gone = once(child, 'exit', { signal }).then(() => {
    throw new Error('its process has ended')
  })
  const [answer] = await Promise.race([once(child, 'message', { signal }), gone])
  answered.abort()
  return answer
}
