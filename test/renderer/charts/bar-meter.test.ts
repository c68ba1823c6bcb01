// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import BarMeter from '../../../src/renderer/charts/BarMeter.vue';

describe('the bar of a job', () => {
  it.each([
    [0, '0', '0%'],
    [0.425, '42', '42.5%'],
    [0.999, '99', '99.9%'],
    [1, '100', '100%'],
    [1.5, '100', '100%'],
  ])('says that %d is done as %s of 100', (share, now, width) => {
    const wrapper = mount(BarMeter, { props: { share, label: 'Compress a' } });
    expect(wrapper.attributes('aria-valuenow')).toBe(now);
    expect(wrapper.attributes('aria-label')).toBe('Compress a');
    expect(wrapper.get('i').attributes('style')).toBe(`width: ${width};`);
  });

  it('gives no figure where none is known', () => {
    const wrapper = mount(BarMeter, { props: { share: null, label: 'Scan' } });
    expect(wrapper.attributes()).not.toHaveProperty('aria-valuenow');
    expect(wrapper.classes()).toContain('open');
  });

  it('shows by class that it waits or failed', () => {
    expect(
      mount(BarMeter, { props: { share: 0.5, label: 'a', tone: 'paused' } })
        .get('i')
        .classes(),
    ).toContain('o');
    expect(
      mount(BarMeter, { props: { share: 0.5, label: 'a', tone: 'failed' } })
        .get('i')
        .classes(),
    ).toContain('d');
  });
});
