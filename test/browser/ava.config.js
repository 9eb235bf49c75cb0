export default {
  files: ['build/test/browser/*.browser.js'],
  nodeArguments: ['--enable-source-maps'],
  timeout: '2m',
}
