// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import StateMark from '../../../src/renderer/charts/StateMark.vue';
import { markOf, markWord, stateWords, type Mark } from '../../../src/renderer/charts/state-mark.ts';
import { modelStates } from '../../../src/shared/index.ts';

const plain = { relation: 'fine-tune', lossy: false } as const;
const marks: Mark[] = [
  'base',
  'original',
  'compressed',
  'quarantined',
  'stored',
  'close',
  'changed',
  'damaged',
  'missing',
  'offline',
  'running',
];

describe('marks of states', () => {
  it('gives every state a mark with its own word', () => {
    const words = modelStates.map((state) => markWord(markOf({ ...plain, state })));
    expect(new Set(words).size).toBe(modelStates.length);
  });

  it('shows a base as one only while its files are there', () => {
    expect(markOf({ state: 'original', relation: 'base', lossy: false })).toBe('base');
    expect(markOf({ state: 'missing', relation: 'base', lossy: false })).toBe('missing');
    expect(markOf({ state: 'stored', relation: 'base', lossy: false })).toBe('stored');
  });

  it('puts what is wrong before what is a close copy', () => {
    expect(markOf({ ...plain, lossy: true, state: 'stored' })).toBe('close');
    expect(markOf({ ...plain, lossy: true, state: 'compressed' })).toBe('close');
    expect(markOf({ ...plain, lossy: true, state: 'damaged' })).toBe('damaged');
    expect(markOf({ ...plain, lossy: true, state: 'offline' })).toBe('offline');
  });

  it('says what a base guards and where the disk is', () => {
    const base = { state: 'original', relation: 'base', lossy: false } as const;
    expect(stateWords({ ...base, dependents: 3 })).toBe('Base, guarded');
    expect(stateWords({ ...base, dependents: 0 })).toBe('Base');
    expect(stateWords({ ...plain, state: 'offline', awayOn: 'Atlas' })).toBe('Offline, Atlas');
    expect(stateWords({ ...plain, state: 'offline', awayOn: null })).toBe('Offline');
  });

  it('draws a shape of its own for each', () => {
    const shapes = marks.map((mark) => mount(StateMark, { props: { mark } }).get('svg').html());
    expect(new Set(shapes).size).toBe(marks.length);
  });

  it('is hidden from readers and leaves the telling to its word', () => {
    const wrapper = mount(StateMark, { props: { mark: 'stored', word: 'Stored' } });
    expect(wrapper.get('svg').attributes('aria-hidden')).toBe('true');
    expect(wrapper.text()).toBe('Stored');
    expect(mount(StateMark, { props: { mark: 'stored' } }).text()).toBe('');
  });
});
