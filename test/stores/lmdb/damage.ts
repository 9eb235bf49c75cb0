import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const PROGRAM = `
  const { open } = await import('lmdb')
  const [path, id] = process.argv.slice(1)
  const root = open({ path, noSubdir: false, maxDbs: 8, maxReaders: 1024, overlappingSync: false })
  const records = root.openDB({ name: 'records', encoding: 'binary' })
  const value = records.getBinary(id)
  value[value.length - 1] ^= 1
  records.putSync(id, value)
  await root.close()`

/** Turns one bit of a record's value, in a process of its own. */
export async function damage(dir: string, id: string): Promise<void> {
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', PROGRAM, dir, id])
}
