import { flushPromises, mount, type VueWrapper } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import type { DefineComponent } from 'vue';
import { setHost } from '../../src/renderer/host/index.ts';
import { useService } from '../../src/renderer/stores/index.ts';
import { fakeHost, type FakeHost } from './fake-host.ts';

/** A part of the page, whatever it is given. */
type Part = DefineComponent<Record<string, unknown>>;

/** Mounts a part of the page against a fake host whose library was read, with the stores that all parts share. */
export async function mountScreen(
  component: unknown,
  { host = fakeHost(), props = {} }: { host?: FakeHost; props?: Record<string, unknown> } = {},
): Promise<{ screen: VueWrapper; host: FakeHost; settle: () => Promise<unknown> }> {
  setHost(host);
  const pinia = createPinia();
  setActivePinia(pinia);
  useService().start();
  await flushPromises();
  const screen = mount(component as Part, { props, attachTo: document.body, global: { plugins: [pinia] } });
  await flushPromises();
  return { screen, host, settle: flushPromises };
}
