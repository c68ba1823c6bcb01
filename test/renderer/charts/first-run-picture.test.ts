// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { expect, it } from 'vitest';
import FirstRunPicture from '../../../src/renderer/charts/FirstRunPicture.vue';

it('the picture of the first run says that it is an example, with the figures it draws', () => {
  const wrapper = mount(FirstRunPicture);
  expect(wrapper.get('[role="img"]').attributes('aria-label')).toMatch(
    /^An example: .*96\.2 GB take 12\.8 GB/u,
  );
  expect(wrapper.text()).toContain('Example: 12 fine-tunes');
  const whole = wrapper.findAll('rect.whole').map((bar) => Number(bar.attributes('height')));
  const kept = wrapper.findAll('rect.delta').map((bar) => Number(bar.attributes('height')));
  expect(kept).toHaveLength(12);
  for (const [at, height] of kept.entries()) expect(height).toBeLessThan(whole[at] ?? 0);
});
