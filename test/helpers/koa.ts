import type KoaType from 'koa'

/** The major version of Koa that the tests run with: 3, or 2 (that is 2.15) with `KOA=2` in the environment. */
export const KOA: 2 | 3 = process.env['KOA'] === '2' ? 2 : 3

/** Where programs of tests import it from. */
export const KOA_MODULE: string = KOA === 2 ? 'koa2' : 'koa'

const { default: Koa }: { default: typeof KoaType } = await (KOA === 2 ? import('koa2') : import('koa'))
type Koa = KoaType

export { Koa as default }
