/** For tools that do not read Vue's files; vue-tsc does, and knows more. */
declare module '*.vue' {
  import type { DefineComponent } from 'vue';

  const component: DefineComponent<object, object, unknown>;
  export default component;
}
