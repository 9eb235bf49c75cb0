export { storeConformance } from './conformance/index.ts'
export type { ConformanceCase, ConformanceOptions, Fault, ProcessOptions } from './conformance/index.ts'
export { fakeClock } from './fake-clock.ts'
export type { FakeClock } from './fake-clock.ts'
