// Koa 2.15, installed under a name of its own beside Koa 3. What the tests use has the same types.
declare module 'koa2' {
  import Koa from 'koa'

  export default Koa
}
