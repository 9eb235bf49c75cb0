import { CookieState, HeaderState, ParameterState } from 'koa-session-pipeline'

/** The states that a visitor can choose from. */
export const STATES = {
  cookie: { label: 'Cookie', open: () => new CookieState() },
  header: { label: 'Header', open: () => new HeaderState() },
  parameter: { label: 'Parameter', open: () => new ParameterState() },
} as const

export type StateName = keyof typeof STATES
