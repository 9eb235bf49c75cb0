import { isPlainData } from '../checks/messages.ts'
import { warnOnce } from '../checks/warnings.ts'

/** Says that a new object was returned where the data were to be changed: nothing of it is stored. */
export function warnOfReturned(result: unknown, data: object): void {
  if (!isPlainData(result) || result === data || Object.values(data).includes(result)) return
  warnOnce(
    'SESSION_UPDATE_RETURNED',
    'The function of session.update() returned an object and changed nothing, so nothing is stored. ' +
      'Change the data that it is given: update((data) => { data.n = 1 }).',
  )
}
